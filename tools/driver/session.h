// SPDX-License-Identifier: Apache-2.0
// A language model that can be asked for the next logits: on the simulated chip or in the reference interpreter.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "arch/image.h"
#include "ir/interp/interpreter.h"
#include "sim/chip.h"

namespace psmc::tools {

class Session {
 public:
  virtual ~Session() = default;
  /// Logits after `token` at position `pos`.
  virtual Result<std::vector<float>> decode(int32_t token, int64_t pos) = 0;
  /// Logits after the last of `tokens`, which stand from `pos` on; at most chunk() of them, pos <= last_prefill().
  virtual Result<std::vector<float>> prefill(std::span<const int32_t> tokens, int64_t pos) = 0;
  virtual int64_t chunk() const = 0;         ///< 0: no prefill
  virtual int64_t last_prefill() const = 0;  ///< largest position at which prefill may start
  virtual int64_t context() const = 0;       ///< positions
};

Result<std::unique_ptr<Session>> interpreter_session(const ir::Module& module);

/// Runs one entry of an image: symbols in, tensors in, launch, tensors out.
class Device {
 public:
  static Result<std::unique_ptr<Device>> open(const arch::Image& image, sim::Options options);
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

/// `ranges` of the symbols come from the module. `observe` sees each launch's numbers.
Result<std::unique_ptr<Session>> simulator_session(const ir::Module& module, Device& device,
                                                   std::function<void(const sim::RunStats&, bool prefill)> observe);

}  // namespace psmc::tools
