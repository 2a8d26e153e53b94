// SPDX-License-Identifier: Apache-2.0
// The whole way from a graph-level module to a program image, phase by phase; the only place that knows the order.
#pragma once

#include <string>
#include <vector>

#include "arch/image.h"
#include "backend/kernel.h"
#include "ir/module.h"
#include "ir/pass.h"
#include "tools/driver/reporting.h"

namespace psmc::tools {

struct CompileOptions {
  std::vector<std::string> entries;  ///< functions to compile; empty: all
  uint32_t columns = 0, rows = 0;    ///< rectangle of tiles; 0: chosen
  bool stream_weights = false;       ///< fetch weights from device memory in every run even if they would fit
  std::string passes;                ///< graph-level pipeline; empty: the default
  ir::PipelineOptions pipeline;      ///< dumps and checks between passes
  bool timing = false;               ///< pass times on standard error
  bool check = true;                 ///< run the static hazard checker on the image
  Reporting reporting;
};

/// What the phases left behind besides the image, for dumps and reports.
struct CompileReport {
  std::string kernels;    ///< loop level, text form
  std::string partition;  ///< which tiles run what, for people
  size_t kernel_count = 0, code_words = 0;
  /// What the register allocator did, by arch::RegFile: the most alive in one kernel, the rest summed over kernels.
  std::array<backend::FileReport, 6> registers{};
  double seconds = 0;  ///< CPU time
};

/// The register files in use, a line each.
std::string allocation_text(const CompileReport& report, const arch::Machine& machine);

/// Graph-level passes that make a module fit for planning: inlining of composites, simplification, fusion.
Status prepare(ir::Module& module, const CompileOptions& options);

/// What can be said against the options before anything is done. Errors: bad_option, bad_pipeline.
Status check_options(const ir::Module& module, const arch::Machine& machine, const CompileOptions& options);

Result<arch::Image> compile(ir::Module& module, const arch::Machine& machine, const CompileOptions& options,
                            CompileReport& report);

}  // namespace psmc::tools
