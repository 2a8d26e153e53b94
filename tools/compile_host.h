// SPDX-License-Identifier: Apache-2.0
// The seam between `psmc compile` and backend/host: kinds of output that hold host code.
#pragma once

#include <string>

#include "arch/image.h"
#include "base/result.h"

namespace psmc::tools {

enum class HostKind : uint8_t { llvm_ir, object, shared, header };

/// The bytes of that kind for a compiled model; `name` is the stem of the files and prefix of the C symbols.
Result<std::string> emit_host(HostKind kind, const arch::Image& image, const std::string& name);

}  // namespace psmc::tools
