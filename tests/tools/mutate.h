// SPDX-License-Identifier: Apache-2.0
// Pieces of passes that are wrong on purpose.
#pragma once

#include <algorithm>

#include "ir/builder.h"
#include "ir/uses.h"

namespace psmc::test {

using namespace psmc::ir;

/// Calls `change(module, op)` on each op of a kind that was there at first; true if it changed any.
template <OpKind kind, bool (*change)(Module&, OpId)>
bool each(Module& module) {
  bool any = false;
  for (uint32_t i = 0, count = module.num_ops(); i < count; ++i)
    if (const OpId op(i); !module.op(op).erased && module.op(op).parent.valid() && module.kind(op) == kind)
      any = change(module, op) || any;
  return any;
}

inline bool same_type(const Module& m, ValueId a, ValueId b) { return m.value(a).type == m.value(b).type; }

inline bool use_instead(Module& m, OpId op, ValueId value) {
  const ValueId old = m.result(op);
  if (old == value || !same_type(m, old, value)) return false;
  const Uses uses(m);
  const std::vector<OpId> readers(uses.of(old).begin(), uses.of(old).end());
  for (const OpId reader : readers) {
    if (reader == m.def(value)) continue;
    for (uint32_t i = 0; i < m.op(reader).num_operands; ++i)
      if (m.operand(reader, i) == old) m.set_operand(reader, i, value);
  }
  return !readers.empty();
}

template <uint32_t i, uint32_t j>
bool swap(Module& m, OpId op) {
  const ValueId a = m.operand(op, i), b = m.operand(op, j);
  if (a == b || !same_type(m, a, b)) return false;
  m.set_operand(op, i, b);
  m.set_operand(op, j, a);
  return true;
}
template <OpKind kind>
bool become(Module& m, OpId op) {
  m.set_kind(op, kind);
  return true;
}
template <uint32_t i>
bool drop(Module& m, OpId op) {
  return use_instead(m, op, m.operand(op, i));
}
inline bool use_twice(Module& m, OpId op) {
  if (m.operand(op, 0) == m.operand(op, 1)) return false;
  m.set_operand(op, 1, m.operand(op, 0));
  return same_type(m, m.operand(op, 0), m.operand(op, 1));
}

}  // namespace psmc::test
