// SPDX-License-Identifier: Apache-2.0
// Words of one code blob, read line by line: instructions go to their slots, labels are resolved at the end.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "arch/asm/scanner.h"
#include "arch/program.h"

namespace psmc::arch {

class WordReader {
 public:
  /// One line: labels, then instructions separated by '|'. A line of labels alone adds no word.
  Status read_line(Scanner& in);
  /// Puts the labels' offsets into the instructions that use them. Errors: asm_label, asm_operand.
  Status resolve(const Scanner& in);

  uint32_t next_word() const { return static_cast<uint32_t>(words_.size()); }
  std::vector<Word> take() { return std::move(words_); }
  const std::map<std::string, uint32_t, std::less<>>& labels() const { return labels_; }

 private:
  struct Use {
    uint32_t word = 0;
    bool loop = false;  ///< a loop's end: its length is one less than the offset
    std::string label;
    size_t position = 0;
  };
  Status read_labels(Scanner& in);
  Status read_slot(Scanner& in, Word& word, uint8_t& taken);
  Status place(const Scanner& in, size_t begin, const Inst& inst, Word& word, uint8_t& taken);
  Result<Inst> read_inst(Scanner& in);
  Status read_operand(Scanner& in, const struct Operand& operand, Inst& inst);
  Status read_target(Scanner& in, bool loop, Inst& inst);

  std::vector<Word> words_;
  std::map<std::string, uint32_t, std::less<>> labels_;
  std::vector<Use> uses_;
};

}  // namespace psmc::arch
