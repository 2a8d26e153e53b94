// SPDX-License-Identifier: Apache-2.0
#include "midend/node/constants.h"

#include <cstring>

#include "ir/array.h"

namespace psmc::midend {

ir::ConstId constant_id(const ir::Module& module, ir::OpId constant) {
  return ir::ConstId(static_cast<uint32_t>(module.int_attr(constant, "id")));
}

std::optional<double> constant_splat(const ir::Module& module, ir::OpId constant) {
  const ir::Constant& data = module.constant(constant_id(module, constant));
  const size_t size = dtype_bytes(module.type(data.type).dtype);
  const std::span<const std::byte> bytes = data.bytes();
  if (bytes.size() < size || bytes.empty()) return std::nullopt;
  if (std::memcmp(bytes.data(), bytes.data() + size, bytes.size() - size) != 0) return std::nullopt;
  ir::Array element(module.type(data.type).dtype, {});
  std::memcpy(element.bytes.data(), bytes.data(), size);
  return element.get(0);
}

}  // namespace psmc::midend
