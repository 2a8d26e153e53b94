// SPDX-License-Identifier: Apache-2.0
// The text of words, made once for each.
#pragma once

#include <string>
#include <unordered_map>

#include "arch/program.h"

namespace psmc::tools::trace {

class WordText {
 public:
  /// `word` as in sim::TraceEvent: it lives as long as the chip.
  const std::string& of(const arch::Word* word) {
    const auto [at, is_new] = texts_.try_emplace(word);
    if (is_new) at->second = word != nullptr ? arch::print(*word) : "(code gone)";
    return at->second;
  }

 private:
  std::unordered_map<const arch::Word*, std::string> texts_;  // looked up, never iterated
};

}  // namespace psmc::tools::trace
