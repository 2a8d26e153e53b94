// SPDX-License-Identifier: Apache-2.0
// One op at its place: operands, attributes, types; what a function returns.
#include <fmt/format.h>

#include "ir/infer_checked.h"
#include "ir/op.h"
#include "ir/ops/in_function.h"
#include "ir/ops/infer.h"
#include "ir/text/print_type.h"
#include "ir/verifier.h"

namespace psmc::ir {

// `end`: the terminator of its block. False if the function cannot be walked any further.
bool Verifier::check_op(OpId op, OpKind end) {
  const OpData& data = module_.op(op);
  const OpDef& def = op_def(data.kind);
  if (def.terminator && (data.next.valid() || def.kind != end)) {
    report(Code::ir_terminator, op, fmt::format("`{}` does not belong here", def.name));
    return true;
  }
  if (!check_operands(op)) return true;
  const auto operands = module_.operands(op);
  const size_t before = errors_.size();
  if (!is_known_case(op)) {
    check_case(op);
    if (errors_.size() == before) {
      std::vector<TypeId> results;
      for (uint32_t i = 0; i < data.num_results; ++i) results.push_back(module_.value(module_.result(op, i)).type);
      memo_.remember(module_, data.kind, operands, data.attrs, results);
    }
  }
  if (!check_blocks_of(op)) return false;
  if (errors_.size() == before && def.infer && !def.terminator && PlainCases::fits(data)) plain_.add(case_of(op));
  if (data.kind == OpKind::return_) check_return(op);
  return true;
}

// Whether an op of this function with the same attributes, operand types and result types was found right: what
// `check_case` looks at follows from these.
bool Verifier::is_known_case(OpId op) const {
  const OpData& data = module_.op(op);
  const auto known = memo_.find(module_, data.kind, module_.operands(op), data.attrs);
  if (!known || known->size() != data.num_results) return false;
  for (uint32_t i = 0; i < data.num_results; ++i) {
    if ((*known)[i] != module_.value(module_.result(op, i)).type) return false;
  }
  return true;
}

void Verifier::check_case(OpId op) {
  if (Status known = check_attr_names(module_, module_.kind(op), module_.op(op).attrs); !known.ok()) {
    report(known.diagnostic(), op);
  }
  check_types(op);
  if (module_.kind(op) != OpKind::call) return;
  const FuncId callee = module_.find_func(module_.str_attr(op, "callee"));
  if (callee.valid()) calls_[func_.index].push_back(op);
}

bool Verifier::check_operands(OpId op) {
  const auto operands = module_.operands(op);
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].index < module_.num_values() && defined_[operands[i].index]) continue;
    const StrId name = operands[i].index < module_.num_values() ? module_.value(operands[i]).name : StrId();
    const std::string shown = name.valid() ? fmt::format(" (%{})", module_.text(name)) : "";
    report(Code::ir_dominance, op,
           fmt::format("operand {}{} of `{}` is not computed before it", i + 1, shown, op_def(module_.kind(op)).name));
    if (operands[i].index < module_.num_values()) see_definition(operands[i]);
    return false;
  }
  return true;
}

void Verifier::check_types(OpId op) {
  const OpData& data = module_.op(op);
  const OpDef& def = op_def(data.kind);
  // Inference may intern a type; nothing that can be seen changes.
  const InferInput input{const_cast<Module&>(module_), data.kind, module_.operands(op), data.attrs};
  if (!def.infer) {
    if (Status fits = check_schema(input); !fits.ok()) report(fits.diagnostic(), op);
    return;
  }
  auto inferred = def.infer(input);
  if (!inferred.ok()) return report(inferred.diagnostic(), op);
  if (inferred->size() != data.num_results) {
    return report(Code::ir_type, op,
                  fmt::format("`{}` has {} results instead of {}", def.name, data.num_results, inferred->size()));
  }
  for (uint32_t i = 0; i < data.num_results; ++i) {
    const Type& type = module_.value_type(module_.result(op, i));
    if (type == (*inferred)[i]) continue;
    return report(Code::ir_type, op,
                  fmt::format("result {} of `{}` is {}, but must be {}", i + 1, def.name, print_type(module_, type),
                              print_type(module_, (*inferred)[i])));
  }
  if (Status inside = check_in_function(module_, func_, op); !inside.ok()) report(inside.diagnostic(), op);
}

void Verifier::check_return(OpId op) {
  const Func& func = module_.func(func_);
  const auto operands = module_.operands(op);
  if (operands.size() != func.results.size()) {
    report(Code::ir_results, op,
           fmt::format("{} values are returned, but {} has {} result{}", operands.size(), func_name(),
                       func.results.size(), func.results.size() == 1 ? "" : "s"));
    return see_declaration();
  }
  for (size_t i = 0; i < operands.size(); ++i) {
    if (module_.value(operands[i]).type == func.results[i]) continue;
    report(Code::ir_results, op,
           fmt::format("returned value {} is {}, but the signature says {}", i + 1,
                       print_type(module_, module_.value_type(operands[i])),
                       print_type(module_, module_.type(func.results[i]))));
    see_definition(operands[i]);
    see_declaration();
  }
}

}  // namespace psmc::ir
