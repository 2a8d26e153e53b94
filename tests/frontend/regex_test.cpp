// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "frontend/tokenizer/regex.h"
#include "frontend/tokenizer/unicode.h"

#include "base/utf8.h"

using namespace psmc;
using namespace psmc::frontend;

namespace {

/// The bytes that `pattern` matches at the head of `text`; -1 if it does not match.
int match(const std::string& pattern, const std::string& text) {
  const auto regex = Regex::compile(pattern);
  if (!regex.ok()) FAIL(regex.diagnostic().message);
  Regex::Scratch scratch;
  scratch.steps_left = 1000000;
  const auto end = regex->match_at(text, 0, scratch);
  return end ? static_cast<int>(*end) : -1;
}

}  // namespace

TEST_CASE("choices are made like a backtracking engine makes them") {
  CHECK(match("a|ab", "ab") == 1);
  CHECK(match("ab|a", "ab") == 2);
  CHECK(match("(a|ab)(c|bcd)", "abcd") == 4);
  CHECK(match("a*", "aaab") == 3);
  CHECK(match("a*?", "aaab") == 0);
  CHECK(match("a+?", "aaab") == 1);
  CHECK(match("a+?b", "aaab") == 4);
  CHECK(match("a?a", "a") == 1);
  CHECK(match("(a|b)*c", "abac") == 4);
  CHECK(match("(a*)*b", "aab") == 3);
  CHECK(match("(|a)+", "aa") == 0);
  CHECK(match("x*", "") == 0);
  CHECK(match("x+", "y") == -1);
  CHECK(match("", "y") == 0);
}

TEST_CASE("counted repetition") {
  CHECK(match("a{2}", "aaa") == 2);
  CHECK(match("a{2,}", "aaaa") == 4);
  CHECK(match("a{2,3}", "aaaa") == 3);
  CHECK(match("a{2,3}?", "aaaa") == 2);
  CHECK(match("a{0,1}b", "b") == 1);
  CHECK(match("(ab){2}c", "ababc") == 5);
  CHECK(match("(a|bc){1,2}", "bca") == 3);
  CHECK(match("a{3}", "aa") == -1);
  CHECK(match("a{0}b", "b") == 1);
}

TEST_CASE("classes and escapes") {
  CHECK(match("[a-c]+", "abcd") == 3);
  CHECK(match("[^a-c]+", "xyzc") == 3);
  CHECK(match("[]a]+", "a]b") == 2);
  CHECK(match("[a-]+", "a-b") == 2);
  CHECK(match("[\\]\\-]+", "-]x") == 2);
  CHECK(match("\\d+\\D\\w\\W", "12ab ") == 5);
  CHECK(match("\\s+\\S", " \t\n\xc2\xa0x") == 6);
  CHECK(match("[^\\S\\n]+", " \t\n") == 2);
  CHECK(match("\\x41\\x{e9}\\u00e9", "A\xc3\xa9\xc3\xa9") == 5);
  CHECK(match(".", "\n") == -1);
  CHECK(match(".", "\xe7\x8b\x90") == 3);
  CHECK(match("\\p{Lu}\\p{Ll}\\P{L}\\p{^L}", "Ab12") == 4);
  CHECK(match("[\xc3\xa0-\xc3\xbf]+", "\xc3\xa9\xc3\xbc\xc3\x89") == 4);
}

TEST_CASE("letters fold only where it is asked for") {
  CHECK(match("(?i:ab)c", "ABc") == 3);
  CHECK(match("(?i:ab)c", "abC") == -1);
  CHECK(match("(?i:[a-c]+)", "aBcD") == 3);
  CHECK(match("(?i:'s)", "'\xc5\xbf") == 3);
  CHECK(match("(?i:K)", "\xe2\x84\xaa") == 3);
}

TEST_CASE("looking ahead reads nothing") {
  CHECK(match("\\s+(?!\\S)", "   x") == 2);
  CHECK(match("\\s+(?!\\S)", "   ") == 3);
  CHECK(match("\\s+(?=x)", "   x") == 3);
  CHECK(match("a(?=b)", "a") == -1);
}

TEST_CASE("bytes that are no UTF-8 are characters of no category") {
  CHECK(match("[^\\s\\p{L}\\p{N}]+", "\xff\xc3(\xe7\x8b") == 5);
  CHECK(match("\\p{L}", "\xc3") == -1);
}

TEST_CASE("categories of characters") {
  const auto is = [](uint32_t code, std::string_view name) {
    return (category_of(code) & *categories_named(name)) != 0;
  };
  CHECK(is('a', "Ll"));
  CHECK(is('Z', "L"));
  CHECK(is(0x1c5, "Lt"));
  CHECK(is(0xb2, "No"));
  CHECK(is(0x4e2d, "Lo"));
  CHECK(is(0x10ffff, "Cn"));
  CHECK(is(kNotUnicode, "Cn"));
  CHECK(is(0xd800, "Cs"));
  CHECK(is(0x1f600, "So"));
  CHECK(!categories_named("X"));
  CHECK(!categories_named(""));
  CHECK(!categories_named("Lxx"));
}

TEST_CASE("every code point is read from UTF-8") {
  for (uint32_t code = 0; code <= 0x10ffff; ++code) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    std::string text;
    append_utf8(text, code);
    const Character c = character_at(text, 0);
    if (c.code != code || c.length != text.size()) FAIL_CHECK(code);
  }
  CHECK(character_at("\xed\xa0\x80", 0).code == kNotUnicode);      // a surrogate
  CHECK(character_at("\xc0\x80", 0).code == kNotUnicode);          // overlong
  CHECK(character_at("\xf4\x90\x80\x80", 0).code == kNotUnicode);  // beyond U+10FFFF
}
