// SPDX-License-Identifier: Apache-2.0
// `psmc compile`: a model becomes files of one or several kinds.
//
// With one kind, OUT is the file. With several, each kind's file is OUT with the kind's extension instead of its own.
// Without --emit the extension of OUT says what is wanted; without extension it is .psmx. Nothing is written unless
// everything could be made, and all of it or nothing. Beside a shared library the runtime is put, which it needs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/dtype.h"
#include "base/result.h"
#include "tools/commands/pass_options.h"
#include "tools/driver/reporting.h"

namespace psmc::tools {

struct CompileCommand {
  std::string model, out, arch = "psm1", passes, host_cpu = "x86-64-v2";
  std::vector<std::string> emit;         ///< emit_names()
  std::string compile_from, compile_to;  ///< compile_phases.h
  std::vector<std::string> entries;
  DType dtype = DType::bf16;
  int64_t chunk = 16, max_context = 0;
  uint32_t columns = 0, rows = 0;
  bool stream_weights = false;
  unsigned threads = 0;  ///< 0: as many as the machine has
  PassOptions pass_options;
  Reporting reporting;
};

/// Returns the exit status.
Result<int> compile_model_file(const CompileCommand& command);

}  // namespace psmc::tools
