// SPDX-License-Identifier: Apache-2.0
// Wrong rewrites of arithmetic, constants and loops.
#pragma once

#include "tests/tools/mutate.h"

namespace psmc::test {

/// cast(cast(x, narrow), wide) becomes x.
inline bool drop_rounding(Module& m, OpId op) {
  const OpId inner = m.def(m.operand(op, 0));
  return inner.valid() && m.kind(inner) == OpKind::cast && use_instead(m, op, m.operand(inner, 0));
}
/// A later op with the same operands takes the value of an earlier one, whatever its attributes.
template <OpKind kind>
bool merge_without_attributes(Module& m, OpId op) {
  for (uint32_t i = 0; i < op.index; ++i) {
    const OpId other(i);
    if (m.op(other).erased || m.kind(other) != kind || m.op(other).parent != m.op(op).parent) continue;
    if (std::ranges::equal(m.operands(other), m.operands(op)) && m.op(other).attrs != m.op(op).attrs)
      return use_instead(m, op, m.result(other));
  }
  return false;
}
inline bool merge_turned(Module& m, OpId op) {
  for (uint32_t i = 0; i < op.index; ++i) {
    const OpId other(i);
    if (m.op(other).erased || m.kind(other) != m.kind(op) || m.op(other).parent != m.op(op).parent) continue;
    if (m.operand(other, 0) == m.operand(op, 1) && m.operand(other, 1) == m.operand(op, 0))
      return use_instead(m, op, m.result(other));
  }
  return false;
}

inline bool is_number(const Module& m, ValueId value, double number) {
  const OpId def = m.def(value);
  if (!def.valid() || m.kind(def) != OpKind::constant || !is_float(m.value_type(value).dtype)) return false;
  const Constant& c = m.constant(ConstId(static_cast<uint32_t>(m.int_attr(def, "id"))));
  Array array(m.type(c.type).dtype, m.type(c.type).bounds());
  array.bytes.assign(c.bytes().begin(), c.bytes().end());
  for (int64_t i = 0; i < array.elements(); ++i)
    if (array.get(i) != number) return false;
  return true;
}
inline bool drop_zero(Module& m, OpId op) { return is_number(m, m.operand(op, 1), 0) && drop<0>(m, op); }
inline bool times_zero(Module& m, OpId op) { return is_number(m, m.operand(op, 1), 0) && drop<1>(m, op); }
/// x op x is taken for `number`.
template <int number>
bool of_itself(Module& m, OpId op) {
  const Type type = m.value_type(m.result(op));
  if (m.operand(op, 0) != m.operand(op, 1) || !type.has_static_shape()) return false;
  Builder b(m);
  b.before(op);
  const ValueId value = b.splat(type.dtype, number);
  b.after(op);
  const AttrValue shape = IntList(type.bounds());
  const ValueId wide = type.rank() == 0 ? value : b.make(OpKind::broadcast, {value}, {b.attr("shape", shape)});
  return use_instead(m, op, wide);
}
inline bool negate_difference(Module& m, OpId op) {
  const OpId sub = m.def(m.operand(op, 0));
  if (!sub.valid() || m.kind(sub) != OpKind::sub) return false;
  Builder b(m);
  b.after(op);
  return use_instead(m, op, b.make(OpKind::sub, {m.operand(sub, 1), m.operand(sub, 0)}));
}
inline bool negate_comparison(Module& m, OpId op) {
  const OpId less = m.def(m.operand(op, 0));
  if (!less.valid() || m.kind(less) != OpKind::lt) return false;
  Builder b(m);
  b.after(op);
  return use_instead(m, op, b.make(OpKind::le, {m.operand(less, 1), m.operand(less, 0)}));
}
inline bool div_to_recip(Module& m, OpId op) {
  if (!is_float(m.value_type(m.result(op)).dtype)) return false;
  Builder b(m);
  b.after(op);
  const ValueId recip = b.make(OpKind::recip, {m.operand(op, 1)});
  return use_instead(m, op, b.make(OpKind::mul, {m.operand(op, 0), recip}));
}
inline bool reassociate(Module& m, OpId op) {
  const OpId inner = m.def(m.operand(op, 0));
  if (!inner.valid() || m.kind(inner) != OpKind::add) return false;
  Builder b(m);
  b.after(op);
  const ValueId right = b.make(OpKind::add, {m.operand(inner, 1), m.operand(op, 1)});
  return use_instead(m, op, b.make(OpKind::add, {m.operand(inner, 0), right}));
}

/// The first byte of the last element of each constant is another.
inline bool wrong_fold(Module& m, OpId op) {
  Constant& c = m.constant(ConstId(static_cast<uint32_t>(m.int_attr(op, "id"))));
  if (c.owned.empty() || m.type(c.type).dtype == DType::boolean) return false;
  c.owned[c.owned.size() - dtype_bytes(m.type(c.type).dtype)] ^= std::byte{1};
  return true;
}
inline bool wrong_sign(Module& m, OpId op) {
  Constant& c = m.constant(ConstId(static_cast<uint32_t>(m.int_attr(op, "id"))));
  if (c.owned.empty() || !is_float(m.type(c.type).dtype)) return false;
  c.owned.back() ^= std::byte{0x80};
  return true;
}

/// Of two reads of one place the later one takes the value of the earlier one, whatever was stored between them.
inline bool forward_past_store(Module& m, OpId op) {
  for (uint32_t i = 0; i < op.index; ++i) {
    const OpId other(i);
    if (m.op(other).erased || m.kind(other) != OpKind::load || m.op(other).parent != m.op(op).parent) continue;
    if (std::ranges::equal(m.operands(other), m.operands(op)) && m.op(other).attrs == m.op(op).attrs)
      return use_instead(m, op, m.result(other));
  }
  return false;
}
inline bool lose_store(Module& m, OpId op) {
  m.erase(op);
  return true;
}
inline bool next_element(Module& m, OpId op) {
  IntList map = m.ints_attr(op, "map");
  if (map.empty() || map.back() == 0) return false;
  --map.back();
  m.set_attr(op, "map", map);
  return true;
}
inline bool one_iteration_less(Module& m, OpId op) {
  SymList high = m.syms_attr(op, "high");
  if (high.size() != 1 || high[0].constant < 2) return false;
  high[0].constant -= 1;
  m.set_attr(op, "high", high);
  return true;
}

}  // namespace psmc::test
