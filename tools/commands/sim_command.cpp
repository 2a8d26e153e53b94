// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/sim_command.h"

#include "tools/commands/assembly_commands.h"
#include "tools/commands/bindings.h"
#include "tools/driver/device.h"
#include "tools/driver/progress.h"
#include "tools/report/stats_json.h"

#include "base/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace psmc::tools {
namespace {

Result<size_t> choose_entry(const arch::Image& image, const std::string& wanted) {
  std::string names;
  for (size_t i = 0; i < image.entries.size(); ++i) {
    if (!wanted.empty() && image.entries[i].name == wanted) return i;
    names += fmt::format("{}{}", i == 0 ? "" : ", ", image.entries[i].name);
  }
  if (wanted.empty() && image.entries.size() == 1) return size_t{0};
  const std::string note = "entries of the image: " + (names.empty() ? "none" : names);
  if (wanted.empty()) return error(Code::bad_option, "name the entry with --entry", {note});
  return error(Code::unknown_binding, fmt::format("the image has no entry '{}'", wanted), {note});
}

Status write_inputs(Device& device, size_t entry, const std::vector<std::string>& texts) {
  PSMC_ASSIGN(const Bindings given, parse_bindings(texts, "--input"));
  for (const arch::Symbol& symbol : device.image().entries[entry].symbols) {
    const std::string* value = find_binding(given, symbol.name);
    if (!value && symbol.kind == arch::SymbolKind::input)
      return error(Code::unknown_binding, fmt::format("input '{}' is not given", symbol.name),
                   {fmt::format("--input {}=FILE.npy", symbol.name)});
    if (!value) continue;
    PSMC_ASSIGN(const ir::Array array, bound_array(*value, symbol.name, symbol.dtype, symbol.shape));
    PSMC_TRY(device.write(entry, symbol.name, array.bytes));
  }
  for (const auto& [name, value] : given) PSMC_TRY(device.read(entry, name));  // is there such a symbol?
  return {};
}

Status give_outputs(const Device& device, size_t entry, const std::string& folder) {
  for (const arch::Symbol& symbol : device.image().entries[entry].symbols) {
    if (symbol.kind == arch::SymbolKind::input) continue;
    ir::Array array;
    array.dtype = symbol.dtype;
    array.shape = symbol.shape;
    PSMC_ASSIGN(array.bytes, device.read(entry, symbol.name));
    if (folder.empty())
      std::fputs(array_text(symbol.name, array).c_str(), stdout);
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
Result<int> compare_outputs(const Device& device, size_t entry, const SimCommand& command) {
  PSMC_ASSIGN(const Bindings expected, parse_bindings(command.expect, "--expect"));
  int status = 0;
  for (const auto& [name, value] : expected) {
    ir::Array got;
    PSMC_ASSIGN(got.bytes, device.read(entry, name));
    for (const arch::Symbol& symbol : device.image().entries[entry].symbols) {
      if (symbol.name != name) continue;
      got.dtype = symbol.dtype;
      got.shape = symbol.shape;
    }
    PSMC_ASSIGN(const ir::Array wanted, bound_array(value, name, got.dtype, got.shape));
    if (differs(name, got, wanted, command.tolerance)) status = 3;
  }
  return status;
}

}  // namespace

Result<int> simulate(const SimCommand& command) {
  PSMC_ASSIGN(const arch::Image image, read_image(command.image));
  PSMC_ASSIGN(const size_t entry, choose_entry(image, command.entry));
  Progress progress;
  sim::Options options;
  options.races = command.races;
  options.max_cycles = command.max_cycles;
  options.progress = progress.of_cycles(image.entries[entry].name);
  PSMC_ASSIGN(const std::unique_ptr<Device> device, Device::open(image, options));
  PSMC_TRY(write_inputs(*device, entry, command.inputs));
  sim::RunStats stats;
  for (uint32_t i = 0; i < command.repeat; ++i) {
    PSMC_ASSIGN(stats, device->launch(entry));
  }
  progress.clear();
  PSMC_TRY(give_outputs(*device, entry, command.output));
  if (!command.stats.empty()) PSMC_TRY(write_file(command.stats, stats_json(image, image.entries[entry].name, stats)));
  if (command.output.empty() && command.stats != "-") fmt::print("RESULT cycles {} cycles\n", stats.cycles);
  return compare_outputs(*device, entry, command);
}

}  // namespace psmc::tools
