// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/diff_runs.h"

#include "tools/commands/assembly_commands.h"
#include "tools/commands/entry_inputs.h"
#include "tools/debug/run_diff.h"
#include "tools/trace/scope.h"

#include <fmt/format.h>

#include <algorithm>

namespace psmc::tools {
namespace {

/// `image` must outlive the side.
Result<debug::RunSide> side_of(const SimCommand& command, const std::string& name, const arch::Image& image,
                               const std::string& wanted) {
  PSMC_ASSIGN(const size_t entry, choose_entry(image, wanted));
  PSMC_ASSIGN(Arrays inputs, read_arrays(image.entries[entry], command.inputs, "--input", arch::SymbolKind::output));
  auto open = [&command, &image, entry,
               inputs = std::move(inputs)](sim::Options options) -> Result<std::unique_ptr<Device>> {
    options.races = command.races && options.races;
    options.numbers = !command.timing_only;
    options.max_cycles = command.max_cycles;
    PSMC_ASSIGN(std::unique_ptr<Device> device, Device::open(image, std::move(options)));
    PSMC_TRY(write_inputs(*device, entry, inputs, {command.timing_only, command.seed}));
    return device;
  };
  return debug::RunSide{fmt::format("{}, entry {}", name, image.entries[entry].name), image, entry, std::move(open)};
}

}  // namespace

Result<int> diff_runs(const SimCommand& command) {
  PSMC_ASSIGN(const arch::Image first, read_image(command.diff));
  PSMC_ASSIGN(const arch::Image second, read_image(command.image));
  const std::string& entry = command.diff_entry.empty() ? command.entry : command.diff_entry;
  PSMC_ASSIGN(debug::RunSide a, side_of(command, command.diff, first, entry));
  PSMC_ASSIGN(debug::RunSide b, side_of(command, command.image, second, command.entry));
  const debug::RunPair runs{std::move(a), std::move(b)};
  PSMC_ASSIGN(const debug::RunComparison comparison, debug::find_divergence(runs));
  const std::string counters = debug::counters_text(comparison);
  if (!comparison.first && counters.empty()) {
    fmt::print("the runs are alike: {} cycles, {} words\n", comparison.stats[0].cycles, comparison.stats[0].words);
    return 0;
  }
  if (comparison.first) {
    const arch::Machine& machine = (first.machine.tiles() > second.machine.tiles() ? first : second).machine;
    const auto differ = std::count_if(comparison.tiles.begin(), comparison.tiles.end(), [](auto& t) { return !!t; });
    fmt::print("the runs differ first in cycle {}, on {}; {} of {} tiles differ\n", comparison.first->cycle,
               trace::tile_name(machine, comparison.first->tile), differ, comparison.tiles.size());
    PSMC_ASSIGN(const std::string text, debug::divergence_text(runs, *comparison.first));
    fmt::print("{}", text);
  } else {
    fmt::print("every tile issues the same words in the same cycles\n");
  }
  if (!counters.empty()) fmt::print("counters that differ\n{}", counters);
  return 1;
}

}  // namespace psmc::tools
