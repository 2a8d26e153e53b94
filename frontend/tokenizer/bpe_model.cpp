// SPDX-License-Identifier: Apache-2.0
#include "frontend/tokenizer/bpe_model.h"

#include <algorithm>
#include <utility>

#include "frontend/tokenizer/byte_level.h"
#include "frontend/tokenizer/unicode.h"

#include <fmt/format.h>

namespace psmc::frontend {
namespace {

constexpr int64_t kMaxId = (1 << 22) - 1;

const json::Value* given(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value && value->kind != json::Kind::null ? value : nullptr;
}

}  // namespace

Result<BpeModel> BpeModel::read(const json::Document& document, bool byte_level) {
  const json::Value* model = given(document.root, "model");
  if (!model || !model->is_object())
    return document.error_at(Code::json_type, document.root, "a tokenizer needs an object 'model'");
  BpeModel result;
  result.byte_level_ = byte_level;
  PSMC_TRY(result.read_options(document, *model));
  PSMC_TRY(result.read_vocab(document, *model));
  PSMC_TRY(result.read_merges(document, *model));
  if (const json::Value* unknown = given(*model, "unk_token")) {
    result.unknown_ = result.find(unknown->string);
    if (!result.unknown_) return document.error_at(Code::bad_tokenizer, *unknown, "unk_token is not in the vocabulary");
  }
  result.index_words();
  return result;
}

Status BpeModel::read_options(const json::Document& document, const json::Value& model) {
  const json::Value* type = given(model, "type");
  if (type && type->string != "BPE")
    return document.error_at(Code::unsupported_tokenizer, *type,
                             fmt::format("the model '{}' is not supported", type->string), {"psmc has BPE"});
  if (const json::Value* dropout = given(model, "dropout"); dropout && dropout->number != 0)
    return document.error_at(Code::unsupported_tokenizer, *dropout, "dropout is not supported");
  for (const std::string_view key : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (const json::Value* affix = given(model, key); affix && !(affix->is_string() && affix->string.empty()))
      return document.error_at(Code::unsupported_tokenizer, *affix, fmt::format("{} is not supported", key));
  const std::pair<std::string_view, bool*> flags[] = {
      {"byte_fallback", &byte_fallback_}, {"fuse_unk", &fuse_unknown_}, {"ignore_merges", &ignore_merges_}};
  for (const auto& [key, flag] : flags)
    if (given(model, key)) {
      PSMC_ASSIGN(*flag, document.get_bool(model, key));
    }
  if (byte_level_ && byte_fallback_)
    return document.error_at(Code::unsupported_tokenizer, model, "byte_fallback with ByteLevel is not supported");
  return {};
}

Status BpeModel::read_vocab(const json::Document& document, const json::Value& model) {
  const json::Value* vocab = given(model, "vocab");
  if (!vocab || !vocab->is_object())
    return document.error_at(Code::json_type, model, "a BPE model needs an object 'vocab'");
  ids_.reserve(vocab->members.size());
  std::vector<bool> taken;
  for (const auto& [token, id] : vocab->members) {
    if (id.kind != json::Kind::integer || id.integer < 0 || id.integer > kMaxId)
      return document.error_at(Code::bad_tokenizer, id, fmt::format("a token's id must be from 0 to {}", kMaxId));
    const auto index = static_cast<size_t>(id.integer);
    if (tokens_.size() <= index) tokens_.resize(index + 1), taken.resize(index + 1);
    if (taken[index])
      return document.error_at(Code::bad_tokenizer, id, fmt::format("two tokens have the id {}", index));
    taken[index] = true;
    tokens_[index] = token;
    ids_.emplace(token, static_cast<int32_t>(index));
  }
  return {};
}

Status BpeModel::read_merges(const json::Document& document, const json::Value& model) {
  const json::Value* merges = given(model, "merges");
  if (!merges || !merges->is_array())
    return document.error_at(Code::json_type, model, "a BPE model needs an array 'merges'");
  merges_.reserve(merges->items.size());
  for (size_t rank = 0; rank < merges->items.size(); ++rank) {
    const json::Value& merge = merges->items[rank];
    PSMC_ASSIGN(const auto pair, read_pair(document, merge));
    const std::optional<int32_t> left = find(pair.first);
    const std::optional<int32_t> right = find(pair.second);
    const std::optional<int32_t> merged = find(pair.first + pair.second);
    if (!left || !right || !merged)
      return document.error_at(Code::bad_tokenizer, merge,
                               fmt::format("merge {} has a part or a result that is not in the vocabulary", rank));
    merges_.set(*left, *right, {static_cast<uint32_t>(rank), *merged});
  }
  return {};
}

/// "a b" or ["a", "b"].
Result<std::pair<std::string, std::string>> BpeModel::read_pair(const json::Document& document,
                                                                const json::Value& merge) const {
  if (merge.is_array() && merge.items.size() == 2 && merge.items[0].is_string() && merge.items[1].is_string())
    return std::pair(merge.items[0].string, merge.items[1].string);
  const size_t space = merge.string.find(' ');
  if (!merge.is_string() || space == std::string::npos || merge.string.find(' ', space + 1) != std::string::npos)
    return document.error_at(Code::bad_tokenizer, merge, "a merge must be two tokens with a space between, or a pair");
  return std::pair(merge.string.substr(0, space), merge.string.substr(space + 1));
}

void BpeModel::index_words() {
  if (byte_level_)
    for (size_t id = 0; id < tokens_.size(); ++id)
      if (auto bytes = bytes_of_spelling(tokens_[id]); bytes && find(tokens_[id]) == static_cast<int32_t>(id))
        spelled_.emplace(std::move(*bytes), static_cast<int32_t>(id));
  for (size_t byte = 0; byte < 256; ++byte) {
    const auto& map = words();
    const auto at = map.find(byte_level_ ? std::string(1, static_cast<char>(byte)) : fmt::format("<0x{:02X}>", byte));
    byte_ids_[byte] = at == map.end() ? -1 : at->second;
  }
}

std::optional<int32_t> BpeModel::find(std::string_view token) const {
  const auto at = ids_.find(std::string(token));
  return at == ids_.end() ? std::nullopt : std::optional(at->second);
}

Status BpeModel::encode_word(std::string_view word, std::vector<int32_t>& ids) const {
  if (ignore_merges_) {
    if (const auto whole = words().find(std::string(word)); whole != words().end()) {
      ids.push_back(whole->second);
      return {};
    }
  }
  const size_t begin = ids.size();
  bool after_unknown = false;
  for (size_t at = 0; at < word.size();) {
    const size_t length = byte_level_ ? 1 : character_at(word, at).length;
    const std::string_view character = word.substr(at, length);
    at += length;
    std::optional<int32_t> id;
    if (!byte_level_)
      id = find(character);
    else if (const int32_t byte_id = byte_ids_[static_cast<unsigned char>(character[0])]; byte_id >= 0)
      id = byte_id;
    if (id) {
      ids.push_back(*id);
      after_unknown = false;
    } else {
      PSMC_TRY(add_unknown(character, ids, after_unknown));
    }
  }
  merge_symbols(merges_, ids, begin);
  return {};
}

Status BpeModel::add_unknown(std::string_view character, std::vector<int32_t>& ids, bool& after_unknown) const {
  const auto id_of = [&](char c) { return byte_ids_[static_cast<unsigned char>(c)]; };
  if (byte_fallback_ && std::all_of(character.begin(), character.end(), [&](char c) { return id_of(c) >= 0; })) {
    for (const char c : character) ids.push_back(id_of(c));
    after_unknown = false;
    return {};
  }
  if (!unknown_)
    return error(Code::cannot_tokenize, fmt::format("the tokenizer has no token for {}", json::quote(character)));
  if (!(fuse_unknown_ && after_unknown)) ids.push_back(*unknown_);
  after_unknown = true;
  return {};
}

}  // namespace psmc::frontend
