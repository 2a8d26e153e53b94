// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "ir/json/schema.h"
#include "ir/op.h"

namespace psmc::ir {
namespace {

std::string_view kind_text(AttrKind kind) {
  constexpr std::string_view kNames[] = {
      "integer", "number", "boolean", "string", "dtype", "list of integers", "list of symbol expressions"};
  return kNames[static_cast<size_t>(kind)];
}

std::string operands_text(const OpDef& def) {
  const auto plural = [](int n) { return fmt::format("{} operand{}", n, n == 1 ? "" : "s"); };
  if (def.max_operands < 0) return def.min_operands == 0 ? "any operands" : plural(def.min_operands) + " or more";
  if (def.min_operands == def.max_operands) return def.max_operands == 0 ? "no operands" : plural(def.max_operands);
  return fmt::format("{} to {}", def.min_operands, plural(def.max_operands));
}

std::string traits_text(const OpDef& def) {
  std::string out;
  if (def.terminator) return ", ends a block";
  if (!def.pure) out += ", has effects";
  if (def.commutative) out += ", commutative";
  if (!def.infer) out += ", result types are written";
  return out;
}

std::string op_text(const OpDef& def) {
  std::string out = fmt::format("### {}\n{}{}.\n\n{}\n", def.name, operands_text(def), traits_text(def), def.manual);
  if (def.attrs.empty()) return out + "\n";
  out += "\n| attribute | kind | | meaning |\n|---|---|---|---|\n";
  for (const AttrSpec& attr : def.attrs)
    out += fmt::format("| {} | {} | {} | {} |\n", attr.name, kind_text(attr.kind), attr.required ? "required" : "",
                       attr.meaning);
  return out + "\n";
}

}  // namespace

std::string ops_page() {
  std::string out =
      "# The ops\n\nThis page is written by `psmc schema --ops` from the definitions in `ir/ops/`; `make update` "
      "writes it "
      "anew.\nWhat the IR is stands in [ir.md](ir.md). Any op takes annotations besides: attributes whose names have a "
      "dot.\n";
  constexpr std::pair<Level, std::string_view> kLevels[] = {{Level::graph, "Graph level"},
                                                            {Level::loop, "Loop level"},
                                                            {Level::tile, "Tile level"},
                                                            {Level::any, "Any level"}};
  for (const auto& [level, title] : kLevels) {
    out += fmt::format("\n## {}\n\n", title);
    for (const OpDef& def : all_op_defs())
      if (def.level == level) out += op_text(def);
    while (out.ends_with("\n\n")) out.pop_back();
  }
  return out;
}

}  // namespace psmc::ir
