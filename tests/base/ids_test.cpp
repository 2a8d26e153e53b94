// SPDX-License-Identifier: Apache-2.0
#include "base/ids.h"

#include <catch2/catch.hpp>

#include <type_traits>

#include "base/random.h"

using namespace psmc;

TEST_CASE("ids of different arrays are different types, and an id begins as invalid") {
  using RowId = Id<struct RowTag>;
  using ColumnId = Id<struct ColumnTag>;
  STATIC_REQUIRE_FALSE(std::is_convertible_v<RowId, ColumnId>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<uint32_t, RowId>);
  STATIC_REQUIRE(sizeof(RowId) == 4);
  CHECK_FALSE(RowId().valid());
  CHECK(RowId(3).valid());
  CHECK(RowId(3) < RowId(4));
}

TEST_CASE("the random sequence is SplitMix64's") {
  // The first outputs of seed 1234567, as published with the algorithm.
  Random random(1234567);
  CHECK(random.next() == 6457827717110365317ull);
  CHECK(random.next() == 3203168211198807973ull);
  CHECK(random.next() == 9817491932198370423ull);
}

TEST_CASE("random numbers stay in their ranges and reach the ends") {
  Random random(5);
  bool low = false;
  bool high = false;
  for (int i = 0; i < 10'000; ++i) {
    const int64_t x = random.range(-2, 2);
    REQUIRE((x >= -2 && x <= 2));
    low = low || x == -2;
    high = high || x == 2;
    const float u = random.uniform(1.0f, 2.0f);
    REQUIRE((u >= 1.0f && u < 2.0f));
  }
  CHECK(low);
  CHECK(high);
  CHECK_FALSE(Random(1).chance(0.0));
  CHECK(Random(1).chance(1.0));
}

TEST_CASE("a range may span all of 64 bits") {
  Random random(9);
  bool negative = false;
  bool positive = false;
  for (int i = 0; i < 100; ++i) {
    const int64_t x = random.range(INT64_MIN, INT64_MAX);
    negative = negative || x < 0;
    positive = positive || x > 0;
  }
  CHECK(negative);
  CHECK(positive);
}
