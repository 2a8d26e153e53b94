// SPDX-License-Identifier: Apache-2.0
#include "ir/external/tensor_view.h"

#include <limits>

namespace psmc::ir {

std::optional<uint64_t> dense_bytes(std::span<const int64_t> shape, DType dtype) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  uint64_t bytes = dtype_bytes(dtype);
  bool empty = false;
  for (const int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (extent == 0)
      empty = true;
    else if (bytes > kMost / static_cast<uint64_t>(extent))
      return std::nullopt;
    else
      bytes *= static_cast<uint64_t>(extent);
  }
  return empty ? 0 : bytes;
}

std::string shape_text(std::span<const int64_t> shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (const int64_t extent : shape) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

}  // namespace psmc::ir
