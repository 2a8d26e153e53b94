// SPDX-License-Identifier: Apache-2.0
// Encoding, driven by the operand patterns: an instruction is its number and the value of each operand at its bits.
// What no operand covers is zero, which decoding checks by encoding again.
#include "arch/program.h"

#include "arch/isa_patterns.h"

#include <fmt/format.h>

#include "base/check.h"

namespace psmc::arch {
namespace {

constexpr uint32_t kSlotBit[kSlots] = {0, 64, 112, 160, 200, 224};
constexpr uint32_t kSlotWidth[kSlots] = {64, 48, 48, 40, 24, 32};
constexpr uint32_t kNumberWidth[] = {8, 7, 8, 5, 6};  // by SlotKind

int64_t get(const Inst& inst, Field field) {
  switch (field) {
    case Field::d: return inst.d;
    case Field::a: return inst.a;
    case Field::b: return inst.b;
    case Field::c: return inst.c;
    case Field::m: return inst.m;
    case Field::post: return inst.post;
    case Field::imm: return inst.imm;
  }
  return 0;
}

void set(Inst& inst, Field field, int64_t value) {
  switch (field) {
    case Field::d: inst.d = static_cast<uint8_t>(value); break;
    case Field::a: inst.a = static_cast<uint8_t>(value); break;
    case Field::b: inst.b = static_cast<uint8_t>(value); break;
    case Field::c: inst.c = static_cast<uint8_t>(value); break;
    case Field::m: inst.m = static_cast<uint8_t>(value); break;
    case Field::post: inst.post = static_cast<uint8_t>(value); break;
    case Field::imm: inst.imm = static_cast<int32_t>(value); break;
  }
}

bool is_signed(OperandKind kind) {
  return kind == OperandKind::imm || kind == OperandKind::bits || kind == OperandKind::target ||
         kind == OperandKind::loop_end;
}

uint64_t mask_of(uint32_t width) { return width >= 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1; }

uint32_t number_width(Opcode op, SlotKind kind) {
  return op == Opcode::vli ? 3 : kNumberWidth[static_cast<size_t>(kind)];
}

/// Calls `visit(field, bit, width, is_signed)` for each field that the operands of `op` fill.
template <typename Visit>
void for_each_field(Opcode op, Visit visit) {
  for (const Operand& operand : info(op).operands) {
    visit(operand.field, operand.bit, operand.width, is_signed(operand.kind));
    if (operand.kind != OperandKind::memory) continue;
    visit(Field::post, pattern::kPostBit, uint8_t{1}, false);
    visit(Field::imm, pattern::kOffsetBit, pattern::kOffsetWidth, true);
  }
}

uint64_t encode_slot(const Inst& inst, Slot slot) {
  if (inst.op == Opcode::nop) return 0;
  uint64_t bits = info(inst.op).number;
  for_each_field(inst.op, [&](Field field, uint8_t bit, uint8_t width, bool) {
    bits |= (static_cast<uint64_t>(get(inst, field)) & mask_of(width)) << bit;
  });
  PSMC_CHECK(kSlotWidth[static_cast<size_t>(slot)] == 64 || bits >> kSlotWidth[static_cast<size_t>(slot)] == 0,
             "slot overflow");
  return bits;
}

std::optional<Inst> decode_slot(uint64_t bits, Slot slot) {
  const SlotKind kind = slot_kind(slot);
  uint32_t number = static_cast<uint32_t>(bits & mask_of(kNumberWidth[static_cast<size_t>(kind)]));
  if (kind == SlotKind::V && (number & 7) == 7) number = info(Opcode::vli).number;
  const std::optional<Opcode> op = opcode_by_number(kind, number);
  if (!op) return std::nullopt;
  Inst inst;
  inst.op = *op;
  uint64_t covered = mask_of(number_width(*op, kind));
  for_each_field(*op, [&](Field field, uint8_t bit, uint8_t width, bool is_signed) {
    int64_t value = static_cast<int64_t>((bits >> bit) & mask_of(width));
    if (is_signed && ((value >> (width - 1)) & 1)) value -= int64_t{1} << width;
    set(inst, field, value);
    covered |= mask_of(width) << bit;
  });
  if ((bits & ~covered) != 0 || !problem(inst, slot).empty()) return std::nullopt;
  return inst;
}

uint64_t extract(std::span<const std::byte, kWordBytes> bytes, uint32_t bit, uint32_t width) {
  uint64_t value = 0;
  for (uint32_t i = 0; i < width / 8; ++i) value |= static_cast<uint64_t>(bytes[bit / 8 + i]) << (8 * i);
  return value;
}

std::string_view field_name(Field field) {
  constexpr std::string_view kNames[] = {"d", "a", "b", "c", "mask", "post", "immediate"};
  return kNames[static_cast<size_t>(field)];
}

}  // namespace

std::string problem(const Inst& inst, Slot slot) {
  if (static_cast<size_t>(inst.op) >= kOpcodes) return "this is not an opcode";
  const OpInfo& row = info(inst.op);
  if (!fits(inst.op, slot)) return fmt::format("{} cannot stand in slot {}", row.name, slot_name(slot));
  std::string what;
  Inst rest = inst;
  rest.op = Opcode::nop;
  for_each_field(inst.op, [&](Field field, uint8_t, uint8_t width, bool is_signed) {
    set(rest, field, 0);
    const int64_t value = get(inst, field);
    const int64_t low = is_signed ? -(int64_t{1} << (width - 1)) : 0;
    const int64_t high = is_signed ? -low - 1 : static_cast<int64_t>(mask_of(width));
    if (value >= low && value <= high) return;
    what = fmt::format("{} of {} is {}; it must be from {} to {}", field_name(field), row.name, value, low, high);
  });
  if (!what.empty()) return what;
  if (inst.op == Opcode::loop && inst.imm < 1) return "a loop needs a body of at least one word";
  if (rest != Inst{}) return fmt::format("a field that {} does not use is not zero", row.name);
  return {};
}

WordBytes encode(const Word& word) {
  WordBytes bytes{};
  for (size_t i = 0; i < kSlots; ++i) {
    const Slot slot = static_cast<Slot>(i);
    const std::string what = problem(word.slots[i], slot);
    PSMC_CHECK(what.empty(), what);
    const uint64_t bits = encode_slot(word.slots[i], slot);
    for (uint32_t k = 0; k < kSlotWidth[i] / 8; ++k)
      bytes[kSlotBit[i] / 8 + k] = static_cast<std::byte>(bits >> (8 * k));
  }
  return bytes;
}

Result<Word> decode(std::span<const std::byte, kWordBytes> bytes) {
  Word word;
  for (size_t i = 0; i < kSlots; ++i) {
    const Slot slot = static_cast<Slot>(i);
    const uint64_t bits = extract(bytes, kSlotBit[i], kSlotWidth[i]);
    const std::optional<Inst> inst = decode_slot(bits, slot);
    if (!inst) {
      return error(Code::bad_encoding, fmt::format("slot {} holds 0x{:0{}x}, which is no instruction", slot_name(slot),
                                                   bits, kSlotWidth[i] / 4));
    }
    word.slots[i] = *inst;
  }
  return word;
}

std::vector<std::byte> encode_code(std::span<const Word> words) {
  std::vector<std::byte> bytes;
  bytes.reserve(words.size() * kWordBytes);
  for (const Word& word : words) {
    const WordBytes encoded = encode(word);
    bytes.insert(bytes.end(), encoded.begin(), encoded.end());
  }
  return bytes;
}

Result<std::vector<Word>> decode_code(std::span<const std::byte> bytes) {
  if (bytes.size() % kWordBytes != 0) {
    return error(Code::code_size,
                 fmt::format("{} bytes of code are not a whole number of {}-byte words", bytes.size(), kWordBytes));
  }
  std::vector<Word> words;
  words.reserve(bytes.size() / kWordBytes);
  for (size_t at = 0; at < bytes.size(); at += kWordBytes) {
    Result<Word> word = decode(std::span<const std::byte, kWordBytes>(bytes.data() + at, kWordBytes));
    if (!word) {
      Diagnostic diagnostic = word.diagnostic();
      diagnostic.message = fmt::format("code word {}: {}", at / kWordBytes, diagnostic.message);
      return diagnostic;
    }
    words.push_back(*word);
  }
  return words;
}

}  // namespace psmc::arch
