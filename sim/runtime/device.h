// SPDX-License-Identifier: Apache-2.0
// What stands behind the C handle psmc_rt_device: an image and the chip that holds it. For C++ code inside psmc that
// wants more than the C functions tell, such as the statistics of the last launch.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sim/chip.h"
#include "sim/runtime/psmc_runtime.h"

/// Never moved: the chip refers to the image.
struct psmc_rt_device {
  struct FreeStaging {
    void operator()(void* memory) const;
  };

  psmc::arch::Image image;
  std::unique_ptr<psmc::sim::Chip> chip;  ///< null if opening failed
  std::unique_ptr<void, FreeStaging> staging;
  uint64_t staging_bytes = 0;
  std::string last_error;
  std::function<void(const psmc::sim::RunStats&, size_t entry)> observe;  ///< called after each good launch
};
