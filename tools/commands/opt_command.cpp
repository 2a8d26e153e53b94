// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/opt_command.h"

#include "tools/driver/check_each.h"
#include "tools/driver/load.h"
#include "tools/driver/stopwatch.h"

#include "base/file.h"
#include "base/staged_file.h"
#include "ir/constants.h"
#include "ir/json/json_ir.h"
#include "ir/text/dot.h"
#include "ir/text/printer.h"
#include "ir/uses.h"
#include "midend/passes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace psmc::tools {

ir::PipelineOptions pipeline_options(const PassOptions& options) {
  ir::PipelineOptions pipeline;
  pipeline.disabled = options.disabled;
  pipeline.verify_each = options.verify_each;
  pipeline.print_after_all = options.print_after_all;
  pipeline.print_after = options.print_after;
  pipeline.reproducer = options.reproducer;
  if (options.check_each) pipeline.check_each = same_results();
  return pipeline;
}

Result<std::vector<std::pair<std::string, std::string>>> module_text(ir::Module& module, const std::string& path,
                                                                     bool json) {
  if (path != "-") return ir::module_files(module, path);
  return std::vector<std::pair<std::string, std::string>>{
      {path, json ? ir::write_json(module) : ir::print_module(module)}};
}

Status write_module(ir::Module& module, const std::string& path, bool json) {
  PSMC_ASSIGN(const auto files, module_text(module, path, json));
  return write_files(files);
}

namespace {

/// What an op takes in memory: the arrays of the module and, built for this, the lists of uses.
std::string memory_text(const ir::Module& module) {
  const auto ops = static_cast<double>(std::max(1u, module.num_ops()));
  return fmt::format("{:.1f} bytes an op with attributes and locations, {:.1f} for uses\n",
                     static_cast<double>(module.bytes()) / ops, static_cast<double>(ir::Uses(module).bytes()) / ops);
}

}  // namespace

Result<int> optimize(const OptCommand& command) {
  const bool timing = command.pass_options.timing;
  std::vector<ir::PassReport> rows;
  PSMC_ASSIGN(ir::Module module, load_ir(command.in, command.reporting.max_errors, timing ? &rows : nullptr));
  const std::string memory = timing ? memory_text(module) : "";
  ir::PassContext context;
  PSMC_ASSIGN(const std::vector<ir::PassReport> reports,
              midend::run_passes(module, command.passes, pipeline_options(command.pass_options), context));
  rows.insert(rows.end(), reports.begin(), reports.end());
  for (const Diagnostic& warning : context.warnings) command.reporting.warn(warning);
  Stopwatch watch;
  if (command.out.ends_with(".dot")) {
    PSMC_ASSIGN(const std::string graph, ir::print_dot(module, {.function = command.function}));
    PSMC_TRY(write_file(command.out, graph));
  } else {
    PSMC_TRY(write_module(module, command.out));
  }
  if (!timing) return 0;
  rows.push_back(watch.row("(write)", module));
  std::fputs((ir::report_text(rows) + memory).c_str(), stderr);
  return 0;
}

}  // namespace psmc::tools
