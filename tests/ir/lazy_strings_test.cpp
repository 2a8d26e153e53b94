// SPDX-License-Identifier: Apache-2.0
// Names that are written late are the same names, with the same ids, as if they had been written at once.
#include "ir/lazy_strings.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <random>
#include <string>

#include "base/parallel.h"

using psmc::parallel_for;
using psmc::ir::IdTable;
using psmc::ir::LazyStrings;
using psmc::ir::StringTable;

namespace {

constexpr std::pair<const char*, const char*> kStems[] = {{"v", ""}, {"v", "t"}, {"layer.", ".w"}};

// `names` names of three stems, most of them the next one of theirs, in both tables.
template <typename Look>
void intern_in_both(LazyStrings& lazy, StringTable& eager, int names, std::mt19937& random, Look&& look) {
  uint32_t lazy_stems[3], eager_stems[3], next[3] = {};
  for (int i = 0; i < 3; ++i) {
    lazy_stems[i] = lazy.stem(kStems[i].first, kStems[i].second);
    eager_stems[i] = eager.stem(kStems[i].first, kStems[i].second);
  }
  for (int i = 0; i < names; ++i) {
    const uint32_t stem = random() % 8 < 6 ? 0 : 1 + random() % 2;
    const uint32_t number = random() % 200 == 0 ? random() % (next[stem] + 50) : next[stem];
    next[stem] = number + 1;
    REQUIRE(lazy.intern(lazy_stems[stem], number) == eager.intern(eager_stems[stem], number));
    look();
  }
}

}  // namespace

SCENARIO("late names have the ids and texts that they would have had at once") {
  std::mt19937 random(3);
  for (const uint32_t often : {3u, 100u, 1000000u}) {
    LazyStrings lazy;
    StringTable eager;
    for (const char* text : {"x", "v3", "state7", ""}) REQUIRE(lazy.intern(text) == eager.intern(text));
    intern_in_both(lazy, eager, 5000, random, [&] {
      if (random() % often != 0) return;
      const uint32_t id = random() % eager.size();
      REQUIRE(lazy[id] == eager[id]);
      const std::string text = (random() % 2 ? "v" : "w") + std::to_string(random() % 5000);
      REQUIRE(lazy.find(text) == eager.find(text));
      REQUIRE(lazy.intern(text) == eager.intern(text));
    });
    const LazyStrings copy(lazy);
    LazyStrings moved(std::move(lazy));
    for (uint32_t id = 0; id < eager.size(); ++id) {
      REQUIRE(moved[id] == eager[id]);
      REQUIRE(copy[id] == eager[id]);
      REQUIRE(moved.find(eager[id]) == id);
    }
    CHECK(moved.find("v999999") == IdTable::kNone);
    CHECK(moved.find("layer.1") == IdTable::kNone);
  }
}

SCENARIO("the first texts of late names may be asked for by several threads at once") {
  std::mt19937 random(4);
  for (int round = 0; round < 20; ++round) {
    LazyStrings lazy;
    StringTable eager;
    REQUIRE(lazy.intern("first") == eager.intern("first"));
    intern_in_both(lazy, eager, 3000, random, [] {});
    std::atomic<size_t> wrong = 0;
    parallel_for(eager.size(), 4, [&](size_t i) {
      const auto id = static_cast<uint32_t>(eager.size() - 1 - i);
      if (lazy[0] != "first" || lazy[id] != eager[id] || lazy.find(eager[id]) != id) ++wrong;
    });
    CHECK(wrong == 0);
  }
}
