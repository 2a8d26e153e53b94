// SPDX-License-Identifier: Apache-2.0
// The cursor reads what the reader of whole documents reads, and refuses what it refuses, at the same place.
#include "base/json_cursor.h"

#include <catch2/catch.hpp>

#include "base/random.h"

using namespace psmc;
using namespace psmc::json;

namespace {

constexpr std::string_view kDocument =
    R"({"a": [1, -2.5e3, "x\n\u00e9\ud83d\ude00é", true, false, null, -0, 9223372036854775808], "b": {}, "c": [[], {"k": []}],
  "many": {"1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":7,"8":8,"9":9,"10":10}, "": "\"\\\/"})";

void check_same(const Value& wanted, Ref value) {
  CHECK(value->kind == wanted.kind);
  CHECK(value->begin == wanted.offset);
  CHECK(value->integer == wanted.integer);
  CHECK(value->number == wanted.number);
  CHECK(value->string == wanted.string);
  if (wanted.kind == Kind::array) {
    REQUIRE(value->count == wanted.items.size());
    size_t i = 0;
    for (const Ref item : value.items()) check_same(wanted.items[i++], item);
  }
  if (wanted.kind == Kind::object) {
    REQUIRE(value->count == wanted.members.size());
    size_t i = 0;
    for (const Ref::Member& member : value.members()) {
      CHECK(member.key == wanted.members[i].key);
      check_same(wanted.members[i++].value, member.value);
    }
  }
}

/// Of a whole text, as the reader of documents would say it.
Status read_whole(std::string_view text) {
  Cursor cursor("t.json", text);
  Tape tape;
  PSMC_TRY(cursor.read(tape));
  return cursor.end();
}

}  // namespace

SCENARIO("a document on a tape is the document as a tree") {
  const Result<Document> tree = parse("t.json", std::string(kDocument));
  REQUIRE(tree.ok());
  Cursor cursor("t.json", kDocument);
  Tape tape;
  const Result<Ref> value = cursor.read(tape);
  REQUIRE(value.ok());
  check_same(tree->root, *value);
  CHECK(cursor.end().ok());
  CHECK(check_syntax("t.json", kDocument).ok());
  const uint32_t size = tape.size();
  tape.cut(0);
  cursor.move_to(0);
  REQUIRE(cursor.read(tape).ok());
  CHECK(tape.size() == size);
}

SCENARIO("walking, skipping and reading meet at the same places") {
  Cursor cursor("t.json", kDocument);
  Tape tape;
  Result<Walk> members = cursor.enter('{');
  REQUIRE(members.ok());
  size_t count = 0;
  for (;; ++count) {
    const Result<bool> more = cursor.next(*members);
    REQUIRE(more.ok());
    if (!*more) break;
    REQUIRE(cursor.key(tape).ok());
    const size_t begin = cursor.value_begin();
    REQUIRE(cursor.skip().ok());
    const size_t end = cursor.at();
    cursor.move_to(begin);
    const Result<Ref> value = cursor.read(tape);
    REQUIRE(value.ok());
    CHECK((*value)->end == end);
    CHECK(cursor.at() == end);
  }
  CHECK(count == 5);
  CHECK(cursor.end().ok());
}

SCENARIO("broken texts are refused where the reader of documents refuses them") {
  Random random(11);
  const std::string_view pieces = "{}[]\",:0-1.eEtfn\\u \n\x01\xff";
  size_t refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text(kDocument);
    for (uint64_t changes = random.below(3) + 1; changes > 0; --changes) {
      const size_t at = random.below(text.size());
      const char c = pieces[random.below(pieces.size())];
      switch (random.below(3)) {
        case 0: text[at] = c; break;
        case 1: text.insert(at, 1, c); break;
        default: text.erase(at, random.below(4) + 1); break;
      }
    }
    const Result<Document> tree = parse("t.json", text);
    const Status whole = read_whole(text);
    INFO(text);
    REQUIRE(tree.ok() == whole.ok());
    const Status syntax = check_syntax("t.json", text);
    if (tree.ok()) {
      REQUIRE(syntax.ok());
      continue;
    }
    ++refused;
    CHECK(tree.diagnostic().place.line == whole.diagnostic().place.line);
    CHECK(tree.diagnostic().place.column == whole.diagnostic().place.column);
    CHECK(tree.diagnostic().message == whole.diagnostic().message);
    if (syntax.ok()) CHECK(tree.diagnostic().message.find("a second time") != std::string::npos);
  }
  CHECK(refused > 10000);
}

SCENARIO("objects of a key may be passed over and read when they are wanted") {
  const std::string_view text = R"([{"type": {"a": [1]}, "x-y": {"type": {"b": 2}}, "type2": {"type": 3}}])";
  Cursor cursor("t.json", text);
  cursor.pass_over("type", "x-");
  Tape tape;
  const Result<Ref> read = cursor.read(tape);
  REQUIRE(read.ok());
  const Ref object = *(*read).items().begin();
  const Ref type = object.find("type");
  REQUIRE(type.is_object());
  CHECK(type->flag);
  CHECK_FALSE(type.find("a"));
  CHECK(text.substr(type->begin, type->end - type->begin) == R"({"a": [1]})");
  CHECK(object.find("x-y").find("type").find("b")->integer == 2);
  CHECK(object.find("type2").find("type")->integer == 3);
  const size_t at = cursor.at();
  const Result<Ref> again = cursor.reread(tape, type);
  REQUIRE(again.ok());
  CHECK((*again).find("a")->count == 1);
  CHECK(cursor.at() == at);
  tape.cut(0);
  cursor.move_to(0);
  const Result<Ref> full = cursor.read(tape, true);
  REQUIRE(full.ok());
  CHECK((*(*full).items().begin()).find("type").find("a")->count == 1);
}

SCENARIO("the canonical text of a value keeps numbers as they are written") {
  CHECK(canonical_json(" {\"a\" :[1.50,-0 , 1E5,\"\\u0041\\/\"],\n\"b\":{ }} ") ==
        R"({"a": [1.50, -0, 1E5, "A/"], "b": {}})");
  CHECK_FALSE(canonical_json("{").has_value());
  CHECK_FALSE(canonical_json("1 2").has_value());
}

SCENARIO("nesting is bounded") {
  const std::string deep(202, '['), deeper(1001, '[');
  Tape tape;
  CHECK_FALSE(Cursor("t", deep + std::string(202, ']')).read(tape).ok());
  const std::string good = std::string(1000, '[') + std::string(1000, ']');
  CHECK(Cursor("t", good).skip().ok());
  CHECK_FALSE(Cursor("t", deeper + std::string(1001, ']')).skip().ok());
  CHECK_FALSE(check_syntax("t", deeper + std::string(1001, ']')).ok());
}
