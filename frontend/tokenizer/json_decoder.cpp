// SPDX-License-Identifier: Apache-2.0
#include "frontend/tokenizer/json_decoder.h"

#include <optional>
#include <utility>

#include "frontend/tokenizer/byte_level.h"

#include <fmt/format.h>

namespace psmc::frontend {
namespace {

/// The byte of "<0xNN>".
std::optional<char> byte_token(const std::string& token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
  int value = 0;
  for (const char c : {token[3], token[4]}) {
    const size_t digit = std::string_view("0123456789ABCDEF0123456789abcdef").find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value << 4 | static_cast<int>(digit % 16);
  }
  return static_cast<char>(value);
}

}  // namespace

Result<JsonDecoder> JsonDecoder::read(const json::Document& document) {
  const json::Value* value = document.root.find("decoder");
  if (!value || value->kind == json::Kind::null)
    return document.error_at(Code::unsupported_tokenizer, value ? *value : document.root,
                             "a tokenizer without a decoder is not supported");
  JsonDecoder decoder;
  PSMC_TRY(decoder.read_step(document, *value));
  return decoder;
}

Status JsonDecoder::read_step(const json::Document& document, const json::Value& value) {
  PSMC_ASSIGN(const std::string type, document.get_string(value, "type"));
  const bool first = edits_.empty() && !byte_level_ && !byte_fallback_ && !fused_;
  const bool per_token = !byte_level_ && !fused_;  // what changes tokens comes before what joins them
  if (type == "Sequence") {
    const json::Value* steps = value.find("decoders");
    if (!steps || !steps->is_array())
      return document.error_at(Code::json_type, value, "a Sequence needs an array 'decoders'");
    for (const json::Value& step : steps->items) PSMC_TRY(read_step(document, step));
    return {};
  }
  if (type == "Strip" && fused_) return read_strip(document, value);
  if (type == "Fuse")
    fused_ = true;
  else if (type == "ByteLevel" && first)
    byte_level_ = true;
  else if (type == "ByteFallback" && per_token)
    byte_fallback_ = true;
  else if (type == "Metaspace" && first)
    return read_metaspace(document, value);
  else if (type == "Replace" && per_token && !byte_fallback_) {
    PSMC_ASSIGN(TextEdit edit, read_replace(document, value));
    edits_.push_back(std::move(edit));
  } else {
    return document.error_at(Code::unsupported_tokenizer, value,
                             fmt::format("the decoder '{}', or in this place, is not supported", type),
                             {"psmc has ByteLevel, Metaspace, Replace, ByteFallback, Fuse, Strip and Sequence"});
  }
  return {};
}

Status JsonDecoder::read_metaspace(const json::Document& document, const json::Value& value) {
  PSMC_ASSIGN(std::string replacement, document.get_string(value, "replacement"));
  if (replacement.empty())
    return document.error_at(Code::unsupported_tokenizer, value, "an empty replacement is not supported");
  const json::Value* scheme = value.find("prepend_scheme");
  const json::Value* prefix = value.find("add_prefix_space");
  const bool never =
      scheme ? scheme->string == "never" : prefix && prefix->kind == json::Kind::boolean && !prefix->boolean;
  strip_ = never ? 0 : 1;
  edits_.push_back({std::move(replacement), std::string(1, ' ')});
  return {};
}

Status JsonDecoder::read_strip(const json::Document& document, const json::Value& value) {
  PSMC_ASSIGN(const std::string content, document.get_string(value, "content"));
  PSMC_ASSIGN(const int64_t start, document.get_int(value, "start", 0, 1 << 20));
  PSMC_ASSIGN(const int64_t stop, document.get_int(value, "stop", 0, 1 << 20));
  if (content != " " || stop != 0)
    return document.error_at(Code::unsupported_tokenizer, value,
                             "Strip of anything but leading spaces is not supported");
  strip_ = static_cast<size_t>(start);
  return {};
}

std::string JsonDecoder::bytes_of(const std::string& token) const {
  if (byte_level_) return bytes_of_spelling(token).value_or(token);
  std::string text = token;
  for (const TextEdit& edit : edits_) text = replace_all(text, edit);
  if (byte_fallback_)
    if (const std::optional<char> byte = byte_token(text)) return std::string(1, *byte);
  return text;
}

}  // namespace psmc::frontend
