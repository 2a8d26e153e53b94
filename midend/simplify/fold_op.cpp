// SPDX-License-Identifier: Apache-2.0
#include "midend/simplify/fold_op.h"

#include <algorithm>

namespace psmc::midend {
namespace {

constexpr int64_t kMayGrowTo = 1024;
constexpr int64_t kMostSteps = int64_t{1} << 22;

bool reads_symbols(const ir::Module& module, ir::OpId op) {
  const ir::AttrDict& attrs = module.attrs(module.op(op).attrs);
  return std::any_of(attrs.begin(), attrs.end(),
                     [](const ir::Attr& a) { return std::holds_alternative<ir::SymList>(a.value); });
}

bool size_fits(const ir::Type& type, int64_t operand_bytes, int64_t limit) {
  const int64_t elements = type.max_elements(), width = static_cast<int64_t>(dtype_bytes(type.dtype));
  if (elements > limit / width) return false;
  return elements * width <= std::max(operand_bytes, kMayGrowTo);
}

int64_t steps_of(const ir::Module& module, ir::OpId op) {
  int64_t steps = 0;
  if (!ir::has_access(module, op)) return module.value_type(module.operand(op, 0)).max_elements();
  for (const ir::Piece& piece : ir::access_of(module, op)) {
    int64_t points = 1;
    for (const ir::IterDim& dim : piece.space)
      if (__builtin_mul_overflow(points, dim.extent.bound, &points)) return kMostSteps + 1;
    if (__builtin_add_overflow(steps, points, &steps)) return kMostSteps + 1;
  }
  return steps;
}

ir::Array array_of(const ir::Module& module, const ir::Constant& constant) {
  ir::Array array;
  array.dtype = module.type(constant.type).dtype;
  array.shape = module.type(constant.type).bounds();
  array.bytes.assign(constant.bytes().begin(), constant.bytes().end());
  return array;
}

}  // namespace

const ir::Constant* constant_of(const ir::Module& module, ir::ValueId value) {
  const ir::OpId def = module.def(value);
  if (!def.valid() || module.kind(def) != ir::OpKind::constant || !module.find_attr(def, "id")) return nullptr;
  const ir::Constant& constant = module.constant(ir::ConstId(static_cast<uint32_t>(module.int_attr(def, "id"))));
  return has_bytes(module, constant) ? &constant : nullptr;
}

bool has_bytes(const ir::Module& module, const ir::Constant& constant) {
  const ir::Type& type = module.type(constant.type);
  return constant.bytes().size() == static_cast<uint64_t>(type.max_elements()) * dtype_bytes(type.dtype);
}

bool is_foldable(const ir::Module& module, ir::OpId op) {
  const ir::OpData& data = module.op(op);
  if (ir::op_def(data.kind).eval == nullptr || data.num_operands == 0 || data.num_results != 1) return false;
  const ir::Type& type = module.value_type(module.result(op));
  return type.is_tensor() && type.has_static_shape() && !reads_symbols(module, op);
}

std::optional<ir::Constant> fold_op(const ir::Module& module, ir::OpId op,
                                    std::span<const ir::Constant* const> operands, int64_t limit) {
  const ir::TypeId type = module.value(module.result(op)).type;
  int64_t operand_bytes = 0;
  for (const ir::Constant* constant : operands) operand_bytes += static_cast<int64_t>(constant->bytes().size());
  if (!size_fits(module.type(type), operand_bytes, limit) || steps_of(module, op) > kMostSteps) return std::nullopt;
  std::vector<ir::Array> arrays;
  for (const ir::Constant* constant : operands) arrays.push_back(array_of(module, *constant));
  std::vector<const ir::Array*> pointers;
  for (const ir::Array& array : arrays) pointers.push_back(&array);
  Result<ir::Array> result = ir::op_def(module.kind(op)).eval({module, op, pointers, {}});
  if (!result.ok() || result->shape != module.type(type).bounds()) return std::nullopt;
  ir::Constant constant;
  constant.type = type;
  constant.owned = std::move(result->bytes);
  return constant;
}

}  // namespace psmc::midend
