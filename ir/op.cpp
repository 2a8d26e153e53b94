// SPDX-License-Identifier: Apache-2.0
// The registry: one table in the order of ir/ops.def, built once on first use from the families' tables.
#include "ir/op.h"

#include <algorithm>
#include <array>
#include <string>

#include "ir/ops/families.h"

namespace psmc::ir {
namespace {

/// The text name of a kind: its identifier without a trailing underscore.
std::string_view kind_name(OpKind kind) {
  static constexpr std::string_view kNames[] = {
#define PSMC_OP(name, family) #name,
#include "ir/ops.def"
#undef PSMC_OP
  };
  std::string_view name = kNames[static_cast<size_t>(kind)];
  if (name.ends_with('_')) name.remove_suffix(1);
  return name;
}

std::vector<OpDef> build_table() {
  std::vector<OpDef> table;
  for (auto family :
       {elementwise_ops, reduction_ops, shape_ops, source_ops, indirect_ops, control_ops, loop_ops, tile_ops}) {
    for (OpDef& def : family()) table.push_back(std::move(def));
  }
  std::sort(table.begin(), table.end(), [](const OpDef& a, const OpDef& b) { return a.kind < b.kind; });
  PSMC_CHECK(table.size() == kNumOpKinds, "an op of ops.def has no definition, or two");
  for (uint32_t i = 0; i < kNumOpKinds; ++i) {
    PSMC_CHECK(static_cast<uint32_t>(table[i].kind) == i, "an op of ops.def has no definition, or two");
    table[i].name = kind_name(table[i].kind);
  }
  return table;
}

const std::vector<OpDef>& table() {
  static const std::vector<OpDef> defs = build_table();
  return defs;
}

}  // namespace

const OpDef& op_def(OpKind kind) {
  PSMC_CHECK(static_cast<uint32_t>(kind) < kNumOpKinds, "op kind out of range");
  return table()[static_cast<size_t>(kind)];
}

namespace {

/// Ops by name, which a reader asks for at every op: the length and three letters tell nearly all of them apart.
class OpNames {
 public:
  explicit OpNames(std::span<const OpDef> defs) : defs_(defs) {
    for (size_t i = 0; i < defs.size(); ++i) {
      size_t at = slot_of(defs[i].name);
      while (slots_[at] != kNone) at = (at + 1) % kSlots;
      slots_[at] = static_cast<uint8_t>(i);
    }
  }
  const OpDef* find(std::string_view name) const {
    if (name.empty()) return nullptr;
    for (size_t at = slot_of(name); slots_[at] != kNone; at = (at + 1) % kSlots)
      if (defs_[slots_[at]].name == name) return &defs_[slots_[at]];
    return nullptr;
  }

 private:
  static constexpr size_t kSlots = 512;
  static constexpr uint8_t kNone = 0xff;
  static_assert(kNumOpKinds < kNone);
  static size_t slot_of(std::string_view name) {
    const auto letter = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(name[i])); };
    return (letter(0) * 7 + letter(name.size() / 2) * 31 + letter(name.size() - 1) * 131 + name.size()) % kSlots;
  }
  std::span<const OpDef> defs_;
  std::array<uint8_t, kSlots> slots_ = filled();
  static constexpr std::array<uint8_t, kSlots> filled() {
    std::array<uint8_t, kSlots> slots{};
    slots.fill(kNone);
    return slots;
  }
};

}  // namespace

const OpDef* find_op_def(std::string_view name) {
  static const OpNames kNames(table());
  return kNames.find(name);
}

std::span<const OpDef> all_op_defs() { return table(); }

const AttrValue* InferInput::attr(std::string_view name) const {
  for (const Attr& attr : module.attrs(attrs)) {
    if (module.text(attr.name) == name) return &attr.value;
  }
  return nullptr;
}

int64_t EvalInput::value_of(const SymExpr& expr) const {
  int64_t value = expr.constant;
  for (const auto& [symbol, factor] : expr.terms) {
    const auto found =
        std::find_if(symbols.begin(), symbols.end(), [&](const auto& pair) { return pair.first == symbol; });
    PSMC_CHECK(found != symbols.end(), "a run-time symbol without a value");
    value += factor * found->second;
  }
  return value;
}

}  // namespace psmc::ir
