// SPDX-License-Identifier: Apache-2.0
// The cursor: recursive descent onto the tape for values, a table of brackets for what is passed over.
// Bounds: 200 levels and 2^22 nodes for a value that is read, 1000 levels for one that is passed over.
#include "base/json_cursor.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace psmc::json {
namespace {

constexpr size_t kMaxDepth = 200;
constexpr size_t kMaxSkipDepth = 1000;
constexpr uint32_t kMaxNodes = 1u << 22;
constexpr size_t kFewMembers = 8;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr auto kSpecial = [] {  // what passing over a value looks at
  std::array<bool, 256> table{};
  for (const char c : {'"', '[', ']', '{', '}'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

constexpr auto kPlain = [] {  // ASCII that stands for itself in a string
  std::array<bool, 256> table{};
  for (size_t c = 0x20; c < 0x80; ++c) table[c] = c != '"' && c != '\\';
  return table;
}();

}  // namespace

Cursor::Cursor(std::string_view file, std::string_view text) : file_(file), text_(text) {
  if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
}

Diagnostic Cursor::fail_at(size_t offset, std::string message) const {
  return text_error(Code::bad_json, file_, text_, offset, std::move(message));
}

bool Cursor::fail(size_t offset, std::string message) {
  if (!error_) error_ = fail_at(offset, std::move(message));
  return false;
}

std::string Cursor::line_of(size_t offset) const {
  const auto end = text_.begin() + static_cast<ptrdiff_t>(offset);
  return fmt::format("in line {}", std::count(text_.begin(), end, '\n') + 1);
}

Result<Walk> Cursor::enter(char open) {
  skip_blanks();
  const size_t begin = at_;
  if (!take(open)) return fail_at(at_, fmt::format("expected '{}'", open));
  return Walk{begin, open == '[' ? ']' : '}', true};
}

Diagnostic Cursor::no_comma(const Walk& walk) const {
  return fail_at(at_, fmt::format("expected ',' or '{}' in the {} that begins {}", walk.close,
                                  walk.close == ']' ? "array" : "object", line_of(walk.begin)));
}

Result<Ref> Cursor::key(Tape& tape) {
  const uint32_t at = tape.size();
  if (!member_key(tape)) return *error_;
  return Ref(tape, at);
}

Result<Ref> Cursor::read(Tape& tape, bool in_full) {
  const uint32_t at = tape.size();
  lazy_ = !in_full;
  if (!value(tape, 0)) return *error_;
  return Ref(tape, at);
}

Result<Ref> Cursor::reread(Tape& tape, Ref value) {
  Cursor other(file_, text_);
  other.move_to(value->begin);
  return other.read(tape);
}

Status Cursor::end() {
  skip_blanks();
  if (at_ != text_.size()) return fail_at(at_, "more text after the end of the value");
  return {};
}

bool Cursor::value(Tape& tape, size_t depth) {
  skip_blanks();
  if (depth > kMaxDepth) return fail(fmt::format("nested deeper than {} levels", kMaxDepth));
  if (tape.size() >= kMaxNodes) return fail(fmt::format("more than {} values", kMaxNodes));
  if (at_ >= text_.size()) return fail("the text ends where a value should stand");
  const uint32_t node = tape.push(Kind::null, at_);
  const char c = text_[at_];
  bool good = false;
  if (c == '"') {
    good = string(tape, node);
  } else if (c == '-' || is_digit(c)) {
    good = number(tape[node]);
  } else if (c == '{') {
    good = object(tape, node, depth);
  } else if (c == '[') {
    good = array(tape, node, depth);
  } else {
    good = word(tape[node]);
  }
  tape[node].end = at_;
  tape[node].next = tape.size();
  return good;
}

bool Cursor::word(Node& node) {
  const std::string_view rest = text_.substr(at_);
  for (const std::string_view word : {"true", "false", "null"}) {
    if (!rest.starts_with(word)) continue;
    at_ += word.size();
    node.kind = word == "null" ? Kind::null : Kind::boolean;
    node.flag = word == "true";
    return true;
  }
  return fail("a value should stand here: an object, an array, a string, a number, true, false or null");
}

bool Cursor::array(Tape& tape, uint32_t node, size_t depth) {
  tape[node].kind = Kind::array;
  const size_t begin = at_++;
  skip_blanks();
  if (take(']')) return true;
  for (;;) {
    ++tape[node].count;
    if (!value(tape, depth + 1)) return false;
    skip_blanks();
    if (take(']')) return true;
    if (!take(',')) return fail(fmt::format("expected ',' or ']' in the array that begins {}", line_of(begin)));
  }
}

bool Cursor::object(Tape& tape, uint32_t node, size_t depth) {
  tape[node].kind = Kind::object;
  const size_t begin = at_++;
  skip_blanks();
  if (take('}')) return true;
  for (;;) {
    ++tape[node].count;
    const uint32_t key = tape.size();
    if (!member_key(tape) || !member_value(tape, tape[key].string, depth + 1)) return false;
    skip_blanks();
    if (take('}')) {
      tape[node].next = tape.size();
      return check_unique(tape, node);
    }
    if (!take(',')) return fail(fmt::format("expected ',' or '}}' in the object that begins {}", line_of(begin)));
  }
}

bool Cursor::member_value(Tape& tape, std::string_view key, size_t depth) {
  if (lazy_key_.empty()) return value(tape, depth);
  skip_blanks();
  if (lazy_ && key == lazy_key_ && peek() == '{') {
    const uint32_t node = tape.push(Kind::object, at_);
    tape[node].flag = true;
    const size_t begin = at_;
    if (!lazy_last_.empty() && text_.substr(at_).starts_with(lazy_last_)) {  // as most are: the same as before
      at_ += lazy_last_.size();
    } else if (const Status passed = skip(); !passed.ok()) {
      error_ = passed.diagnostic();
      return false;
    }
    lazy_last_ = text_.substr(begin, at_ - begin);
    tape[node].end = at_;
    tape[node].next = tape.size();
    return true;
  }
  const bool before = lazy_;
  lazy_ = lazy_ && !key.starts_with(lazy_except_);
  const bool good = value(tape, depth);
  lazy_ = before;
  return good;
}

bool Cursor::member_key(Tape& tape) {
  skip_blanks();
  if (peek() != '"') return fail("expected a key in double quotes");
  const uint32_t key = tape.push(Kind::string, at_);
  if (!string(tape, key)) return false;
  tape[key].end = at_;
  tape[key].next = tape.size();
  skip_blanks();
  return take(':') || fail("expected ':' after the key");
}

// Of a key that stands there twice, the second place is told.
bool Cursor::check_unique(const Tape& tape, uint32_t object) {
  const auto twice = [&](const Node& key) {
    return fail(key.begin, fmt::format("the key {} stands here a second time", quote(key.string)));
  };
  const Ref all(tape, object);
  if (tape[object].count <= kFewMembers) {
    for (const Ref::Member& member : all.members()) {
      for (const Ref::Member& before : all.members()) {
        if (before.key_ref->begin == member.key_ref->begin) break;
        if (before.key == member.key) return twice(*member.key_ref);
      }
    }
    return true;
  }
  std::vector<const Node*> keys;
  for (const Ref::Member& member : all.members()) keys.push_back(&*member.key_ref);
  std::sort(keys.begin(), keys.end(), [](const Node* a, const Node* b) {
    return std::pair(a->string, a->begin) < std::pair(b->string, b->begin);
  });
  const auto same = [](const Node* a, const Node* b) { return a->string == b->string; };
  const auto found = std::adjacent_find(keys.begin(), keys.end(), same);
  return found == keys.end() || twice(*found[1]);
}

// Strings without escapes, nearly all, stay where they stand.
bool Cursor::string(Tape& tape, uint32_t node) {
  tape[node].kind = Kind::string;
  const size_t begin = at_++;
  std::string decoded;
  bool escapes = false;
  for (;;) {
    const size_t plain = at_;
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (kPlain[c]) {
        ++at_;
        continue;
      }
      if (c < 0x80) break;
      const size_t length = utf8_length(text_.substr(at_));
      if (length == 0) return fail("this is not UTF-8");
      at_ += length;
    }
    if (at_ >= text_.size()) return fail(begin, "this string has no end");
    if (!escapes && text_[at_] == '"') {
      tape[node].string = text_.substr(begin + 1, at_ - begin - 1);
      ++at_;
      return true;
    }
    decoded.append(text_, plain, at_ - plain);
    if (take('"')) break;
    if (peek() != '\\') return fail("a control character in a string; write it as an escape such as \\n");
    escapes = true;
    if (!escape(decoded)) return false;
  }
  tape[node].string = tape.keep(node, std::move(decoded));
  return true;
}

bool Cursor::escape(std::string& out) {
  const size_t begin = at_++;
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const size_t letter = at_ >= text_.size() ? std::string_view::npos : kLetters.find(text_[at_]);
  if (letter != std::string_view::npos) {
    ++at_;
    out += kMeanings[letter];
    return true;
  }
  uint32_t code = 0;
  if (!take('u') || !hex4(code)) return fail(begin, "this escape does not exist in JSON");
  if (code >= 0xd800 && code < 0xdc00) {
    uint32_t low = 0;
    const bool pair = take('\\') && take('u') && hex4(low) && low >= 0xdc00 && low < 0xe000;
    if (!pair) return fail(begin, "the first half of a surrogate pair without the second");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  } else if (code >= 0xdc00 && code < 0xe000) {
    return fail(begin, "the second half of a surrogate pair without the first");
  }
  append_utf8(out, code);
  return true;
}

bool Cursor::hex4(uint32_t& code) {
  if (text_.size() - at_ < 4) return false;
  const char* begin = text_.data() + at_;
  const auto [end, failed] = std::from_chars(begin, begin + 4, code, 16);
  if (failed != std::errc{} || end != begin + 4) return false;
  at_ += 4;
  return true;
}

bool Cursor::digits() {
  const char* const begin = text_.data() + at_;
  const char* const end = text_.data() + text_.size();
  const char* at = begin;
  while (at < end && is_digit(*at)) ++at;
  at_ += static_cast<size_t>(at - begin);
  return at > begin;
}

bool Cursor::number(Node& node) {
  const size_t begin = at_;
  const bool negative = take('-');
  if (!take('0') && !digits()) return fail("expected a digit");
  if (is_digit(peek())) return fail(begin, "a number must not begin with 0");
  bool whole = true;
  if (take('.')) {
    whole = false;
    if (!digits()) return fail("expected a digit after the point");
  }
  if (take('e') || take('E')) {
    whole = false;
    if (!take('+')) take('-');
    if (!digits()) return fail("expected a digit in the exponent");
  }
  const char* first = text_.data() + begin;
  const char* last = text_.data() + at_;
  node.flag = whole;
  if (whole && std::from_chars(first, last, node.integer).ec == std::errc{}) {
    node.kind = Kind::integer;
    node.number = node.integer == 0 && negative ? -0.0 : static_cast<double>(node.integer);
    return true;
  }
  node.kind = Kind::number;
  if (std::from_chars(first, last, node.number).ec == std::errc{}) return true;
  return fail(begin, "this number is beyond the range of a double");
}

Status Cursor::skip() {
  skip_blanks();
  if (!is('[') && !is('{')) {
    Tape scalar;
    return value(scalar, 0) ? Status() : Status(*error_);
  }
  std::string open;  // closing brackets wanted
  const size_t begin = at_;
  do {
    while (at_ < text_.size() && !kSpecial[static_cast<unsigned char>(text_[at_])]) ++at_;
    if (at_ >= text_.size()) return fail_at(begin, "this array or object has no end");
    const char c = text_[at_];
    if (c == '"') {
      if (!skip_string()) return *error_;
      continue;
    }
    if (c == '[' || c == '{') {
      open += c == '[' ? ']' : '}';
      if (open.size() > kMaxSkipDepth) return fail_at(at_, fmt::format("nested deeper than {} levels", kMaxSkipDepth));
    } else if (c != open.back()) {
      return fail_at(at_, fmt::format("expected '{}'", open.back()));
    } else {
      open.pop_back();
    }
    ++at_;
  } while (!open.empty());
  return {};
}

// At the quote; a quote ends the string unless an odd number of backslashes stands before it.
bool Cursor::skip_string() {
  const size_t begin = at_;
  for (size_t from = begin + 1;;) {
    const size_t quote = text_.find('"', from);
    if (quote == std::string_view::npos) return fail(begin, "this string has no end");
    size_t slashes = 0;
    while (text_[quote - 1 - slashes] == '\\') ++slashes;
    from = quote + 1;
    if (slashes % 2 != 0) continue;
    at_ = from;
    return true;
  }
}

std::optional<std::string> canonical_json(std::string_view text) {
  Cursor cursor("", text);
  Tape tape;
  const Result<Ref> value = cursor.read(tape);
  if (!value.ok() || !cursor.end().ok()) return std::nullopt;
  return canonical_text(*value, text);
}

Status check_syntax(std::string_view file, std::string_view text) {
  Cursor cursor(file, text);
  Tape tape;
  std::vector<Walk> open;
  const auto begin_value = [&]() -> Status {  // a value, or the beginning of an array or object
    tape.cut(0);
    const bool is_array = cursor.is('[');
    if (!is_array && !cursor.is('{')) {
      PSMC_TRY(cursor.read(tape));
      return {};
    }
    PSMC_ASSIGN(const Walk walk, cursor.enter(is_array ? '[' : '{'));
    open.push_back(walk);
    if (open.size() > kMaxSkipDepth)
      return text_error(Code::bad_json, file, text, walk.begin,
                        fmt::format("nested deeper than {} levels", kMaxSkipDepth));
    return {};
  };
  PSMC_TRY(begin_value());
  while (!open.empty()) {
    PSMC_ASSIGN(const bool more, cursor.next(open.back()));
    if (!more) {
      open.pop_back();
      continue;
    }
    if (open.back().close == '}') PSMC_TRY(cursor.key(tape));
    PSMC_TRY(begin_value());
  }
  return cursor.end();
}

}  // namespace psmc::json
