// SPDX-License-Identifier: Apache-2.0
// The rules of canonicalize as a page: docs/rewrites.md is what `psmc --list-rewrites` prints.
#pragma once

#include <string>

namespace psmc::midend {

std::string rewrites_page();

}  // namespace psmc::midend
