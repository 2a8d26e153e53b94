// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/file.h"
#include "tests/sim/simulation.h"

namespace psmc::sim {
namespace {

using test::Simulation;

SCENARIO("opening through the machine puts the same bytes in place and is counted") {
  std::string text =
      ".machine \"lab4\"\n.op \"add\" \"x:1\"\n.code \"main\"\n.line 0\nld.s.i64 s1,[s0+8]\nnop\nnop\nnop\naddi "
      "s1,s1,1\n"
      "st.s.i64 [s0+16],s1\nhalt\n.end\n";
  for (int t = 0; t < 4; ++t)
    text += fmt::format(".tile {} \"main\"\n.data 0x0\ni64 5 {}\n.zero 0x1000 0x4000\n.end\n", t, 10 * t);
  text += ".entry \"go\"\n";
  for (int t = 0; t < 4; ++t) text += fmt::format(".start {} 0\n", t);
  text += ".end\n";
  Options options;
  options.boot = true;
  Simulation booted(text, options), plain(text);
  const RunStats& boot = booted.chip->boot_stats();
  const RunStats a = booted.run(), b = plain.run();
  CHECK(a.cycles == b.cycles);
  CHECK(a.ops == b.ops);
  for (uint32_t t = 0; t < 4; ++t) {
    CHECK(booted.at<int64_t>(t, 16) == 10 * t + 1);
    CHECK(std::memcmp(booted.chip->scratchpad(t).at(0), plain.chip->scratchpad(t).at(0), 0x40000) == 0);
  }
  CHECK(plain.chip->boot_stats().cycles == 0);
  // 4 x 16 KiB of zeros over two channels of 32 bytes a cycle: 1024 cycles at least.
  CHECK(boot.cycles > 1024);
  CHECK(boot.cycles < 1200);
  CHECK(boot.dma_bytes_in == 4 * (0x4000 + 16));
  for (uint32_t t = 0; t < 4; ++t) {
    CHECK(test::cycles_in(boot, t, CycleClass::startup) + test::cycles_in(boot, t, CycleClass::finished) ==
          boot.cycles);
    CHECK(test::cycles_in(boot, t, CycleClass::startup) > 288);
  }
}

SCENARIO("cycles are attributed to the ops that words were made for") {
  Simulation s(
      ".machine \"lab4\"\n.op \"a\" \"m:1\"\n.op \"b\" \"m:2\"\n.code \"main\"\nnop\n.line 0\nli s1,3\nnop\n.line 1\n"
      "loop s1,end\nnop\nend:\n.line none\nhalt\n.end\n.tile 0 \"main\"\n.end\n.entry \"go\"\n.start 0 0\n.end\n");
  const RunStats stats = s.run();
  const auto of = [&](size_t op, CycleClass c) { return stats.ops[op][static_cast<size_t>(c)]; };
  CHECK(of(0, CycleClass::vector_scalar) == 1);
  CHECK(of(0, CycleClass::exposed) == 1);
  CHECK(of(1, CycleClass::vector_scalar) == 1);
  CHECK(of(1, CycleClass::exposed) == 3);
  CHECK(of(2, CycleClass::vector_scalar) == 1);  // no op: halt
  CHECK(of(2, CycleClass::exposed) == 1);
}

SCENARIO("cycles of a kernel that ops share are attributed to the op whose step runs it") {
  const std::string text = R"(.machine "lab4"
.op "a" "m:1"
.op "b" "m:2"
.steps s1
.code "main"
.kernel "shared"
.line 0
addi s1,s1,8 | ld.s.i64 s2,[s1+8]
nop
nop
nop
jr s2
nop
nop
.endkernel
.line none
.kernel "stop"
halt
.endkernel
.end
.tile 0 "main"
.data 0x100
i64 0 0 0 7
.step 0x100 0
.step 0x110 1
.step 0x118 none
.end
.entry "go"
.start 0 0 s1=0x100
.end
)";
  Simulation s(text);
  const RunStats stats = s.run();
  const auto sum = [&](const ClassCounts& counts) {
    uint64_t cycles = 0;
    for (size_t c = 0; c < kCycleClasses; ++c) cycles += c == static_cast<size_t>(CycleClass::finished) ? 0 : counts[c];
    return cycles;
  };
  CHECK(sum(stats.ops[0]) == 14);  // two records, seven words each
  CHECK(sum(stats.ops[1]) == 7);
  CHECK(sum(stats.ops[2]) == 1);
  CHECK(sum(stats.tiles[0]) == 22);
  CHECK(Simulation(arch::print_psma(*s.image)).run().ops == stats.ops);
  THEN("they take the same cycles without this knowledge, all for the op of the words") {
    arch::Image image = arch::assemble("t.psma", text).value();
    image.tiles[0].steps.clear();
    image.step_register = 0;
    const RunStats plain = Simulation(arch::print_psma(image)).run();
    CHECK(plain.cycles == stats.cycles);
    CHECK(sum(plain.ops[0]) == 21);
  }
}

SCENARIO("a trap names the op of the step") {
  Simulation s(R"(.machine "lab4"
.op "words" "m:1"
.op "step" "m:2"
.steps s1
.code "main"
.line 0
ld.v.f32 v1,[s2]
halt
.end
.tile 0 "main"
.step 0x100 1
.end
.entry "go"
.start 0 0 s1=0x108 s2=0x400
.end
)");
  CHECK(s.trap().op == "step");
}

SCENARIO("an input outside of its range is refused at the launch") {
  const auto text = [](const std::string& type) {
    return ".machine \"lab4\"\n.code \"main\"\nhalt\n.end\n.tile 0 \"main\"\n.end\n.entry \"go\"\n.start 0 0\n.symbol "
           "input "
           "\"pos\" " +
           type + " [] at 0x40 strides [] control range [-2,255]\n.end\n";
  };
  const std::string type = GENERATE("i64", "i32", "i8");
  Simulation s(text(type));
  const auto launch_with = [&](int64_t value) {
    s.put_memory<int64_t>(0x40, {value});
    return s.chip->launch(0);
  };
  for (const int64_t good : {-2, 0, 127}) CHECK(launch_with(good).ok());
  const auto refused = launch_with(-3);
  REQUIRE(!refused.ok());
  CHECK(refused.diagnostic().code == Code::bad_launch);
  CHECK(refused.diagnostic().message.find("'pos'") != std::string::npos);
  if (type != "i8") CHECK(!launch_with(256).ok());
}

SCENARIO("links and channels count what they carry") {
  Simulation s(
      ".machine \"lab4\"\n.code \"main\"\ndma.start in0,s0\nwait #1,1\nhalt\n.end\n.tile 3 \"main\"\n.data 0x0\n"
      "dma memory_to_scratchpad run=512 source=0 destination=0x400 local=1,1\n.end\n.memory\n.zero 0x0 0x1000\n.end\n"
      ".entry \"go\"\n.start 3 0\n.end\n");
  const RunStats stats = s.run();
  REQUIRE(stats.channels.size() == 2);
  CHECK(stats.channels[0].read_bursts == 8);
  CHECK(stats.channels[0].misses == 1);
  CHECK(stats.channels[0].hits == 7);
  CHECK(stats.channels[1].read_bursts == 0);
  uint64_t replies = 0, requests = 0;
  for (const LinkStats& l : stats.links) {
    if (l.counters.bytes == 512) ++replies;
    if (l.counters.flits == 1) ++requests;
    CHECK(l.counters.flits == (l.counters.bytes == 512 ? 9 : 1));
  }
  CHECK(replies == 4);  // into the network, two hops, into the tile
  CHECK(requests == 4);
}

SCENARIO("the host's part of a launch is reported apart") {
  Simulation s(test::one_tile("halt"));
  CHECK(s.run().host_cycles == 1000);
  s.put_memory<float>(0, std::vector<float>(33));  // 132 bytes at 32 a cycle
  CHECK(s.run().host_cycles == 1000 + 5);
  CHECK(s.run().host_cycles == 1000);
}

SCENARIO("a trace shows each word that issues or stalls") {
  std::vector<std::string> lines;
  Options options;
  options.trace = [&](const TraceEvent& e) {
    lines.push_back(fmt::format("{} {} {} {} {}", e.cycle, e.tile, e.pc, e.issued, cycle_class_name(e.cycle_class)));
  };
  Simulation s(test::one_tile("li s1,1\nnop\npost s0,#1,1\nwait #1,1\nhalt"), options);
  s.run();
  CHECK(lines == std::vector<std::string>{"0 0 0 true vector/scalar", "1 0 1 true exposed latency",
                                          "2 0 2 true vector/scalar", "3 0 3 true vector/scalar",
                                          "4 0 4 true vector/scalar"});
}

SCENARIO("a burst holds a channel for whole cycles, of which the last may move less") {
  const auto cycles = [](uint32_t bytes_per_cycle) {
    arch::Machine machine = arch::preset("lab4").value();
    machine.memory.channel_bytes_per_cycle = bytes_per_cycle;
    machine.memory.cl = machine.memory.hit_cycles - machine.memory.burst_cycles() - 1;
    std::string text = *read_file(PSMC_SOURCE_DIR "/tests/sim/programs/read_stream.psma");  // 512 bursts a channel
    const std::string_view named = ".machine \"lab4\"\n";
    text.replace(text.find(named), named.size(), ".machine\n" + machine.json());
    return Simulation(text).run().cycles;
  };
  CHECK(cycles(32) >= 512 * 2);
  CHECK(cycles(32) < 512 * 3);
  CHECK(cycles(24) >= 512 * 3);
  CHECK(cycles(24) < 512 * 4);
  CHECK(cycles(24) == cycles(22));
  CHECK(cycles(21) > cycles(22));
  CHECK(cycles(64) < cycles(32));
}

SCENARIO("every preset runs a program that uses all of it") {
  for (const std::string_view name : arch::preset_names()) {
    if (name == "tpu-like") continue;  // described, not simulated
    const arch::Machine machine = arch::preset(name).value();
    const uint32_t tiles = machine.tiles();
    std::string text = fmt::format(".machine \"{}\"\n", name);
    text += ".code \"main\"\ndma.start in0,s0\nwait #1,1\nld.v.f32 v1,[s1]\n";
    for (int i = 0; i < 40; ++i) text += "nop\n";
    text += "st.v.f32 [s1],v1\ndma.start out0,s2\nwait.n #2,s3\ndma.start out0,s4\nwait #3,1\nhalt\n.end\n";
    for (uint32_t t = 0; t < tiles; ++t) {
      text += fmt::format(
          ".tile {} \"main\"\n.data 0x0\ndma memory_to_scratchpad run=1024 source={} destination=0x400 local=1,1\n", t,
          1024 * t);
      text += fmt::format("dma to_tiles run=64 source=0x400 destination={} tiles=0,0,{},{} remote=2,1\n",
                          0x2000 + 64 * (t % 64), machine.network.multicast ? machine.grid.columns - 1 : 0,
                          machine.network.multicast ? machine.grid.rows - 1 : 0);
      text += fmt::format("dma to_memory run=512 source=0x400 destination={} remote=3,1\n.end\n", 0x80000 + 512 * t);
    }
    text += ".entry \"go\"\n";
    for (uint32_t t = 0; t < tiles; ++t)
      text += fmt::format(".start {} 0 s1=0x400 s2=0x80 s3={} s4=0x100\n", t, t < 64 ? tiles : 0);
    text += ".end\n";
    if (tiles > 64 || !machine.network.multicast) continue;
    INFO(name);
    Simulation s(text);
    std::vector<uint32_t> memory(256 * tiles);
    for (size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<uint32_t>(i);
    s.put_memory(0, memory);
    s.run();
    for (uint32_t t = 0; t < tiles; ++t)
      for (uint32_t from = 0; from < tiles; ++from) REQUIRE(s.at<uint32_t>(t, 0x2000 + 64 * from) == 256 * from);
    for (uint32_t t = 0; t < tiles; ++t) CHECK(s.memory_at<uint32_t>(0x80000 + 512 * t + 4) == 256 * t + 1);
  }
}

}  // namespace
}  // namespace psmc::sim
