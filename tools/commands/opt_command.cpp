// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/opt_command.h"

#include "tools/driver/check_each.h"
#include "tools/driver/load.h"

#include "base/staged_file.h"
#include "ir/constants.h"
#include "ir/json/json_ir.h"
#include "ir/text/printer.h"
#include "midend/passes.h"

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

Result<int> optimize(const OptCommand& command) {
  PSMC_ASSIGN(ir::Module module, load_ir(command.in));
  ir::PassContext context;
  PSMC_ASSIGN(const std::vector<ir::PassReport> reports,
              midend::run_passes(module, command.passes, pipeline_options(command.pass_options), context));
  for (const Diagnostic& warning : context.warnings) std::fputs((warning.render() + "\n").c_str(), stderr);
  if (command.pass_options.timing) std::fputs(ir::report_text(reports).c_str(), stderr);
  PSMC_TRY(write_module(module, command.out));
  return 0;
}

}  // namespace psmc::tools
