// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tools/run.h"

namespace psmc::tools {
namespace {

int report(const Result<int>& result) {
  if (result.ok()) return *result;
  std::fflush(stdout);
  std::fputs((result.diagnostic().render() + "\n").c_str(), stderr);
  const auto code = static_cast<int>(result.diagnostic().code);
  return code >= 801 && code <= 812 ? 4 : 1;
}

}  // namespace

int command_line(int argc, char** argv) {
  CLI::App app{"psmc: compiles machine-learning models to a spatial accelerator and simulates it"};
  app.require_subcommand(1);
  RunOptions run_options;
  std::string dtype = "bf16";
  CLI::App* run_command = app.add_subcommand("run", "run a language model");
  run_command->add_option("MODEL", run_options.model)->required();
  run_command->add_option("--tokenizer", run_options.tokenizer);
  run_command->add_option("--prompt", run_options.prompt);
  run_command->add_option("--prompt-ids", run_options.prompt_ids);
  run_command->add_option("--tokens", run_options.tokens)->check(CLI::Range(1, 1 << 20));
  run_command->add_option("--temperature", run_options.temperature);
  run_command->add_option("--top-p", run_options.top_p);
  run_command->add_option("--seed", run_options.seed);
  run_command->add_option("--print", run_options.print)->check(CLI::IsMember({"text", "ids"}));
  run_command->add_option("--on", run_options.on)->check(CLI::IsMember({"sim", "interpreter"}));
  run_command->add_option("--dtype", dtype)->check(CLI::IsMember({"f32", "bf16"}));
  run_command->add_option("--arch", run_options.arch);
  run_command->add_option("--columns", run_options.columns);
  run_command->add_option("--rows", run_options.rows);
  run_command->add_flag("--stream-weights", run_options.stream_weights);
  run_command->add_option("--report", run_options.report);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  run_options.dtype = dtype == "f32" ? DType::f32 : DType::bf16;
  if (run_command->parsed()) return report(run(run_options));
  return 2;
}

}  // namespace psmc::tools
