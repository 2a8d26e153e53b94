// SPDX-License-Identifier: Apache-2.0
// A language model that can be asked for the next logits: on the simulated chip or in the reference interpreter.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ir/interp/interpreter.h"
#include "tools/driver/device.h"

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

/// Positions of the language model in `module`. Errors: not_a_language_model.
Result<int64_t> context_of(const ir::Module& module);

Result<std::unique_ptr<Session>> interpreter_session(const ir::Module& module);

/// `ranges` of the symbols come from the module. `observe` sees each launch's numbers.
Result<std::unique_ptr<Session>> simulator_session(const ir::Module& module, Device& device,
                                                   std::function<void(const sim::RunStats&, bool prefill)> observe);

}  // namespace psmc::tools
