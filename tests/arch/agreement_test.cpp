// SPDX-License-Identifier: Apache-2.0
// The static checker and the running machine judge by the same table but share no code: what the one accepts the other
// runs, and what the one rejects on a path that is taken the other traps on, at the same word.
#include "arch/check.h"
#include "sim/chip.h"
#include "tests/arch/random_inst.h"

#include <catch2/catch.hpp>

namespace psmc::arch {
namespace {

constexpr uint64_t kStoreBase = 16384;

/// Few registers, so that instructions meet often; s0 and m0 mostly, so that addresses and masks stay what they are.
Inst small_inst(Random& random, Opcode op) {
  Inst inst = test::random_inst(random, op);
  for (const Operand& operand : info(op).operands) {
    if (operand.kind != OperandKind::reg && operand.kind != OperandKind::mask) continue;
    uint8_t* fields[] = {&inst.d, &inst.a, &inst.b, &inst.c, &inst.m};
    *fields[static_cast<size_t>(operand.field)] =
        static_cast<uint8_t>(random.below(operand.file == RegFile::v ? 6 : 3));
  }
  const MemShape shape = mem_shape(op);
  if (shape.rows == 0) return inst;
  inst.a = 0;
  inst.post = 0;
  if (shape.strided) inst.b = 0;
  inst.imm = static_cast<int32_t>((is_store(op) ? kStoreBase : 0) + random.below(16) * 512);
  return inst;
}

/// Loads in M0 and M1, stores in M1 only and elsewhere: no two accesses meet on a line, which the checker cannot see.
bool allowed(Opcode op, Slot slot) {
  if (info(op).unit == Unit::control || info(op).unit == Unit::transfer) return false;
  return fits(op, slot) && !(is_store(op) && slot != Slot::M1);
}

Word random_straight_word(Random& random) {
  Word word;
  for (const Slot slot : {Slot::S, Slot::M0, Slot::M1, Slot::V, Slot::X}) {
    if (random.chance(0.6)) continue;
    Opcode op = Opcode::nop;
    do op = static_cast<Opcode>(random.below(kOpcodes));
    while (!allowed(op, slot));
    word[slot] = small_inst(random, op);
  }
  return word;
}

Image image_of(const Machine& machine, std::vector<Word> words) {
  Word halt;
  halt[Slot::S].op = Opcode::halt;
  words.push_back(halt);
  Image image;
  image.machine = machine;
  image.blobs.push_back({"code", std::move(words), {}, {}, false, 0, 0});
  image.tiles.push_back({0, BlobId(0), {{0, machine.scratchpad.bytes, {}}}});
  image.entries.push_back({"run", {{0, 0, {{3, 4}}}}, {}});
  return image;
}

struct Outcome {
  bool trapped = false;
  sim::Trap trap;
};

Outcome simulate(const Machine& machine, const std::vector<Word>& words) {
  const Image image = image_of(machine, words);
  auto chip = sim::Chip::open(image, {});
  if (!chip) FAIL(chip.diagnostic().render());
  const bool ran = (*chip)->launch(0).ok();
  if (ran) return {};
  return {true, *(*chip)->trap()};
}

/// Words that the checker accepts one after the other; some of those that it rejects are run as well.
std::vector<Word> grow(Random& random, const Machine& machine, size_t length, int& rejected) {
  const std::vector<uint32_t> entries{0};
  std::vector<Word> words;
  while (words.size() < length) {
    words.push_back(random_straight_word(random));
    const std::vector<Violation> violations = check_code(machine, image_of(machine, words).blobs[0].words, entries);
    if (violations.empty()) continue;
    REQUIRE(violations[0].word == words.size() - 1);
    if (random.chance(0.3)) {
      const Outcome outcome = simulate(machine, words);
      INFO(print(words.back()) << ": " << violations[0].message);
      REQUIRE(outcome.trapped);
      CHECK((outcome.trap.kind == sim::TrapKind::hazard || outcome.trap.kind == sim::TrapKind::unit));
      CHECK(outcome.trap.pc == violations[0].word);
      ++rejected;
    }
    words.back() = Word{};
  }
  return words;
}

TEST_CASE("straight code: the checker and the machine agree") {
  for (std::string_view name : {"lab4", "psm1-lean"}) {
    Machine machine = preset(name).value();
    machine.grid = {2, 1};  // small, to open quickly
    machine.memory.channels = {{{0, 0}, Side::west}};
    machine.memory.bytes = 1 << 20;
    machine.scratchpad.bytes = 1 << 18;
    Random random(41);
    int rejected = 0;
    for (int n = 0; n < 12; ++n) {
      const std::vector<Word> words = grow(random, machine, 120, rejected);
      const Outcome outcome = simulate(machine, words);
      if (outcome.trapped) FAIL(outcome.trap.diagnostic().render());
    }
    CHECK(rejected > 50);
  }
}

TEST_CASE("loops: what the checker accepts runs") {
  Machine machine = preset("lab4").value();
  const std::vector<uint32_t> entries{0};
  Random random(42);
  int accepted = 0;
  int trapped = 0;
  for (int n = 0; n < 300; ++n) {
    int rejected = 0;
    std::vector<Word> words = grow(random, machine, 6, rejected);
    std::vector<Word> body = grow(random, machine, 3 + random.below(8), rejected);
    body.resize(body.size() + random.below(24));
    Word head;
    head[Slot::S] = Inst{.op = Opcode::loop, .a = 3, .imm = static_cast<int32_t>(body.size())};
    words.push_back(head);
    words.insert(words.end(), body.begin(), body.end());
    for (Word& word : words) {
      if (info(word[Slot::S].op).operands.size() > 0 && word[Slot::S].op != Opcode::loop && word[Slot::S].d == 3)
        word[Slot::S] = {};
    }
    const bool clean = check_code(machine, image_of(machine, words).blobs[0].words, entries).empty();
    const Outcome outcome = simulate(machine, words);
    accepted += clean;
    trapped += outcome.trapped;
    if (clean && outcome.trapped) FAIL(outcome.trap.diagnostic().render());
  }
  CHECK(accepted > 30);
  CHECK(trapped > 30);
}

}  // namespace
}  // namespace psmc::arch
