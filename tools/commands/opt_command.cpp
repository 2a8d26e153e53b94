// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/opt_command.h"

#include "tools/driver/load.h"

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
  Measures measures(command.pass_options, "opt");
  PSMC_TRY(measures.check());
  if (!command.function.empty() && !command.out.ends_with(".dot"))
    return error(Code::bad_option, "--function is for graphs: -o FILE.dot",
                 {"`psmc reduce` and the pass remove-unused-symbols make modules smaller"});
  PSMC_ASSIGN(ir::Module module, load_ir(command.in, command.reporting.max_errors, measures.time()));
  const std::string memory = command.pass_options.timing ? memory_text(module) : "";
  ir::PassContext context;
  std::function<Result<ir::Module>()> input;  // standard input cannot be read again
  if (command.in != "-") input = [in = command.in] { return load_ir(in); };
  ir::PipelineOptions options = pipeline_options(command.pass_options, input);
  TimeScope passes(measures.time(), "passes");
  options.time = &passes;
  PSMC_ASSIGN(const std::vector<ir::PassReport> reports, midend::run_passes(module, command.passes, options, context));
  passes.stop();
  for (const Diagnostic& warning : context.warnings) command.reporting.warn(warning);
  {
    const TimeScope write(measures.time(), "write");
    if (command.out.ends_with(".dot")) {
      PSMC_ASSIGN(const std::string graph, ir::print_dot(module, {.function = command.function}));
      PSMC_TRY(write_file(command.out, graph));
    } else {
      PSMC_TRY(write_module(module, command.out));
    }
  }
  PSMC_TRY(measures.finish(reports, memory));
  return 0;
}

}  // namespace psmc::tools
