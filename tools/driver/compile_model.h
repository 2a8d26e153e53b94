// SPDX-License-Identifier: Apache-2.0
// Compiling a model that may have to be made smaller to fit.
#pragma once

#include <string>

#include "arch/machine.h"
#include "tools/driver/compile.h"
#include "tools/driver/load.h"

namespace psmc::tools {

/// Compiles with the longest prefill chunk, from the wanted one down in halves, that fits scratchpads and code memory;
/// at last without prefill. `model` was loaded from `path` with `llama`, and is loaded anew for each try.
Result<arch::Image> compile_to_fit(const std::string& path, frontend::LlamaOptions llama, const arch::Machine& machine,
                                   CompileOptions options, LoadedModel& model, CompileReport& report);

}  // namespace psmc::tools
