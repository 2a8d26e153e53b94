// SPDX-License-Identifier: Apache-2.0
// The seam between `psmc compile` and backend/host: kinds of output that hold host code.
#pragma once

#include <string>

#include "arch/image.h"
#include "base/result.h"

namespace psmc::tools {

enum class HostKind : uint8_t { llvm_ir, object, shared, header };

/// The bytes of that kind for a compiled model; `name` is the stem of the files and prefix of the C symbols, `cpu` the
/// processor of the host. Errors: host_unsupported, host_cpu, no_linker, linker_failed.
Result<std::string> emit_host(HostKind kind, const arch::Image& image, const std::string& name,
                              const std::string& cpu = "x86-64-v2");

inline constexpr const char* kRuntimeName = "libpsmc_rt.so";

/// The bytes of libpsmc_rt.so, which shared libraries look for in their own folder; it lies beside psmc, or in ../lib.
/// Errors: cannot_read.
Result<std::string> runtime_library();

}  // namespace psmc::tools
