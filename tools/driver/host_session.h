// SPDX-License-Identifier: Apache-2.0
// A session over the host library that users get: made for the image, loaded into this process, and called through its
// C interface, so every `psmc run` exercises what `psmc compile --emit=so` gives away.
#pragma once

#include <functional>
#include <memory>

#include "arch/image.h"
#include "sim/chip.h"
#include "tools/driver/session.h"

namespace psmc::tools {

/// `observe` sees each launch's numbers. Of `options` races and max_cycles count. The image is copied.
/// Errors: not_a_language_model, host_unsupported, host_load, and those of opening an image.
Result<std::unique_ptr<Session>> host_session(const ir::Module& module, const arch::Image& image,
                                              const sim::Options& options,
                                              std::function<void(const sim::RunStats&, bool prefill)> observe);

}  // namespace psmc::tools
