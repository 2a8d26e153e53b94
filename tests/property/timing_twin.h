// SPDX-License-Identifier: Apache-2.0
// A second device that runs the same image without numbers and gets the control inputs alone: its cycles, counters and
// links must be those of the device with numbers.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>

#include "tools/driver/device.h"

namespace psmc::test {

class TimingTwin {
 public:
  static Result<TimingTwin> open(const arch::Image& image) {
    sim::Options options;
    options.numbers = false;
    TimingTwin twin;
    PSMC_ASSIGN(twin.device_, tools::Device::open(image, options));
    return twin;
  }

  /// After `device` has launched `entry` and measured `expected`: empty, or what differs.
  std::string differs(const tools::Device& device, size_t entry, sim::RunStats expected) {
    for (const arch::Symbol& symbol : device.image().entries[entry].symbols) {
      if (symbol.kind != arch::SymbolKind::input || !symbol.control) continue;
      const auto bytes = device.read(entry, symbol.name);
      if (!bytes.ok()) return bytes.diagnostic().render();
      if (const Status written = device_->write(entry, symbol.name, *bytes); !written.ok())
        return written.diagnostic().render();
    }
    Result<sim::RunStats> stats = device_->launch(entry);
    if (!stats.ok()) return "timing only: " + stats.diagnostic().render();
    stats->host_bytes = expected.host_bytes;  // inputs without control were not written
    stats->host_cycles = expected.host_cycles;
    if (*stats == expected) return {};
    return fmt::format("timing only: {} cycles instead of {}, or another counter", stats->cycles, expected.cycles);
  }

 private:
  std::unique_ptr<tools::Device> device_;
};

}  // namespace psmc::test
