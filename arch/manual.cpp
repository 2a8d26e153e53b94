// SPDX-License-Identifier: Apache-2.0
#include "arch/manual.h"

#include "arch/isa.h"
#include "arch/manual_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace psmc::arch {
namespace {

std::string_view operand_name(const Operand& operand) {
  constexpr std::string_view kFields[] = {"d", "a", "b", "c", "m", "", "imm"};
  switch (operand.kind) {
    case OperandKind::memory: return "[s+imm]";
    case OperandKind::target:
    case OperandKind::loop_end: return "label";
    case OperandKind::semaphore: return "#c";
    case OperandKind::engine: return "engine";
    case OperandKind::row: return "row";
    default: return kFields[static_cast<size_t>(operand.field)];
  }
}

/// "vfma vd,va,vb,vc", "ld.v.bf16 vd,[s+imm]{,m}".
std::string syntax(Opcode op) {
  std::string text(info(op).name);
  std::string_view separator = " ";
  for (const Operand& operand : info(op).operands) {
    if (operand.kind == OperandKind::mask) {
      text += "{,m}";
      continue;
    }
    const bool is_register = operand.kind == OperandKind::reg && operand.field != Field::m;
    text += fmt::format("{}{}{}", separator, is_register ? reg_file_prefix(operand.file) : "", operand_name(operand));
    separator = ",";
  }
  return text;
}

/// Text for a cell: a bar would end it.
std::string cell(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string row(const TimingTable& timing, Opcode op) {
  const OpTiming& t = timing.of(op);
  const std::string latency = t.latency == 0 ? "" : fmt::format("{}", t.latency);
  return fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", syntax(op), info(op).number, unit_name(info(op).unit),
                     latency, t.occupancy, cell(info(op).description));
}

std::string slot_table(const TimingTable& timing, SlotKind slot) {
  std::vector<Opcode> ops;
  for (size_t i = 0; i < kOpcodes; ++i) {
    if (info(static_cast<Opcode>(i)).slot == slot) ops.push_back(static_cast<Opcode>(i));
  }
  std::sort(ops.begin(), ops.end(), [](Opcode a, Opcode b) { return info(a).number < info(b).number; });
  std::string text = "| instruction | number | unit | latency | occupancy | meaning |\n|---|---|---|---|---|---|\n";
  for (Opcode op : ops) text += row(timing, op);
  return text;
}

std::string registers(const Machine& machine) {
  struct File {
    RegFile file;
    std::string_view what;
  };
  constexpr File kFiles[] = {{RegFile::s, "scalars of 64 bits; s0 is 0"},
                             {RegFile::v, "vectors of 16 lanes of 32 bits, f32 or i32"},
                             {RegFile::m, "masks of 16 lanes; m0 is all lanes"},
                             {RegFile::t, "matrix tiles: 16 rows of 32 bytes along K"},
                             {RegFile::a, "accumulators of 16 x 16, f32 or i32"}};
  std::string text = "| file | registers | what |\n|---|---|---|\n";
  for (const File& f : kFiles) {
    text += fmt::format("| {} | {} | {} |\n", reg_file_prefix(f.file), reg_count(machine, f.file), f.what);
  }
  return text;
}

}  // namespace

std::string isa_manual(const Machine& machine) {
  const TimingTable timing(machine);
  std::string text(manual::kHead);
  text += fmt::format("Latencies and occupancies are those of `{}`, in cycles.\n\n## Registers\n", machine.name);
  text += registers(machine);
  text += manual::kWord;
  text += manual::kContract;
  struct Section {
    SlotKind slot;
    std::string_view title;
    std::string_view notes;
  };
  const Section kSections[] = {{SlotKind::S, "S: control, scalars, masks", manual::kScalar},
                               {SlotKind::M, "M0, M1: loads and stores", manual::kMemory},
                               {SlotKind::V, "V: vectors", manual::kVector},
                               {SlotKind::X, "X: matrix unit", manual::kMatrix},
                               {SlotKind::T, "T: transfers", manual::kTransfer}};
  for (const Section& section : kSections) {
    text += fmt::format("\n## {}\n{}\n{}", section.title, section.notes, slot_table(timing, section.slot));
  }
  return text;
}

}  // namespace psmc::arch
