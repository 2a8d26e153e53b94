// SPDX-License-Identifier: Apache-2.0
// Wrong rewrites of reductions and of what moves data.
#pragma once

#include "tests/tools/mutate.h"

namespace psmc::test {

inline std::string_view monoid_of(const Module& m, OpId op) { return m.str_attr(op, "monoid"); }
inline bool sum_to_max(Module& m, OpId op) {
  if (monoid_of(m, op) != "sum") return false;
  m.set_attr(op, "monoid", std::string("max"));
  return true;
}
inline bool other_axis(Module& m, OpId op) {
  IntList axes = m.ints_attr(op, "axes");
  const Type& type = m.value_type(m.operand(op, 0));
  if (axes.size() != 1 || type.rank() != 2 || type.dims[0] != type.dims[1]) return false;
  m.set_attr(op, "axes", IntList{1 - axes[0]});
  return true;
}
/// What a reduction gives is joined with `identity`.
template <OpKind join>
bool wrong_identity(Module& m, OpId op) {
  if (monoid_of(m, op) != (join == OpKind::max ? "max" : "min")) return false;
  const DType dtype = m.value_type(m.result(op)).dtype;
  if (!is_float(dtype)) return false;
  Builder b(m);
  b.before(op);
  const ValueId zero = b.splat(dtype, 0);
  b.after(op);
  const ValueId joined = b.make(join, {m.result(op), zero});
  return use_instead(m, op, joined);
}

inline SymList starts(const Module& m, OpId op) { return m.syms_attr(op, "start"); }
/// The first start that is a number (or is not, if `symbolic`) moves by `by`.
template <int by, bool symbolic>
bool move_start(Module& m, OpId op) {
  SymList list = starts(m, op);
  const auto found =
      std::find_if(list.begin(), list.end(), [](const SymExpr& e) { return e.is_constant() != symbolic; });
  if (found == list.end()) return false;
  const auto d = static_cast<size_t>(found - list.begin());
  const Type& whole = m.value_type(m.operand(op, 0));
  const Type& part = m.kind(op) == OpKind::slice ? m.value_type(m.result(op)) : m.value_type(m.operand(op, 1));
  const int64_t at = found->constant + by;
  if (!symbolic && (at < 0 || at + part.dims[d].bound > whole.dims[d].bound)) return false;
  found->constant = at;
  m.set_attr(op, "start", list);
  return true;
}
/// A slice of what an update gives reads what was there before it.
inline bool read_before_update(Module& m, OpId op) {
  const OpId update = m.def(m.operand(op, 0));
  if (!update.valid() || m.kind(update) != OpKind::update) return false;
  m.set_operand(op, 0, m.operand(update, 0));
  return true;
}

inline bool inverse_permutation(Module& m, OpId op) {
  const IntList p = m.ints_attr(op, "permutation");
  IntList inverse(p.size());
  for (size_t i = 0; i < p.size(); ++i) inverse[static_cast<size_t>(p[i])] = static_cast<int64_t>(i);
  if (inverse == p) return false;
  m.set_attr(op, "permutation", inverse);
  return true;
}
inline bool compose_backwards(Module& m, OpId op) {
  const OpId first = m.def(m.operand(op, 0));
  if (!first.valid() || m.kind(first) != OpKind::transpose) return false;
  const IntList p = m.ints_attr(first, "permutation"), q = m.ints_attr(op, "permutation");
  IntList joined;
  for (const int64_t d : p) joined.push_back(q[static_cast<size_t>(d)]);
  m.set_operand(op, 0, m.operand(first, 0));
  m.set_attr(op, "permutation", joined);
  return true;
}
inline bool transpose_to_reshape(Module& m, OpId op) {
  Builder b(m);
  b.after(op);
  return use_instead(m, op, b.reshape(m.operand(op, 0), m.value_type(m.result(op)).dims));
}
inline bool swap_padding(Module& m, OpId op) {
  const IntList low = m.ints_attr(op, "low"), high = m.ints_attr(op, "high");
  if (low == high) return false;
  m.set_attr(op, "low", high);
  m.set_attr(op, "high", low);
  return true;
}
inline bool pad_with_zero(Module& m, OpId op) {
  if (m.float_attr(op, "value") == 0) return false;
  m.remove_attr(op, "value");
  return true;
}
inline bool turn_contraction(Module& m, OpId op) {
  if (m.str_attr(op, "spec") != "ij,jk->ik") return false;
  m.set_attr(op, "spec", std::string("ij,kj->ik"));
  return true;
}
inline bool turn_iota(Module& m, OpId op) {
  if (m.value_type(m.result(op)).rank() != 2) return false;
  m.set_attr(op, "axis", int64_t{1} - m.int_attr(op, "axis"));
  return true;
}

}  // namespace psmc::test
