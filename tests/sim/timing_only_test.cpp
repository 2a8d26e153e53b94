// SPDX-License-Identifier: Apache-2.0
// Runs without numbers: what is computed, what is not, and that control never guesses.
#include "tests/sim/simulation.h"

namespace psmc::sim {
namespace {

Options timing_only() {
  Options options;
  options.numbers = false;
  return options;
}

std::string gap(int words) {
  std::string text;
  for (int i = 0; i < words; ++i) text += "nop\n";
  return text;
}

/// On a tile with zeros in the first KiB; s2 = 64.
std::string program(const std::string& code) { return test::one_tile(code, ".zero 0x0 0x400\n", "s2=64"); }

/// With and without numbers: the same. The cycles.
uint64_t same_cycles(const std::string& code) {
  const RunStats numbers = test::Simulation(program(code)).run();
  CHECK(test::Simulation(program(code), timing_only()).run() == numbers);
  return numbers.cycles;
}

Trap trap_of(const std::string& code) { return test::Simulation(program(code), timing_only()).trap(); }

SCENARIO("a trip count that integers give is computed, by way of lanes and the scratchpad") {
  const std::string count = "li s1,5\nvbcs v1,s1\n" + gap(1) + "viadd v2,v1,v1\n" + gap(1) + "st.v.f32 [s2],v2\n" +
                            gap(4) + "ld.s.i32 s3,[s2]\n" + gap(3) + "loop s3,end\n" + gap(1) + "end: halt";
  const uint64_t cycles = same_cycles(count);
  CHECK(cycles == 16 + 10);
}

SCENARIO("floats are not computed, and what they reach is not known") {
  const std::string sum = "vli v1,1.0\n" + gap(1) + "vadd v2,v1,v1\n" + gap(3);
  CHECK(same_cycles(sum + "halt") == 7);
  GIVEN("a branch") {
    const Trap trap = trap_of(sum + "vgets s3,v2\n" + gap(6) + "bnz s3,end\nnop\nnop\nend: halt");
    CHECK(trap.kind == TrapKind::number);
    CHECK(trap.diagnostic().code == Code::trap_number);
    CHECK(trap.diagnostic().message.find("control depends on a number") != std::string::npos);
  }
  GIVEN("the scratchpad between") {
    const std::string through = sum + "st.v.f32 [s2],v2\n" + gap(4) + "ld.s.i32 s3,[s2]\n" + gap(3);
    CHECK(same_cycles(through + "addi s4,s3,1\nhalt") == 17);
    CHECK(trap_of(through + "ld.s.i32 s4,[s3]\nhalt").kind == TrapKind::number);
    CHECK(trap_of(through + "addi s4,s3,1\nloop s4,end\nnop\nend: halt").kind == TrapKind::number);
    CHECK(trap_of(through + "wait.n #0,s3\nhalt").kind == TrapKind::number);
    CHECK(trap_of(through + "jr s3\nnop\nnop\nhalt").kind == TrapKind::number);
  }
  GIVEN("something known that is stored over it") {
    CHECK(same_cycles(sum + "st.v.f32 [s2],v2\n" + gap(4) + "st.s.i32 [s2],s2\n" + gap(4) + "ld.s.i32 s3,[s2]\n" +
                      gap(3) + "ld.s.i32 s4,[s3]\n" + gap(3) + "halt") > 20);
  }
  GIVEN("a descriptor") {
    CHECK(trap_of(sum + "st.v.f32 [s2],v2\n" + gap(4) + "dma.start in0,s0\nhalt").kind == TrapKind::number);
  }
}

SCENARIO("a store by a mask that is not known forgets all lanes") {
  const std::string masked = "vli v1,1.0\n" + gap(1) + "vadd v2,v1,v1\n" + gap(3) + "vlt m1,v1,v2\n" + gap(1) +
                             "st.v.f32 [s2],v1,m1\n" + gap(4) + "ld.s.i32 s3,[s2+60]\n" + gap(3);
  CHECK(same_cycles(masked + "halt") == 18);
  CHECK(trap_of(masked + "ld.s.i32 s4,[s3]\nhalt").kind == TrapKind::number);
}

SCENARIO("code that floats make, or a step that they choose, is not known") {
  const std::string sum = "vli v1,1.0\n" + gap(1) + "vadd v2,v1,v1\n" + gap(3);
  GIVEN("code by way of device memory") {
    const std::string text = ".machine \"lab4\"\n.code \"main\"\n" + sum +
                             R"(vxor v3,v2,v2
nop
st.v.f32 [s2],v3
st.v.f32 [s2+64],v3
nop
nop
nop
nop
dma.start out0,s3
wait #1,1
dma.start in0,s4
wait #2,1
li s5,512
jr s5
nop
nop
.end
.tile 0 "main"
.data 0x0
dma to_memory run=64 source=0x400 destination=0x1000 remote=1,1
.data 0x80
dma memory_to_code run=64 source=0x1000 destination=16384 local=2,1
.end
.entry "go"
.start 0 0 s2=0x400 s3=0 s4=0x80
.end
)";
    CHECK(test::Simulation(text).trap().kind == TrapKind::code);  // two empty words, and nothing behind them
    CHECK(test::Simulation(text, timing_only()).trap().kind == TrapKind::number);
  }
  GIVEN("the step register") {
    const std::string text =
        ".machine \"lab4\"\n.op \"one\" \"a:1\"\n.op \"two\" \"a:2\"\n.steps s1\n.code \"main\"\n" + sum +
        "vgets s1,v2\n" + gap(6) + "li s3,18\nnop\njr s3\nnop\nnop\n" + R"(.kernel "k"
nop
halt
.endkernel
.end
.tile 0 "main"
.zero 0x0 64
.step 0x0 0
.step 0x100 1
.end
.entry "go"
.start 0 0
.end
)";
    test::Simulation(text).run();
    CHECK(test::Simulation(text, timing_only()).trap().kind == TrapKind::number);
  }
}

SCENARIO("unwritten data is no trap where nothing depends on it") {
  const std::string reads = "ld.v.f32 v1,[s2+0x8000]\n" + gap(3) + "halt";
  CHECK(test::Simulation(program(reads), timing_only()).run().cycles == 5);
  CHECK(test::Simulation(program(reads)).trap().kind == TrapKind::unwritten);
}

}  // namespace
}  // namespace psmc::sim
