// SPDX-License-Identifier: Apache-2.0
#include "ir/infer_checked.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/ops/infer.h"
#include "ir/text/print_type.h"

namespace psmc::ir {

Result<std::vector<TypeId>> infer_checked(Module& module, OpKind kind, std::span<const ValueId> operands, AttrId attrs,
                                          const std::vector<Type>* written, size_t num_results) {
  const OpDef& def = op_def(kind);
  PSMC_TRY(check_attr_names(module, kind, attrs));
  std::vector<Type> types;
  if (def.infer) {
    PSMC_ASSIGN(types, def.infer({module, kind, operands, attrs}));
    if (written && *written != types) return types_differ(module, kind, types);
  } else {
    PSMC_TRY(check_schema({module, kind, operands, attrs}));
    if (!written && num_results > 0)
      return error(Code::bad_type, fmt::format("the type of `{}` must be written", def.name));
    if (written) types = *written;
  }
  if (types.size() != num_results) {
    return error(Code::bad_syntax, fmt::format("`{}` has {} results, not {}", def.name, types.size(), num_results));
  }
  std::vector<TypeId> ids;
  for (const Type& type : types) ids.push_back(module.type(type));
  return ids;
}

Status check_op_attrs(Module& module, OpKind kind, std::span<const ValueId> operands, AttrId attrs) {
  PSMC_TRY(check_attr_names(module, kind, attrs));
  return check_schema({module, kind, operands, attrs});
}

Status check_attr_names(const Module& module, OpKind kind, AttrId attrs) {
  if (kind == OpKind::call || kind == OpKind::inst) return {};
  const OpDef& def = op_def(kind);
  for (const Attr& attr : module.attrs(attrs)) {
    const std::string_view name = module.text(attr.name);
    if (name.find('.') != std::string_view::npos) continue;
    if (std::any_of(def.attrs.begin(), def.attrs.end(), [&](const AttrSpec& s) { return s.name == name; })) continue;
    std::string known;
    for (const AttrSpec& spec : def.attrs) known += (known.empty() ? "" : ", ") + std::string(spec.name);
    return error(Code::ir_attribute, fmt::format("`{}` has no attribute `{}`", def.name, name),
                 {known.empty() ? "it has none" : "it has: " + known});
  }
  return {};
}

Diagnostic types_differ(const Module& module, OpKind kind, const std::vector<Type>& inferred) {
  std::string all;
  for (const Type& type : inferred) all += (all.empty() ? "" : ", ") + print_type(module, type);
  return error(Code::type_differs,
               fmt::format("the type written here differs from what `{}` gives: {}", op_def(kind).name, all));
}

}  // namespace psmc::ir
