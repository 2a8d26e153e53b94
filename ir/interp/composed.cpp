// SPDX-License-Identifier: Apache-2.0
#include "ir/interp/composed.h"

#include <fmt/format.h>

#include "ir/composites/composite.h"
#include "ir/text/print_type.h"

namespace psmc::ir {
namespace {

/// The call's attributes with symbol expressions as numbers.
AttrDict concrete_attrs(const ComposeRequest& request, Module& to) {
  AttrDict dict;
  for (const Attr& attr : request.module.attrs(request.module.op(request.call).attrs)) {
    AttrValue value = attr.value;
    if (auto* list = std::get_if<SymList>(&value)) {
      for (SymExpr& expr : *list) expr = SymExpr(request.value_of(expr));
    }
    dict.push_back({to.str(request.module.text(attr.name)), std::move(value)});
  }
  return dict;
}

}  // namespace

std::string ComposeRequest::key() const {
  std::string key;
  for (const Array* arg : args) key += fmt::format("{} {};", dtype_name(arg->dtype), fmt::join(arg->shape, ","));
  for (const Attr& attr : module.attrs(module.op(call).attrs)) {
    key += fmt::format("{}=", module.text(attr.name));
    if (const auto* list = std::get_if<SymList>(&attr.value)) {
      for (const SymExpr& expr : *list) key += fmt::format("{},", value_of(expr));
    } else {
      key += print_attr_value(module, attr.value);
    }
    key += ';';
  }
  return key;
}

Result<ComposedModule> compose_concrete(const ComposeRequest& request) {
  ComposedModule out;
  std::vector<TypeId> types;
  for (const Array* arg : request.args) {
    types.push_back(out.module.type(tensor_type(arg->dtype, std::vector<Dim>(arg->shape.begin(), arg->shape.end()))));
  }
  out.func = out.module.create_func("composite", types);
  const BlockId body = out.module.func(out.func).body;
  std::vector<ValueId> operands;
  for (uint32_t i = 0; i < types.size(); ++i) operands.push_back(out.module.block_arg(body, i));
  Builder builder(out.module);
  builder.at_end(body);
  const AttrId attrs = out.module.attrs(concrete_attrs(request, out.module));
  PSMC_ASSIGN(const std::vector<ValueId> results,
              instantiate(request.module.str_attr(request.call, "callee"), operands, attrs, builder));
  builder.ret(out.func, results);
  return out;
}

}  // namespace psmc::ir
