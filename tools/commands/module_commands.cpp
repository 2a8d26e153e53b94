// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/module_commands.h"

#include "tools/commands/opt_command.h"
#include "tools/driver/load.h"

#include "ir/diff.h"

#include <fmt/format.h>

#include <cstdio>

namespace psmc::tools {
namespace {

std::string summary(const std::string& file, const ir::Module& module) {
  const auto plural = [](uint32_t n, std::string_view what) {
    return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
  };
  return fmt::format("{}: {}, {}, {}\n", file, plural(module.num_funcs(), "function"), plural(module.num_ops(), "op"),
                     plural(module.num_constants(), "constant"));
}

}  // namespace

Result<int> check_modules(const std::vector<std::string>& files, const Reporting& reporting) {
  int status = 0;
  for (const std::string& file : files) {
    const Result<ir::Module> module = load_ir(file, reporting.max_errors);
    if (module.ok()) {
      std::fputs(summary(file, *module).c_str(), stdout);
      continue;
    }
    reporting.warn(module.diagnostic());
    status = 1;
  }
  return status;
}

Result<int> diff_files(const std::string& first, const std::string& second) {
  if (first == "-" && second == "-") return error(Code::bad_option, "standard input can be one of the modules only");
  PSMC_ASSIGN(const ir::Module one, load_ir(first));
  PSMC_ASSIGN(const ir::Module two, load_ir(second));
  const std::string differences = ir::diff_modules(one, two, {.first = first, .second = second});
  std::fputs(differences.c_str(), stdout);
  return differences.empty() ? 0 : 1;
}

Result<int> upgrade_module(const std::string& in, const std::string& out) {
  PSMC_ASSIGN(ir::Module module, load_ir(in));
  PSMC_TRY(write_module(module, out, in.ends_with(".json")));
  return 0;
}

}  // namespace psmc::tools
