// SPDX-License-Identifier: Apache-2.0
// The "model" of tokenizer.json when its type is BPE: a vocabulary and a list of merges, most preferred first.
//
// A word starts as its characters (or bytes, with the byte-level pre-tokenizer) and merges from there. A character
// without a token becomes its bytes <0xNN> (byte_fallback), else the unknown token (fuse_unk: one for a run of them).
// Refused: other models, dropout, continuing_subword_prefix, end_of_word_suffix.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "frontend/tokenizer/merge.h"

#include "base/json.h"
#include "base/result.h"

namespace psmc::frontend {

class BpeModel {
 public:
  /// Errors: json_type, bad_tokenizer, unsupported_tokenizer.
  static Result<BpeModel> read(const json::Document& document, bool byte_level);

  /// Appends the ids of one word. Error: cannot_tokenize.
  Status encode_word(std::string_view word, std::vector<int32_t>& ids) const;
  /// Tokens as the file spells them, by id; ids that the file leaves out are empty.
  const std::vector<std::string>& tokens() const { return tokens_; }
  std::optional<int32_t> find(std::string_view token) const;

 private:
  using TokenMap = std::unordered_map<std::string, int32_t>;

  Status read_options(const json::Document& document, const json::Value& model);
  Status read_vocab(const json::Document& document, const json::Value& model);
  Status read_merges(const json::Document& document, const json::Value& model);
  Result<std::pair<std::string, std::string>> read_pair(const json::Document& document, const json::Value& merge) const;
  void index_words();
  Status add_unknown(std::string_view character, std::vector<int32_t>& ids, bool& after_unknown) const;

  std::vector<std::string> tokens_;
  TokenMap ids_;      ///< by the file's spelling
  TokenMap spelled_;  ///< byte level: by the bytes that the token spells; see words()
  const TokenMap& words() const { return byte_level_ ? spelled_ : ids_; }
  std::array<int32_t, 256> byte_ids_{};  ///< of single bytes or <0xNN>; -1 if there is none
  MergeTable merges_;
  std::optional<int32_t> unknown_;
  bool byte_level_ = false;
  bool byte_fallback_ = false;
  bool fuse_unknown_ = false;
  bool ignore_merges_ = false;
};

}  // namespace psmc::frontend
