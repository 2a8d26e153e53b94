// SPDX-License-Identifier: Apache-2.0
// Reads and writes .safetensors: eight bytes of header length, a JSON header, then the tensors' bytes.
//
// Nothing in the header is believed: its length is limited, each tensor's bytes must lie in the file and be as many as
// its shape and dtype say, and the tensors must tile the data without holes or overlaps (as the format demands).
// Dtypes: F64 F32 F16 BF16 I8 I32 I64 BOOL; any other is refused by name.
// Format: https://github.com/huggingface/safetensors#format
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/external/tensor_view.h"

#include "base/file.h"
#include "base/result.h"

namespace psmc::ir {

/// The tensors of a .safetensors file, in order of their names. `file` is for messages.
/// Errors: bad_safetensors, bad_json, json_type, too_large, unsupported_dtype.
Result<std::vector<TensorView>> parse_safetensors(std::string_view file, std::span<const std::byte> bytes);

/// A mapped .safetensors file with its tensors.
class SafetensorsFile {
 public:
  /// Errors: cannot_read and those of parse_safetensors.
  static Result<SafetensorsFile> open(const std::string& path);
  /// In order of their names.
  const std::vector<TensorView>& tensors() const { return tensors_; }
  /// Null if there is none of that name.
  const TensorView* find(std::string_view name) const;
  /// Where one of tensors() begins in the file.
  uint64_t offset_of(const TensorView& tensor) const {
    return static_cast<uint64_t>(tensor.bytes.data() - file_.bytes().data());
  }

 private:
  SafetensorsFile(MappedFile file, std::vector<TensorView> tensors)
      : file_(std::move(file)), tensors_(std::move(tensors)) {}
  MappedFile file_;
  std::vector<TensorView> tensors_;
};

/// A whole .safetensors file of these tensors, in the given order; the data begins at a multiple of 8.
std::string safetensors_bytes(std::span<const TensorView> tensors);

}  // namespace psmc::ir
