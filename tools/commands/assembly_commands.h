// SPDX-License-Identifier: Apache-2.0
// `psmc as` and `psmc dis`: program images from and to text assembly.
#pragma once

#include <string>

#include "arch/image.h"
#include "base/result.h"
#include "tools/driver/reporting.h"

namespace psmc::tools {

struct AssemblyCommand {
  std::string in, out = "-";
  bool check = false;  ///< as: also run the static hazard checker
  Reporting reporting;
};

/// .psma -> .psmx. Returns the exit status.
Result<int> assemble_file(const AssemblyCommand& command);
/// .psmx -> .psma. Returns the exit status.
Result<int> disassemble_file(const AssemblyCommand& command);

/// A program image from a file, .psmx or assembly (.psma), or from standard input ("-").
Result<arch::Image> read_image(const std::string& path);

}  // namespace psmc::tools
