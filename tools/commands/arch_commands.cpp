// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/arch_commands.h"

#include <fmt/format.h>

#include <algorithm>

#include "arch/summary.h"
#include "base/json.h"

namespace psmc::tools {
namespace {

using arch::Part;

/// "24 MiB", in the largest unit in which it is whole.
std::string size_text(uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  for (; bytes != 0 && bytes % 1024 == 0 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1024;
  return fmt::format("{} {}", bytes, kUnits[unit]);
}

std::string matrix_text(const arch::NodeKind& kind) {
  if (kind.dataflow == arch::Dataflow::output) return "matrix unit of 16 x 16, output-stationary";
  const arch::WeightStationary& w = kind.weights;
  return fmt::format("matrix unit of {} x {}, weight-stationary: T rows in T + {} cycles", w.rows, w.columns,
                     arch::fold_cycles(w, 0));
}

std::string parts_text(const arch::NodeKind& kind) {
  std::string out;
  const auto add = [&](Part part, const std::string& text) {
    if (kind.has(part)) out += (out.empty() ? "" : ", ") + text;
  };
  add(Part::core, "core");
  add(Part::matrix, matrix_text(kind));
  add(Part::scratchpad, size_text(kind.scratchpad.bytes) + " scratchpad");
  add(Part::dma, fmt::format("DMA {} in, {} out", kind.dma.in_engines, kind.dma.out_engines));
  add(Part::semaphores, fmt::format("{} semaphores", kind.semaphores.count));
  return out.empty() ? "a router" : out;
}

std::string legend(const arch::Description& d) {
  std::vector<uint32_t> counts(d.kinds.size());
  for (uint32_t id = 0; id < d.grid.tiles(); ++id)
    ++counts[static_cast<size_t>(&d.kind_at(d.grid.coord(id)) - d.kinds.data())];
  const std::vector<char> letters = arch::kind_letters(d);
  std::string out;
  for (size_t i = 0; i < d.kinds.size(); ++i)
    out += fmt::format("{} {} x {}: {}\n", letters[i], counts[i], d.kinds[i].name, parts_text(d.kinds[i]));
  return out;
}

/// A rate in bytes a cycle, and in GB/s.
std::string rate_text(const arch::Description& d, uint64_t rate) {
  return fmt::format("{} B/cycle, {:.4g} GB/s", rate, static_cast<double>(rate) * d.clock_mhz / 1000);
}

/// Rows of the dtypes; "-" where there is nothing.
std::string peaks(const arch::Description& d, const arch::Summary& s) {
  const auto row = [](std::string_view what, const std::array<double, 3>& values) {
    std::string out = fmt::format("{:<34}", what);
    for (double value : values) out += value == 0 ? fmt::format("{:>10}", "-") : fmt::format("{:>10.5g}", value);
    return out + '\n';
  };
  std::array<double, 3> tera = s.macs;
  for (double& value : tera) value *= 2.0 * d.clock_mhz / 1e6;
  return fmt::format("{:<34}{:>10}{:>10}{:>10}\n", "peak", arch::kPeakDtypes[0], arch::kPeakDtypes[1],
                     arch::kPeakDtypes[2]) +
         row("multiply-adds a cycle", s.macs) + row("Tflop/s (two a multiply-add)", tera) +
         row("ridge: flop a byte of memory", s.ridge) + row("multiply-adds a scratchpad byte", s.intensity);
}

std::string totals(const arch::Description& d, const arch::Summary& s) {
  std::string out;
  if (s.scratchpad_bytes != 0)
    out += fmt::format("scratchpads  {}, {}\n", size_text(s.scratchpad_bytes), rate_text(d, s.scratchpad_rate));
  if (d.has_memory)
    out += fmt::format("memory       {}, {} channels, {}\n", size_text(s.memory_bytes), d.channels.size(),
                       rate_text(d, s.memory_rate));
  for (const arch::NamedNetwork& n : d.networks)
    out +=
        fmt::format("network      {}: {}, {} B/cycle a link and direction, {} cycles a hop\n", n.name,
                    arch::kTopologyNames[static_cast<size_t>(n.topology)], n.network.link_bytes, n.network.hop_cycles);
  if (s.bisection_rate != 0) out += fmt::format("bisection    {} each way\n", rate_text(d, s.bisection_rate));
  if (d.has_chip_links)
    out += fmt::format("chip links   {} of {}\n", d.chip_links.count, rate_text(d, d.chip_links.bytes_per_cycle));
  if (d.has_host)
    out += fmt::format("host         {}, {} cycles\n", rate_text(d, d.host.bytes_per_cycle), d.host.latency_cycles);
  return out;
}

/// All numbers; of each the number of its source, which are listed behind them.
std::string numbers(const arch::Description& d) {
  std::vector<std::string> sources;
  std::string out = "number                                            value               source\n";
  for (const arch::Number& number : arch::numbers_of(d)) {
    const auto source = arch::source_of(d, number.path);
    std::string mark = "-";
    if (source != d.sources.end()) {
      const size_t at = static_cast<size_t>(std::ranges::find(sources, source->second) - sources.begin());
      if (at == sources.size()) sources.push_back(source->second);
      mark = fmt::format("[{}]", at + 1);
    }
    out += fmt::format("{:<44} {:>11} {:<12} {}\n", number.path, number.value, number.unit, mark);
  }
  for (size_t i = 0; i < sources.size(); ++i) out += fmt::format("[{}] {}\n", i + 1, sources[i]);
  return out;
}

std::string unusable_text(const std::vector<Diagnostic>& unusable) {
  std::string out;
  for (const Diagnostic& d : unusable) out += d.message + '\n';
  return out.empty() ? out : out + '\n';
}

std::string triple_json(const std::array<double, 3>& values) {
  return fmt::format("{{\"bf16\": {}, \"i8\": {}, \"f32\": {}}}", json::number_text(values[0]),
                     json::number_text(values[1]), json::number_text(values[2]));
}

std::string summary_json(const arch::MachineFile& file) {
  const arch::Description& d = file.description;
  const arch::Summary s = arch::summarize(d);
  std::string out = fmt::format("{{\n  \"name\": {},\n  \"clock_mhz\": {},\n", json::quote(d.name), d.clock_mhz);
  out += fmt::format("  \"columns\": {},\n  \"rows\": {},\n  \"usable\": {},\n", d.grid.columns, d.grid.rows,
                     file.unusable.empty());
  out += fmt::format("  \"cores\": {},\n  \"matrix_units\": {},\n", s.cores, s.matrix_units);
  out += fmt::format("  \"macs_per_cycle\": {},\n", triple_json(s.macs));
  out += fmt::format("  \"scratchpad_bytes\": {},\n  \"scratchpad_bytes_per_cycle\": {},\n", s.scratchpad_bytes,
                     s.scratchpad_rate);
  out += fmt::format("  \"memory_bytes\": {},\n  \"memory_bytes_per_cycle\": {},\n", s.memory_bytes, s.memory_rate);
  out += fmt::format("  \"bisection_bytes_per_cycle\": {},\n", s.bisection_rate);
  out += fmt::format("  \"flop_per_memory_byte\": {},\n", triple_json(s.ridge));
  return out + fmt::format("  \"macs_per_scratchpad_byte\": {}\n}}\n", triple_json(s.intensity));
}

}  // namespace

Result<std::string> check_arch(const ArchCommands& command) {
  PSMC_ASSIGN(const arch::MachineFile file, arch::load_machine_file(command.machine));
  for (const Diagnostic& why : file.unusable) command.reporting.warn(why);
  const arch::Description& d = file.description;
  return fmt::format("{}: {} x {} nodes, {}\n", d.name, d.grid.columns, d.grid.rows,
                     file.unusable.empty() ? "good" : "consistent, but not for compiler and simulator");
}

Result<std::string> show_arch(const ArchCommands& command) {
  PSMC_ASSIGN(const arch::MachineFile file, arch::load_machine_file(command.machine));
  if (command.json) return summary_json(file);
  const arch::Description& d = file.description;
  const arch::Summary s = arch::summarize(d);
  return fmt::format("{}: {} x {} nodes at {} MHz\n{}\n{}\n{}\n{}{}\n{}", d.name, d.grid.columns, d.grid.rows,
                     d.clock_mhz, arch::draw_grid(d), legend(d), peaks(d, s), unusable_text(file.unusable),
                     totals(d, s), numbers(d));
}

}  // namespace psmc::tools
