// SPDX-License-Identifier: Apache-2.0
// Ops that read their operands by a map of their own take movement into it: contract, gather, update.
//
//   %t = transpose %x {permutation = [1, 0]}
//   %r = contract %t, %y {spec = "mk,kn->mn"}   =>   %r = contract %x, %y {spec = "km,kn->mn"}
#include <algorithm>

#include "ir/ops/contract_spec.h"
#include "midend/simplify/rules.h"
#include "midend/simplify/value_facts.h"

namespace psmc::midend {
namespace {

using namespace ir;

/// The letters of the operand of a transpose, given those of its result.
std::string letters_before(std::string_view letters, const IntList& permutation) {
  std::string before(letters.size(), ' ');
  for (size_t d = 0; d < letters.size(); ++d) before[static_cast<size_t>(permutation[d])] = letters[d];
  return before;
}

// One at a time; only where the summed letters keep their order, so the sum is taken in the order in which it was.
bool contract_of_transpose(Rewriter& rewriter, OpId op) {
  const Module& module = rewriter.module();
  const auto spec = parse_contract_spec(module.str_attr(op, "spec"));
  if (!spec.ok()) return false;
  for (uint32_t i = 0; i < 2; ++i) {
    const OpId moved = rewriter.def(rewriter.operand(op, i), OpKind::transpose);
    if (!moved.valid()) continue;
    std::string a = spec->a, b = spec->b;
    std::string& letters = i == 0 ? a : b;
    letters = letters_before(letters, module.ints_attr(moved, "permutation"));
    const std::string text = a + "," + b + "->" + spec->out;
    if (const auto now = parse_contract_spec(text); !now.ok() || now->summed != spec->summed) continue;
    ValueId operands[] = {rewriter.operand(op, 0), rewriter.operand(op, 1)};
    operands[i] = rewriter.operand(moved, 0);
    AttrDict attrs = module.attrs(module.op(op).attrs);
    std::erase_if(attrs, [&](const Attr& attr) { return module.text(attr.name) == "spec"; });
    attrs.push_back(rewriter.build().attr("spec", text));
    return replace_by(rewriter, op, OpKind::contract, operands, std::move(attrs));
  }
  return false;
}

/// Rows in their order are a slice of the table.
bool gather_of_iota(Match& m) {
  const Module& module = m.rewriter.module();
  const std::vector<Dim> dims = module.value_type(module.result(m.root)).dims;
  const Type &table = module.value_type(m[0]), &index = module.value_type(m.rewriter.operand(m.root, 1));
  if (index.rank() != 1 || index.dtype == DType::i8 || !index.dims[0].is_static() || !table.dims[0].is_static() ||
      index.dims[0].bound > table.dims[0].bound)
    return false;
  AttrDict attrs = {m.rewriter.build().attr("start", SymList(dims.size(), SymExpr(0)))};
  add_shape(m.rewriter.build(), attrs, "size", dims);
  return replace_by(m.rewriter, m.root, OpKind::slice, {&m.vars[0], 1}, std::move(attrs));
}

/// What is written twice is written once; nobody reads what was there between.
bool update_of_update(Match& m) {
  const Module& module = m.rewriter.module();
  if (module.syms_attr(m.root, "start") != module.syms_attr(m.ops[1], "start") ||
      module.value(m[1]).type != module.value(m[2]).type || !m.rewriter.has_one_user(module.result(m.ops[1])))
    return false;
  const ValueId operands[] = {m[0], m[2]};
  return replace_by(m.rewriter, m.root, OpKind::update, operands, module.attrs(module.op(m.root).attrs));
}

/// It writes what is there.
bool update_by_itself(Match& m) {
  const Module& module = m.rewriter.module();
  const IntList& step = module.ints_attr(m.ops[1], "step");
  if (module.syms_attr(m.root, "start") != module.syms_attr(m.ops[1], "start") ||
      std::any_of(step.begin(), step.end(), [](int64_t s) { return s != 1; }))
    return false;
  m.rewriter.replace(m.root, m[0]);
  return true;
}

}  // namespace

std::vector<Pattern> operand_rules() {
  const Term x = var(0), y = var(1), z = var(2);
  const auto ints = [](const Match& m) { return is_integer(m.type(0).dtype); };
  return {
      Pattern{"contract-transpose", OpKind::contract, 1, contract_of_transpose, kind_bit(OpKind::transpose)}.says(
          "contract(transpose(x), y) => contract(x, y)", "its letters change places; the sum keeps its order"),
      rule("contract-zero-left", t_contract(num(0), x), num(0), ints).because("integers: 0 times inf is NaN"),
      rule("contract-zero-right", t_contract(x, num(0)), num(0), ints).because("integers: 0 times inf is NaN"),
      match("gather-iota", t_gather(x, term(OpKind::iota, {})), gather_of_iota)
          .says("gather(x, iota) => slice(x)", "rank 1, no more indices than rows; an i8 could wrap"),
      match("update-update", t_update(t_update(x, y), z), update_of_update)
          .says("update(update(x, y), z) => update(x, z)", "one place; nobody reads what was there between"),
      match("update-self", t_update(x, t_slice(x)), update_by_itself)
          .says("update(x, slice(x)) => x", "what is written is there already"),
  };
}

}  // namespace psmc::midend
