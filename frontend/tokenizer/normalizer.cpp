// SPDX-License-Identifier: Apache-2.0
#include "frontend/tokenizer/normalizer.h"

#include <utility>

#include "frontend/tokenizer/tokenizer.h"

#include <fmt/format.h>

namespace psmc::frontend {
namespace {

constexpr size_t kMaxContent = 16;  // of one edit, so that a text cannot explode in one step

Result<std::string> read_content(const json::Document& document, const json::Value& value, std::string_view key) {
  PSMC_ASSIGN(std::string content, document.get_string(value, key));
  if (content.size() > kMaxContent)
    return document.error_at(Code::unsupported_tokenizer, value,
                             fmt::format("'{}' of this length is not supported", key));
  return content;
}

}  // namespace

Result<TextEdit> read_replace(const json::Document& document, const json::Value& value) {
  TextEdit edit;
  const json::Value* pattern = value.find("pattern");
  if (!pattern || !pattern->is_object() || !pattern->find("String"))
    return document.error_at(Code::unsupported_tokenizer, value, "Replace of anything but a String is not supported");
  PSMC_ASSIGN(edit.pattern, document.get_string(*pattern, "String"));
  if (edit.pattern.empty())
    return document.error_at(Code::unsupported_tokenizer, value, "Replace of an empty String is not supported");
  PSMC_ASSIGN(edit.content, read_content(document, value, "content"));
  return edit;
}

std::string replace_all(const std::string& text, const TextEdit& edit) {
  std::string out;
  size_t at = 0;
  for (size_t found = text.find(edit.pattern); found != std::string::npos; found = text.find(edit.pattern, at)) {
    out.append(text, at, found - at).append(edit.content);
    at = found + edit.pattern.size();
  }
  return out.append(text, at);
}

Result<Normalizer> Normalizer::read(const json::Document& document, const json::Value* value) {
  Normalizer normalizer;
  if (!value || value->kind == json::Kind::null) return normalizer;
  PSMC_TRY(normalizer.read_step(document, *value));
  return normalizer;
}

Status Normalizer::read_step(const json::Document& document, const json::Value& value) {
  PSMC_ASSIGN(const std::string type, document.get_string(value, "type"));
  if (type == "Sequence") {
    const json::Value* steps = value.find("normalizers");
    if (!steps || !steps->is_array())
      return document.error_at(Code::json_type, value, "a Sequence needs an array 'normalizers'");
    for (const json::Value& step : steps->items) PSMC_TRY(read_step(document, step));
  } else if (type == "Prepend") {
    TextEdit edit;
    PSMC_ASSIGN(edit.content, read_content(document, value, "prepend"));
    edits_.push_back(std::move(edit));
  } else if (type == "Replace") {
    PSMC_ASSIGN(TextEdit edit, read_replace(document, value));
    edits_.push_back(std::move(edit));
  } else {
    return document.error_at(Code::unsupported_tokenizer, value,
                             fmt::format("the normalizer '{}' is not supported", type),
                             {"psmc has Prepend, Replace (of a String) and Sequence"});
  }
  return {};
}

Result<std::string> Normalizer::apply(std::string text) const {
  for (const TextEdit& edit : edits_) {
    if (text.empty()) break;
    text = edit.pattern.empty() ? edit.content + text : replace_all(text, edit);
    if (text.size() > 2 * kMaxTextBytes)
      return error(Code::too_large, "the text becomes too long when it is normalised");
  }
  return text;
}

}  // namespace psmc::frontend
