// SPDX-License-Identifier: Apache-2.0
// An open image with names: tensors in, launch, tensors out.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "arch/image.h"
#include "sim/chip.h"

namespace psmc::tools {

class Device {
 public:
  /// The image must outlive the device. Errors: those of sim::Chip::open.
  static Result<std::unique_ptr<Device>> open(const arch::Image& image, sim::Options options);
  /// The same in the middle of a launch. Errors: those of sim::Chip::resume, cannot_read.
  static Result<std::unique_ptr<Device>> resume(const arch::Image& image, sim::Options options,
                                                const std::string& checkpoint);

  /// Dense row-major bytes of a symbol of an entry; strides of the image are honoured. Errors: unknown_binding,
  /// bad_option (number of bytes), bad_launch.
  Status write(size_t entry, std::string_view symbol, std::span<const std::byte> bytes);
  Result<std::vector<std::byte>> read(size_t entry, std::string_view symbol) const;
  Result<sim::RunStats> launch(size_t entry) { return chip_->launch(entry); }

  const arch::Image& image() const { return image_; }
  sim::Chip& chip() { return *chip_; }

 private:
  explicit Device(const arch::Image& image) : image_(image) {}
  Result<const arch::Symbol*> find(size_t entry, std::string_view symbol) const;

  const arch::Image& image_;
  std::unique_ptr<sim::Chip> chip_;
};

/// Bytes of the symbol's elements without padding.
size_t dense_bytes_of(const arch::Symbol& symbol);

}  // namespace psmc::tools
