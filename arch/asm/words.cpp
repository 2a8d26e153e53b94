// SPDX-License-Identifier: Apache-2.0
#include "arch/asm/words.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/json.h"

namespace psmc::arch {
namespace {

bool is_label(std::string_view word) {
  if (word.empty() || (word[0] >= '0' && word[0] <= '9')) return false;
  return word.find('.') == std::string_view::npos;
}

/// "s12" with the file's prefix and an index of at most `width` bits.
std::optional<uint8_t> parse_register(std::string_view word, RegFile file, uint32_t width) {
  if (word.substr(0, 1) != reg_file_prefix(file)) return std::nullopt;
  word.remove_prefix(1);
  uint32_t index = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), index);
  if (word.empty() || problem != std::errc{} || end != word.data() + word.size() || index >= (1u << width))
    return std::nullopt;
  return static_cast<uint8_t>(index);
}

/// 32 bits of a vli: a float if there is a point or exponent, else an integer of 32 bits, signed or not.
std::optional<int32_t> parse_bits(std::string_view token) {
  if (token == "inf") return std::bit_cast<int32_t>(HUGE_VALF);
  if (token == "-inf") return std::bit_cast<int32_t>(-HUGE_VALF);
  if (token == "nan") return 0x7fc00000;
  const bool hex = token.substr(0, 2) == "0x";
  if (!hex && token.find_first_of(".eE") != std::string_view::npos) {
    float value = 0;
    const auto [end, problem] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (problem != std::errc{} || end != token.data() + token.size()) return std::nullopt;
    return std::bit_cast<int32_t>(value);
  }
  const std::optional<int64_t> value = parse_number(token);
  if (!value || *value < INT32_MIN || *value > UINT32_MAX) return std::nullopt;
  return static_cast<int32_t>(static_cast<uint32_t>(*value));
}

void set_field(Inst& inst, Field field, uint8_t value) {
  switch (field) {
    case Field::d: inst.d = value; break;
    case Field::a: inst.a = value; break;
    case Field::b: inst.b = value; break;
    case Field::c: inst.c = value; break;
    default: inst.m = value; break;
  }
}

Status read_register(Scanner& in, const Operand& operand, Inst& inst) {
  in.peek();
  const size_t begin = in.position();
  const std::optional<uint8_t> index = parse_register(in.word(), operand.file, operand.width);
  if (index) return set_field(inst, operand.field, *index), Status{};
  return in.error_at(
      Code::asm_operand, begin,
      fmt::format("expected a register {0}0 to {0}{1}", reg_file_prefix(operand.file), (1u << operand.width) - 1));
}

/// [s6], [s6+64], [s6-64], [s6+=64]
Status read_memory(Scanner& in, const Operand& operand, Inst& inst) {
  PSMC_TRY(in.expect("["));
  PSMC_TRY(read_register(in, operand, inst));
  if (in.eat("]")) return {};
  inst.post = in.eat("+=") ? 1 : 0;
  PSMC_ASSIGN(const int64_t offset, in.number(kMinOffset, kMaxOffset));
  inst.imm = static_cast<int32_t>(offset);
  return in.expect("]");
}

Status read_semaphore(Scanner& in, Inst& inst) {
  PSMC_TRY(in.expect("#"));
  PSMC_ASSIGN(const int64_t number, in.number(0, 63));
  inst.c = static_cast<uint8_t>(number);
  return {};
}

Status read_engine(Scanner& in, Inst& inst) {
  in.peek();
  const size_t begin = in.position();
  const std::string_view word = in.word();
  const bool out = word.substr(0, 3) == "out";
  const std::optional<int64_t> index = parse_number(word.substr(std::min(word.size(), size_t{out ? 3u : 2u})));
  if ((!out && word.substr(0, 2) != "in") || !index || *index < 0 || *index > 7) {
    return in.error_at(Code::asm_operand, begin, "expected an engine in0 to in7 or out0 to out7");
  }
  inst.c = static_cast<uint8_t>(*index | (out ? 8 : 0));
  return {};
}

Status read_bits(Scanner& in, Inst& inst) {
  in.peek();
  const size_t begin = in.position();
  const std::optional<int32_t> bits = parse_bits(in.blob());
  if (!bits)
    return in.error_at(Code::asm_operand, begin, "expected 32 bits: an integer, a hexadecimal number or a float");
  inst.imm = *bits;
  return {};
}

Status read_immediate(Scanner& in, int64_t low, int64_t high, Inst& inst) {
  PSMC_ASSIGN(const int64_t value, in.number(low, high));
  inst.imm = static_cast<int32_t>(value);
  return {};
}

}  // namespace

Status WordReader::read_line(Scanner& in) {
  PSMC_TRY(read_labels(in));
  if (in.at_end()) return {};
  Word word;
  uint8_t taken = 0;
  do {
    PSMC_TRY(read_slot(in, word, taken));
  } while (in.eat("|"));
  PSMC_TRY(in.expect_end());
  words_.push_back(word);
  return {};
}

Status WordReader::read_labels(Scanner& in) {
  while (is_label(in.peek_word())) {
    Scanner ahead = in;
    const std::string name(ahead.word());
    if (!ahead.eat(":")) return {};
    if (!labels_.emplace(name, next_word()).second)
      return in.error(Code::asm_label, fmt::format("label {} is defined twice", name));
    in = ahead;
  }
  return {};
}

Status WordReader::read_slot(Scanner& in, Word& word, uint8_t& taken) {
  constexpr uint8_t kFirstMemory = 1u << static_cast<uint8_t>(Slot::M0);
  in.peek();
  const size_t begin = in.position();
  if (in.eat("-")) {
    if (taken & kFirstMemory) return in.error_at(Code::asm_opcode, begin, "\"-\" leaves slot M0 empty, which is taken");
    taken |= kFirstMemory;
    return {};
  }
  PSMC_ASSIGN(const Inst inst, read_inst(in));
  return place(in, begin, inst, word, taken);
}

/// The instruction goes to its slot, a memory instruction to the first one free.
Status WordReader::place(const Scanner& in, size_t begin, const Inst& inst, Word& word, uint8_t& taken) {
  if (inst.op == Opcode::nop) return {};
  for (size_t i = 0; i < kSlots; ++i) {
    if (!fits(inst.op, static_cast<Slot>(i)) || (taken >> i) & 1) continue;
    taken |= static_cast<uint8_t>(1u << i);
    word.slots[i] = inst;
    return {};
  }
  return in.error_at(Code::asm_opcode, begin, fmt::format("no slot of this word is left for {}", info(inst.op).name));
}

Result<Inst> WordReader::read_inst(Scanner& in) {
  in.peek();
  const size_t begin = in.position();
  const std::string_view name = in.word();
  const std::optional<Opcode> op = opcode_by_name(name);
  if (!op) return in.error_at(Code::asm_opcode, begin, fmt::format("there is no instruction {}", json::quote(name)));
  Inst inst;
  inst.op = *op;
  bool first = true;
  for (const Operand& operand : info(*op).operands) {
    if (operand.kind == OperandKind::mask && in.peek() != ',') continue;
    if (!first) PSMC_TRY(in.expect(","));
    first = false;
    PSMC_TRY(read_operand(in, operand, inst));
  }
  return inst;
}

Status WordReader::read_operand(Scanner& in, const Operand& operand, Inst& inst) {
  switch (operand.kind) {
    case OperandKind::reg:
    case OperandKind::mask: return read_register(in, operand, inst);
    case OperandKind::memory: return read_memory(in, operand, inst);
    case OperandKind::imm: return read_immediate(in, INT32_MIN, INT32_MAX, inst);
    case OperandKind::amount: return read_immediate(in, 0, (int64_t{1} << operand.width) - 1, inst);
    case OperandKind::row: return read_immediate(in, 0, kTileRows - 1, inst);
    case OperandKind::bits: return read_bits(in, inst);
    case OperandKind::semaphore: return read_semaphore(in, inst);
    case OperandKind::engine: return read_engine(in, inst);
    case OperandKind::target: return read_target(in, false, inst);
    case OperandKind::loop_end: return read_target(in, true, inst);
  }
  return {};
}

/// `.+3`, `.-3`, or a label that is resolved later.
Status WordReader::read_target(Scanner& in, bool loop, Inst& inst) {
  in.peek();
  const size_t begin = in.position();
  if (is_label(in.peek_word())) {
    uses_.push_back({next_word(), loop, std::string(in.word()), begin});
    inst.imm = 1;
    return {};
  }
  PSMC_TRY(in.expect("."));
  PSMC_ASSIGN(const int64_t offset, in.number(loop ? 2 : INT32_MIN, INT32_MAX));
  inst.imm = static_cast<int32_t>(offset - (loop ? 1 : 0));
  return {};
}

Status WordReader::resolve(const Scanner& in) {
  for (const Use& use : uses_) {
    const auto found = labels_.find(use.label);
    if (found == labels_.end())
      return in.error_at(Code::asm_label, use.position, fmt::format("there is no label {}", use.label));
    if (use.word >= words_.size()) continue;  // its line is wrong, too
    const int64_t offset = int64_t{found->second} - use.word - (use.loop ? 1 : 0);
    if (use.loop && offset < 1) {
      return in.error_at(Code::asm_operand, use.position, "a loop's label stands behind the last word of its body");
    }
    words_[use.word][Slot::S].imm = static_cast<int32_t>(offset);
  }
  uses_.clear();
  return {};
}

}  // namespace psmc::arch
