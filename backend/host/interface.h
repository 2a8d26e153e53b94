// SPDX-License-Identifier: Apache-2.0
// The C interface of a compiled model, worked out from its image: names, argument structs, user types, layouts.
//
// An entry `decode` of model `story` becomes story_decode(story_model*, story_decode_args*). The struct begins with its
// size, its version and the measured cycles; then come, in the image's order, a by-value int64_t for each integer input
// without dimensions, and a pointer and a count of elements for every other input and output. States stay on the
// device.
//
//   device type         f32 f16 bf16   f64      i8 bool i32   i64 index
//   user's array        float          double   int32_t       int64_t
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arch/image.h"
#include "base/result.h"

namespace psmc::host {

inline constexpr uint32_t kAbiVersion = 1;
inline constexpr uint32_t kArgsHeadBytes = 16;  ///< struct_size, version, cycles

/// A dimension of a tensor after merging those that are contiguous.
struct Dim {
  uint64_t extent = 0;
  uint64_t stride = 0;  ///< bytes in device memory
};

struct Argument {
  std::string name;  ///< of the field
  bool input = true;
  bool by_value = false;
  DType device = DType::f32, user = DType::f32;
  std::vector<int64_t> shape;
  std::vector<Dim> dims;  ///< outermost first, none of extent 1
  uint64_t elements = 0, address = 0;
  uint64_t span = 0;    ///< bytes from the first to the end of the last element on the device
  uint32_t offset = 0;  ///< of the field in the struct

  bool dense() const { return span == elements * dtype_bytes(device); }
  /// Fewer elements may be given; the rest are zeros.
  bool may_be_short() const { return input && !by_value && shape.size() == 1 && elements > 1; }
};

struct Function {
  std::string name;         ///< of the entry, as a C identifier
  uint32_t entry = 0;       ///< number in the image
  uint32_t args_bytes = 0;  ///< size of its struct
  std::vector<Argument> arguments;
};

struct Interface {
  std::string prefix;
  std::vector<Function> functions;
};

/// Errors: host_unsupported.
Result<Interface> interface_of(const arch::Image& image, const std::string& name);

/// `name` with everything that a C identifier may not hold replaced by '_'.
std::string c_identifier(const std::string& name);

/// The C header for it.
std::string header_of(const Interface& interface);

/// The same facts as JSON, for callers that cannot read headers; the library hands it out.
std::string describe(const Interface& interface);

}  // namespace psmc::host
