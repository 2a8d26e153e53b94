// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <catch2/catch.hpp>

#include <cmath>

#include "base/random.h"
#include "base/utf8.h"

using namespace psmc;
using json::Kind;

namespace {

json::Document read(std::string text) {
  Result<json::Document> document = json::parse("t.json", std::move(text));
  if (!document.ok()) FAIL(document.diagnostic().render());
  return std::move(document).value();
}

/// The offset at which `text` is rejected.
size_t rejected_at(const std::string& text) {
  const Result<json::Document> document = json::parse("t.json", text);
  REQUIRE_FALSE(document.ok());
  const Diagnostic& diagnostic = document.diagnostic();
  CHECK(diagnostic.code == Code::bad_json);
  REQUIRE(diagnostic.place.line == 1);
  return diagnostic.place.column - 1;
}

}  // namespace

TEST_CASE("every kind of value is read, with its place") {
  const json::Document document = read(R"( {"a": [1, -2.5, "x", true, false, null], "b": {}} )");
  CHECK(document.root.offset == 1);
  REQUIRE(document.root.is_object());
  const json::Value& a = *document.root.find("a");
  REQUIRE(a.items.size() == 6);
  CHECK(a.items[0].kind == Kind::integer);
  CHECK(a.items[0].integer == 1);
  CHECK(a.items[0].number == 1.0);
  CHECK(a.items[1].kind == Kind::number);
  CHECK(a.items[1].number == -2.5);
  CHECK(a.items[2].string == "x");
  CHECK(a.items[3].boolean);
  CHECK(a.items[4].kind == Kind::boolean);
  CHECK_FALSE(a.items[4].boolean);
  CHECK(a.items[5].kind == Kind::null);
  CHECK(a.offset == 7);
  CHECK(a.items[1].offset == 11);
  CHECK(a.items[2].offset == 17);
  CHECK(document.root.find("b")->is_object());
  CHECK(document.root.find("c") == nullptr);
}

TEST_CASE("objects keep the order of the text") {
  const json::Document document = read(R"({"z":1,"a":2,"m":3})");
  CHECK(document.root.members[0].key == "z");
  CHECK(document.root.members[1].key == "a");
  CHECK(document.root.members[2].key == "m");
}

TEST_CASE("integers are exact to the ends of 64 bits, beyond they are numbers") {
  CHECK(read("9223372036854775807").root.integer == INT64_MAX);
  CHECK(read("-9223372036854775808").root.integer == INT64_MIN);
  CHECK(read("9223372036854775808").root.kind == Kind::number);
  CHECK(read("9223372036854775808").root.number == 0x1p63);
  CHECK(read("1.0").root.kind == Kind::number);
  CHECK(read("1e2").root.number == 100);
  CHECK(std::signbit(read("-0").root.number));
  CHECK(read("-0").root.kind == Kind::integer);
  CHECK(read("5e-324").root.number == 5e-324);
}

TEST_CASE("escapes and characters are resolved to UTF-8") {
  CHECK(read(R"("\"\\\/\b\f\n\r\t")").root.string == "\"\\/\b\f\n\r\t");
  CHECK(read(R"("\u0041\u00e4\u20AC\ud83d\ude00")").root.string == "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
  CHECK(read("\"\xf0\x9f\x98\x80\"").root.string == "\xf0\x9f\x98\x80");
  CHECK(read(R"("\u0000")").root.string == std::string(1, '\0'));
  CHECK(read("\xef\xbb\xbf[]").root.offset == 3);
}

TEST_CASE("a malformed text is rejected where it goes wrong") {
  const std::pair<const char*, size_t> cases[] = {{"", 0},
                                                  {" ", 1},
                                                  {"[1,]", 3},
                                                  {"[1 2]", 3},
                                                  {"{\"a\" 1}", 5},
                                                  {"{\"a\":1,}", 7},
                                                  {"{a:1}", 1},
                                                  {"01", 0},
                                                  {"-", 1},
                                                  {"1.", 2},
                                                  {"1e+", 3},
                                                  {"+1", 0},
                                                  {".5", 0},
                                                  {"tru", 0},
                                                  {"nul", 0},
                                                  {"NaN", 0},
                                                  {"\"a", 0},
                                                  {"\"\\x\"", 1},
                                                  {"\"\\u12g4\"", 1},
                                                  {"\"\\ud800\"", 1},
                                                  {"\"\\ud800\\u0041\"", 1},
                                                  {"\"\\udc00\"", 1},
                                                  {"[] []", 3},
                                                  {"1e999", 0},
                                                  {"\"a\tb\"", 2},
                                                  {"\"\xff\"", 1},
                                                  {"\"\xc0\x80\"", 1},
                                                  {"\"\xed\xa0\x80\"", 1},
                                                  {"[", 1},
                                                  {"{\"a\":", 5},
                                                  {"\"\\u00", 1},
                                                  {"/**/1", 0},
                                                  {"{1:2}", 1},
                                                  {"]", 0},
                                                  {"\"\xf4\x90\x80\x80\"", 1}};
  for (const auto& [text, offset] : cases) {
    INFO(text);
    CHECK(rejected_at(text) == offset);
  }
}

TEST_CASE("a key that stands twice is rejected at its second place") {
  CHECK(rejected_at(R"({"b":1,"a":2,"b":3})") == 13);
  CHECK(rejected_at(R"({"\u0062":1,"a":2,"b":3})") == 18);
  CHECK(rejected_at(R"([{"x":{"a":0,"a":0}}])") == 13);
}

TEST_CASE("200 levels are read, one more is rejected, a million do not crash") {
  CHECK(json::parse("f", std::string(200, '[') + "1" + std::string(200, ']')).ok());
  CHECK_FALSE(json::parse("f", std::string(201, '[') + "1" + std::string(201, ']')).ok());
  CHECK(rejected_at(std::string(1'000'000, '[')) == 201);
}

TEST_CASE("typed access says what is wrong, and where") {
  const json::Document d = read(R"({"i": 7, "f": 1.5, "s": "x", "b": true, "inf": "inf"})");
  CHECK(d.get_int(d.root, "i", 0, 10).value() == 7);
  CHECK(d.get_number(d.root, "i").value() == 7.0);
  CHECK(d.get_number(d.root, "f").value() == 1.5);
  CHECK(std::isinf(d.get_number(d.root, "inf").value()));
  CHECK(d.get_string(d.root, "s").value() == "x");
  CHECK(d.get_bool(d.root, "b").value());
  const Diagnostic range = d.get_int(d.root, "i", 8, 10).diagnostic();
  CHECK(range.code == Code::json_type);
  CHECK(range.place.column == 7);
  CHECK(range.message == "\"i\" is 7; it must be from 8 to 10");
  CHECK(d.get_int(d.root, "f", 0, 10).diagnostic().message == "\"f\" must be an integer, not a number");
  CHECK(d.get_bool(d.root, "s").diagnostic().message == "\"s\" must be true or false, not a string");
  CHECK(d.get_string(d.root, "b").diagnostic().place.column == 34 + 1);
  CHECK(d.get_number(d.root, "s").diagnostic().code == Code::json_type);
  CHECK(d.get_int(d.root, "none", 0, 1).diagnostic().message == "this object has no key \"none\"");
  CHECK(d.get_int(*d.root.find("i"), "x", 0, 1).diagnostic().code == Code::json_type);
}

TEST_CASE("a quoted text reads back as itself") {
  Random random(7);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (int i = 0; i < 20; ++i) {
      const auto code = static_cast<uint32_t>(random.below(i % 2 == 0 ? 0x80 : 0x110000));
      if (code < 0xd800 || code > 0xdfff) append_utf8(text, code);
    }
    CHECK(read(json::quote(text)).root.string == text);
  }
  CHECK(json::quote("a\x01\"\\\n\xff") == "\"a\\u0001\\\"\\\\\\n\xef\xbf\xbd\"");
}

TEST_CASE("a number is written in the shortest form that reads back") {
  CHECK(json::number_text(0) == "0");
  CHECK(json::number_text(-3) == "-3");
  CHECK(json::number_text(100000) == "100000");
  CHECK(json::number_text(0.1) == "0.1");
  CHECK(json::number_text(1e300) == "1e+300");
  CHECK(json::number_text(-0.0) == "-0");
  CHECK(json::number_text(HUGE_VAL) == "\"inf\"");
  CHECK(json::number_text(-HUGE_VAL) == "\"-inf\"");
  CHECK(json::number_text(std::nan("")) == "\"nan\"");
  Random random(3);
  for (int i = 0; i < 100'000; ++i) {
    const auto value = std::bit_cast<double>(random.next());
    if (!std::isfinite(value)) continue;
    const double back = read(json::number_text(value)).root.number;
    if (back != value || std::signbit(back) != std::signbit(value)) FAIL(json::number_text(value));
  }
}

TEST_CASE("random bytes never crash the reader") {
  Random random(11);
  const std::string alphabet = "{}[]\",:0123456789.eE+-\\u truefalsn\xc3\xa4";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (uint64_t i = random.below(40); i > 0; --i) text += alphabet[random.below(alphabet.size())];
    const Result<json::Document> document = json::parse("f", text);
    if (!document.ok()) CHECK(document.diagnostic().place.line == 1);
  }
}
