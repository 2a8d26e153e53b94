// SPDX-License-Identifier: Apache-2.0
// Hazards between instructions; contract_instructions.cpp tries latency and occupancy of every opcode.
#include <fmt/format.h>

#include "tests/sim/simulation.h"
#include "tests/sim/words.h"

namespace psmc::sim {
namespace {

using arch::Inst;
using arch::Opcode;
using arch::RegFile;
using test::instance;
using test::reader;

/// What these instructions, each at its cycle, end with.
std::optional<Trap> run(const std::vector<std::pair<uint64_t, Inst>>& at) { return test::run_words(at); }

SCENARIO("a register is not written while it is in flight") {
  const Inst slow = instance(Opcode::vadd), fast = instance(Opcode::vneg);  // latencies 4 and 2
  CHECK(run({{0, slow}, {1, fast}})->kind == TrapKind::hazard);
  CHECK(run({{0, slow}, {3, fast}})->kind == TrapKind::hazard);
  CHECK(!run({{0, slow}, {4, fast}}));
}

SCENARIO("two results do not use one write port in a cycle") {
  const Inst slow = instance(Opcode::vadd), fast = instance(Opcode::vneg, 5);
  CHECK(!run({{0, slow}, {1, fast}}));
  const auto trap = run({{0, slow}, {2, fast}});
  REQUIRE(trap.has_value());
  CHECK(trap->kind == TrapKind::unit);
  CHECK(trap->message == "two results need one write port in the same cycle");
  CHECK(!run({{0, slow}, {3, fast}}));
}

SCENARIO("a matrix operand changes only after its read window") {
  // mma reads t2 and t3 for 16 cycles; a tile load begins to write 4 cycles after issue.
  const Inst mma{.op = Opcode::mma_bf16, .d = 1, .a = 2, .b = 3}, load{.op = Opcode::ld_t, .d = 2, .a = 2};
  CHECK(!run({{0, mma}, {12, load}}));
  const auto trap = run({{0, mma}, {11, load}});
  REQUIRE(trap.has_value());
  CHECK(trap->kind == TrapKind::hazard);
  CHECK(trap->message == "t2 changes 1 cycles before it has been read");
  CHECK(run({{0, mma}, {0, load}})->kind == TrapKind::hazard);  // in one word
}

SCENARIO("an accumulator in flight may be accumulated on by the same kind of mma only") {
  const Inst first{.op = Opcode::mma_bf16, .d = 1, .a = 2, .b = 3};
  const auto other = [](Opcode op) { return Inst{.op = op, .d = 1, .a = 2, .b = 3}; };
  CHECK(!run({{0, first}, {16, first}}));
  CHECK(!run({{0, other(Opcode::mmaz_bf16)}, {16, first}}));
  CHECK(run({{0, first}, {16, other(Opcode::mmaz_bf16)}})->kind == TrapKind::hazard);
  CHECK(run({{0, first}, {16, other(Opcode::mma_f32)}})->kind == TrapKind::hazard);
  CHECK(run({{0, first}, {45, other(Opcode::mma_f32)}})->kind == TrapKind::hazard);
  CHECK(!run({{0, first}, {46, other(Opcode::mma_f32)}}));
  CHECK(run({{0, first}, {16, first}, {61, reader(RegFile::a)}})->kind == TrapKind::hazard);
  CHECK(!run({{0, first}, {16, first}, {62, reader(RegFile::a)}}));
}

SCENARIO("a word that writes a register twice traps") {
  CHECK(run({{0, {.op = Opcode::ld_s_i64, .d = 1, .a = 2}}, {0, {.op = Opcode::li, .d = 1}}})->kind ==
        TrapKind::hazard);
  CHECK(!run({{0, {.op = Opcode::ld_s_i64, .d = 1, .a = 2}}, {0, {.op = Opcode::li, .d = 5}}}));
}

SCENARIO("s0 and m0 are constants and never a hazard") {
  CHECK(!run({{0, {.op = Opcode::muli, .d = 0, .a = 2, .imm = 3}}, {1, {.op = Opcode::addi, .d = 30, .a = 0}}}));
}

SCENARIO("a post-incremented address is visible in the next word and not in its own") {
  test::Simulation s(
      test::one_tile("ld.s.i64 s5,[s2+=8] | addi s8,s2,0\nld.s.i64 s6,[s2+=8] | addi s9,s2,0\nnop\nnop\nnop\n"
                     "st.s.i64 [s0+64],s5\nst.s.i64 [s0+72],s6\nst.s.i64 [s0+80],s8\nst.s.i64 [s0+88],s9\nhalt",
                     ".data 0x0\ni64 11 22\n"));
  s.run();
  CHECK(s.at<int64_t>(0, 64) == 11);
  CHECK(s.at<int64_t>(0, 72) == 22);
  CHECK(s.at<int64_t>(0, 80) == 0);
  CHECK(s.at<int64_t>(0, 88) == 8);
}

SCENARIO("a load and a store of one line in one word trap; of different lines they pass") {
  const Inst load{.op = Opcode::ld_v_bf16, .d = 5, .a = 2}, store{.op = Opcode::st_v_bf16, .d = 6, .a = 2, .imm = 32};
  CHECK(run({{0, load}, {0, store}})->kind == TrapKind::hazard);
  Inst far = store;
  far.imm = 64;
  CHECK(!run({{0, load}, {0, far}}));
  CHECK(!run({{0, store}, {1, load}}));
}

SCENARIO("an access that overtakes an earlier one of the same line on the other port traps") {
  // st.t reaches its line k in cycle 2 + k, a load of one line that issues at c in cycle c + 2.
  const auto load_line = [](uint32_t line, uint32_t cycle) {
    std::string text = cycle == 0 ? "st.t [s2],t1 | " : "st.t [s2],t1\n";
    for (uint32_t c = 1; c < cycle; ++c) text += "nop\n";
    if (cycle > 0) text += "- | ";
    return test::one_tile(text + fmt::format("ld.v.f32 v5,[s2+{}]\nhalt", 64 * line), ".zero 0x0 0x4000\n",
                          "s2=0x1000");
  };
  for (uint32_t line = 0; line < 8; ++line) {
    INFO(line);
    CHECK(test::Simulation(load_line(line, line)).trap().kind == TrapKind::hazard);
    if (line > 0) CHECK(test::Simulation(load_line(line, line - 1)).trap().kind == TrapKind::hazard);
    test::Simulation(load_line(line, line + 1)).run();
  }
}

}  // namespace
}  // namespace psmc::sim
