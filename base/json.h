// SPDX-License-Identifier: Apache-2.0
// JSON values with positions, for small documents (configuration, machine files, tokenizers) and for JSON-IR.
// Every value knows its byte position, so that an error about its meaning can point at it too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace psmc::json {

enum class Kind : uint8_t { null, boolean, integer, number, string, array, object };

struct Member;

/// One JSON value. Objects keep the order of the text; duplicate keys are an error when parsed.
struct Value {
  Kind kind = Kind::null;
  bool boolean = false;
  int64_t integer = 0;  ///< kind integer
  double number = 0;    ///< kind number, and the value of an integer as well
  std::string string;
  std::vector<Value> items;     ///< array
  std::vector<Member> members;  ///< object
  size_t offset = 0;            ///< byte position in the text, for errors

  const Value* find(std::string_view key) const;
  bool is_object() const { return kind == Kind::object; }
  bool is_array() const { return kind == Kind::array; }
  bool is_string() const { return kind == Kind::string; }
  bool is_number() const { return kind == Kind::number || kind == Kind::integer; }
};

/// A key and its value.
struct Member {
  std::string key;
  Value value;
};

/// A parsed text with what is needed to point into it.
struct Document {
  std::string file;
  std::string text;
  Value root;

  /// An error at `at` in this text.
  Diagnostic error_at(Code code, const Value& at, std::string message, std::vector<std::string> notes = {}) const;
  /// Typed access to members of an object; a missing key or wrong type is Code::json_type at the object or value.
  Result<int64_t> get_int(const Value& object, std::string_view key, int64_t low, int64_t high) const;
  Result<double> get_number(const Value& object, std::string_view key) const;
  Result<std::string> get_string(const Value& object, std::string_view key) const;
  Result<bool> get_bool(const Value& object, std::string_view key) const;
};

/// Parses `text`; nesting is limited to 200 levels. Errors: Code::bad_json with the position.
Result<Document> parse(std::string file, std::string text);

/// `text` as a JSON string literal with quotes.
std::string quote(std::string_view text);
/// The shortest decimal that reads back as the same double; integers without a point; infinities and NaN as strings.
std::string number_text(double value);

}  // namespace psmc::json
