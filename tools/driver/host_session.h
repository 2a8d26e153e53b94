// SPDX-License-Identifier: Apache-2.0
// A session over the host library that users get: made for the image, loaded into this process, and called through its
// C interface, so every `psmc run` exercises what `psmc compile --emit=so` gives away. One thing differs: the image is
// not copied into the library but handed to it, for it may be large.
#pragma once

#include <functional>
#include <memory>

#include "arch/image.h"
#include "sim/chip.h"
#include "tools/driver/session.h"

namespace psmc::tools {

class HostSession : public Session {
 public:
  using Session::Session;
  /// As the device holds it.
  virtual const arch::Image& image() const = 0;
};

/// `observe` sees each launch's numbers. Of `options` races, numbers, max_cycles and progress count.
/// Errors: not_a_language_model, host_unsupported, host_load, and those of opening an image.
Result<std::unique_ptr<HostSession>> host_session(const ir::Module& module, arch::Image image,
                                                  const sim::Options& options,
                                                  std::function<void(const sim::RunStats&, bool prefill)> observe);

}  // namespace psmc::tools
