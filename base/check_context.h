// SPDX-License-Identifier: Apache-2.0
// What the process was doing (CheckContext of check.h), for whoever reports an exception.
#pragma once

#include <string>

namespace psmc {

/// The innermost context that the last exception has left, else the present one; "" if there is none.
std::string failed_context();

}  // namespace psmc
