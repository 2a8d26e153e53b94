// SPDX-License-Identifier: Apache-2.0
#include "midend/simplify/near_table.h"

#include <catch2/catch.hpp>

#include <map>
#include <random>

using psmc::ir::IdTable;
using psmc::midend::NearTable;

SCENARIO("a table by place finds what a map finds, also where many items have one place") {
  const uint32_t places = GENERATE(1u, 3u, 40u, 5000u);
  NearTable table;
  table.reset(GENERATE(size_t{0}, size_t{16}, size_t{2000}));
  std::mt19937 random(places);
  std::map<std::pair<uint32_t, uint64_t>, uint32_t> expected;
  std::map<uint32_t, std::pair<uint32_t, uint64_t>> item_of;
  for (uint32_t id = 0; id < 4000; ++id) {
    const uint32_t place = static_cast<uint32_t>(random()) % places;
    const uint64_t key = random() % 700, hash = key % 500;  // different keys under one hash
    const auto is_item = [&](uint32_t other) { return item_of[other] == std::pair(place, key); };
    const auto known = expected.find({place, key});
    REQUIRE(table.find(place, hash, is_item) == (known == expected.end() ? IdTable::kNone : known->second));
    if (known == expected.end()) {
      item_of[id] = {place, key};
      expected[{place, key}] = id;
      table.insert(place, hash, id);
    } else if (random() % 4 == 0) {
      table.erase(place, hash, known->second);
      expected.erase(known);
    }
  }
}
