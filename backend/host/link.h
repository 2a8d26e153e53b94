// SPDX-License-Identifier: Apache-2.0
// From an object to a shared library with the linker that the system has.
//
// The library needs libpsmc_rt.so, which it looks for beside itself. The runtime need not be there to link against: a
// stub with its name stands in, so the result does not depend on where psmc is installed.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace psmc::host {

/// The first of ld.lld-19, ld.lld, ld and cc in the folders of `path` (as in $PATH). Errors: no_linker.
Result<std::string> find_linker(const std::string& path);

/// The bytes of `<name>.so`. `stub` is an object without needs of its own. Works in a folder of its own that is
/// removed. Errors: linker_failed, cannot_write, cannot_read.
Result<std::string> link_shared(const std::string& linker, const std::string& object, const std::string& stub,
                                const std::string& name);

}  // namespace psmc::host
