// SPDX-License-Identifier: Apache-2.0
// The "normalizer" of tokenizer.json: null, or a Sequence of Prepend and Replace (of a plain string).
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace psmc::frontend {

/// A replacement of every occurrence, or (pattern empty) text put in front of what is not empty.
struct TextEdit {
  std::string pattern;
  std::string content;
};

/// {"type": "Replace", "pattern": {"String": ..}, "content": ..}. Errors: json_type, unsupported_tokenizer.
Result<TextEdit> read_replace(const json::Document& document, const json::Value& value);
std::string replace_all(const std::string& text, const TextEdit& edit);

class Normalizer {
 public:
  /// Errors: json_type, unsupported_tokenizer.
  static Result<Normalizer> read(const json::Document& document, const json::Value* value);
  /// Error: too_large.
  Result<std::string> apply(std::string text) const;

 private:
  Status read_step(const json::Document& document, const json::Value& value);
  std::vector<TextEdit> edits_;
};

}  // namespace psmc::frontend
