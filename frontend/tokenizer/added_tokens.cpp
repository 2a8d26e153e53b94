// SPDX-License-Identifier: Apache-2.0
#include "frontend/tokenizer/added_tokens.h"

#include <algorithm>
#include <utility>

#include "frontend/tokenizer/unicode.h"

#include <fmt/format.h>

namespace psmc::frontend {
namespace {

constexpr size_t kMaxContent = 128;
constexpr int64_t kMaxId = (1 << 22) - 1;

Result<AddedToken> read_token(const json::Document& document, const json::Value& value) {
  AddedToken token;
  PSMC_ASSIGN(const int64_t id, document.get_int(value, "id", 0, kMaxId));
  token.id = static_cast<int32_t>(id);
  PSMC_ASSIGN(token.content, document.get_string(value, "content"));
  if (token.content.empty() || token.content.size() > kMaxContent)
    return document.error_at(Code::bad_tokenizer, value,
                             fmt::format("an added token of {} bytes", token.content.size()));
  const std::pair<std::string_view, bool*> flags[] = {{"special", &token.special},
                                                      {"normalized", &token.normalized},
                                                      {"lstrip", &token.lstrip},
                                                      {"rstrip", &token.rstrip}};
  for (const auto& [key, flag] : flags)
    if (value.find(key)) {
      PSMC_ASSIGN(*flag, document.get_bool(value, key));
    }
  if (const json::Value* word = value.find("single_word"); word && word->boolean)
    return document.error_at(Code::unsupported_tokenizer, value, "an added token with single_word is not supported");
  return token;
}

/// Where the white space that ends at `at` begins.
size_t space_before(std::string_view text, size_t at) {
  while (at > 0) {
    size_t begin = at - 1;
    while (begin > 0 && at - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) --begin;
    const Character c = character_at(text, begin);
    if (begin + c.length != at || !is_white_space(c.code)) break;
    at = begin;
  }
  return at;
}

size_t space_after(std::string_view text, size_t at) {
  while (at < text.size()) {
    const Character c = character_at(text, at);
    if (!is_white_space(c.code)) break;
    at += c.length;
  }
  return at;
}

}  // namespace

Result<std::vector<AddedToken>> read_added_tokens(const json::Document& document) {
  std::vector<AddedToken> tokens;
  const json::Value* list = document.root.find("added_tokens");
  if (!list || list->kind == json::Kind::null) return tokens;
  if (!list->is_array()) return document.error_at(Code::json_type, *list, "'added_tokens' must be an array");
  for (const json::Value& value : list->items) {
    PSMC_ASSIGN(AddedToken token, read_token(document, value));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

TokenFinder::TokenFinder(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::sort(tokens_.begin(), tokens_.end(), [](auto& a, auto& b) { return a.content < b.content; });
}

/// Narrows the sorted tokens byte by byte to those that begin like the text at `at`.
const AddedToken* TokenFinder::longest_at(std::string_view text, size_t at, bool skip_special) const {
  auto low = tokens_.begin();
  auto high = tokens_.end();
  const AddedToken* best = nullptr;
  for (size_t depth = 0; low != high && at + depth < text.size(); ++depth) {
    const int wanted = static_cast<unsigned char>(text[at + depth]);
    const auto byte = [&](const AddedToken& t) {
      return depth < t.content.size() ? static_cast<unsigned char>(t.content[depth]) : -1;
    };
    low = std::partition_point(low, high, [&](const AddedToken& t) { return byte(t) < wanted; });
    high = std::partition_point(low, high, [&](const AddedToken& t) { return byte(t) <= wanted; });
    for (auto t = low; t != high && t->content.size() == depth + 1; ++t)
      if (!(skip_special && t->special)) best = &*t;
  }
  return best;
}

std::vector<TokenFinder::Segment> TokenFinder::split(std::string_view text, bool skip_special) const {
  std::vector<Segment> segments;
  size_t done = 0;
  for (size_t at = 0; at < text.size() && !tokens_.empty();) {
    const AddedToken* token = longest_at(text, at, skip_special);
    if (!token) {
      ++at;
      continue;
    }
    const size_t begin = token->lstrip ? std::max(done, space_before(text, at)) : at;
    if (begin > done) segments.push_back({text.substr(done, begin - done), -1});
    at += token->content.size();
    segments.push_back({text.substr(at - token->content.size(), token->content.size()), token->id});
    done = at = token->rstrip ? space_after(text, at) : at;
  }
  if (done < text.size()) segments.push_back({text.substr(done), -1});
  return segments;
}

}  // namespace psmc::frontend
