// SPDX-License-Identifier: Apache-2.0
// The "added_tokens" of tokenizer.json: texts such as "</s>" that become one token before anything else happens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace psmc::frontend {

struct AddedToken {
  std::string content;
  int32_t id = 0;
  bool special = false;
  bool normalized = false;  ///< looked for after the normalizer
  bool lstrip = false;      ///< swallows white space before it
  bool rstrip = false;      ///< swallows white space after it
};

/// Errors: json_type, bad_tokenizer, unsupported_tokenizer.
Result<std::vector<AddedToken>> read_added_tokens(const json::Document& document);

/// Finds a set of tokens in a text: the leftmost, and of those the longest.
class TokenFinder {
 public:
  explicit TokenFinder(std::vector<AddedToken> tokens);

  /// Text between tokens (id -1, may be empty), or a token.
  struct Segment {
    std::string_view text;
    int32_t id = -1;
  };
  /// With `skip_special`, special tokens are plain text.
  std::vector<Segment> split(std::string_view text, bool skip_special) const;

 private:
  const AddedToken* longest_at(std::string_view text, size_t at, bool skip_special) const;
  std::vector<AddedToken> tokens_;  ///< in order of content
};

}  // namespace psmc::frontend
