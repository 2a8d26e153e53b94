// SPDX-License-Identifier: Apache-2.0
#include "arch/isa.h"

#include "arch/asm.h"
#include "arch/program.h"
#include "tests/arch/random_inst.h"

#include <catch2/catch.hpp>

#include <bitset>

namespace psmc::arch {
namespace {

Slot some_slot(Opcode op) {
  for (size_t i = 0; i < kSlots; ++i) {
    if (fits(op, static_cast<Slot>(i))) return static_cast<Slot>(i);
  }
  return Slot::S;
}

TEST_CASE("every opcode: names and numbers lead back to it") {
  for (size_t i = 0; i < kOpcodes; ++i) {
    const Opcode op = static_cast<Opcode>(i);
    CHECK(opcode_by_name(info(op).name) == op);
    CHECK(opcode_by_number(info(op).slot, info(op).number) == op);
  }
  CHECK(!opcode_by_name("frobnicate"));
  CHECK(!opcode_by_number(SlotKind::X, 31));
}

TEST_CASE("every opcode: random instructions survive encoding and decoding") {
  Random random(1);
  for (size_t i = 0; i < kOpcodes; ++i) {
    const Opcode op = static_cast<Opcode>(i);
    for (int n = 0; n < 200; ++n) {
      Word word;
      const Slot slot = op != Opcode::nop && info(op).slot == SlotKind::M && n % 2 ? Slot::M1 : some_slot(op);
      word[slot] = test::random_inst(random, op);
      INFO(print(word[slot]));
      REQUIRE(problem(word[slot], slot) == "");
      const Result<Word> back = decode(encode(word));
      REQUIRE(back.ok());
      REQUIRE(*back == word);
      const Result<Word> text = assemble_word(print(word));
      REQUIRE(text.ok());
      REQUIRE(*text == word);
    }
  }
}

TEST_CASE("full words survive encoding, and slots do not touch each other's bits") {
  Random random(2);
  for (int n = 0; n < 2000; ++n) {
    const Word word = test::random_word(random, false);
    const Result<Word> back = decode(encode(word));
    REQUIRE(back.ok());
    REQUIRE(*back == word);
    const Result<Word> text = assemble_word(print(word));
    REQUIRE(text.ok());
    REQUIRE(*text == word);
  }
}

TEST_CASE("random bytes either fail to decode or are the encoding of what they decode to") {
  Random random(3);
  for (int n = 0; n < 20000; ++n) {
    WordBytes bytes = encode(test::random_word(random, false));
    for (int flips = 0; flips < 3; ++flips)
      bytes[random.below(bytes.size())] ^= static_cast<std::byte>(1u << random.below(8));
    const Result<Word> word = decode(bytes);
    if (word)
      REQUIRE(encode(*word) == bytes);
    else
      REQUIRE(word.diagnostic().code == Code::bad_encoding);
  }
}

TEST_CASE("code is a whole number of words") {
  const std::vector<std::byte> bytes(33);
  CHECK(decode_code(bytes).diagnostic().code == Code::code_size);
  CHECK(decode_code(std::span(bytes).first(32)).value().size() == 1);
}

TEST_CASE("an instruction out of range or in the wrong slot is a problem") {
  CHECK(problem({.op = Opcode::vadd}, Slot::S) == "vadd cannot stand in slot S");
  CHECK(problem({.op = Opcode::vadd, .d = 32}, Slot::V) != "");
  CHECK(problem({.op = Opcode::mma_bf16, .d = 8}, Slot::X) != "");
  CHECK(problem({.op = Opcode::add, .imm = 1}, Slot::S) != "");
  CHECK(problem({.op = Opcode::ld_t, .imm = kMaxOffset + 1}, Slot::M0) != "");
  CHECK(problem({.op = Opcode::ld_t, .imm = kMinOffset}, Slot::M1) == "");
  CHECK(problem({.op = Opcode::loop, .a = 1, .imm = 0}, Slot::S) != "");
}

TEST_CASE("timing of psm1 is that of its page") {
  const Machine machine = preset("psm1").value();
  CHECK(latency(machine, Opcode::mma_bf16) == 46);
  CHECK(occupancy(machine, Opcode::mma_bf16) == 16);
  CHECK(occupancy(machine, Opcode::mma_i8) == 16);
  CHECK(occupancy(machine, Opcode::mma_f32) == 32);
  CHECK(latency(machine, Opcode::vfma) == 4);
  CHECK(latency(machine, Opcode::ld_v_bf16) == 4);
  CHECK(latency(machine, Opcode::ld_v_f32) == 4);
  CHECK(occupancy(machine, Opcode::ld_t) == 8);
  CHECK(occupancy(machine, Opcode::ld_tr) == 16);
  CHECK(occupancy(machine, Opcode::ld_tt_i8) == 32);
  CHECK(latency(machine, Opcode::ld_t) == 4 + 8 - 1);
  CHECK(occupancy(machine, Opcode::vexp2) == 2);
}

TEST_CASE("narrow scratchpad ports make wide accesses longer") {
  const Machine lean = preset("psm1-lean").value();
  CHECK(occupancy(lean, Opcode::ld_v_f32) == 2);
  CHECK(latency(lean, Opcode::ld_v_f32) == 5);
  CHECK(occupancy(lean, Opcode::ld_v_bf16) == 1);
  CHECK(occupancy(lean, Opcode::ld_t) == 16);
  CHECK(occupancy(lean, Opcode::ld_tr) == 16);
  CHECK(occupancy(lean, Opcode::st_v_f32) == 2);
}

TEST_CASE("registers of an instruction with their windows") {
  const TimingTable timing(preset("psm1").value());
  const Word word = assemble_word("ld.t t4,[s6+=512] | mma.bf16 a0,t2,t3").value();
  const AccessList load = reg_accesses(timing, word[Slot::M0], Slot::M0);
  REQUIRE(load.count == 3);
  CHECK((load.items[0].file == RegFile::s && !load.items[0].write && load.items[0].end == 1));
  CHECK(
      (load.items[1].file == RegFile::t && load.items[1].write && load.items[1].begin == 4 && load.items[1].end == 11));
  CHECK((load.items[2].file == RegFile::s && load.items[2].write && load.items[2].end == 1));
  const AccessList product = reg_accesses(timing, word[Slot::X], Slot::X);
  REQUIRE(product.count == 3);
  CHECK((product.items[0].index == 2 && product.items[0].end == 16));
  CHECK((product.items[2].accumulate && product.items[2].end == 46));
  CHECK(reg_accesses(timing, assemble_word("add s0,s0,s0").value()[Slot::S], Slot::S).count == 0);
}

TEST_CASE("shapes of scratchpad accesses") {
  CHECK(mem_shape(Opcode::ld_v_bf16).row_bytes == 32);
  CHECK(mem_shape(Opcode::ldb_v_bf16).row_bytes == 2);
  CHECK(mem_shape(Opcode::st1_v_f32).alignment == 4);
  CHECK(mem_shape(Opcode::st_v_f32).alignment == 64);
  CHECK(mem_shape(Opcode::ld_tt_i8).rows == 32);
  CHECK(mem_shape(Opcode::vadd).rows == 0);
  CHECK(mem_element(Opcode::st1_v_e5m2) == Element::e5m2);
  CHECK(mem_element(Opcode::ldb_v_i8i) == Element::i8i);
  CHECK(mem_element(Opcode::ld_t) == Element::none);
}

TEST_CASE("what instructions look like") {
  for (const std::string text :
       {"ld.t t4,[s6+=512] | ld.t t5,[s7+=512] | mma.bf16 a0,t2,t3",
        "wait #5,300 | vli v3,1.5 | acc.rd v1,a2,15 | post s3,#7,2", "bnz s4,.-3 | - | st.v.bf16 [s2-64],v31,m2",
        "vsel v1,m3,v2,v4 | dma.start out1,s9", "vredadd v1,v2", "vredadd v1,v2,m1", "loop s3,.+9", "vli v3,0x7fc00000",
        "wait.sn s3,s4 | ld.tr t1,[s2],s3 | acc.wr a1,3,v2 | post.sn s1,s2,s3", "nop"}) {
    CHECK(print(assemble_word(text).value()) == text);
  }
}

}  // namespace
}  // namespace psmc::arch
