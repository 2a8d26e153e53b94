// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/in_order.h"

#include <catch2/catch.hpp>

#include <algorithm>

#include "base/parallel.h"

using namespace psmc;

SCENARIO("pieces that become ready in any order go on in theirs", "[midend]") {
  std::vector<size_t> done;
  midend::InOrder order(4, [&](size_t i) -> Status {
    done.push_back(i);
    return {};
  });
  order.ready(2);
  order.ready(1);
  CHECK(done.empty());
  order.ready(0);
  CHECK(done == std::vector<size_t>{0, 1, 2});
  order.ready(3);
  CHECK(done == std::vector<size_t>{0, 1, 2, 3});
  CHECK(order.take_status().ok());
}

SCENARIO("the first error in order is told on any number of threads, and nothing behind it is done", "[midend]") {
  const unsigned threads = GENERATE(1u, 2u, 5u);
  std::vector<size_t> done;
  midend::InOrder order(200, [&](size_t i) -> Status {
    done.push_back(i);
    return i == 150 || i == 160 ? Status(error(Code::too_large, std::to_string(i))) : Status();
  });
  parallel_for(200, threads, [&](size_t i) { order.ready(i); });
  CHECK(done.size() == 151);
  CHECK(std::is_sorted(done.begin(), done.end()));
  const Status status = order.take_status();
  REQUIRE(!status.ok());
  CHECK(status.diagnostic().message == "150");
}
