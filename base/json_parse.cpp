// SPDX-License-Identifier: Apache-2.0
// Reads one JSON text (RFC 8259) by recursive descent. The reader is our own because every value must know where it
// stands in the text and repeated keys must be found (docs/decisions/0003).
//
//   value    -> object | array | string | number | true | false | null, with blanks before it
//   number   -> scanned by the grammar first, then converted by std::from_chars: exact, and the same in every locale
//   string   -> UTF-8 is checked, escapes are resolved, a pair of surrogates becomes one character
//
// Bounds: 200 levels, 256 MiB of text, 2^24 values; so the work and memory of a hostile text are bounded too.
#include "base/json.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace psmc::json {
namespace {

constexpr size_t kMaxDepth = 200;
constexpr size_t kMaxText = size_t{1} << 28;
constexpr size_t kMaxValues = size_t{1} << 24;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A member that has been read, and where its key stands.
using KeyPlace = std::pair<std::string_view, size_t>;

class Reader {
 public:
  Reader(std::string_view file, std::string_view text) : file_(file), text_(text) {}

  Status read(Value& root) {
    if (text_.size() > kMaxText) {
      return file_error(Code::too_large, file_, fmt::format("a JSON text of more than {} bytes", kMaxText));
    }
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    PSMC_TRY(read_value(root, 0));
    skip_blanks();
    if (at_ != text_.size()) return fail("more text after the end of the value");
    return {};
  }

 private:
  Diagnostic fail_at(size_t offset, std::string message) const {
    return text_error(Code::bad_json, file_, text_, offset, std::move(message));
  }
  Diagnostic fail(std::string message) const { return fail_at(at_, std::move(message)); }
  bool done() const { return at_ >= text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (done() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  Status read_value(Value& out, size_t depth) {
    skip_blanks();
    if (depth > kMaxDepth) return fail(fmt::format("nested deeper than {} levels", kMaxDepth));
    if (++values_ > kMaxValues) return fail(fmt::format("more than {} values", kMaxValues));
    out.offset = at_;
    if (done()) return fail("the text ends where a value should stand");
    const char c = peek();
    if (c == '{') return read_object(out, depth);
    if (c == '[') return read_array(out, depth);
    if (c == '"') {
      out.kind = Kind::string;
      return read_string(out.string);
    }
    if (c == '-' || is_digit(c)) return read_number(out);
    return read_word(out);
  }

  Status read_word(Value& out) {
    const std::string_view rest = text_.substr(at_);
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!rest.starts_with(word)) continue;
      at_ += word.size();
      out.kind = word == "null" ? Kind::null : Kind::boolean;
      out.boolean = word == "true";
      return {};
    }
    return fail("a value should stand here: an object, an array, a string, a number, true, false or null");
  }

  Status read_array(Value& out, size_t depth) {
    out.kind = Kind::array;
    ++at_;
    skip_blanks();
    if (take(']')) return {};
    for (;;) {
      PSMC_TRY(read_value(out.items.emplace_back(), depth + 1));
      skip_blanks();
      if (take(']')) return {};
      if (!take(',')) return fail(fmt::format("expected ',' or ']' in the array that begins {}", line_of(out.offset)));
    }
  }

  Status read_object(Value& out, size_t depth) {
    out.kind = Kind::object;
    ++at_;
    skip_blanks();
    if (take('}')) return {};
    std::vector<size_t> key_offsets;
    for (;;) {
      skip_blanks();
      key_offsets.push_back(at_);
      auto& [key, value] = out.members.emplace_back();
      if (peek() != '"') return fail("expected a key in double quotes");
      PSMC_TRY(read_string(key));
      skip_blanks();
      if (!take(':')) return fail("expected ':' after the key");
      PSMC_TRY(read_value(value, depth + 1));
      skip_blanks();
      if (take('}')) return check_unique(out, key_offsets);
      if (!take(','))
        return fail(fmt::format("expected ',' or '}}' in the object that begins {}", line_of(out.offset)));
    }
  }

  Status check_unique(const Value& object, const std::vector<size_t>& key_offsets) const {
    std::vector<KeyPlace> keys;
    keys.reserve(key_offsets.size());
    for (size_t i = 0; i < key_offsets.size(); ++i) keys.emplace_back(object.members[i].key, key_offsets[i]);
    std::sort(keys.begin(), keys.end());
    const auto same = [](const KeyPlace& a, const KeyPlace& b) { return a.first == b.first; };
    const auto found = std::adjacent_find(keys.begin(), keys.end(), same);
    if (found == keys.end()) return {};
    return fail_at(found[1].second, fmt::format("the key {} stands here a second time", quote(found->first)));
  }

  Status read_string(std::string& out) {
    const size_t begin = at_++;
    for (;;) {
      const size_t plain = at_;
      while (!done() && peek() != '"' && peek() != '\\' && static_cast<unsigned char>(peek()) >= 0x20) {
        const size_t length = utf8_length(text_.substr(at_));
        if (length == 0) return fail("this is not UTF-8");
        at_ += length;
      }
      out.append(text_, plain, at_ - plain);
      if (take('"')) return {};
      if (done()) return fail_at(begin, "this string has no end");
      if (peek() != '\\') return fail("a control character in a string; write it as an escape such as \\n");
      PSMC_TRY(read_escape(out));
    }
  }

  Status read_escape(std::string& out) {
    const size_t begin = at_++;
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const size_t letter = done() ? std::string_view::npos : kLetters.find(peek());
    if (letter != std::string_view::npos) {
      ++at_;
      out += kMeanings[letter];
      return {};
    }
    uint32_t code = 0;
    if (!take('u') || !read_hex4(code)) return fail_at(begin, "this escape does not exist in JSON");
    if (code >= 0xd800 && code < 0xdc00) {
      uint32_t low = 0;
      const bool pair = take('\\') && take('u') && read_hex4(low) && low >= 0xdc00 && low < 0xe000;
      if (!pair) return fail_at(begin, "the first half of a surrogate pair without the second");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
      return fail_at(begin, "the second half of a surrogate pair without the first");
    }
    append_utf8(out, code);
    return {};
  }

  bool read_hex4(uint32_t& code) {
    if (text_.size() - at_ < 4) return false;
    const char* begin = text_.data() + at_;
    const auto [end, failed] = std::from_chars(begin, begin + 4, code, 16);
    if (failed != std::errc{} || end != begin + 4) return false;
    at_ += 4;
    return true;
  }

  bool skip_digits() {
    const size_t begin = at_;
    while (is_digit(peek())) ++at_;
    return at_ > begin;
  }

  Status read_number(Value& out) {
    const size_t begin = at_;
    const bool negative = take('-');
    if (!take('0') && !skip_digits()) return fail("expected a digit");
    if (is_digit(peek())) return fail_at(begin, "a number must not begin with 0");
    bool whole = true;
    if (take('.')) {
      whole = false;
      if (!skip_digits()) return fail("expected a digit after the point");
    }
    if (take('e') || take('E')) {
      whole = false;
      if (!take('+')) take('-');
      if (!skip_digits()) return fail("expected a digit in the exponent");
    }
    const char* first = text_.data() + begin;
    const char* last = text_.data() + at_;
    if (std::from_chars(first, last, out.number).ec != std::errc{}) {
      return fail_at(begin, "this number is beyond the range of a double");
    }
    out.kind = whole && std::from_chars(first, last, out.integer).ec == std::errc{} ? Kind::integer : Kind::number;
    if (out.integer == 0 && negative && out.kind == Kind::integer) out.number = -0.0;
    return {};
  }

  std::string line_of(size_t offset) const {
    return fmt::format("in line {}",
                       std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(offset), '\n') + 1);
  }

  std::string_view file_;
  std::string_view text_;
  size_t at_ = 0;
  size_t values_ = 0;
};

}  // namespace

Result<Document> parse(std::string file, std::string text) {
  Document document{std::move(file), std::move(text), {}};
  PSMC_TRY(Reader(document.file, document.text).read(document.root));
  return document;
}

}  // namespace psmc::json
