// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"
#include "tests/base/death.h"

#include <atomic>
#include <stdexcept>
#include <vector>

#include "base/check.h"

using namespace psmc;

SCENARIO("each piece is done once, on any number of threads") {
  for (const unsigned threads : {0u, 1u, 2u, 5u, 100u})
    for (const size_t count : {0u, 1u, 3u, 1000u}) {
      std::vector<std::atomic<int>> done(count);
      parallel_for(count, threads, [&](size_t i) { ++done[i]; });
      for (const std::atomic<int>& times : done) REQUIRE(times == 1);
    }
}

SCENARIO("of several exceptions the one of the first piece in order is thrown") {
  for (const unsigned threads : {1u, 2u, 5u}) {
    const auto work = [](size_t i) {
      if (i >= 3) throw std::runtime_error(std::to_string(i));
    };
    CHECK_THROWS_WITH(parallel_for(50, threads, work), "3");
  }
}

SCENARIO("a check that fails on another thread tells what this one does") {
  const auto death = test::death_of([] {
    const CheckContext context("compiling kernels");
    parallel_for(2, 2, [](size_t) { PSMC_CHECK(false, "a bug"); });
  });
  CHECK(death.status == 70);
  CHECK(death.message.find("while: compiling kernels") != std::string::npos);
}
