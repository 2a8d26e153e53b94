// SPDX-License-Identifier: Apache-2.0
// What psmc knows, as text: ops, passes, machines.
#pragma once

#include <string>

namespace psmc::tools {

std::string ops_text();
std::string passes_text();
std::string rewrites_text();  ///< the rules of canonicalize, in Markdown
std::string archs_text();

}  // namespace psmc::tools
