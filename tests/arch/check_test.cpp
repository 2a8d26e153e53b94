// SPDX-License-Identifier: Apache-2.0
// Laws of the timing contract as pairs: one cycle early is a violation, on time is none. The cycles are computed from
// the machine, so the laws hold for each preset.
#include "arch/check.h"

#include "arch/asm.h"

#include <catch2/catch.hpp>

namespace psmc::arch {
namespace {

std::vector<Violation> check(const Machine& machine, const std::string& text, std::vector<uint32_t> entries = {0}) {
  const Result<std::vector<Word>> words = assemble_words(text);
  INFO(text);
  if (!words) UNSCOPED_INFO(words.diagnostic().render());
  REQUIRE(words.ok());
  return check_code(machine, *words, entries);
}

std::string nops(uint32_t n) {
  std::string text;
  for (uint32_t i = 0; i < n; ++i) text += "nop\n";
  return text;
}

/// `second` issued `distance` words after `first` is legal, and one word earlier is not.
void check_distance(const Machine& machine, const std::string& first, const std::string& second, uint32_t distance) {
  INFO(machine.name << ": " << first << " / " << second << " at " << distance);
  REQUIRE(distance > 0);
  CHECK(check(machine, first + "\n" + nops(distance - 1) + second + "\nhalt\n").empty());
  if (distance == 1) return;
  const std::vector<Violation> early = check(machine, first + "\n" + nops(distance - 2) + second + "\nhalt\n");
  REQUIRE(!early.empty());
  CHECK(early[0].word == distance - 1);
}

struct Law {
  const char* first;
  const char* second;
  LatencyClass latency;
};

TEST_CASE("a result may be read or overwritten after its latency, not before") {
  const Law laws[] = {
      {"add s1,s2,s3", "add s4,s1,s3", LatencyClass::scalar},
      {"mul s1,s2,s3", "add s4,s1,s3", LatencyClass::scalar_multiply},
      {"mul s1,s2,s3", "li s1,5", LatencyClass::scalar_multiply},
      {"mul s1,s2,s3", "bz s1,.+3\nnop\nnop", LatencyClass::scalar_multiply},
      {"mul s1,s2,s3", "ld.v.bf16 v1,[s1]", LatencyClass::scalar_multiply},
      {"mul s1,s2,s3", "post s1,#3,1", LatencyClass::scalar_multiply},
      {"msk m1,s2", "ld.v.bf16 v1,[s1],m1", LatencyClass::mask},
      {"mgets s1,m2", "add s3,s1,s1", LatencyClass::mask_to_scalar},
      {"ld.s.i32 s1,[s2]", "add s3,s1,s1", LatencyClass::load},
      {"ld.v.bf16 v1,[s2]", "vadd v2,v1,v1", LatencyClass::load},
      {"ld.v.bf16 v1,[s2]", "vadd v1,v2,v2", LatencyClass::load},
      {"viadd v1,v2,v3", "viadd v4,v1,v3", LatencyClass::vector_alu},
      {"vlt m1,v2,v3", "vsel v4,m1,v2,v3", LatencyClass::vector_alu},
      {"vfma v1,v2,v3,v4", "vfma v5,v1,v3,v4", LatencyClass::vector_fma},
      {"vfma v1,v2,v3,v4", "st.v.bf16 [s1],v1", LatencyClass::vector_fma},
      {"vf2i v1,v2", "viadd v4,v1,v3", LatencyClass::vector_convert},
      {"vexp2 v1,v2", "vadd v4,v1,v3", LatencyClass::vector_special},
      {"vredadd v1,v2", "vadd v4,v1,v3", LatencyClass::vector_reduce},
      {"vperm v1,v2,v3", "vadd v4,v1,v3", LatencyClass::vector_permute},
      {"vgets s1,v2", "add s3,s1,s1", LatencyClass::vector_to_scalar},
      {"acc.rd v1,a2,3", "vadd v4,v1,v3", LatencyClass::accumulator_read},
      {"acc.wr a1,3,v2", "acc.rd v1,a1,3", LatencyClass::accumulator_write},
  };
  for (std::string_view name : {"psm1", "grid3x5"}) {
    const Machine machine = preset(name).value();
    for (const Law& law : laws) check_distance(machine, law.first, law.second, machine.latency.of(law.latency));
  }
}

TEST_CASE("tile loads are ready when their last row has arrived, whatever the port's width") {
  for (std::string_view name : preset_names()) {
    if (name == "tpu-like") continue;  // nothing to write code for
    const Machine machine = preset(name).value();
    for (const Opcode op : {Opcode::ld_t, Opcode::ld_tr, Opcode::ld_tt_f32, Opcode::ld_tt_i8}) {
      const std::string load = std::string(info(op).name) + " t1,[s2]" + (op == Opcode::ld_t ? "" : ",s3");
      check_distance(machine, load, "mma.bf16 a0,t1,t2",
                     machine.latency.of(LatencyClass::load) + occupancy(machine, op) - 1);
      check_distance(machine, load, "ld.s.u8 s4,[s5]", occupancy(machine, op));  // the port is busy so long
      CHECK(check(machine, load + " | ld.s.u8 s4,[s5]\nld.s.i64 s6,[s5+8] | halt").size() == 1);
    }
  }
}

TEST_CASE("matrix unit: reissue after the occupancy, forwarding on one accumulator, results after the fill") {
  const Machine m = preset("psm1").value();
  for (const std::string type : {"bf16", "i8", "f32"}) {
    const Opcode op = *opcode_by_name("mma." + type);
    const std::string mma = "mma." + type;
    check_distance(m, "mmaz." + type + " a1,t1,t2", mma + " a1,t3,t4", occupancy(m, op));
    check_distance(m, mma + " a1,t1,t2", mma + " a2,t3,t4", occupancy(m, op));
    check_distance(m, mma + " a1,t1,t2", "acc.rd v1,a1,0", latency(m, op));
    check_distance(m, mma + " a1,t1,t2", "acc.wr a1,0,v1", latency(m, op));
    check_distance(m, mma + " a1,t1,t2", "mmaz." + type + " a1,t1,t2", latency(m, op));
  }
  check_distance(m, "mma.bf16 a1,t1,t2", "mma.i8 a1,t1,t2", latency(m, Opcode::mma_bf16));
  check_distance(m, "mma.f32 a1,t1,t2", "mma.bf16 a1,t1,t2", latency(m, Opcode::mma_f32));
}

TEST_CASE("matrix operands are read for the whole occupancy: a tile may change only behind it") {
  for (std::string_view name : preset_names()) {
    if (name == "tpu-like") continue;
    const Machine m = preset(name).value();
    // The first row of a load changes the register `load` cycles after its issue.
    check_distance(m, "mma.bf16 a1,t1,t2", "ld.t t1,[s2]", m.matrix.bf16_occupancy - m.latency.of(LatencyClass::load));
    check_distance(m, "mma.f32 a1,t1,t2", "ld.tr t2,[s2],s3",
                   m.matrix.f32_occupancy - m.latency.of(LatencyClass::load));
    check_distance(m, "st.t [s1],t1", "- | ld.t t1,[s2]",
                   occupancy(m, Opcode::st_t) - m.latency.of(LatencyClass::load));
    CHECK(check(m, "mma.bf16 a1,t1,t2 | ld.t t1,[s3]\nhalt").size() == 1);
    CHECK(check(m, "mma.bf16 a1,t1,t2 | ld.t t3,[s3]\nhalt").empty());
  }
}

TEST_CASE("special functions hold their unit, other vector work goes on beside them") {
  const Machine m = preset("psm1").value();
  check_distance(m, "vexp2 v1,v2", "vlog2 v3,v4", m.latency.special_occupancy);
  CHECK(check(m, "vexp2 v1,v2\nvadd v3,v4,v5\nhalt").empty());
}

TEST_CASE("two results of one unit in one cycle need its write port twice") {
  const Machine m = preset("psm1").value();
  const uint32_t gap = m.latency.of(LatencyClass::vector_fma) - m.latency.of(LatencyClass::vector_alu);
  REQUIRE(gap > 1);
  CHECK(check(m, "vfma v1,v2,v3,v4\n" + nops(gap - 1) + "viadd v5,v2,v3\nhalt").size() == 1);
  CHECK(check(m, "vfma v1,v2,v3,v4\n" + nops(gap - 2) + "viadd v5,v2,v3\nhalt").empty());
  CHECK(check(m, "vfma v1,v2,v3,v4\n" + nops(gap) + "viadd v5,v2,v3\nhalt").empty());
  CHECK(
      check(m, "vfma v1,v2,v3,v4\n" + nops(gap - 1) + "vlt m1,v2,v3\nhalt").empty());  // masks have a port of their own
}

TEST_CASE("behind a word that may stall a write port can be needed at any time until it is free") {
  Machine m = preset("psm1").value();
  m.latency.cycles[static_cast<size_t>(LatencyClass::vector_fma)] = 6;
  CHECK(check(m, "vfma v1,v2,v3,v4\nnop\nviadd v5,v2,v3\nhalt").empty());
  CHECK(check(m, "vfma v1,v2,v3,v4\nwait #1,1\nviadd v5,v2,v3\nhalt").size() == 1);  // if it stalls for two cycles
  CHECK(check(m, "vfma v1,v2,v3,v4\nwait #1,1\nnop\nnop\nnop\nviadd v5,v2,v3\nhalt").empty());
}

TEST_CASE("within one word") {
  const Machine m = preset("psm1").value();
  CHECK(check(m, "add s1,s1,s2 | ld.v.bf16 v1,[s1]\nhalt").empty());  // reads see the old value
  CHECK(check(m, "li s1,5 | ld.s.i32 s1,[s2]\nhalt").size() == 1);
  CHECK(check(m, "ld.t t1,[s2+=512] | ld.t t2,[s2+=512]\nhalt").size() == 1);
  CHECK(check(m, "ld.t t1,[s2+=512] | ld.t t2,[s2+512]\nhalt").empty());
  CHECK(check(m, "ld.s.i64 s2,[s2+=8]\nhalt").size() == 1);
  CHECK(check(m, "vadd v1,v1,v1\nhalt").empty());
  CHECK(check(m, "li s0,5 | ld.s.i32 s0,[s2]\nadd s1,s0,s0\nhalt").empty());  // s0 is a constant
}

TEST_CASE("a post-incremented address is there in the next word") {
  CHECK(check(preset("psm1").value(), "ld.t t1,[s2+=512]\n- | ld.t t2,[s2+=512] | add s3,s2,s2\nhalt").empty());
}

TEST_CASE("hazards round the back-edge of a hardware loop") {
  const Machine m = preset("psm1").value();
  const uint32_t fma = m.latency.of(LatencyClass::vector_fma);
  CHECK(check(m, "loop s1,end\nvfma v1,v2,v3,v1\n" + nops(fma - 1) + "end: halt").empty());
  const std::vector<Violation> early = check(m, "loop s1,end\nvfma v1,v2,v3,v1\n" + nops(fma - 2) + "end: halt");
  REQUIRE(early.size() == 1);
  CHECK(early[0].word == 1);
  CHECK(check(m, "loop s1,end\nmma.bf16 a0,t1,t2\n" + nops(15) + "end: halt").empty());
  CHECK(!check(m, "loop s1,end\nmma.bf16 a0,t1,t2\n" + nops(14) + "end: halt").empty());
}

TEST_CASE("a loop that runs zero times is a path too") {
  const Machine m = preset("psm1").value();
  const uint32_t load = m.latency.of(LatencyClass::load);
  CHECK(check(m, "ld.v.bf16 v1,[s2]\nloop s1,end\n" + nops(load) + "end: vadd v2,v1,v1\nhalt").size() == 1);
  CHECK(check(m, "ld.v.bf16 v1,[s2]\n" + nops(load - 2) + "loop s1,end\nnop\nend: vadd v2,v1,v1\nhalt").empty());
}

TEST_CASE("hazards of the taken and the untaken path of a branch, delay words included") {
  const Machine m = preset("psm1").value();
  const uint32_t fma = m.latency.of(LatencyClass::vector_fma);  // 4: issue, two delay words, one more
  CHECK(check(m, "vfma v1,v2,v3,v4 | bz s1,away\nnop\nnop\nhalt\naway: vadd v5,v1,v1\nhalt").size() ==
        (fma > 3 ? 1 : 0));
  CHECK(check(m, "vfma v1,v2,v3,v4 | bz s1,away\nnop\nnop\nhalt\naway: nop\nvadd v5,v1,v1\nhalt").empty());
  CHECK(check(m, "vfma v1,v2,v3,v4 | bz s1,away\nnop\nnop\nvadd v5,v1,v1\nhalt\naway: halt").size() == 1);
  CHECK(check(m, "jmp away\nvfma v1,v2,v3,v4\nnop\nvadd v5,v1,v1\nhalt\naway: halt").empty());  // never reached
  CHECK(check(m, "jmp away\nnop\nvadd v5,v1,v1 | ld.v.bf16 v1,[s2]\naway: nop\nhalt").empty());
}

TEST_CASE("where paths meet, the later result counts") {
  const Machine m = preset("psm1").value();
  const std::string text = "bz s1,other\nnop\nnop\njmp join\nnop\nvexp2 v1,v2\nother: jmp join\nnop\nnop\njoin: ";
  const uint32_t special = m.latency.of(LatencyClass::vector_special);
  CHECK(check(m, text + "\n" + nops(special - 1) + "vadd v3,v1,v1\nhalt").empty());
  CHECK(check(m, text + "\n" + nops(special - 2) + "vadd v3,v1,v1\nhalt").size() == 1);
}

TEST_CASE("a kernel leaves nothing in flight when it jumps to the next") {
  const Machine m = preset("psm1").value();
  CHECK(check(m, "jr s1\nnop\nnop").empty());
  CHECK(check(m, "jr s1 | viadd v1,v2,v3\nnop\nnop").empty());
  CHECK(check(m, "jr s1 | vfma v1,v2,v3,v4\nnop\nnop").size() == 1);
  CHECK(check(m, "mma.bf16 a1,t2,t3\n" + nops(42) + "jr s1\nnop\nnop").empty());
  CHECK(check(m, "mma.bf16 a1,t2,t3\n" + nops(41) + "jr s1\nnop\nnop").empty() == false);
  CHECK(check(m, "st.t [s1],t3\njr s1\nnop\nnop").size() >= 1);
}

TEST_CASE("rules of branches and loops") {
  const Machine m = preset("psm1").value();
  const char* bad[] = {
      "nop",                                                   // runs off the end
      "jmp .+3\nnop",                                          // the end inside the delay words
      "jmp .+4\nnop\nnop\nhalt",                               // leaves the code
      "jmp .-1\nnop\nnop\nhalt",                               //
      "jmp .+3\njmp .+2\nnop\nhalt",                           // branch in a delay word
      "jmp .+3\nhalt\nnop\nhalt",                              //
      "jmp .+4\nloop s1,.+2\nnop\nnop\nhalt",                  //
      "loop s1,e\nnop\nbz s2,.-1\nnop\ne: nop\nhalt",          // in the last two words
      "loop s1,e\nbz s2,.+4\nnop\nnop\nnop\ne: nop\nhalt",     // out of a loop, to the word behind it
      "loop s1,e\nbz s2,e\nnop\nnop\ne: halt",                 // out of a loop
      "bz s1,in\nnop\nnop\nloop s1,e\nin: nop\nnop\ne: halt",  // into a loop
      "loop s1,e\nhalt\nnop\nnop\ne: halt",                    // halt in a loop
      "loop s1,e\njr s2\nnop\nnop\nnop\ne: halt",              //
      "loop s1,e\nloop s2,e\nnop\ne: halt",                    // two bodies end on one word
      "loop s1,e\nnop\nloop s2,f\ne: nop\nf: halt",            // bodies overlap
      "loop s1,.+3\nnop\nnop",                                 // no word behind the body
      "loop s1,a\nloop s1,b\nloop s1,c\nloop s1,d\nloop s1,e\nnop\ne: nop\nd: nop\nc: nop\nb: nop\na: halt",  // depth 5
  };
  for (const char* text : bad) {
    INFO(text);
    CHECK(!check(m, text).empty());
  }
  CHECK(check(m, "loop s1,a\nloop s1,b\nloop s1,c\nloop s1,d\nnop\nd: nop\nc: nop\nb: nop\na: halt").empty());
  CHECK(check(m, "loop s1,e\nbz s2,skip\nnop\nnop\nnop\nskip: nop\ne: halt").empty());
  CHECK(check(m, "halt", {1}).size() == 1);
  CHECK(check(m, "loop s1,e\nnop\ne: halt", {1}).size() == 1);
}

TEST_CASE("registers, engines and semaphores that a machine lacks") {
  Machine m = preset("psm1").value();
  m.core.vector_registers = 16;
  m.core.tile_registers = 8;
  m.semaphores.count = 16;
  CHECK(check(m, "vadd v16,v1,v2\nhalt").size() == 1);
  CHECK(check(m, "vadd v15,v1,v2\nhalt").empty());
  CHECK(check(m, "mma.bf16 a0,t7,t8\nhalt").size() == 1);
  CHECK(check(m, "wait #16,1\nhalt").size() == 1);
  CHECK(check(m, "post s1,#15,1\nhalt").empty());
  CHECK(check(m, "dma.start in2,s1\nhalt").size() == 1);
  CHECK(check(m, "dma.start out1,s1\nhalt").empty());
}

TEST_CASE("several violations are all reported, up to a limit, in order") {
  const Machine m = preset("psm1").value();
  const std::vector<Word> words =
      assemble_words("vfma v1,v2,v3,v4\nvadd v5,v1,v1\nvfma v6,v2,v3,v4\nvadd v7,v6,v6\nhalt").value();
  const std::vector<uint32_t> entries{0};
  const std::vector<Violation> all = check_code(m, words, entries);
  REQUIRE(all.size() == 2);
  CHECK(all[0].word == 1);
  CHECK(all[0].message == "v1 is read 3 cycles before `vfma v1,v2,v3,v4` of word 0 has written it");
  CHECK(all[1].word == 3);
  CHECK(check_code(m, words, entries, 1).size() == 1);
}

TEST_CASE("an image with a hazard is rejected with the op that it was made for") {
  const std::string text =
      ".machine \"lab4\"\n.op \"ffn\" \"layer 3\"\n.code \"main\"\n.line 0\n{}vadd v5,v1,v1\nhalt\n.end\n.tile 0 "
      "\"main\"\n.end\n"
      ".entry \"run\"\n.start 0 0\n.end\n";
  const auto with = [&](const std::string& first) {
    std::string whole = text;
    return assemble("t.psma", whole.replace(whole.find("{}"), 2, first));
  };
  CHECK(check_image(with("").value()).ok());
  const Status bad = check_image(with("vfma v1,v2,v3,v4\n").value());
  REQUIRE(!bad.ok());
  CHECK(bad.diagnostic().code == Code::hazard);
  CHECK(bad.diagnostic().notes.back() == "made for ffn (layer 3)");
}

}  // namespace
}  // namespace psmc::arch
