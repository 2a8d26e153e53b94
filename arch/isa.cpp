// SPDX-License-Identifier: Apache-2.0
#include "arch/isa.h"

#include "arch/isa_patterns.h"

#include <map>

#include "base/check.h"

namespace psmc::arch {
namespace {

constexpr std::array<OpInfo, kOpcodes> kTable = {{
#define PSMC_OPCODE(name, mnemonic, slot, number, operands, latency, unit, description) \
  {mnemonic, SlotKind::slot, number, pattern::operands, LatencyClass::latency, Unit::unit, description},
#include "arch/isa.def"
#undef PSMC_OPCODE
}};

// Numbers are unique within a slot, and those of V leave the pattern of vli alone.
constexpr bool numbers_are_unique() {
  for (size_t i = 0; i < kOpcodes; ++i) {
    if (kTable[i].slot == SlotKind::V && kTable[i].number != 7 && (kTable[i].number & 7) == 7) return false;
    for (size_t j = i + 1; j < kOpcodes; ++j) {
      if (kTable[i].slot == kTable[j].slot && kTable[i].number == kTable[j].number) return false;
    }
  }
  return true;
}
static_assert(numbers_are_unique());

constexpr auto index_by_number() {
  std::array<std::array<int16_t, 256>, 5> index{};
  for (auto& slot : index) {
    for (auto& entry : slot) entry = -1;
    slot[0] = 0;  // nop
  }
  for (size_t i = 0; i < kOpcodes; ++i)
    index[static_cast<size_t>(kTable[i].slot)][kTable[i].number] = static_cast<int16_t>(i);
  return index;
}
constexpr auto kByNumber = index_by_number();

std::map<std::string_view, Opcode> index_by_name() {
  std::map<std::string_view, Opcode> index;
  for (size_t i = 0; i < kOpcodes; ++i) index.emplace(kTable[i].name, static_cast<Opcode>(i));
  return index;
}

}  // namespace

SlotKind slot_kind(Slot slot) {
  constexpr SlotKind kKinds[] = {SlotKind::S, SlotKind::M, SlotKind::M, SlotKind::V, SlotKind::X, SlotKind::T};
  return kKinds[static_cast<size_t>(slot)];
}

std::string_view slot_name(Slot slot) {
  constexpr std::string_view kNames[] = {"S", "M0", "M1", "V", "X", "T"};
  return kNames[static_cast<size_t>(slot)];
}

std::string_view reg_file_prefix(RegFile file) {
  constexpr std::string_view kPrefixes[] = {"", "s", "v", "m", "t", "a"};
  return kPrefixes[static_cast<size_t>(file)];
}

uint32_t reg_count(const Machine& machine, RegFile file) {
  switch (file) {
    case RegFile::s: return machine.core.scalar_registers;
    case RegFile::v: return machine.core.vector_registers;
    case RegFile::m: return machine.core.mask_registers;
    case RegFile::t: return machine.core.tile_registers;
    case RegFile::a: return machine.core.accumulators;
    case RegFile::none: break;
  }
  return 0;
}

std::string_view unit_name(Unit unit) {
  constexpr std::string_view kNames[] = {"issue",   "scalar",     "control", "memory 0",    "memory 1", "vector",
                                         "special", "cross-lane", "matrix",  "accumulator", "transfer"};
  return kNames[static_cast<size_t>(unit)];
}

const OpInfo& info(Opcode op) {
  PSMC_CHECK(static_cast<size_t>(op) < kOpcodes, "not an opcode");
  return kTable[static_cast<size_t>(op)];
}

std::optional<Opcode> opcode_by_name(std::string_view mnemonic) {
  static const std::map<std::string_view, Opcode> kByName = index_by_name();
  const auto found = kByName.find(mnemonic);
  if (found == kByName.end()) return std::nullopt;
  return found->second;
}

std::optional<Opcode> opcode_by_number(SlotKind slot, uint32_t number) {
  if (number > 255) return std::nullopt;
  const int16_t found = kByNumber[static_cast<size_t>(slot)][number];
  if (found < 0) return std::nullopt;
  return static_cast<Opcode>(found);
}

bool fits(Opcode op, Slot slot) { return op == Opcode::nop || info(op).slot == slot_kind(slot); }

bool is_branch(Opcode op) { return op == Opcode::jmp || op == Opcode::bz || op == Opcode::bnz || op == Opcode::jr; }
bool is_load(Opcode op) { return info(op).unit == Unit::memory && info(op).latency == LatencyClass::load; }
bool is_store(Opcode op) { return info(op).unit == Unit::memory && info(op).latency == LatencyClass::none; }
bool is_mma(Opcode op) { return info(op).unit == Unit::matrix; }
bool is_wait(Opcode op) { return op >= Opcode::wait && op <= Opcode::wait_sn; }

Element mem_element(Opcode op) {
  constexpr Element kOrder[] = {Element::f32, Element::bf16, Element::f16,  Element::i8,
                                Element::i8i, Element::u8,   Element::e4m3, Element::e5m2};
  if (op < Opcode::ld_v_f32 || op > Opcode::st1_v_e5m2) return Element::none;
  return kOrder[(static_cast<size_t>(op) - static_cast<size_t>(Opcode::ld_v_f32)) % 8];
}

MemShape mem_shape(Opcode op) {
  if (const Element element = mem_element(op); element != Element::none) {
    const uint32_t bytes = element == Element::f32 ? 4 : element == Element::bf16 || element == Element::f16 ? 2 : 1;
    const bool one = (op >= Opcode::ldb_v_f32 && op <= Opcode::ldb_v_e5m2) || op >= Opcode::st1_v_f32;
    const uint32_t size = one ? bytes : bytes * kLanes;
    return {1, size, size, false};
  }
  switch (op) {
    case Opcode::ld_s_i64:
    case Opcode::st_s_i64: return {1, 8, 8, false};
    case Opcode::ld_s_i32:
    case Opcode::st_s_i32: return {1, 4, 4, false};
    case Opcode::ld_s_u8:
    case Opcode::st_s_u8: return {1, 1, 1, false};
    case Opcode::ld_t:
    case Opcode::st_t: return {8, kLineBytes, kLineBytes, false};
    case Opcode::ld_tr:
    case Opcode::st_tr: return {kTileRows, kTileRowBytes, kTileRowBytes, true};
    case Opcode::ld_tt_bf16: return {16, 32, 32, true};
    case Opcode::ld_tt_i8: return {32, 16, 16, true};
    case Opcode::ld_tt_f32: return {8, 64, 64, true};
    default: return {};
  }
}

}  // namespace psmc::arch
