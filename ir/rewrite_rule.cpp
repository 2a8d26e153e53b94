// SPDX-License-Identifier: Apache-2.0
// Rules: matching a term against the ops that compute a value, and building the term that replaces it.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/check.h"
#include "ir/array.h"
#include "ir/rewrite.h"

namespace psmc::ir {

Term var(int index) { return {Term::Kind::var, index, 0, {}, {}}; }
Term constant_var(int index) { return {Term::Kind::constant_var, index, 0, {}, {}}; }
Term num(double value) { return {Term::Kind::number, 0, value, {}, {}}; }
Term term(OpKind op, std::vector<Term> args) { return {Term::Kind::op, 0, 0, op, std::move(args)}; }

std::optional<double> uniform_constant(const Module& module, ValueId value) {
  constexpr size_t kMostElements = 65536;
  const OpId op = module.def(value);
  if (!op.valid() || module.kind(op) != OpKind::constant) return std::nullopt;
  if (module.find_attr(op, "value")) return module.float_attr(op, "value");
  const int64_t id = module.int_attr(op, "id", -1);
  if (id < 0 || id >= module.num_constants()) return std::nullopt;
  const Constant& constant = module.constant(ConstId(static_cast<uint32_t>(id)));
  const DType dtype = module.type(constant.type).dtype;
  const auto bytes = constant.bytes();
  const size_t size = dtype_bytes(dtype);
  if (bytes.size() < size || bytes.size() > kMostElements * size) return std::nullopt;
  if (std::memcmp(bytes.data(), bytes.data() + size, bytes.size() - size) != 0) return std::nullopt;
  Array first(dtype, {});
  std::copy_n(bytes.begin(), size, first.bytes.begin());
  return first.get(0);
}

namespace {

bool can_swap(const Term& term) {
  return term.kind == Term::Kind::op && term.args.size() == 2 && op_def(term.op).commutative;
}

uint32_t count_swaps(const Term& term) {
  uint32_t count = can_swap(term) ? 1 : 0;
  for (const Term& arg : term.args) count += count_swaps(arg);
  return count;
}

/// One attempt: bit i of `swaps` says whether the i-th commutative op of the term, in order of visiting, takes its
/// operands the other way round. The caller tries all of them, so a choice that spoils a later match is undone.
class Matcher {
 public:
  Matcher(Rewriter& rewriter, OpId root, uint32_t swaps) : match_{rewriter, root}, swaps_(swaps) {}
  bool matches_op(const Term& term, OpId op);
  Match& match() { return match_; }

 private:
  bool matches(const Term& term, ValueId value);
  bool bind(const Term& term, ValueId value);

  Match match_;
  uint32_t swaps_;
};

bool Matcher::bind(const Term& term, ValueId value) {
  const auto index = static_cast<size_t>(term.index);
  if (match_.vars[index].valid()) return match_.vars[index] == value;
  match_.vars[index] = value;
  return true;
}

bool Matcher::matches(const Term& term, ValueId value) {
  value = match_.rewriter.resolve(value);
  switch (term.kind) {
    case Term::Kind::var: return bind(term, value);
    case Term::Kind::constant_var: return match_.rewriter.def(value, OpKind::constant).valid() && bind(term, value);
    case Term::Kind::number: {
      const auto number = uniform_constant(match_.rewriter.module(), value);
      return number && std::memcmp(&*number, &term.number, sizeof(double)) == 0;  // -0 is not 0
    }
    case Term::Kind::op: break;
  }
  const OpId op = match_.rewriter.def(value);
  return op.valid() && matches_op(term, op);
}

bool Matcher::matches_op(const Term& term, OpId op) {
  const Module& module = match_.rewriter.module();
  if (module.kind(op) != term.op || module.op(op).num_operands != term.args.size()) return false;
  match_.ops[match_.num_ops++] = op;
  bool swapped = false;
  if (can_swap(term)) {
    swapped = swaps_ & 1;
    swaps_ >>= 1;
  }
  for (uint32_t i = 0; i < term.args.size(); ++i) {
    if (!matches(term.args[i], match_.rewriter.operand(op, swapped ? 1 - i : i))) return false;
  }
  return true;
}

// Every op of a term is elementwise and its inference cannot fail on operands that fitted before, except for a rule
// that is wrong; then the rule does not apply.
std::optional<ValueId> build_term(Match& match, const Term& term, DType dtype) {
  Builder& builder = match.rewriter.build();
  switch (term.kind) {
    case Term::Kind::number: return builder.splat(dtype, term.number);
    case Term::Kind::var:
    case Term::Kind::constant_var: return match.vars[static_cast<size_t>(term.index)];
    case Term::Kind::op: break;
  }
  std::vector<ValueId> operands;
  for (const Term& arg : term.args) {
    const auto operand = build_term(match, arg, dtype);
    if (!operand) return std::nullopt;
    operands.push_back(*operand);
  }
  const auto op = builder.try_create(term.op, operands, AttrId(), builder.module().op(match.root).loc);
  if (!op.ok()) return std::nullopt;
  builder.insert(*op);
  return builder.module().result(*op);
}

// `value` as a value of type `wanted`, stretched if only the shape differs.
std::optional<ValueId> stretch(Rewriter& rewriter, OpId root, ValueId value, const Type& wanted) {
  Module& module = rewriter.module();
  const Type type = module.value_type(value);
  if (type == wanted) return value;
  if (!type.is_tensor() || !wanted.is_tensor() || type.dtype != wanted.dtype || !wanted.has_static_shape())
    return std::nullopt;
  Builder& builder = rewriter.build();
  const AttrId attrs = module.attrs({builder.attr("shape", wanted.bounds())});
  const auto op = builder.try_create(OpKind::broadcast, {&value, 1}, attrs, module.op(root).loc);
  if (!op.ok() || module.value_type(module.result(*op)) != wanted) return std::nullopt;
  builder.insert(*op);
  return module.result(*op);
}

bool replace_by(Match& match, const Term& to) {
  Module& module = match.rewriter.module();
  const ValueId result = module.result(match.root);
  const Type wanted = module.value_type(result);
  if (to.kind == Term::Kind::number && !wanted.is_tensor()) return false;
  const auto built = build_term(match, to, wanted.dtype);
  if (!built || *built == result) return false;
  const auto value = stretch(match.rewriter, match.root, *built, wanted);
  if (!value) return false;
  match.rewriter.replace(match.root, *value);
  return true;
}

int highest_var(const Term& term) {
  int highest = term.kind == Term::Kind::var || term.kind == Term::Kind::constant_var ? term.index : -1;
  for (const Term& arg : term.args) highest = std::max(highest, highest_var(arg));
  return highest;
}

size_t count_ops(const Term& term) {
  size_t count = term.kind == Term::Kind::op ? 1 : 0;
  for (const Term& arg : term.args) count += count_ops(arg);
  return count;
}

bool apply_match(Rewriter& rewriter, OpId root, const Term& from, const std::function<bool(Match&)>& then,
                 uint32_t ways) {
  if (rewriter.module().op(root).num_results != 1) return false;
  for (uint32_t swaps = 0; swaps < ways; ++swaps) {
    Matcher matcher(rewriter, root, swaps);
    if (matcher.matches_op(from, root) && then(matcher.match())) return true;
  }
  return false;
}

}  // namespace

std::string term_text(const Term& term) {
  const auto index = static_cast<size_t>(term.index);
  switch (term.kind) {
    case Term::Kind::var: return std::string(1, "xyzwuvst"[index]);
    case Term::Kind::constant_var: return std::string(1, "bcdefghk"[index]);
    case Term::Kind::number: return fmt::format("{}", term.number);
    case Term::Kind::op: break;
  }
  std::string text(op_def(term.op).name);
  for (size_t i = 0; i < term.args.size(); ++i) text += (i == 0 ? "(" : ", ") + term_text(term.args[i]);
  return text + ")";
}

Pattern rule(std::string name, Term from, Term to, std::function<bool(const Match&)> where, int benefit) {
  std::string form = term_text(from) + " => " + term_text(to);
  Pattern pattern = match(
      std::move(name), std::move(from),
      [to = std::move(to), where = std::move(where)](Match& m) { return (!where || where(m)) && replace_by(m, to); },
      benefit);
  pattern.form = std::move(form);
  return pattern;
}

Pattern match(std::string name, Term from, std::function<bool(Match&)> then, int benefit) {
  PSMC_CHECK(from.kind == Term::Kind::op && count_swaps(from) < 16, "a rule matches an op, and is small");
  PSMC_CHECK(static_cast<size_t>(highest_var(from) + 1) <= Match::kMaxVars, "a rule has too many variables");
  PSMC_CHECK(count_ops(from) <= Match::kMaxVars, "a rule has too many ops");
  const OpKind root = from.op;
  const uint32_t swaps = count_swaps(from);
  uint64_t operand_kinds = 0;
  for (const Term& arg : from.args) {
    if (arg.kind == Term::Kind::op) operand_kinds |= kind_bit(arg.op);
    if (arg.kind == Term::Kind::number || arg.kind == Term::Kind::constant_var)
      operand_kinds |= kind_bit(OpKind::constant);
  }
  const bool equal_operands = from.args.size() == 2 && from.args[0].kind == Term::Kind::var &&
                              from.args[1].kind == Term::Kind::var && from.args[0].index == from.args[1].index;
  auto apply = [from = std::move(from), then = std::move(then), ways = uint32_t{1} << swaps](
                   Rewriter& rewriter, OpId op) { return apply_match(rewriter, op, from, then, ways); };
  Pattern pattern{std::move(name), root, benefit, std::move(apply), operand_kinds};
  pattern.equal_operands = equal_operands;
  return pattern;
}

}  // namespace psmc::ir
