// SPDX-License-Identifier: Apache-2.0
// A launch in pieces, and what a chip tells on the way.
#include <fmt/format.h>

#include <map>

#include "base/file.h"
#include "tests/sim/simulation.h"

using namespace psmc;
using namespace psmc::sim;

namespace {

std::string program(const std::string& name) {
  return read_file(std::string(PSMC_SOURCE_DIR "/tests/sim/programs/") + name).value();
}

}  // namespace

SCENARIO("pieces stop where they should, also where nothing happens, and change nothing") {
  const RunStats whole = test::Simulation(program("read_miss.psma")).run();
  test::Simulation s(program("read_miss.psma"));
  REQUIRE(s.chip->begin(0).ok());
  for (Cycle limit = 1; s.chip->run_until(limit); ++limit) {
    CHECK(s.chip->now() == limit);  // the core sleeps through most of it
    CHECK_FALSE(s.chip->over());
    s.chip->settle();
    uint64_t counted = 0;
    for (const uint64_t cycles : s.chip->stats().tiles[0]) counted += cycles;
    CHECK(counted == limit);
    CHECK(s.chip->wait_graph().size() == (limit >= 2 && limit <= 59 ? 1 : 0));
  }
  CHECK(s.chip->over());
  CHECK(s.chip->now() == whole.cycles);
  CHECK(s.chip->result().value() == whole);
  CHECK_FALSE(s.chip->run_until(kNever));
  CHECK(s.run() == whole);  // and again
}

SCENARIO("a launch whose limit of cycles is passed in pieces traps as the whole does") {
  Options options;
  options.max_cycles = 30;
  test::Simulation whole(program("read_miss.psma"), options), pieces(program("read_miss.psma"), options);
  const Trap trap = whole.trap();
  REQUIRE(pieces.chip->begin(0).ok());
  for (Cycle limit = 7; pieces.chip->run_until(limit);) limit += 7;
  REQUIRE(pieces.chip->trap());
  CHECK(pieces.chip->trap()->cycle == trap.cycle);
  CHECK(pieces.chip->trap()->message == trap.message);
  CHECK(pieces.chip->stats() == whole.chip->stats());
}

SCENARIO("a core tells of each of its cycles once, in order, and of the class that it counts") {
  for (const char* name : {"bank_conflict.psma", "queue_full.psma", "ping_pong.psma", "overlay.psma"}) {
    INFO(name);
    std::map<uint32_t, Cycle> next;
    std::map<uint32_t, ClassCounts> classes;
    Options options;
    options.trace = [&](const TraceEvent& e) {
      CHECK(e.cycle == next[e.tile]);
      next[e.tile] = e.cycle + e.cycles;
      classes[e.tile][static_cast<size_t>(e.cycle_class)] += e.cycles;
    };
    const RunStats stats = test::Simulation(program(name), options).run();
    for (auto& [tile, counts] : classes) {
      counts[static_cast<size_t>(CycleClass::finished)] = stats.cycles - next[tile];
      CHECK(counts == stats.tiles[tile]);
    }
  }
}

SCENARIO("a transfer is queued, begins, leaves the engine and is done, in the cycles of docs/sim-timing.md") {
  std::vector<std::string> steps;
  Options options;
  options.transfers = [&](const TransferEvent& e) {
    steps.push_back(fmt::format("{} {} word {}", static_cast<int>(e.step), e.cycle, e.transfer.pc));
  };
  test::Simulation(program("read_miss.psma"), options).run();
  CHECK(steps == std::vector<std::string>{"0 0 word 0", "1 0 word 0", "2 16 word 0", "3 58 word 0"});
}

SCENARIO("each write to a scratchpad is told with its bytes and who writes") {
  std::vector<std::string> writes;
  Options options;
  options.writes = [&](const WriteEvent& e) {
    writes.push_back(fmt::format("tile {} 0x{:x} {:x} {}", e.tile, e.line, e.mask, e.transfer != nullptr));
  };
  test::Simulation s(
      test::one_tile(
          "st.s.i32 [s1],s1\ndma.start out0,s2\nwait #2,1\nhalt",
          ".zero 0x0 0x40\n.data 0x100\ndma to_tiles run=8 source=0x0 destination=0x7c tiles=0,0,0,0 remote=2,1\n",
          "s1=0x4 s2=0x100"),
      options);
  s.run();
  CHECK(writes ==
        std::vector<std::string>{"tile 0 0x0 f0 false", "tile 0 0x40 f000000000000000 true", "tile 0 0x80 f true"});
}
