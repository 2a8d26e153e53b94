// SPDX-License-Identifier: Apache-2.0
// A command of the debugger, word by word. Errors stand at the word that they are about.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace psmc::tools::debug {

class Words {
 public:
  /// `place` names file and line, and holds the command as its text.
  explicit Words(SourcePlace place) : place_(std::move(place)) { skip(); }

  bool more() const { return at_ < place_.text.size(); }
  std::string_view peek() const;
  std::string_view next();
  /// All that is left.
  std::string_view rest();

  /// Decimal or 0x..., below `limit`. Errors: bad_syntax.
  Result<uint64_t> number(std::string_view what, uint64_t limit = UINT64_MAX);
  /// The same if there is another word, else `usual`.
  Result<uint64_t> number_or(uint64_t usual, std::string_view what, uint64_t limit) {
    return more() ? number(what, limit) : usual;
  }
  /// "0x400" or "0x400..0x43f". Errors: bad_syntax.
  struct Range {
    uint64_t low = 0, high = 0;  ///< both included
  };
  Result<Range> range(std::string_view what);
  /// Errors: bad_syntax if there are more words.
  Status end();

  /// bad_syntax at the word that was taken last.
  Diagnostic wrong(std::string message, std::vector<std::string> notes = {}) const;

 private:
  void skip();

  SourcePlace place_;
  size_t at_ = 0;    ///< of the next word
  size_t last_ = 0;  ///< of the one before
  size_t length_ = 0;
};

}  // namespace psmc::tools::debug
