// SPDX-License-Identifier: Apache-2.0
#include "backend/select/address.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/check.h"

namespace psmc::backend {

using arch::Opcode;

namespace {

bool fits_imm(int64_t value) {
  return value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
}

}  // namespace

Addresses::Addresses(Emitter& emit) : emit_(emit) { vars_.emplace_back(); }  // kLaneVar is never asked for

VarId Addresses::loop_var(const Affine& low, int64_t step) {
  vars_.push_back({true, emit_.depth(), kNoReg, low, step});
  return static_cast<VarId>(vars_.size() - 1);
}

VarId Addresses::register_var(Reg reg, uint32_t depth) {
  vars_.push_back({false, depth, reg, {}, 0});
  return static_cast<VarId>(vars_.size() - 1);
}

void Addresses::set_object(uint32_t object, uint32_t argument, int64_t offset) {
  if (objects_.size() <= object) objects_.resize(object + 1);
  objects_[object] = {argument, offset};
}

uint32_t Addresses::depth_of(const Affine& expr) const {
  uint32_t depth = 0;
  for (const auto& [var, c] : expr.terms) depth = std::max(depth, vars_[var].depth);
  return depth;
}

Reg Addresses::base(uint32_t object) {
  if (object == kNone) return kZeroReg;
  const Object& from = objects_[object];
  return emit_.argument(from.argument);
}

Reg Addresses::add_constant(uint32_t depth, Reg reg, int64_t constant) {
  if (constant == 0) return reg;
  if (reg == kZeroReg) return emit_.scalar_const(constant);
  if (fits_imm(constant)) return emit_.make_at(depth, Opcode::addi, reg, kNoReg, kNoReg, kNoReg, constant);
  return emit_.make_at(depth, Opcode::add, reg, emit_.scalar_const(constant));
}

Reg Addresses::scaled(const Var& var, int64_t coefficient) {
  if (coefficient == 1) return var.reg;
  const auto bits = static_cast<uint64_t>(coefficient);
  if (std::has_single_bit(bits)) {
    return emit_.make_at(var.depth, Opcode::shli, var.reg, kNoReg, kNoReg, kNoReg, std::countr_zero(bits));
  }
  if (fits_imm(coefficient))
    return emit_.make_at(var.depth, Opcode::muli, var.reg, kNoReg, kNoReg, kNoReg, coefficient);
  return emit_.make_at(var.depth, Opcode::mul, var.reg, emit_.scalar_const(coefficient));
}

Reg Addresses::pointer(uint32_t object, Terms terms) {
  if (terms.empty()) return base(object);
  // Outermost first; the counter of a scope before the values that are computed in it.
  std::stable_sort(terms.begin(), terms.end(), [&](const auto& a, const auto& b) {
    const Var &x = vars_[a.first], &y = vars_[b.first];
    return x.depth != y.depth ? x.depth < y.depth : x.counter && !y.counter;
  });
  const auto [id, coefficient] = terms.back();
  const Var var = vars_[id];
  Emitter::Key key{object};
  for (const auto& [v, c] : terms) key.insert(key.end(), {v, c});
  if (const auto found = emit_.cache(var.depth).find(key); found != emit_.cache(var.depth).end()) return found->second;
  terms.pop_back();
  Affine rest;
  std::sort(terms.begin(), terms.end());
  rest.terms = terms;
  Reg made;
  if (var.counter) {
    const Affine first = rest + var.low * coefficient;
    const Address start{pointer(object, first.terms), first.constant};  // the object's own offset comes with the access
    const int64_t step = static_cast<int64_t>(static_cast<uint64_t>(var.step) * static_cast<uint64_t>(coefficient));
    const Reg from = fits_imm(start.offset) ? start.base : add_constant(var.depth - 1, start.base, start.offset);
    const int64_t offset = fits_imm(start.offset) ? start.offset : 0;
    made = emit_.make_at(var.depth - 1, Opcode::addi, from, kNoReg, kNoReg, kNoReg, offset);
    if (!fits_imm(step))
      emit_.fail(error(Code::kernel_too_large, "a buffer of the kernel is larger than a scratchpad can be"));
    emit_.increment(var.depth, made, step);
  } else {
    const Reg from = pointer(object, rest.terms);
    const Reg product = scaled(var, coefficient);
    made = from == kZeroReg ? product : emit_.make_at(var.depth, Opcode::add, from, product);
  }
  return emit_.cache(var.depth)[key] = made;
}

Address Addresses::address(uint32_t object, const Affine& bytes) {
  const int64_t extra = object == kNone ? 0 : objects_[object].offset;
  return {pointer(object, bytes.terms), bytes.constant + extra};
}

Reg Addresses::value_at(uint32_t depth, const Affine& expr) {
  const Address at = address(kNone, expr);
  return add_constant(depth, at.base, at.offset);
}

bool Addresses::misaligned(const Affine& bytes, int64_t alignment) const {
  int64_t first = bytes.constant % alignment;
  for (const auto& [id, c] : bytes.terms) {
    const Var& var = vars_[id];
    if (!var.counter) {
      if (c % alignment != 0) return false;  // depends on the value
      continue;
    }
    if ((c % alignment) * (var.step % alignment) % alignment != 0) return true;
    if (!var.low.is_constant()) return false;
    first += (c % alignment) * (var.low.constant % alignment);
  }
  return first % alignment != 0;
}

}  // namespace psmc::backend
