// SPDX-License-Identifier: Apache-2.0
// A tensor that stands in somebody else's bytes: what the readers of .safetensors and .npy hand out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"

namespace psmc::ir {

/// `bytes` is little-endian, row-major, exactly as large as shape and dtype say, and need not be aligned; it lives as
/// long as the file object that it came from. A boolean is one byte, zero or not.
struct TensorView {
  std::string name;
  DType dtype{};
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
};

/// Bytes of a dense tensor, or nothing if an extent is negative or the product does not fit in 63 bits.
std::optional<uint64_t> dense_bytes(std::span<const int64_t> shape, DType dtype);

/// "2x3" (a scalar is "scalar"), for messages.
std::string shape_text(std::span<const int64_t> shape);

}  // namespace psmc::ir
