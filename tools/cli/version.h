// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace psmc::tools {

constexpr std::string_view kVersion = "0.1";

}  // namespace psmc::tools
