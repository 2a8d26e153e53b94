// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace psmc::json {
namespace {

std::string_view kind_name(Kind kind) {
  constexpr std::string_view kNames[] = {"null",     "a boolean", "an integer", "a number",
                                         "a string", "an array",  "an object"};
  return kNames[static_cast<size_t>(kind)];
}

Result<const Value*> member(const Document& document, const Value& object, std::string_view key) {
  if (!object.is_object()) {
    return document.error_at(
        Code::json_type, object,
        fmt::format("expected an object with the key {}, found {}", quote(key), kind_name(object.kind)));
  }
  if (const Value* found = object.find(key)) return found;
  return document.error_at(Code::json_type, object, fmt::format("this object has no key {}", quote(key)));
}

Diagnostic wrong_type(const Document& document, const Value& value, std::string_view key, std::string_view wanted) {
  return document.error_at(Code::json_type, value,
                           fmt::format("{} must be {}, not {}", quote(key), wanted, kind_name(value.kind)));
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}

Diagnostic Document::error_at(Code code, const Value& at, std::string message, std::vector<std::string> notes) const {
  return text_error(code, file, text, at.offset, std::move(message), std::move(notes));
}

Result<int64_t> Document::get_int(const Value& object, std::string_view key, int64_t low, int64_t high) const {
  PSMC_ASSIGN(const Value* value, member(*this, object, key));
  if (value->kind != Kind::integer) return wrong_type(*this, *value, key, "an integer");
  if (value->integer >= low && value->integer <= high) return value->integer;
  return error_at(Code::json_type, *value,
                  fmt::format("{} is {}; it must be from {} to {}", quote(key), value->integer, low, high));
}

Result<double> Document::get_number(const Value& object, std::string_view key) const {
  PSMC_ASSIGN(const Value* value, member(*this, object, key));
  if (value->is_number()) return value->number;
  if (value->string == "inf") return HUGE_VAL;
  if (value->string == "-inf") return -HUGE_VAL;
  if (value->string == "nan") return std::nan("");
  return wrong_type(*this, *value, key, "a number");
}

Result<std::string> Document::get_string(const Value& object, std::string_view key) const {
  PSMC_ASSIGN(const Value* value, member(*this, object, key));
  if (!value->is_string()) return wrong_type(*this, *value, key, "a string");
  return value->string;
}

Result<bool> Document::get_bool(const Value& object, std::string_view key) const {
  PSMC_ASSIGN(const Value* value, member(*this, object, key));
  if (value->kind != Kind::boolean) return wrong_type(*this, *value, key, "true or false");
  return value->boolean;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const size_t length = utf8_length(text.substr(i));
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (length == 0) {
      out += "\xef\xbf\xbd";  // U+FFFD for a byte that is not UTF-8: JSON cannot say it
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.append(text, i, length);
    }
    i += std::max<size_t>(length, 1);
  }
  return out + '"';
}

std::string number_text(double value) {
  if (std::isnan(value)) return "\"nan\"";
  if (std::isinf(value)) return value > 0 ? "\"inf\"" : "\"-inf\"";
  const bool small_integer = std::fabs(value) < 0x1p53 && value == std::trunc(value);
  if (small_integer && !(value == 0 && std::signbit(value))) return fmt::format("{}", static_cast<int64_t>(value));
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return std::string(digits, end);
}

}  // namespace psmc::json
