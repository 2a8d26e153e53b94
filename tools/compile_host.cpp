// SPDX-License-Identifier: Apache-2.0
#include "tools/compile_host.h"

namespace psmc::tools {

Result<std::string> emit_host(HostKind kind, const arch::Image& image, const std::string& name) {
  (void)kind;
  (void)image;
  (void)name;
  return error(Code::bad_option, "this build has no host code generator",
               {"--emit=psmx makes a program image, which `psmc run` and `psmc sim` execute"});
}

}  // namespace psmc::tools
