// SPDX-License-Identifier: Apache-2.0
// The "pre_tokenizer" of tokenizer.json: how a text is cut into the words within which merging happens.
//
//   null          the whole text is one word
//   Split         at a Regex or String; behaviors Isolated, Removed, Contiguous, MergedWithPrevious, MergedWithNext;
//   invert Digits        each digit alone, or runs of them ByteLevel     a space in front (add_prefix_space), GPT-2's
//   pattern (use_regex); words are then bytes; must be last Metaspace     spaces become the replacement character,
//   which is put in front (prepend_scheme) and begins words (split) Sequence      of these
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "frontend/tokenizer/regex.h"

#include "base/json.h"
#include "base/result.h"

namespace psmc::frontend {

/// A part of a text. `at_start`: nothing of the text stands before it.
struct Piece {
  std::string text;
  bool at_start = false;
};

class PreTokenizer {
 public:
  /// Errors: json_type, bad_tokenizer, unsupported_tokenizer.
  static Result<PreTokenizer> read(const json::Document& document, const json::Value* value);
  /// Cuts every piece; none of the results is empty. Error: cannot_tokenize (a pattern that takes too long).
  Status apply(std::vector<Piece>& pieces) const;
  /// Words are sequences of bytes, not of characters.
  bool byte_level() const { return byte_level_; }

 private:
  enum class Behavior : uint8_t { isolated, removed, contiguous, merged_with_previous, merged_with_next };
  enum class Prefix : uint8_t { never, first, always };
  struct Step {
    enum class Kind : uint8_t { split_regex, split_string, replace } kind = Kind::split_regex;
    Behavior behavior = Behavior::isolated;
    bool invert = false;
    std::optional<Regex> regex;
    std::string string;             ///< split_string: the pattern; replace: what spaces become
    Prefix prefix = Prefix::never;  ///< replace: where `string` is put in front
  };
  /// A part of a piece and whether the pattern matched it.
  struct Span {
    size_t begin = 0;
    size_t end = 0;
    bool match = false;
  };

  Status read_step(const json::Document& document, const json::Value& value);
  Status read_split(const json::Document& document, const json::Value& value);
  Status read_byte_level(const json::Document& document, const json::Value& value);
  Status read_metaspace(const json::Document& document, const json::Value& value);
  Status add_regex(std::string_view pattern, Behavior behavior, bool invert);
  static void replace(const Step& step, std::vector<Piece>& pieces);
  static Status split(const Step& step, std::vector<Piece>& pieces);
  static Result<std::vector<Span>> find_matches(const Step& step, const std::string& text, Regex::Scratch& scratch);
  static std::vector<Span> arrange(std::vector<Span> spans, Behavior behavior);

  std::vector<Step> steps_;
  bool byte_level_ = false;
};

}  // namespace psmc::frontend
