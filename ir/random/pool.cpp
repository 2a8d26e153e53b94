// SPDX-License-Identifier: Apache-2.0
// Choosing operands and adding ops.
#include <algorithm>
#include <cmath>

#include "ir/random/generator.h"

namespace psmc::ir {

bool Generator::is_float_tensor(const Known& k) const { return is_float(type(k).dtype); }

std::optional<Known> Generator::pick_float() {
  return pick([&](const Known& k) { return is_float_tensor(k); });
}

// Multiples of 1/16 in [-4, 4], or in [0.5, 4] if `positive`; sometimes all the same.
Known Generator::constant(const Type& type, bool positive) {
  Constant data;
  data.type = module_.type(type);
  Array array(type.dtype, type.bounds());
  const bool uniform = random_.chance(0.3);
  const bool integer = !is_float(type.dtype);
  auto draw = [&] { return positive ? random_.range(8, 64) : random_.range(-64, 64); };
  int64_t number = draw();
  for (int64_t i = 0; i < array.elements(); ++i) {
    if (!uniform) number = draw();
    if (integer)
      array.set_int(i, type.dtype == DType::boolean ? number & 1 : number / 4);
    else
      array.set(i, static_cast<double>(number) / 16);
  }
  data.owned = std::move(array.bytes);
  const ValueId value = builder_.constant(module_.add_constant(std::move(data)));
  const double high = integer ? 16 : 4;
  return note(value, positive ? (integer ? 2 : 0.5) : -high, high, true);
}

Known Generator::like(const Known& x, bool broadcast) {
  const Type& wanted = type(x);
  const auto same = [&](const Known& k) { return module_.value(k.value).type == module_.value(x.value).type; };
  const auto stretches = [&](const Known& k) {
    const Type& t = type(k);
    if (t.dtype != wanted.dtype || t.rank() > wanted.rank()) return false;
    for (size_t d = 0; d < t.rank(); ++d) {
      if (t.dims[d] != Dim(1) && t.dims[d] != wanted.dims[d + wanted.rank() - t.rank()]) return false;
    }
    return true;
  };
  if (random_.chance(0.8)) {
    const auto found = broadcast ? pick(stretches) : pick(same);
    if (found) return *found;
  }
  if (!broadcast && !wanted.has_static_shape()) return x;
  // A constant: of the same shape, or with some of its trailing dimensions.
  Type shape = wanted;
  if (broadcast) {
    const auto drop = static_cast<std::ptrdiff_t>(random_.below(shape.rank() + 1));
    shape.dims.erase(shape.dims.begin(), shape.dims.begin() + drop);
    for (Dim& dim : shape.dims) {
      if (!dim.is_static() || random_.chance(0.2)) dim = Dim(1);
    }
  }
  return constant(shape, false);
}

bool Generator::add(OpKind kind, std::initializer_list<Known> operands, AttrDict attrs, Known result) {
  std::vector<ValueId> values;
  for (const Known& operand : operands) values.push_back(operand.value);
  return add(kind, values, std::move(attrs), result);
}

bool Generator::add(OpKind kind, std::span<const ValueId> operands, AttrDict attrs, Known result) {
  if (!allowed(kind) || !(result.magnitude() <= 4096)) return false;
  const auto op = builder_.try_create(kind, operands, module_.attrs(std::move(attrs)), LocId());
  if (!op.ok()) return false;
  result.value = module_.result(*op);
  const Type& type = module_.value_type(result.value);
  if (type.dtype == DType::f16 && result.magnitude() > 1024) return false;
  if (type.max_elements() > options_.max_elements || type.max_elements() == 0) return false;
  builder_.insert(*op);
  for (Known& known : pool_) {
    if (std::find(operands.begin(), operands.end(), known.value) != operands.end()) known.used = true;
  }
  if (random_.chance(0.3)) module_.set_name(result.value, "v");
  pool_.push_back(result);
  return true;
}

}  // namespace psmc::ir
