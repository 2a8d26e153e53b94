// SPDX-License-Identifier: Apache-2.0
// Forms of values: numbers in vectors and masks, index values as affine expressions, and registers that change.
#include "backend/abi.h"
#include "backend/select/map.h"
#include "backend/select/selector.h"
#include "base/check.h"

namespace psmc::backend {

using arch::Opcode;
using arch::RegFile;

void Selector::set_regs(ir::ValueId value, std::vector<Reg> regs) {
  Value made;
  made.dtype = type_of(value).dtype;
  made.form = made.dtype == DType::boolean ? Value::Form::mask : Value::Form::vector;
  made.regs = std::move(regs);
  set(value, std::move(made));
}

void Selector::set_index(ir::ValueId value, const Affine& affine) {
  Value made;
  made.dtype = DType::index;
  made.form = Value::Form::index;
  made.affine = affine;
  set(value, std::move(made));
}

size_t Selector::groups_of(ir::OpId op) const {
  if (!lanes_) return 1;
  for (const ir::ValueId operand : module_.operands(op)) {
    if (varying(operand)) return lanes_->masks.size();
  }
  return 1;
}

Reg Selector::reg(const Value& value, size_t group) {
  if (value.number) return emit_number(emit_, value.dtype, *value.number);
  if (value.form == Value::Form::index) return index_lanes(value.affine, group);
  if (value.regs.empty()) {
    emit_.fail(error(Code::kernel_unsupported, "a kernel uses a value that the backend cannot hold in a register"));
    return emit_.vector_int(0);
  }
  return value.regs.size() == 1 ? value.regs[0] : value.regs[group];
}

Reg Selector::uniform_lanes(const Affine& affine) {
  if (affine.is_constant()) return emit_.vector_int(static_cast<int32_t>(affine.constant));
  const uint32_t depth = addresses_.depth_of(affine);
  Emitter::Key key{-1, affine.constant};
  for (const auto& [var, c] : affine.terms) key.insert(key.end(), {var, c});
  if (const auto found = emit_.cache(depth).find(key); found != emit_.cache(depth).end()) return found->second;
  const Reg scalar = addresses_.value_at(depth, affine);
  return emit_.cache(depth)[key] = emit_.make_at(depth, Opcode::vbcs, scalar);
}

Reg Selector::index_lanes(const Affine& affine, size_t group) {
  const int64_t factor = affine.coefficient(kLaneVar);
  const Affine rest = affine.without(kLaneVar);
  if (factor == 0) return uniform_lanes(rest);
  Reg lanes = emit_.lane_numbers();
  if (factor != 1) {
    Reg& scaled = emit_.cache(0).try_emplace(Emitter::Key{-2, factor}, kNoReg).first->second;
    if (scaled == kNoReg)
      scaled = emit_.make_at(0, Opcode::vimul, lanes, emit_.vector_int(static_cast<int32_t>(factor)));
    lanes = scaled;
  }
  const Affine first = rest + Affine(static_cast<int64_t>(group) * arch::kLanes * factor);
  if (first == Affine(0)) return lanes;
  return emit_.make(Opcode::viadd, lanes, uniform_lanes(first));
}

Affine Selector::scalar_affine(Reg scalar) { return Affine::of(addresses_.register_var(scalar, emit_.depth())); }

Reg Selector::scalar_of(const Value& value) {
  if (value.form == Value::Form::index) return addresses_.value(value.affine);
  return emit_.make(Opcode::vgets, reg(value, 0));
}

Affine Selector::affine_of(ir::ValueId value) {
  const Value& known = at(value);
  if (known.form == Value::Form::index) return known.affine;
  if (known.has_scalar) return known.affine;
  if (known.number) return Affine(static_cast<int64_t>(*known.number));
  if (varying(value)) {
    emit_.fail(error(Code::kernel_access, "a subscript depends on the lane, but not affinely",
                     {"make the loop a scalar one: leave out unit = \"vector\""}));
    return {};
  }
  const Affine affine = scalar_affine(scalar_of(known));
  at(value).affine = affine;
  // Known here and below, but perhaps not in code that follows this scope.
  at(value).has_scalar = emit_.depth() == 0;
  return affine;
}

Affine Selector::affine_of(const ir::SymExpr& expr) {
  Affine result(expr.constant);
  for (const auto& [name, c] : expr.terms) {
    for (size_t i = 0; i < func_.symbols.size(); ++i) {
      if (func_.symbols[i].name == name) result = result + Affine::of(symbols_[i], c);
    }
  }
  return result;
}

Value Selector::variable_like(const Value& value, size_t groups, bool per_lane) {
  Value made;
  made.form = value.form;
  made.dtype = value.dtype;
  // An index that differs from lane to lane is carried as i32 lanes.
  if (value.form == Value::Form::index && per_lane) made.form = Value::Form::vector;
  const RegFile file = made.form == Value::Form::index  ? RegFile::s
                       : made.form == Value::Form::mask ? RegFile::m
                                                        : RegFile::v;
  for (size_t i = 0; i < groups; ++i) made.regs.push_back(out_.add_reg(file));
  return made;
}

std::vector<Reg> Selector::sources(const Value& variable, const Value& value) {
  if (variable.form == Value::Form::index) return {scalar_of(value)};
  std::vector<Reg> regs;
  for (size_t group = 0; group < variable.regs.size(); ++group) regs.push_back(reg(value, group));
  return regs;
}

void Selector::assign(std::span<Value> variables, std::span<const Value> values) {
  std::vector<std::pair<Reg, Reg>> moves;
  std::unordered_set<Reg> targets;
  for (size_t i = 0; i < variables.size(); ++i) {
    const std::vector<Reg> from = sources(variables[i], values[i]);
    for (size_t j = 0; j < from.size(); ++j) {
      moves.emplace_back(variables[i].regs[j], from[j]);
      targets.insert(variables[i].regs[j]);
    }
  }
  for (auto& [to, from] : moves) {
    if (to == from || targets.count(from) == 0) continue;
    const Reg copy = out_.add_reg(out_.regs[from].file);
    emit_.move(copy, from);
    from = copy;
  }
  for (const auto& [to, from] : moves) {
    if (to != from) emit_.move(to, from);
  }
}

}  // namespace psmc::backend
