// SPDX-License-Identifier: Apache-2.0
// Text to token ids and back. A tokenizer does not change once it is opened, so threads may share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace psmc::frontend {

/// Longer texts are refused.
inline constexpr size_t kMaxTextBytes = size_t{32} << 20;

struct EncodeOptions {
  bool add_special = true;    ///< put the begin-of-sequence token (or what the file's template says) around the text
  bool parse_special = true;  ///< "</s>" and the like in the text become their tokens
};

/// Where a decoding stands between tokens.
struct DecodeState {
  size_t strip = 0;  ///< leading spaces that the next text loses
  bool raw = false;  ///< special tokens appear by name instead of not at all
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// Errors: cannot_tokenize (no token for a character and no token for unknown ones), too_large.
  virtual Result<std::vector<int32_t>> encode(std::string_view text, const EncodeOptions& options = {}) const = 0;

  /// The state before the first token of a text.
  virtual DecodeState start() const = 0;
  /// Appends the bytes of `id`. Bytes of one character may come from several tokens. Ids outside the vocabulary add
  /// nothing: models often have more rows than tokens.
  virtual void decode_next(int32_t id, DecodeState& state, std::string& out) const = 0;

  /// One above the highest id.
  virtual int32_t size() const = 0;
  virtual std::optional<int32_t> bos() const = 0;
  virtual std::optional<int32_t> eos() const = 0;

  /// The bytes of a whole text, special tokens left out.
  std::string decode(std::span<const int32_t> ids) const;
};

/// tokenizer.json, llama2.c's tokenizer.bin, or a folder that holds tokenizer.json. Errors: cannot_read,
/// unknown_format, bad_json, json_type, bad_tokenizer, unsupported_tokenizer, too_large.
Result<std::unique_ptr<Tokenizer>> open_tokenizer(const std::string& path);

}  // namespace psmc::frontend
