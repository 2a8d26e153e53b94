// SPDX-License-Identifier: Apache-2.0
// The registry of composites, and the checks that come before each.
#include "ir/composites/composite.h"

#include <fmt/format.h>

#include "ir/composites/tables.h"
#include "ir/ops/infer.h"

namespace psmc::ir {
namespace {

const std::vector<Composite>& table() {
  static const std::vector<Composite> composites = [] {
    std::vector<Composite> all;
    for (auto family : {activation_composites, norm_composites, attention_composites}) {
      for (Composite& composite : family()) all.push_back(std::move(composite));
    }
    return all;
  }();
  return composites;
}

const AttrValue* find(const Module& module, AttrId attrs, std::string_view name) {
  for (const Attr& attr : module.attrs(attrs)) {
    if (module.text(attr.name) == name) return &attr.value;
  }
  return nullptr;
}

}  // namespace

double CompositeInput::number(std::string_view name, double otherwise) const {
  const AttrValue* value = find(builder.module(), attrs, name);
  if (value == nullptr) return otherwise;
  if (const auto* integer = std::get_if<int64_t>(value)) return static_cast<double>(*integer);
  return std::get<double>(*value);
}

int64_t CompositeInput::integer(std::string_view name, int64_t otherwise) const {
  const AttrValue* value = find(builder.module(), attrs, name);
  return value == nullptr ? otherwise : std::get<int64_t>(*value);
}

SymExpr CompositeInput::sym(std::string_view name) const {
  const AttrValue* value = find(builder.module(), attrs, name);
  if (value == nullptr) return {};
  if (const auto* ints = std::get_if<IntList>(value)) return ints->empty() ? SymExpr() : SymExpr(ints->front());
  const auto& list = std::get<SymList>(*value);
  return list.empty() ? SymExpr() : list.front();
}

const Composite* find_composite(std::string_view name) {
  for (const Composite& composite : table()) {
    if (composite.name == name) return &composite;
  }
  return nullptr;
}

std::span<const Composite> all_composites() { return table(); }

Result<std::vector<Type>> infer_composite(const Composite& composite, const InferInput& in) {
  if (in.operands.size() != static_cast<size_t>(composite.num_operands)) {
    return error(Code::bad_operand_count, fmt::format("@{} takes {} operands, not {}", composite.name,
                                                      composite.num_operands, in.operands.size()));
  }
  for (size_t i = 0; i < in.operands.size(); ++i) {
    if (!in.operand(i).is_tensor() || !is_float(in.operand(i).dtype))
      return operand_error(in, i, "must be a tensor of a float type");
  }
  PSMC_TRY(check_attrs(in, composite.params));
  return composite.infer(in);
}

Result<std::vector<ValueId>> instantiate(std::string_view name, std::span<const ValueId> operands, AttrId attrs,
                                         Builder& builder) {
  const Composite* composite = find_composite(name);
  if (composite == nullptr) return error(Code::unknown_callee, fmt::format("there is no composite op @{}", name));
  const InferInput in{builder.module(), OpKind::call, operands, attrs};
  PSMC_ASSIGN(const std::vector<Type> types, infer_composite(*composite, in));
  std::vector<ValueId> results = composite->build({builder, operands, attrs});
  PSMC_CHECK(results.size() == types.size(), "a composite builds as many results as it infers");
  for (size_t i = 0; i < types.size(); ++i) {
    PSMC_CHECK(builder.module().value_type(results[i]) == types[i], "a composite builds what it infers");
  }
  return results;
}

}  // namespace psmc::ir
