// SPDX-License-Identifier: Apache-2.0
// llama2.c's tokenizer.bin: a SentencePiece vocabulary with scores, merged by best score.
//
// The file: int32 longest token; then to the end, per token, f32 score, int32 length, bytes. Tokens 0, 1, 2 are
// unknown, begin and end; 3 to 258 are the bytes "<0x00>" to "<0xFF>". Encoding puts a space in front of the text,
// takes each character's token or else its bytes', and merges the adjacent pair whose text is the token of the best
// score. Decoding drops one space after the begin token. Names of special tokens in a text are plain text. Format:
// github.com/karpathy/llama2.c
#pragma once

#include <memory>
#include <string_view>

#include "frontend/tokenizer/tokenizer.h"

namespace psmc::frontend {

/// Errors: bad_tokenizer, too_large.
Result<std::unique_ptr<Tokenizer>> parse_llama2c_tokenizer(std::string_view file, std::string_view bytes);

}  // namespace psmc::frontend
