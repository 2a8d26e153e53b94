// SPDX-License-Identifier: Apache-2.0
// The registry of composites, and building a body: replace ${...}, read the text as a module, copy its ops.
#include "ir/composites/composite.h"

#include <fmt/format.h>

#include <set>

#include "ir/clone.h"
#include "ir/composites/definitions.h"
#include "ir/limits.h"
#include "ir/ops/infer.h"
#include "ir/text/parser.h"
#include "ir/text/print_type.h"

#include "base/json.h"

namespace psmc::ir {
namespace {

const std::vector<Composite>& table() {
  static const std::vector<Composite> composites = composite_definitions();
  return composites;
}

/// What ${operand.field} stands for.
std::string field_text(const InferInput& in, const Type& type, std::string_view field) {
  if (field == "dtype") return std::string(dtype_name(type.dtype));
  if (field == "rank") return std::to_string(type.rank());
  if (field == "last") return std::to_string(type.rank() - 1);
  if (field == "extent") return std::to_string(type.dims.back().bound);
  if (field == "per") return json::number_text(1.0 / static_cast<double>(type.dims.back().bound));
  const auto d = static_cast<size_t>(field.back() - '0');
  PSMC_CHECK(d < type.rank(), "a composite's body names a dimension that is not there");
  if (field.starts_with("size")) return print_sym(in.module, type.dims[d].size);
  PSMC_CHECK(field.starts_with("bound"), "a composite's body has an unknown ${...}");
  return std::to_string(type.dims[d].bound);
}

std::string placeholder_text(const Composite& composite, const InferInput& in, std::string_view what) {
  const size_t dot = what.find('.'), equals = what.find('=');
  for (size_t i = 0; dot < equals && i < composite.operands.size(); ++i) {
    if (composite.operands[i] == what.substr(0, dot)) return field_text(in, in.operand(i), what.substr(dot + 1));
  }
  const AttrValue* value = in.attr(what.substr(0, equals));
  if (value != nullptr) return print_attr_value(in.module, *value);
  PSMC_CHECK(equals != std::string_view::npos, "a composite's body has an unknown ${...}");
  return std::string(what.substr(equals + 1));
}

std::string substitute(const Composite& composite, const InferInput& in, std::string_view body) {
  std::string out;
  for (;;) {
    const size_t begin = body.find("${");
    out += body.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    const size_t end = body.find('}', begin);
    out += placeholder_text(composite, in, body.substr(begin + 2, end - begin - 2));
    body.remove_prefix(end + 1);
  }
}

/// The symbols that operands and parameters use, each with the widest range: the real one was checked where they are.
std::string symbols_text(const Composite& composite, const InferInput& in) {
  std::set<std::string> names;
  const auto add = [&](const SymExpr& expr) {
    for (const auto& [name, factor] : expr.terms) names.emplace(in.module.text(name));
  };
  for (size_t i = 0; i < in.operands.size(); ++i) {
    for (const Dim& dim : in.operand(i).dims) add(dim.size);
  }
  for (const AttrSpec& param : composite.params) {
    if (param.kind != AttrKind::syms) continue;
    for (const SymExpr& expr : syms_of(in, param.name)) add(expr);
  }
  std::string out;
  for (const std::string& name : names)
    out += fmt::format("{}{}: {}..{}", out.empty() ? "" : ", ", name, -kMaxSymbol, kMaxSymbol);
  return out.empty() ? out : "[" + out + "]";
}

/// Appends copies of the ops of a body; returns what it returns. A cast to a value's own type is the value.
std::vector<ValueId> copy_body(const Module& source, std::span<const ValueId> operands, Builder& builder) {
  const BlockId body = source.func(FuncId(0)).body;
  Module& target = builder.module();
  Cloner cloner(source, target);
  for (uint32_t i = 0; i < operands.size(); ++i) cloner.map(source.block_arg(body, i), operands[i]);
  for (const OpId op : ops_of(source, body)) {
    std::vector<ValueId> values;
    for (const ValueId value : source.operands(op)) values.push_back(cloner.value(value));
    const OpKind kind = source.kind(op);
    if (kind == OpKind::return_) return values;
    const ValueId result = source.result(op);
    if (kind == OpKind::constant) {
      const ConstId id(static_cast<uint32_t>(source.int_attr(op, "id")));
      cloner.map(result, builder.constant(cloner.constant(id)));
    } else if (kind == OpKind::cast && source.value_type(result) == source.value_type(source.operand(op, 0))) {
      cloner.map(result, values[0]);
    } else {
      cloner.map(result, builder.make(kind, values, target.attrs(cloner.attrs(source.op(op).attrs))));
    }
  }
  PSMC_CHECK(false, "a composite's body has no return");
  return {};
}

}  // namespace

const Composite* find_composite(std::string_view name) {
  for (const Composite& composite : table()) {
    if (composite.name == name) return &composite;
  }
  return nullptr;
}

std::span<const Composite> all_composites() { return table(); }

Result<std::vector<Type>> infer_composite(const Composite& composite, const InferInput& in) {
  if (in.operands.size() != composite.operands.size()) {
    const size_t count = composite.operands.size();
    return error(Code::bad_operand_count, fmt::format("@{} takes {} operand{}, not {}", composite.name, count,
                                                      count == 1 ? "" : "s", in.operands.size()));
  }
  for (size_t i = 0; i < in.operands.size(); ++i) {
    if (!in.operand(i).is_tensor() || !is_float(in.operand(i).dtype)) {
      return operand_error(in, i, "must be a tensor of a float type");
    }
  }
  PSMC_TRY(check_attrs(in, composite.params));
  return composite.infer(in);
}

std::string composite_text(const Composite& composite, const InferInput& in, std::span<const Type> results) {
  std::string params, types;
  for (size_t i = 0; i < in.operands.size(); ++i) {
    params += fmt::format("{}%{}: {}", i == 0 ? "" : ", ", composite.operands[i], print_type(in.module, in.operand(i)));
  }
  for (const Type& type : results) types += (types.empty() ? "" : ", ") + print_type(in.module, type);
  return fmt::format("func @{}{}({}) -> ({}) {{{}}}\n", composite.name, symbols_text(composite, in), params, types,
                     substitute(composite, in, composite.body(in)));
}

Result<std::vector<ValueId>> instantiate(std::string_view name, std::span<const ValueId> operands, AttrId attrs,
                                         Builder& builder) {
  const Composite* composite = find_composite(name);
  if (composite == nullptr) return error(Code::unknown_callee, fmt::format("there is no composite op @{}", name));
  const InferInput in{builder.module(), OpKind::call, operands, attrs};
  PSMC_ASSIGN(const std::vector<Type> types, infer_composite(*composite, in));
  const std::string text = composite_text(*composite, in, types);
  Result<Module> read = parse_text(fmt::format("composite {}", name), text);
  if (!read.ok()) {  // an intermediate tensor is too large; the body itself is right
    return error(read.diagnostic().code, fmt::format("@{}: {}", name, read.diagnostic().message));
  }
  std::vector<ValueId> results = copy_body(*read, operands, builder);
  PSMC_CHECK(results.size() == types.size(), "a composite builds as many results as it infers");
  for (size_t i = 0; i < types.size(); ++i) {
    PSMC_CHECK(builder.module().value_type(results[i]) == types[i], "a composite builds what it infers");
  }
  return results;
}

}  // namespace psmc::ir
