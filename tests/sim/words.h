// SPDX-License-Identifier: Apache-2.0
// Single instructions at chosen cycles, for laws about every opcode.
#pragma once

#include <catch2/catch.hpp>

#include <utility>
#include <vector>

#include "sim/chip.h"

namespace psmc::sim::test {

/// The slot that an opcode goes to first.
inline arch::Slot home(arch::Opcode op) {
  switch (arch::info(op).slot) {
    case arch::SlotKind::S: return arch::Slot::S;
    case arch::SlotKind::M: return arch::Slot::M0;
    case arch::SlotKind::V: return arch::Slot::V;
    case arch::SlotKind::X: return arch::Slot::X;
    case arch::SlotKind::T: break;
  }
  return arch::Slot::T;
}

/// An instruction with all operands different: d = 1, a = 2, b = 3, c = 4; `d` may be changed.
inline arch::Inst instance(arch::Opcode op, uint8_t d = 1) {
  arch::Inst i{.op = op};
  for (const arch::Operand& o : arch::info(op).operands) {
    switch (o.field) {
      case arch::Field::d: i.d = d; break;
      case arch::Field::a: i.a = 2; break;
      case arch::Field::b: i.b = 3; break;
      case arch::Field::c: i.c = 4; break;
      default: break;
    }
    if (o.kind == arch::OperandKind::memory) i.a = 2;
  }
  return i;
}

/// An instruction that reads register 1 of a file.
inline arch::Inst reader(arch::RegFile file) {
  switch (file) {
    case arch::RegFile::s: return {.op = arch::Opcode::addi, .d = 30, .a = 1};
    case arch::RegFile::v: return {.op = arch::Opcode::vmov, .d = 30, .a = 1};
    case arch::RegFile::m: return {.op = arch::Opcode::mand, .d = 7, .a = 1, .b = 1};
    case arch::RegFile::t: return {.op = arch::Opcode::st_t, .d = 1, .a = 2};
    case arch::RegFile::a: return {.op = arch::Opcode::acc_rd, .d = 30, .a = 1};
    case arch::RegFile::none: break;
  }
  return {};
}

/// Runs instructions at their cycles on tile 0 of lab4; the trap, if any. s2 = 0x1000, s3 = 64, 16 KiB of zeros.
inline std::optional<Trap> run_words(const std::vector<std::pair<uint64_t, arch::Inst>>& at) {
  arch::Image image;
  image.machine = arch::preset("lab4").value();
  arch::CodeBlob blob;
  blob.name = "main";
  for (const auto& [cycle, inst] : at) {
    if (blob.words.size() <= cycle) blob.words.resize(cycle + 1);
    arch::Word& word = blob.words[cycle];
    const arch::Slot slot = home(inst.op) == arch::Slot::M0 && word[arch::Slot::M0].op != arch::Opcode::nop
                                ? arch::Slot::M1
                                : home(inst.op);
    word[slot] = inst;
  }
  blob.words.push_back({});
  blob.words.back()[arch::Slot::S].op = arch::Opcode::halt;
  image.blobs.push_back(std::move(blob));
  image.tiles.push_back({0, arch::BlobId(0), {{0, 16384, {}}}});
  image.entries.push_back({"go", {{0, 0, {{2, 0x1000}, {3, 64}}}}, {}});
  auto chip = Chip::open(image);
  REQUIRE(chip.ok());
  (void)(*chip)->launch(0);
  return (*chip)->trap();
}

}  // namespace psmc::sim::test
