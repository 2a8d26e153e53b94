// SPDX-License-Identifier: Apache-2.0
// Every trap: what causes it, what it names, and the neighbour that does not trap.
#include <fmt/format.h>

#include "tests/sim/simulation.h"

namespace psmc::sim {
namespace {

using test::one_tile;
using test::Simulation;

Trap trap_of(const std::string& code, const std::string& data = "", const std::string& start = "") {
  return Simulation(one_tile(code, data, start)).trap();
}
void passes(const std::string& code, const std::string& data = "", const std::string& start = "") {
  Simulation(one_tile(code, data, start)).run();
}

const std::string kZeros = ".zero 0x0 0x1000\n";

SCENARIO("a trap names tile, cycle, word, instruction, op and source line") {
  Simulation s(
      ".machine \"lab4\"\n.op \"softmax\" \"model.py:12:3\"\n.code \"main\"\nnop\n.line 0\nld.s.i64 s1,[s2]\n.line "
      "none\n"
      "halt\n.end\n.tile 3 \"main\"\n.end\n.entry \"go\"\n.start 3 0 s2=0x40000\n.end\n");
  const Result<RunStats> result = s.chip->launch(0);
  REQUIRE(!result.ok());
  const Trap& t = *s.chip->trap();
  CHECK(t.kind == TrapKind::bounds);
  CHECK(t.tile == 3);
  CHECK(t.cycle == 1);
  CHECK(t.pc == 1);
  CHECK(t.instruction == "ld.s.i64 s1,[s2]");
  CHECK(t.op == "softmax");
  CHECK(t.location == "model.py:12:3");
  CHECK(result.diagnostic().code == Code::trap_bounds);
  CHECK(result.diagnostic().message ==
        "bounds: tile 3, cycle 1, word 1: an access of 8 bytes at 0x40000 leaves the scratchpad");
  CHECK(result.diagnostic().notes.at(1) == "made for softmax (model.py:12:3)");
}

SCENARIO("bounds: the last bytes of the scratchpad are inside, the next are not") {
  const std::string end = ".zero 0x3f000 0x1000\n";
  passes("ld.s.i64 s1,[s2]\nhalt", end, "s2=0x3fff8");
  CHECK(trap_of("ld.s.i64 s1,[s2]\nhalt", end, "s2=0x40000").kind == TrapKind::bounds);
  CHECK(trap_of("st.t [s2],t1\nhalt", end, "s2=0x3fe40").kind == TrapKind::bounds);
  CHECK(trap_of("ld.s.i64 s1,[s2-8]\nhalt", end, "s2=0").kind == TrapKind::bounds);
  CHECK(trap_of("ld.tr t1,[s2],s3\nhalt", end, "s2=0x3f000 s3=-0x8000").kind == TrapKind::bounds);
}

SCENARIO("alignment: scalars to their size, vectors to 16 elements, tiles to lines, rows to rows") {
  passes("ld.s.i32 s1,[s2]\nhalt", kZeros, "s2=4");
  CHECK(trap_of("ld.s.i32 s1,[s2]\nhalt", kZeros, "s2=2").kind == TrapKind::alignment);
  passes("ld.v.bf16 v1,[s2]\nhalt", kZeros, "s2=32");
  CHECK(trap_of("ld.v.bf16 v1,[s2]\nhalt", kZeros, "s2=16").kind == TrapKind::alignment);
  CHECK(trap_of("ld.t t1,[s2]\nhalt", kZeros, "s2=32").kind == TrapKind::alignment);
  CHECK(trap_of("ld.tr t1,[s2],s3\nhalt", kZeros, "s2=32 s3=48").kind == TrapKind::alignment);
  CHECK(trap_of("dma.start in0,s2\nhalt", kZeros, "s2=64").kind == TrapKind::alignment);
}

SCENARIO("unwritten data: a byte that nobody wrote, after a copy too; lanes outside the mask are not read") {
  const std::string half = ".zero 0x0 32\n";
  CHECK(trap_of("ld.v.f32 v1,[s0]\nhalt", half).kind == TrapKind::unwritten);
  CHECK(trap_of("ld.v.f32 v1,[s0]\nhalt", half).message == "reads 0x20, which was never written");
  passes("msk m1,s1\nld.v.f32 v1,[s0],m1\nhalt", half, "s1=8");
  CHECK(trap_of("msk m1,s1\nld.v.f32 v1,[s0],m1\nhalt", half, "s1=9").kind == TrapKind::unwritten);
  passes("st.v.f32 [s0],v2\nld.v.f32 v1,[s0]\nhalt", half);
  // The transfer itself may copy unwritten bytes: they stay unwritten.
  const std::string copy =
      ".zero 0x0 32\n.data 0x80\ndma to_tiles run=64 source=0 destination=0x400 tiles=0,0,0,0 remote=1,1\n";
  const std::string start = "dma.start out0,s1\nwait #1,1\n";
  passes(start + "ld.s.i64 s2,[s3+24]\nhalt", copy, "s1=0x80 s3=0x400");
  CHECK(trap_of(start + "ld.s.i64 s2,[s3+32]\nhalt", copy, "s1=0x80 s3=0x400").kind == TrapKind::unwritten);
}

SCENARIO("unwritten data from device memory") {
  const std::string read = ".data 0x80\ndma memory_to_scratchpad run=64 source=0x100 destination=0 local=1,1\n";
  const std::string code = "dma.start in0,s1\nwait #1,1\nld.v.f32 v1,[s0]\nhalt";
  CHECK(trap_of(code, read, "s1=0x80").kind == TrapKind::unwritten);
  Simulation s(one_tile(code, read, "s1=0x80"));
  s.put_memory<float>(0x100, std::vector<float>(16));
  s.run();
}

SCENARIO("code: running off, jumping away, words that a transfer is replacing") {
  CHECK(trap_of("nop").kind == TrapKind::code);
  CHECK(trap_of("jr s1\nnop\nnop\nhalt", "", "s1=100").kind == TrapKind::code);
  CHECK(trap_of("jr s1\nnop\nnop\nhalt", "", "s1=-1").kind == TrapKind::code);
  passes("jr s1\nnop\nnop\nnop\nhalt", "", "s1=4");
  const std::string load = ".data 0x80\ndma memory_to_code run=32 source=0x100 destination=64 local=1,1\n";
  const auto with_code = [&](const std::string& code) {
    Simulation s(one_tile(code, load, "s1=0x80"));
    std::vector<uint8_t> halt(32);
    std::memcpy(halt.data(), arch::encode(arch::assemble_word("halt").value()).data(), 32);
    s.put_memory(0x100, halt);
    return (void)s.chip->launch(0), s.chip->trap();
  };
  const auto early = with_code("dma.start in0,s1\nnop\nnop\nnop\n");
  REQUIRE(early.has_value());
  CHECK(early->kind == TrapKind::code);
  CHECK(early->cycle == 2);
  CHECK(!with_code("dma.start in0,s1\nwait #1,1\nnop\nnop\n").has_value());
}

SCENARIO("control: branches in delay words, out of loops, loops too deep") {
  CHECK(trap_of("jmp .+4\njmp .+3\nnop\nnop\nhalt").kind == TrapKind::control);
  CHECK(trap_of("loop s1,end\njmp .+6\nnop\nnop\nnop\nend: nop\nnop\nhalt", "", "s1=2").kind == TrapKind::control);
  CHECK(trap_of("loop s1,end\nhalt\nnop\nend: halt", "", "s1=2").kind == TrapKind::control);
  std::string deep;
  for (int i = 0; i < 5; ++i) deep += fmt::format("loop s1,e{}\n", i);
  deep += "nop\n";
  for (int i = 4; i >= 0; --i) deep += fmt::format("nop\ne{}:\n", i);
  CHECK(trap_of(deep + "halt", "", "s1=2").kind == TrapKind::control);
}

SCENARIO("semaphores: overflow, numbers and tiles that do not exist") {
  CHECK(trap_of("post.n s0,#1,s1\npost s0,#1,1\nhalt", "", "s1=65535").kind == TrapKind::semaphore);
  passes("post.n s0,#1,s1\npost s0,#1,1\nhalt", "", "s1=65534");
  CHECK(trap_of("post s1,#1,1\nhalt", "", "s1=4").kind == TrapKind::semaphore);
  CHECK(trap_of("post.s s0,s1,1\nhalt", "", "s1=64").kind == TrapKind::semaphore);
  CHECK(trap_of("wait.s s1,1\nhalt", "", "s1=-1").kind == TrapKind::semaphore);
}

SCENARIO("descriptors: unknown kinds, wrong engines, shapes that leave their space") {
  const auto start = [](const std::string& engine, const std::string& dma) {
    return trap_of("dma.start " + engine + ",s1\nhalt", ".data 0x80\n" + dma + "\n", "s1=0x80").kind;
  };
  CHECK(start("in0", "space 128") == TrapKind::descriptor);
  CHECK(start("in0", "dma to_memory run=64 source=0 destination=0") == TrapKind::descriptor);
  CHECK(start("in5", "dma memory_to_scratchpad run=64 source=0 destination=0") == TrapKind::descriptor);
  CHECK(start("in0", "dma memory_to_scratchpad run=64 source=0 destination=0x40000") == TrapKind::descriptor);
  CHECK(start("out0", "dma to_tiles run=64 source=0 destination=0 tiles=1,1,2,2") == TrapKind::descriptor);
}

SCENARIO("deadlock: the graph of who waits on whom") {
  const std::string text =
      ".machine \"lab4\"\n.code \"a\"\nwait #3,2\nhalt\npost s1,#3,1\nwait #4,1\nhalt\n.end\n"
      ".tile 0 \"a\"\n.end\n.tile 1 \"a\"\n.end\n.entry \"go\"\n.start 0 0\n.start 1 2 s1=0\n.end\n";
  Simulation s(text);
  const Trap t = s.trap();
  CHECK(t.kind == TrapKind::deadlock);
  CHECK(t.tile == 0);
  CHECK(t.instruction == "wait #3,2");
  REQUIRE(t.notes.size() == 2);
  CHECK(t.notes[0] == "tile 0 word 0 waits for 2 on semaphore 3 (holds 1), last posted by tile 1");
  CHECK(t.notes[1] == "tile 1 word 3 waits for 1 on semaphore 4 (holds 0), which nobody has posted");
}

SCENARIO("a run that does not end meets its limit") {
  Options options;
  options.max_cycles = 1000;
  Simulation s(one_tile("jmp .+0\nnop\nnop\nhalt"), options);
  const Trap t = s.trap();
  CHECK(t.kind == TrapKind::cycle_limit);
  CHECK(t.cycle == 999);
  Simulation waits(one_tile("wait #1,1\nhalt"), options);
  CHECK(waits.trap().kind == TrapKind::deadlock);
}

SCENARIO("semaphores that are not zero at the end are reported") {
  Simulation s(one_tile("post s0,#1,3\nwait #1,1\nhalt"));
  const RunStats stats = s.run();
  REQUIRE(stats.left_semaphores.size() == 1);
  CHECK(stats.left_semaphores[0].semaphore == 1);
  CHECK(stats.left_semaphores[0].value == 2);
  CHECK(s.run().left_semaphores[0].value == 4);  // they keep their counts from launch to launch
}

SCENARIO("a host access outside of device memory and a launch of no entry are errors") {
  Simulation s(one_tile("halt"));
  std::vector<std::byte> bytes(16);
  CHECK(s.chip->write_memory(0x10000000 - 16, bytes).ok());
  CHECK(s.chip->write_memory(0x10000000 - 15, bytes).diagnostic().code == Code::bad_launch);
  CHECK(s.chip->read_memory(~uint64_t{0}, bytes).diagnostic().code == Code::bad_launch);
  CHECK(s.chip->launch(1).diagnostic().code == Code::bad_launch);
}

SCENARIO("every kind of trap has its code") {
  const Code codes[] = {Code::trap_hazard,    Code::trap_unit,       Code::trap_race,     Code::trap_unwritten,
                        Code::trap_bounds,    Code::trap_alignment,  Code::trap_code,     Code::trap_control,
                        Code::trap_semaphore, Code::trap_descriptor, Code::trap_deadlock, Code::trap_cycle_limit};
  for (size_t k = 0; k < std::size(codes); ++k) CHECK(trap_code(static_cast<TrapKind>(k)) == codes[k]);
}

}  // namespace
}  // namespace psmc::sim
