// SPDX-License-Identifier: Apache-2.0
// What psmc knows, as text: ops, passes, machines, diagnostic codes.
#pragma once

#include <string>

#include "base/result.h"

namespace psmc::tools {

std::string ops_text();
std::string passes_text();
std::string archs_text();

/// What a code ("PSM0101", "0101" or its name "cannot_read") means. Errors: bad_option.
Result<std::string> explain_code(const std::string& code);

}  // namespace psmc::tools
