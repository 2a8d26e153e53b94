// SPDX-License-Identifier: Apache-2.0
// A language model that can be asked for the next logits: in the reference interpreter, or on the simulated chip. What
// users get is host_session.h; simulator_session drives the chip without host code, so that tests can compare.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ir/interp/interpreter.h"
#include "tools/driver/device.h"

namespace psmc::tools {

/// Where in its context a model can be asked.
struct Positions {
  int64_t context = 0;       ///< positions
  int64_t chunk = 0;         ///< tokens of a prefill at most; 0: no prefill
  int64_t last_prefill = 0;  ///< largest position at which prefill may start
  int64_t vocab = 0;         ///< logits
};

/// Of the language model in `module`, whose functions are checked: @decode[pos] and, if there, @prefill[pos, count]
/// take i32 %tokens and state and give f32 %logits and the state. Errors: not_a_language_model.
Result<Positions> positions_of(const ir::Module& module);

class Session {
 public:
  explicit Session(Positions positions) : positions_(positions) {}
  virtual ~Session() = default;
  /// Logits after `token` at position `pos`.
  virtual Result<std::vector<float>> decode(int32_t token, int64_t pos) = 0;
  /// Logits after the last of `tokens`, which stand from `pos` on; at most chunk() of them, pos <= last_prefill().
  virtual Result<std::vector<float>> prefill(std::span<const int32_t> tokens, int64_t pos) = 0;
  int64_t chunk() const { return positions_.chunk; }
  int64_t last_prefill() const { return positions_.last_prefill; }
  int64_t context() const { return positions_.context; }

 private:
  Positions positions_;
};

/// For models of this program's own making: no call is too long.
inline ir::InterpOptions without_limit() {
  ir::InterpOptions options;
  options.max_steps = uint64_t{1} << 60;
  return options;
}

/// A call may take options.max_steps.
Result<std::unique_ptr<Session>> interpreter_session(const ir::Module& module, const ir::InterpOptions& options = {});

/// `observe` sees each launch's numbers.
Result<std::unique_ptr<Session>> simulator_session(const ir::Module& module, Device& device,
                                                   std::function<void(const sim::RunStats&, bool prefill)> observe);

}  // namespace psmc::tools
