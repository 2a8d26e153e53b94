// SPDX-License-Identifier: Apache-2.0
#include "midend/partition/partition.h"

#include <catch2/catch.hpp>

#include "arch/machine.h"
#include "ir/text/parser.h"

using namespace psmc;
using namespace psmc::midend;

namespace {

Box range(int64_t lo, int64_t hi) { return {{{lo, hi}}, false}; }

struct Partitioned {
  ir::Module module;
  std::vector<Node> nodes;
  std::vector<NodePlace> places;
};

Partitioned partition_of(const std::string& text) {
  Result<ir::Module> module = ir::parse_text("test", text);
  REQUIRE(module.ok());
  const ir::FuncId func = module->find_func("main");
  Result<std::vector<Node>> nodes = nodes_of(*module, func);
  REQUIRE(nodes.ok());
  const arch::Machine machine = *arch::preset("psm1");
  const std::vector<std::pair<ir::ValueId, Layout>> none;
  std::vector<NodePlace> places =
      partition({.module = *module, .machine = machine, .columns = 8, .rows = 8, .states = none}, func, *nodes);
  return {std::move(*module), std::move(*nodes), std::move(places)};
}

/// Points that all tiles compute, and the largest share.
std::pair<int64_t, int64_t> shares(const Layout& layout) {
  int64_t total = 0, largest = 0;
  for (const Box& box : layout) {
    total += box.elements();
    largest = std::max(largest, box.elements());
  }
  return {total, largest};
}

}  // namespace

TEST_CASE("equal layouts are one id, and cover each other") {
  LayoutTable table;
  const LayoutId halves = table.intern({range(0, 8), range(8, 16)});
  const LayoutId all = table.intern({range(0, 16), range(0, 16)});
  CHECK(table.intern({range(0, 8), range(8, 16)}) == halves);
  CHECK(halves != all);
  CHECK(table.covers(all, halves));
  CHECK_FALSE(table.covers(halves, all));
  CHECK(table.total(all) == 32);
  CHECK(table.largest(halves) == 8);
}

TEST_CASE("an all-gather is one multicast for each holder") {
  const Layout held = {range(0, 8), range(8, 16)}, need = {range(0, 16), range(0, 16)};
  const std::vector<Message> list = messages(held, need);
  REQUIRE(list.size() == 2);
  CHECK(list[0].source == 0);
  CHECK(list[1].source == 1);
  for (const Message& m : list) CHECK(m.destinations == std::vector<size_t>{0, 1});
}

TEST_CASE("pieces that land at different offsets are different messages") {
  const Layout held = {range(0, 16), Box::none(), Box::none()}, need = {Box::none(), range(0, 8), range(4, 12)};
  const std::vector<Message> list = messages(held, need);
  REQUIRE(list.size() == 2);
  CHECK(list[0].box == range(0, 8));
  CHECK(list[1].box == range(4, 12));
}

TEST_CASE("a set of tiles is covered by disjoint rectangles") {
  const std::vector<Rectangle> list = rectangles({0, 1, 4, 5, 7}, 4);  // a 2 x 2 block and tile (3, 1)
  CHECK(list == std::vector<Rectangle>{{0, 0, 1, 1}, {3, 1, 3, 1}});
}

TEST_CASE("small products that do not need each other run beside each other") {
  const Partitioned p =
      partition_of(R"(func @main(%x: tensor<1x2048xf32>, %a: tensor<2048x32xf32>, %b: tensor<2048x32xf32>)
      -> (tensor<1x32xf32>, tensor<1x32xf32>) {
    %p = contract %x, %a {spec = "mk,kn->mn"}
    %q = contract %x, %b {spec = "mk,kn->mn"}
    return %p, %q
  })");
  REQUIRE(p.places.size() == 2);
  CHECK(p.places[0].step == p.places[1].step);
  CHECK_FALSE(p.places[0].rectangle == p.places[1].rectangle);
  for (size_t t = 0; t < 64; ++t) CHECK((p.places[0].points[0][t].empty() || p.places[1].points[0][t].empty()));
}

TEST_CASE("a large product is spread over all tiles, and what follows elementwise stays where it is") {
  const Partitioned p =
      partition_of(R"(func @main(%x: tensor<256x256xf32>, %a: tensor<256x256xf32>) -> (tensor<256x256xf32>) {
    %p = contract %x, %a {spec = "mk,kn->mn"}
    %q = exp %p
    return %q
  })");
  REQUIRE(p.places.size() == 2);
  CHECK(shares(p.places[0].points[0]) == std::pair<int64_t, int64_t>{256 * 256, 1024});
  CHECK(p.places[1].points[0] == p.places[0].points[0]);
  CHECK(p.places[1].region == p.places[0].region);
  CHECK(p.places[1].step == p.places[0].step);
}

TEST_CASE("every point of a node is computed, by whatever sharding") {
  const Partitioned p = partition_of(R"(func @main(%x: tensor<7x33xf32>, %w: tensor<33x50xf32>) -> (tensor<7x50xf32>) {
    %p = contract %x, %w {spec = "mk,kn->mn"}
    %q = neg %p
    return %q
  })");
  for (const NodePlace& place : p.places) {
    std::vector<bool> seen(7 * 50);
    for (const Box& box : place.points[0]) {
      if (box.empty()) continue;
      for (int64_t i = box.dims[0].lo; i < box.dims[0].hi; ++i)
        for (int64_t j = box.dims[1].lo; j < box.dims[1].hi; ++j) seen[static_cast<size_t>(i * 50 + j)] = true;
    }
    CHECK(std::all_of(seen.begin(), seen.end(), [](bool s) { return s; }));
  }
}
