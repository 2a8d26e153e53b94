// SPDX-License-Identifier: Apache-2.0
// The "decoder" of tokenizer.json, worked out token by token: what bytes a token stands for.
//
//   ByteLevel; Metaspace; or a Sequence of Replace (of a String), ByteFallback, Fuse, and Strip of leading characters
//   after Fuse
//
// Two deviations from the library, both so that every byte of the model's output gets through: bytes that are no UTF-8
// stay as they are instead of becoming U+FFFD, and Metaspace drops one leading space instead of all of the first token.
#pragma once

#include <string>
#include <vector>

#include "frontend/tokenizer/normalizer.h"

#include "base/json.h"
#include "base/result.h"

namespace psmc::frontend {

class JsonDecoder {
 public:
  /// Errors: json_type, unsupported_tokenizer.
  static Result<JsonDecoder> read(const json::Document& document);
  /// The bytes of a token, given as the file spells it.
  std::string bytes_of(const std::string& token) const;
  /// How many leading spaces the whole text loses.
  size_t strip() const { return strip_; }

 private:
  Status read_step(const json::Document& document, const json::Value& value);
  Status read_metaspace(const json::Document& document, const json::Value& value);
  Status read_strip(const json::Document& document, const json::Value& value);

  std::vector<TextEdit> edits_;
  bool byte_level_ = false;
  bool byte_fallback_ = false;
  bool fused_ = false;
  size_t strip_ = 0;
};

}  // namespace psmc::frontend
