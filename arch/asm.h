// SPDX-License-Identifier: Apache-2.0
// Text assembly (.psma) of a whole program image, written and read; docs/psma.md is its manual.
// print_psma(assemble(print_psma(i))) == print_psma(i), and serialize() of both images is the same.
#pragma once

#include <string>
#include <string_view>

#include "arch/image.h"
#include "base/result.h"

namespace psmc::arch {

std::string print_psma(const Image& image);
/// Errors at line and column: asm_syntax, asm_operand, asm_label, asm_directive, asm_opcode; then those of validate().
/// Reading goes on at the next line after an error in a group, at the next directive after one in a directive; the
/// diagnostic carries all errors, `max_errors` at most.
Result<Image> assemble(const std::string& file, std::string_view text, size_t max_errors = kMaxErrors);

/// One word without directives, e.g. for tests: "addi s1,s1,-1 | vadd v1,v2,v3". Branches as ".+3".
Result<Word> assemble_word(std::string_view text);
/// Lines of words with labels and comments, without directives: what stands between .code and .end.
Result<std::vector<Word>> assemble_words(std::string_view text);

}  // namespace psmc::arch
