// SPDX-License-Identifier: Apache-2.0
#include "frontend/llama/weights.h"

#include <cstring>

#include "ir/array_convert.h"

namespace psmc::frontend {
namespace {

std::vector<ir::Dim> dims_of(const std::vector<int64_t>& shape) { return {shape.begin(), shape.end()}; }

std::vector<std::byte> converted(const ir::TensorView& tensor, DType dtype) {
  ir::Array array;
  array.dtype = tensor.dtype;
  array.shape = tensor.shape;
  array.bytes.assign(tensor.bytes.begin(), tensor.bytes.end());
  if (tensor.dtype == dtype) return std::move(array.bytes);
  return ir::from_doubles(dtype, tensor.shape, ir::to_doubles(array)).bytes;
}

}  // namespace

ir::ConstId WeightTable::get(const std::string& name, DType dtype) {
  if (const ir::ConstId known = module_.find_constant(name)) return known;
  const Weight* weight = checkpoint_.find(name);
  PSMC_CHECK(weight != nullptr, "a weight that check_weights has seen is gone");
  ir::Constant constant;
  constant.name = module_.str(name);
  constant.type = module_.type(ir::tensor_type(dtype, dims_of(weight->tensor.shape)));
  if (weight->tensor.dtype == dtype)
    constant.view = weight->tensor.bytes;
  else
    constant.owned = converted(weight->tensor, dtype);
  return module_.add_constant(std::move(constant));
}

ir::ConstId WeightTable::get_rotated(const std::string& name, DType dtype, int64_t heads) {
  if (checkpoint_.config().rope_pairs == RopePairs::half_split) return get(name, dtype);
  if (const ir::ConstId known = module_.find_constant(name)) return known;
  const Weight* weight = checkpoint_.find(name);
  PSMC_CHECK(weight != nullptr, "a weight that check_weights has seen is gone");
  const std::vector<std::byte> source = converted(weight->tensor, dtype);
  const auto rows = static_cast<size_t>(weight->tensor.shape[0]);
  const size_t row_bytes = source.size() / rows, width = rows / static_cast<size_t>(heads), half = width / 2;
  ir::Constant constant;
  constant.name = module_.str(name);
  constant.type = module_.type(ir::tensor_type(dtype, dims_of(weight->tensor.shape)));
  constant.owned.resize(source.size());
  for (size_t row = 0; row < rows; ++row) {
    const size_t head = row / width, i = row % width;
    const size_t to = head * width + (i % 2) * half + i / 2;
    std::memcpy(&constant.owned[to * row_bytes], &source[row * row_bytes], row_bytes);
  }
  return module_.add_constant(std::move(constant));
}

ir::ConstId WeightTable::add_table(const std::string& name, int64_t rows, int64_t columns, std::vector<float> values) {
  ir::Constant constant;
  constant.name = module_.str(name);
  constant.type = module_.type(ir::tensor_type(DType::f32, {rows, columns}));
  constant.owned.resize(values.size() * sizeof(float));
  std::memcpy(constant.owned.data(), values.data(), constant.owned.size());
  return module_.add_constant(std::move(constant));
}

}  // namespace psmc::frontend
