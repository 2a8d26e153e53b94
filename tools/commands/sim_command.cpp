// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/sim_command.h"

#include "tools/commands/assembly_commands.h"
#include "tools/commands/bindings.h"
#include "tools/commands/diff_runs.h"
#include "tools/commands/entry_inputs.h"
#include "tools/driver/device.h"
#include "tools/driver/progress.h"
#include "tools/report/stats_json.h"

#include "base/file.h"
#include "base/staged_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace psmc::tools {
namespace {

/// What --output cannot write is said before the program runs.
Status check_outputs(const arch::Entry& entry, const std::string& folder) {
  if (folder.empty()) return {};
  for (const arch::Symbol& symbol : entry.symbols)
    if (symbol.kind != arch::SymbolKind::input) PSMC_TRY(check_array_name(symbol.name));
  return {};
}

Result<ir::Array> read_output(const Device& device, size_t entry, const arch::Symbol& symbol) {
  ir::Array array;
  array.dtype = symbol.dtype;
  array.shape = symbol.shape;
  PSMC_ASSIGN(array.bytes, device.read(entry, symbol.name));
  return array;
}

/// To files of `folder`; without one in short to `shown`.
Status give_outputs(const Device& device, size_t entry, const std::string& folder, std::FILE* shown) {
  for (const arch::Symbol& symbol : device.image().entries[entry].symbols) {
    if (symbol.kind == arch::SymbolKind::input) continue;
    PSMC_ASSIGN(const ir::Array array, read_output(device, entry, symbol));
    if (folder.empty())
      std::fputs(array_text(symbol.name, array).c_str(), shown);
    else
      PSMC_TRY(write_array(folder, symbol.name, array));
  }
  return {};
}

/// Elements of `got` further than `tolerance` from `expected`; tells of them on standard error.
bool differs(const std::string& name, const ir::Array& got, const ir::Array& expected, double tolerance) {
  if (got == expected) return false;  // also where both are no number
  int64_t wrong = 0;
  double largest = 0;
  for (int64_t i = 0; i < expected.elements(); ++i) {
    const double difference = std::fabs(got.get(i) - expected.get(i));
    if (difference <= tolerance) continue;
    ++wrong;
    largest = std::max(largest, difference);
  }
  if (wrong > 0)
    fmt::print(stderr, "output '{}' is wrong: {} of {} elements differ from what is expected, by {:g} at most\n", name,
               wrong, expected.elements(), largest);
  return wrong > 0;
}

/// 3 if an output is not what is expected, else 0.
Result<int> compare_outputs(const Device& device, size_t entry, const Arrays& expected, double tolerance) {
  int status = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!expected[i]) continue;
    const arch::Symbol& symbol = device.image().entries[entry].symbols[i];
    PSMC_ASSIGN(const ir::Array got, read_output(device, entry, symbol));
    if (differs(symbol.name, got, *expected[i], tolerance)) status = 3;
  }
  return status;
}

/// A chip in the middle of the launch that the checkpoint is of.
Result<std::unique_ptr<Device>> resumed(const arch::Image& image, size_t entry, const sim::Options& options,
                                        const SimCommand& command) {
  PSMC_ASSIGN(std::unique_ptr<Device> device, Device::resume(image, options, command.resume));
  if (const size_t launched = device->chip().entry(); launched != entry)
    return error(Code::checkpoint_differs, fmt::format("the checkpoint is of entry '{}'", image.entries[launched].name),
                 {fmt::format("--entry {}", image.entries[launched].name)});
  return device;
}

/// A chip with its inputs, and all launches but the last one done.
Result<std::unique_ptr<Device>> launched(const arch::Image& image, size_t entry, const sim::Options& options,
                                         const Arrays& inputs, const SimCommand& command) {
  PSMC_ASSIGN(std::unique_ptr<Device> device, Device::open(image, options));
  PSMC_TRY(write_inputs(*device, entry, inputs, {command.timing_only, command.seed}));
  for (uint32_t i = 1; i < command.repeat; ++i) PSMC_TRY(device->launch(entry));
  return device;
}

Status write_checkpoint(sim::Chip& chip, const SimCommand& command) {
  if (chip.run_until(command.checkpoint_at)) return write_file(command.checkpoint, chip.checkpoint());
  return error(Code::bad_option, fmt::format("the launch is over after {} cycles, before --checkpoint-at {}",
                                             chip.stats().cycles, command.checkpoint_at));
}

/// The last launch, or the rest of it.
Result<sim::RunStats> last_launch(sim::Chip& chip, size_t entry, const SimCommand& command) {
  if (command.resume.empty()) PSMC_TRY(chip.begin(entry));
  if (!command.checkpoint.empty()) PSMC_TRY(write_checkpoint(chip, command));
  chip.run_until(sim::kNever);
  return chip.result();
}

}  // namespace

Result<int> simulate(const SimCommand& command) {
  if (!command.diff.empty()) return diff_runs(command);
  PSMC_ASSIGN(const arch::Image image, read_image(command.image));
  PSMC_ASSIGN(const size_t entry, choose_entry(image, command.entry));
  const arch::Entry& chosen = image.entries[entry];
  PSMC_ASSIGN(const Arrays inputs, read_arrays(chosen, command.inputs, "--input", arch::SymbolKind::output));
  PSMC_ASSIGN(const Arrays expected, read_arrays(chosen, command.expect, "--expect", arch::SymbolKind::input));
  if (!command.stats.empty()) PSMC_TRY(check_writable(command.stats));
  if (!command.checkpoint.empty()) PSMC_TRY(check_writable(command.checkpoint));
  PSMC_TRY(check_outputs(chosen, command.output));
  Progress progress;
  sim::Options options;
  options.races = command.races;
  options.numbers = !command.timing_only;
  options.max_cycles = command.max_cycles;
  options.progress = progress.of_cycles(chosen.name);
  std::unique_ptr<trace::Trace> trace;
  if (!command.trace.file.empty()) {
    PSMC_ASSIGN(trace, trace::Trace::open(image, entry, command.trace));
    trace->listen(options);
  }
  PSMC_ASSIGN(const std::unique_ptr<Device> device, command.resume.empty()
                                                        ? launched(image, entry, options, inputs, command)
                                                        : resumed(image, entry, options, command));
  PSMC_ASSIGN(const sim::RunStats stats,
              trace != nullptr ? trace->launch(device->chip()) : last_launch(device->chip(), entry, command));
  progress.clear();
  std::FILE* shown = command.stats == "-" ? stderr : stdout;  // standard output is all JSON or all text
  if (!command.timing_only) PSMC_TRY(give_outputs(*device, entry, command.output, shown));
  if (!command.stats.empty()) PSMC_TRY(write_file(command.stats, stats_json(image, chosen.name, stats)));
  if (command.output.empty()) fmt::print(shown, "RESULT cycles {} cycles\n", stats.cycles);
  return compare_outputs(*device, entry, expected, command.tolerance);
}

}  // namespace psmc::tools
