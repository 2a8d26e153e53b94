// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/compile.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include <fmt/format.h>

#include "arch/check.h"
#include "arch/isa.h"
#include "backend/link/link.h"
#include "ir/entry.h"
#include "ir/text/parser.h"
#include "midend/passes.h"
#include "midend/plan/planner.h"
#include "midend/shard/spread_sums.h"
#include "tools/driver/code_memory.h"

namespace psmc::tools {
namespace {

std::vector<std::string> entries_of(const ir::Module& module, const CompileOptions& options) {
  if (!options.entries.empty()) return options.entries;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < module.num_funcs(); ++i)
    if (ir::is_entry(module, ir::FuncId(i))) names.emplace_back(module.text(module.func(ir::FuncId(i)).name));
  return names;
}

void add_registers(const backend::KernelCode& code, CompileReport& report) {
  for (size_t f = 0; f < report.registers.size(); ++f) {
    backend::FileReport& sum = report.registers[f];
    sum.max_live = std::max(sum.max_live, code.files[f].max_live);
    sum.spilled += code.files[f].spilled;
    sum.stores += code.files[f].stores;
    sum.reloads += code.files[f].reloads;
  }
}

/// The input of the passes made again, for a reproducer.
std::function<Result<ir::Module>()> spread(std::function<Result<ir::Module>()> input, const arch::Machine& machine,
                                           int64_t tiles) {
  if (!input) return {};
  return [input = std::move(input), machine, tiles]() -> Result<ir::Module> {
    PSMC_ASSIGN(ir::Module module, input());
    midend::spread_sums(module, machine, tiles);
    return module;
  };
}

/// What the phases after the passes count.
ir::PassReport backend_counters(const std::vector<backend::KernelCode>& codes, const CompileReport& report) {
  ir::PassReport counters;
  counters.pass = "backend";
  counters.changed = true;
  auto& of = counters.counters;
  of["kernels"] = static_cast<int64_t>(codes.size());
  of["code words"] = static_cast<int64_t>(report.code_words);
  for (const backend::KernelCode& code : codes) of["schedules"] += code.attempts;
  for (const backend::FileReport& file : report.registers) {
    of["registers spilled"] += file.spilled;
    of["spill stores"] += file.stores;
    of["spill reloads"] += file.reloads;
  }
  return counters;
}

/// Everything after the graph-level passes.
Result<arch::Image> build(const ir::Module& module, const arch::Machine& machine, const CompileOptions& options,
                          const midend::Decisions& decisions, CompileReport& report) {
  const std::vector<std::string> entries = entries_of(module, options);
  if (entries.empty()) return error(Code::bad_option, "the module has no functions: there is nothing to compile");
  TimeScope plan(options.time, "plan");
  PSMC_ASSIGN(midend::Planned planned, midend::plan_module(module, entries, machine,
                                                           {options.columns, options.rows, options.stream_weights,
                                                            decisions, options.threads, &plan}));
  plan.stop();
  report.partition = std::move(planned.partition);
  report.kernels.clear();
  for (const std::string& text : planned.kernel_texts) report.kernels += text + "\n";
  TimeScope kernels(options.time, "kernels");
  PSMC_ASSIGN(const std::vector<backend::KernelCode> codes,
              compile_kernels(planned.plan, planned.kernel_texts,
                              {.pipeline = decisions.pipeline_loops, .threads = options.threads, .time = &kernels}));
  kernels.stop();
  TimeScope link(options.time, "link");
  PSMC_ASSIGN(arch::Image image, backend::link(std::move(planned.plan), codes));
  link.stop();
  const TimeScope check(options.time, "check");
  if (options.check) PSMC_TRY(arch::check_image(image));
  report.registers = {};
  for (const backend::KernelCode& code : codes) add_registers(code, report);
  report.kernel_count = codes.size();
  report.code_words = image.blobs[0].words.size();
  report.passes.push_back(backend_counters(codes, report));
  return image;
}

}  // namespace

std::string allocation_text(const CompileReport& report, const arch::Machine& machine) {
  std::string text;
  for (size_t f = 0; f < report.registers.size(); ++f) {
    const backend::FileReport& file = report.registers[f];
    if (file.max_live == 0) continue;
    text +=
        fmt::format("registers {}: {} of {} alive at most, {} spilled ({} stores, {} reloads)\n",
                    arch::reg_file_prefix(static_cast<arch::RegFile>(f)), file.max_live,
                    arch::reg_count(machine, static_cast<arch::RegFile>(f)), file.spilled, file.stores, file.reloads);
  }
  return text;
}

Result<std::vector<ir::PassReport>> prepare(ir::Module& module, const CompileOptions& options) {
  ir::PassContext context;
  const TimeScope time(options.time, "passes");
  ir::PipelineOptions pipeline = options.pipeline;
  pipeline.time = &time;
  auto reports = midend::run_passes(module, options.passes, pipeline, context);
  for (const Diagnostic& warning : context.warnings) options.reporting.warn(warning);
  return reports;
}

Status check_options(const ir::Module& module, const arch::Machine& machine, const CompileOptions& options) {
  PSMC_TRY(midend::read_passes(options.passes, options.pipeline));
  if (entries_of(module, options).empty() && ir::count_ops(module) > 0)
    return error(Code::bad_option, "the model has no entry: all of its functions are private",
                 {"name those to compile with --entry"});
  return midend::check_request(module, options.entries, machine, {options.columns, options.rows, false, {}});
}

Status compile_graph(ir::Module& module, const arch::Machine& machine, const CompileOptions& options,
                     CompileReport& report) {
  PSMC_TRY(check_options(module, machine, options));
  report = {};
  const int64_t columns = options.columns ? options.columns : machine.grid.columns;
  const int64_t rows = options.rows ? options.rows : machine.grid.rows;
  CompileOptions prepared = options;
  if (options.spread_sums && midend::decisions_without(options.pipeline.disabled).spread_sums) {
    const TimeScope time(options.time, "spread sums");
    midend::spread_sums(module, machine, columns * rows);
    prepared.pipeline.input = spread(options.pipeline.input, machine, columns * rows);
  }
  PSMC_ASSIGN(report.passes, prepare(module, prepared));
  return {};
}

Result<arch::Image> compile(ir::Module& module, const arch::Machine& machine, const CompileOptions& options,
                            CompileReport& report) {
  const std::clock_t start = std::clock();
  PSMC_TRY(compile_graph(module, machine, options, report));
  midend::Decisions decisions = midend::decisions_without(options.pipeline.disabled);
  Result<arch::Image> image = build(module, machine, options, decisions, report);
  if (!image.ok() && image.diagnostic().code == Code::code_too_large && decisions.unroll_loops) {
    decisions.unroll_loops = false;  // slower, but shorter
    image = build(module, machine, options, decisions, report);
  }
  report.seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  return image;
}

}  // namespace psmc::tools
