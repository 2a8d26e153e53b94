// SPDX-License-Identifier: Apache-2.0
// The launch that is debugged: a chip, driven in pieces, and what it told last.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "tools/debug/breakpoints.h"
#include "tools/driver/device.h"

namespace psmc::tools::debug {

/// Opens a device with these options and writes the inputs of the entry.
using OpenDevice = std::function<Result<std::unique_ptr<Device>>(sim::Options)>;

/// A transfer that is not done.
struct HeldTransfer {
  sim::Transfer transfer;
  sim::TransferStep step = sim::TransferStep::queued;
  Cycle since = 0;  ///< of the step
};

class Target {
 public:
  /// `image` and `breaks` must outlive the target.
  Target(const arch::Image& image, size_t entry, OpenDevice open, Breakpoints& breaks)
      : image_(image), entry_(entry), open_(std::move(open)), breaks_(breaks) {}

  /// Begins the launch, anew if there was one. Errors: those of opening and of Chip::begin.
  Status start();
  /// Runs the cycles before `limit`, or until something stops it: breakpoints, or `until` after a cycle.
  void run(Cycle limit, const std::function<bool()>& until = {});

  const arch::Image& image() const { return image_; }
  const arch::Entry& entry() const { return image_.entries[entry_]; }
  sim::Chip& chip() { return device_->chip(); }
  Device& device() { return *device_; }
  /// What the tile did last; null if nothing yet.
  const sim::TraceEvent* last(uint32_t tile) const { return last_[tile].cycles != 0 ? &last_[tile] : nullptr; }
  /// The last words that it issued, in order.
  const std::deque<sim::TraceEvent>& recent(uint32_t tile) const { return recent_[tile]; }
  /// By tag.
  const std::map<uint32_t, HeldTransfer>& transfers() const { return transfers_; }

 private:
  void core(const sim::TraceEvent& event);
  void transfer(const sim::TransferEvent& event);

  const arch::Image& image_;
  size_t entry_;
  OpenDevice open_;
  Breakpoints& breaks_;
  std::unique_ptr<Device> device_;
  std::vector<sim::TraceEvent> last_;                ///< by tile
  std::vector<std::deque<sim::TraceEvent>> recent_;  ///< by tile
  std::map<uint32_t, HeldTransfer> transfers_;
};

}  // namespace psmc::tools::debug
