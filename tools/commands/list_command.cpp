// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/list_command.h"

#include "arch/summary.h"
#include "ir/op.h"
#include "midend/decisions.h"
#include "midend/passes.h"
#include "midend/simplify/rewrites_page.h"

#include <fmt/format.h>

#include <array>

namespace psmc::tools {
namespace {

std::string_view level_name(ir::Level level) {
  constexpr std::string_view kNames[] = {"graph", "loop", "tile", "any"};
  return kNames[static_cast<size_t>(level)];
}

/// `text` with each line after the first indented.
std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  for (char c : text) {
    out += c;
    if (c == '\n') out += indent;
  }
  return out;
}

}  // namespace

std::string ops_text() {
  std::string out;
  for (const ir::OpDef& def : ir::all_op_defs()) {
    out +=
        fmt::format("{:<10} {:<6} {}\n", def.name, level_name(def.level), indented(def.manual, "                  "));
    for (const ir::AttrSpec& attr : def.attrs)
      out += fmt::format("{:18}{}{}: {}\n", "", attr.name, attr.required ? "" : " (optional)", attr.meaning);
  }
  return out;
}

std::string passes_text() {
  std::string out;
  for (const ir::PassInfo& pass : midend::passes()) {
    out += fmt::format("{:<20} {}\n", pass.name, pass.summary);
    for (const ir::PassOption& option : pass.options)
      out += fmt::format("{:21}{{{}=...}} {}\n", "", option.name, option.meaning);
  }
  out += "decisions (--disable-pass takes them too):\n";
  for (const midend::DecisionInfo& decision : midend::decisions())
    out += fmt::format("{:<20} {}\n", decision.name, decision.summary);
  out += "order:\n";
  for (const ir::PassOrder& order : midend::pass_orders())
    out += fmt::format("  {} before {}, because {}\n", order.before, order.after, order.because);
  out += "presets (a pipeline takes them like passes):\n";
  for (const ir::PassPreset& preset : midend::presets())
    out += fmt::format("{:<20} {}\n{:21}{}\n", preset.name, preset.summary, "",
                       preset.pipeline.empty() ? "(no pass)" : preset.pipeline);
  return out + fmt::format("usual pipeline:\n  {}\n", midend::kDefaultPipeline);
}

std::string rewrites_text() { return midend::rewrites_page(); }

std::string archs_text() {
  std::string out;
  for (const std::string_view name : arch::preset_names()) {
    const Result<arch::MachineFile> file = arch::load_machine_file(std::string(name));
    PSMC_CHECK(file.ok(), "a preset is not a machine");
    const arch::Description& d = file->description;
    const uint32_t nodes = d.grid.tiles();
    out += fmt::format(
        "{:<14} {} columns x {} rows, {} KiB scratchpad a node, {} memory channels of {} B/cycle, {} MHz{}\n", name,
        d.grid.columns, d.grid.rows, arch::summarize(d).scratchpad_bytes / nodes / 1024, d.channels.size(),
        d.memory.channel_bytes_per_cycle, d.clock_mhz,
        file->unusable.empty() ? "" : "; described only (arch-show), not to compile for");
  }
  return out;
}

}  // namespace psmc::tools
