// SPDX-License-Identifier: Apache-2.0
#include "frontend/tokenizer/llama2c_tokenizer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <unordered_map>
#include <utility>

#include "frontend/tokenizer/merge.h"

#include <fmt/format.h>

namespace psmc::frontend {
namespace {

constexpr size_t kMaxFile = size_t{16} << 20;
constexpr size_t kMaxToken = 256;
constexpr int32_t kBegin = 1;
constexpr int32_t kEnd = 2;
constexpr int32_t kFirstByte = 3;
constexpr size_t kLeastTokens = 259;
constexpr float kWorstScore = -1e10f;  // llama2.c takes no merge at or below it

uint32_t read_u32(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

/// Better scores have lower ranks, equal scores equal ranks.
uint32_t rank_of(float score) {
  const uint32_t bits = std::bit_cast<uint32_t>(score + 0.0f);  // -0 becomes 0
  return bits & 0x80000000u ? bits : 0x7fffffffu - bits;
}

/// How many bytes llama2.c takes for one character: a byte and the continuation bytes after it, four at most.
size_t character_bytes(std::string_view text, size_t at) {
  size_t length = 1;
  while (length < 4 && at + length < text.size() && (static_cast<unsigned char>(text[at + length]) & 0xc0) == 0x80)
    ++length;
  return length;
}

class Llama2cTokenizer final : public Tokenizer {
 public:
  Status load(std::string_view file, std::string_view bytes) {
    PSMC_TRY(read_tokens(file, bytes));
    for (size_t i = 0; i < 256; ++i)
      if (tokens_[kFirstByte + i] != fmt::format("<0x{:02X}>", i))
        return file_error(Code::bad_tokenizer, file, fmt::format("token {} is not byte {:#04x}", kFirstByte + i, i));
    index();
    return {};
  }

  Result<std::vector<int32_t>> encode(std::string_view text, const EncodeOptions& options) const override {
    if (text.size() > kMaxTextBytes) return error(Code::too_large, fmt::format("a text of {} bytes", text.size()));
    std::vector<int32_t> ids;
    if (options.add_special) ids.push_back(kBegin);
    const size_t begin = ids.size();
    if (!text.empty()) add_character(" ", ids);
    for (size_t at = 0; at < text.size();) {
      const size_t length = character_bytes(text, at);
      add_character(text.substr(at, length), ids);
      at += length;
    }
    merge_symbols(merges_, ids, begin);
    return ids;
  }

  DecodeState start() const override { return {}; }

  void decode_next(int32_t id, DecodeState& state, std::string& out) const override {
    const bool strip = std::exchange(state.strip, id == kBegin ? 1 : 0) > 0;
    if (id < 0 || id >= size() || (id < kFirstByte && !state.raw)) return;
    if (id >= kFirstByte && id < kFirstByte + 256) {
      out += static_cast<char>(id - kFirstByte);
      return;
    }
    const std::string& token = tokens_[static_cast<size_t>(id)];
    out += strip && token.starts_with(' ') ? std::string_view(token).substr(1) : std::string_view(token);
  }

  int32_t size() const override { return static_cast<int32_t>(tokens_.size()); }
  std::optional<int32_t> bos() const override { return kBegin; }
  std::optional<int32_t> eos() const override { return kEnd; }

 private:
  Status read_tokens(std::string_view file, std::string_view bytes) {
    const auto bad = [&](std::string message) { return file_error(Code::bad_tokenizer, file, std::move(message)); };
    if (bytes.size() > kMaxFile) return file_error(Code::too_large, file, "a tokenizer of more than 16 MiB");
    if (bytes.size() < 4) return bad("the file is shorter than its header");
    for (size_t at = 4; at < bytes.size();) {
      if (bytes.size() - at < 8) return bad(fmt::format("the file ends within token {}", tokens_.size()));
      const float score = std::bit_cast<float>(read_u32(bytes, at));
      const size_t length = read_u32(bytes, at + 4);
      at += 8;
      if (length > kMaxToken) return bad(fmt::format("token {} has {} bytes", tokens_.size(), length));
      if (length > bytes.size() - at) return bad(fmt::format("the file ends within token {}", tokens_.size()));
      if (std::isnan(score)) return bad(fmt::format("the score of token {} is not a number", tokens_.size()));
      tokens_.emplace_back(bytes.substr(at, length));
      scores_.push_back(score);
      at += length;
    }
    if (tokens_.size() < kLeastTokens)
      return bad(fmt::format("{} tokens; 3 special ones and 256 bytes are needed", tokens_.size()));
    return {};
  }

  /// The pairs of tokens whose texts make a token: every way to cut each token in two.
  void index() {
    for (size_t i = 0; i < tokens_.size(); ++i) ids_.emplace(tokens_[i], static_cast<int32_t>(i));
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const std::string_view token = tokens_[i];
      if (scores_[i] <= kWorstScore || ids_.at(token) != static_cast<int32_t>(i)) continue;
      for (size_t cut = 1; cut < token.size(); ++cut) {
        const auto left = ids_.find(token.substr(0, cut));
        if (left == ids_.end()) continue;
        const auto right = ids_.find(token.substr(cut));
        if (right == ids_.end()) continue;
        merges_.set(left->second, right->second, {rank_of(scores_[i]), static_cast<int32_t>(i)});
      }
    }
  }

  void add_character(std::string_view character, std::vector<int32_t>& ids) const {
    const auto known = ids_.find(character);
    if (known != ids_.end()) {
      ids.push_back(known->second);
      return;
    }
    for (const char c : character) ids.push_back(kFirstByte + static_cast<unsigned char>(c));
  }

  std::vector<std::string> tokens_;
  std::vector<float> scores_;
  std::unordered_map<std::string_view, int32_t> ids_;  ///< into tokens_, which no longer changes
  MergeTable merges_;
};

}  // namespace

Result<std::unique_ptr<Tokenizer>> parse_llama2c_tokenizer(std::string_view file, std::string_view bytes) {
  auto tokenizer = std::make_unique<Llama2cTokenizer>();
  PSMC_TRY(tokenizer->load(file, bytes));
  return std::unique_ptr<Tokenizer>(std::move(tokenizer));
}

}  // namespace psmc::frontend
