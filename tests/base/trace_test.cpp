// SPDX-License-Identifier: Apache-2.0
#include "base/trace.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdio>
#include <map>
#include <thread>

#include "base/json.h"

using namespace psmc;

namespace {

/// "depth name note" a line, without the times.
std::string shape_of(const std::string& tree) {
  std::string out;
  for (size_t at = tree.find('\n') + 1; at < tree.size();) {
    const size_t end = tree.find('\n', at);
    out += tree.substr(at + 23, end - at - 22);
    at = end + 1;
  }
  return out;
}

}  // namespace

SCENARIO("scopes become a tree, those of one name without notes one line of it") {
  Trace trace;
  {
    TimeScope whole(&trace, "compile");
    for (const char* kernel : {"k0", "k1", "k2"}) {
      const TimeScope one(&whole, "kernel", kernel);
      const TimeScope inner(&one, "schedule");
    }
    TimeScope pass(&whole, "cse");
    pass.note("7 ops");
    pass.stop();
    TimeScope again(&whole, "cse");
    again.note("6 ops");
  }
  CHECK(shape_of(trace.tree_text()) == "compile\n  kernel x 3\n    schedule x 3\n  cse  7 ops\n  cse  6 ops\n");
}

SCENARIO("nothing is measured below nothing") {
  const TimeScope none(static_cast<Trace*>(nullptr), "a");
  const TimeScope below(&none, "b");
  const TimeScope nowhere(static_cast<const TimeScope*>(nullptr), "c");
  CHECK(!none.is_on());
  CHECK(!below.is_on());
  CHECK(!nowhere.is_on());
}

SCENARIO("a trace is JSON with a complete event a scope, within the scope above it, on its thread") {
  Trace trace;
  {
    const TimeScope whole(&trace, "whole");
    std::thread([&] { const TimeScope other(&whole, "kernel", "\"k\""); }).join();
    const TimeScope own(&whole, "own");
  }
  const Result<json::Document> document = json::parse("trace.json", trace.chrome_json());
  REQUIRE(document.ok());
  const json::Value& events = *document->root.find("traceEvents");
  const auto number = [](const json::Value& event, const char* key) { return event.find(key)->number; };
  std::map<std::string, const json::Value*> named;
  for (const json::Value& event : events.items)
    if (event.find("ph")->string == "X") named[event.find("name")->string] = &event;
  REQUIRE(named.size() == 3);
  const json::Value &whole = *named.at("whole"), &own = *named.at("own"), &other = *named.at("kernel \"k\"");
  CHECK(number(whole, "tid") == 0);
  CHECK(number(own, "tid") == 0);
  CHECK(number(other, "tid") == 1);
  for (const json::Value* inner : {&own, &other}) {
    CHECK(number(*inner, "ts") >= number(whole, "ts"));
    CHECK(number(*inner, "ts") + number(*inner, "dur") <= number(whole, "ts") + number(whole, "dur") + 0.01);
  }
}

SCENARIO("the CPU time of a phase has that of its parts on other threads") {
  Trace trace;
  {
    const TimeScope whole(&trace, "whole");
    const TimeScope half(&whole, "half");
    std::thread([&] {
      const TimeScope other(&half, "other");
      std::atomic<int> count = 0;
      while (count < 10'000'000) ++count;
    }).join();
  }
  double whole = 0, half = 0, other = 0;
  const std::string tree = trace.tree_text();
  REQUIRE(std::sscanf(tree.c_str() + tree.find('\n'), "%lf %*f whole %lf %*f half %lf", &whole, &half, &other) == 3);
  CHECK(other > 0);
  CHECK(half >= other);
  CHECK(whole >= half);
}
