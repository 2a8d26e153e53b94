// SPDX-License-Identifier: Apache-2.0
// Reads and writes NumPy's .npy, versions 1 to 3, little-endian and in C order.
//
// descr: <f8 <f4 <f2 |i1 <i4 <i8 |b1. bf16, which NumPy does not have, is `|V2` (what ml_dtypes writes) and is also
// read from <u2; in NumPy: `(a.view("<u2").astype("<u4") << 16).view("<f4")`. Format:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ir/external/tensor_view.h"

#include "base/file.h"
#include "base/result.h"

namespace psmc::ir {

/// The one array of a .npy file; its name is empty. Errors: bad_npy, unsupported_dtype.
Result<TensorView> parse_npy(std::string_view file, std::span<const std::byte> bytes);

/// A mapped .npy file with its array.
class NpyFile {
 public:
  /// Errors: cannot_read and those of parse_npy.
  static Result<NpyFile> open(const std::string& path);
  const TensorView& tensor() const { return tensor_; }

 private:
  NpyFile(MappedFile file, TensorView tensor) : file_(std::move(file)), tensor_(std::move(tensor)) {}
  MappedFile file_;
  TensorView tensor_;
};

/// A whole .npy file in version 1 (an index becomes <i8).
std::string npy_bytes(const TensorView& tensor);
/// Errors: cannot_write.
Status write_npy(const std::string& path, const TensorView& tensor);

}  // namespace psmc::ir
