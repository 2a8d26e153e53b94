// SPDX-License-Identifier: Apache-2.0
// Interning: every text has one number and keeps it, whatever way it is looked up.
#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "ir/string_table.h"

using psmc::ir::IdTable;
using psmc::ir::StringTable;

namespace {

std::vector<std::string> odd_texts() {
  std::vector<std::string> texts = {"",    "v",   "0",     "00",         "v0",          "v00",        "v15",
                                    "v16", "v1t", "v1t2",  "v2t1",       "1v",          "layer.3.w",  "layer.30.w",
                                    "v01", "v1.", "v1000", "v999999999", "v1000000000", "v10000000x", "x\n1"};
  for (size_t size : {254, 255, 256, 65535, 65536, 200000}) {
    texts.emplace_back(size, 'a');
    texts.push_back(std::string(size, 'b') + "7");
  }
  return texts;
}

}  // namespace

SCENARIO("a string table gives each text one number") {
  StringTable table;
  std::map<std::string, uint32_t> ids;
  std::vector<std::string> texts = odd_texts();
  std::mt19937 random(1);
  for (int i = 0; i < 60000; ++i) {
    const std::string number = std::to_string(random() % (i % 2 ? 300u : 4000000u));
    texts.push_back((i % 3 ? "v" : "w.") + number + (i % 5 ? "" : "t"));
  }
  for (const std::string& text : texts) {
    const auto known = ids.find(text);
    REQUIRE(table.find(text) == (known == ids.end() ? IdTable::kNone : known->second));
    const uint32_t id = table.intern(text);
    if (known == ids.end()) REQUIRE(id == table.size() - 1);
    if (known != ids.end()) REQUIRE(id == known->second);
    ids.emplace(text, id);
  }
  const StringTable copy(table);
  for (const auto& [text, id] : ids) {
    REQUIRE(table[id] == text);
    REQUIRE(copy[id] == text);
    REQUIRE(copy.find(text) == id);
  }
}

SCENARIO("names of all short shapes keep their texts") {
  StringTable table;
  std::mt19937 random(2);
  std::map<std::string, uint32_t> ids;
  for (int i = 0; i < 200000; ++i) {
    std::string text;
    for (size_t size = random() % 10; text.size() < size;) text += "0019az./:\x7f\x80\xff"[random() % 12];
    const uint32_t id = table.intern(text);
    const auto [known, is_new] = ids.emplace(text, id);
    if (known->second != id || table[id] != text || table.find(text) != id) FAIL(text);
    if (is_new && id != ids.size() - 1) FAIL(text);
  }
}

SCENARIO("the characters of an interned text never move") {
  StringTable table;
  const std::string_view first = table[table.intern("first")];
  const char* const at = first.data();
  for (int i = 0; i < 100000; ++i) table.intern("name." + std::to_string(i));
  CHECK(table[0].data() == at);
  CHECK(table[table.intern(table[5])] == table[5]);
}
