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
  bool spread_sums = true;           ///< before the passes, unless that decision is left out
  ir::PipelineOptions pipeline;      ///< dumps and checks between passes; its `input` is the module that is compiled
  unsigned threads = 1;              ///< 0: as many as the machine has; the image is the same
  const TimeScope* time = nullptr;
  bool check = true;  ///< run the static hazard checker on the image
  Reporting reporting;
};

/// What the phases left behind besides the image, for dumps and reports.
struct CompileReport {
  std::string kernels;    ///< loop level, text form
  std::string partition;  ///< which tiles run what, for people
  size_t kernel_count = 0, code_words = 0;
  /// What the register allocator did, by arch::RegFile: the most alive in one kernel, the rest summed over kernels.
  std::array<backend::FileReport, 6> registers{};
  double seconds = 0;                  ///< CPU time
  std::vector<ir::PassReport> passes;  ///< and what the later phases counted
};

/// The register files in use, a line each.
std::string allocation_text(const CompileReport& report, const arch::Machine& machine);

/// Graph-level passes that make a module fit for planning: inlining of composites, simplification, fusion.
Result<std::vector<ir::PassReport>> prepare(ir::Module& module, const CompileOptions& options);

/// What can be said against the options before anything is done. Errors: bad_option, bad_pipeline.
Status check_options(const ir::Module& module, const arch::Machine& machine, const CompileOptions& options);

/// The phases that work on the graph: all before planning. Errors: those of check_options and of passes.
Status compile_graph(ir::Module& module, const arch::Machine& machine, const CompileOptions& options,
                     CompileReport& report);

Result<arch::Image> compile(ir::Module& module, const arch::Machine& machine, const CompileOptions& options,
                            CompileReport& report);

}  // namespace psmc::tools
