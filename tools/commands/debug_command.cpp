// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/debug_command.h"

#include "base/file.h"
#include "tools/commands/assembly_commands.h"
#include "tools/commands/entry_inputs.h"
#include "tools/debug/debugger.h"

#include <fmt/format.h>

#include <unistd.h>

#include <iostream>
#include <sstream>

namespace psmc::tools {
namespace {

constexpr std::string_view kPrompt = "(psmc) ";

/// Lines of a script; the first error ends it.
Status run_script(debug::Debugger& debugger, std::istream& lines, const std::string& name) {
  SourcePlace place;
  place.file = name;
  while (std::getline(lines, place.text)) {
    ++place.line;
    if (place.text.ends_with('\r')) place.text.pop_back();
    fmt::print("{}{}\n", kPrompt, place.text);
    PSMC_ASSIGN(const bool more, debugger.execute(place));
    if (!more) break;
  }
  return {};
}

/// From a terminal: errors are told, and the next line is read.
void run_terminal(debug::Debugger& debugger) {
  SourcePlace place;
  place.file = "standard input";
  for (;;) {
    fmt::print("{}", kPrompt);
    std::fflush(stdout);
    if (!std::getline(std::cin, place.text)) break;
    ++place.line;
    const Result<bool> more = debugger.execute(place);
    if (!more.ok()) fmt::print(stderr, "{}\n", more.diagnostic().render());
    if (more.ok() && !*more) break;
  }
}

}  // namespace

Result<int> debug_image(const DebugCommand& command) {
  PSMC_ASSIGN(const arch::Image image, read_image(command.image));
  PSMC_ASSIGN(const size_t entry, choose_entry(image, command.entry));
  PSMC_ASSIGN(const Arrays inputs,
              read_arrays(image.entries[entry], command.inputs, "--input", arch::SymbolKind::output));
  std::string script;
  if (!command.script.empty()) {
    PSMC_ASSIGN(script, read_file(command.script));
  }
  const auto open = [&](sim::Options options) -> Result<std::unique_ptr<Device>> {
    options.races = command.races;
    options.max_cycles = command.max_cycles;
    PSMC_ASSIGN(std::unique_ptr<Device> device, Device::open(image, std::move(options)));
    PSMC_TRY(write_inputs(*device, entry, inputs, {}));
    return device;
  };
  debug::Debugger debugger(image, entry, open);
  PSMC_TRY(debugger.start());
  if (command.script.empty() && ::isatty(STDIN_FILENO) != 0) {
    run_terminal(debugger);
  } else if (command.script.empty()) {
    PSMC_TRY(run_script(debugger, std::cin, "standard input"));
  } else {
    std::istringstream lines(script);
    PSMC_TRY(run_script(debugger, lines, command.script == "-" ? "standard input" : command.script));
  }
  return 0;
}

}  // namespace psmc::tools
