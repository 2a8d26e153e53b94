// SPDX-License-Identifier: Apache-2.0
// bench llm: some decoder layers of a configuration with seeded weights, one launch of decode or prefill at a position.
//
// The cache holds zeros before the position: timing does not depend on values, and with --check the interpreter runs on
// the same zeros. The embedding and the classifier have few rows (--vocab), so that the layers are what is measured.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "base/json.h"
#include "frontend/llama/llama_graph.h"
#include "tools/bench/seeded.h"
#include "tools/bench/work.h"
#include "tools/commands/bench_command.h"
#include "tools/driver/compile.h"
#include "tools/driver/host_session.h"
#include "tools/driver/progress.h"
#include "tools/report/record.h"

namespace psmc::tools {
namespace {

struct Measured {
  uint64_t cycles = 0;
  Work work;
  Bound bound;
  double seconds = 0, simulation_seconds = 0, max_err = 0;
  bool streamed = false, checked = false, good = true;
};

Result<std::vector<float>> step(Session& session, const BenchLlm& options, int64_t vocab) {
  if (options.phase == "decode") return session.decode(static_cast<int32_t>(1 % vocab), options.position);
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < session.chunk(); ++i) tokens.push_back(static_cast<int32_t>((i + 1) % vocab));
  return session.prefill(tokens, options.position);
}

/// Whether the image keeps most of the constants' bytes in device memory.
bool streams(const arch::Image& image, const ir::Module& module) {
  uint64_t constants = 0, memory = 0;
  for (uint32_t i = 0; i < module.num_constants(); ++i) constants += module.constant(ir::ConstId(i)).bytes().size();
  for (const arch::Segment& segment : image.memory) memory += segment.bytes.size();
  return memory > constants / 2;
}

void compare(const std::vector<float>& got, const std::vector<float>& expected, DType dtype, Measured& measured) {
  double largest = 0;
  for (float value : expected) largest = std::max(largest, std::fabs(static_cast<double>(value)));
  for (size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::fabs(static_cast<double>(got[i]) - expected[i]);
    measured.max_err = std::isnan(difference) ? difference : std::max(measured.max_err, difference);
  }
  measured.checked = true;
  measured.good = measured.max_err <= largest * (dtype == DType::bf16 ? 0.03 : 1e-4);
}

Result<Measured> measure(const BenchLlm& options, const frontend::LlamaConfig& config, const arch::Machine& machine) {
  const SeededCheckpoint seeded = seeded_checkpoint(config, options.dtype, options.seed);
  frontend::LlamaOptions llama;
  llama.dtype = options.dtype;
  llama.chunk = options.chunk;
  llama.prefill = options.phase == "prefill";
  PSMC_ASSIGN(ir::Module module, frontend::llama_module(seeded.checkpoint, llama));
  Measured measured;
  CompileReport report;
  CompileOptions compile_options;
  compile_options.entries = {options.phase};
  compile_options.stream_weights = options.stream_weights;
  PSMC_ASSIGN(arch::Image image, compile(module, machine, compile_options, report));
  measured.seconds = report.seconds;
  measured.streamed = streams(image, module);
  if (!options.image.empty()) PSMC_TRY(arch::write_image(options.image, image));
  sim::RunStats launch;
  Progress progress;
  sim::Options simulation;
  simulation.progress = progress.of_cycles(options.model);
  simulation.numbers = !options.timing_only;
  PSMC_ASSIGN(const std::unique_ptr<HostSession> session,
              host_session(module, std::move(image), simulation, [&](const sim::RunStats& stats, bool) {
                measured.cycles = stats.cycles;
                launch = stats;
              }));
  const std::clock_t before = std::clock();
  PSMC_ASSIGN(const std::vector<float> logits, step(*session, options, config.vocab));
  measured.simulation_seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  const ir::FuncId func = module.find_func(options.phase);
  ir::SymbolValues symbols = {{module.str("pos"), options.position}};
  if (options.phase == "prefill") symbols.emplace_back(module.str("count"), options.chunk);
  WorkByOp work = work_of(module, func, symbols, measured.streamed);
  measured.work = total(work);
  RunRecord record(session->image());
  record.add(options.phase, launch);
  record.set_work(options.phase, std::move(work));
  PSMC_TRY(write_report(options.report, record, options.model));
  measured.bound = lower_bound(machine, measured.work);
  if (!options.check) return measured;
  PSMC_ASSIGN(const std::unique_ptr<Session> oracle, interpreter_session(module, without_limit()));
  PSMC_ASSIGN(const std::vector<float> expected, step(*oracle, options, config.vocab));
  compare(logits, expected, options.dtype, measured);
  return measured;
}

std::string_view status_of(const Measured& m) { return !m.good ? "wrong" : m.checked ? "ok" : "unchecked"; }

void print(const BenchLlm& options, const arch::Machine& machine, const Measured& m) {
  const double share = m.bound.cycles / static_cast<double>(std::max<uint64_t>(1, m.cycles));
  if (options.json)
    fmt::print(
        R"({{"model": {}, "layers": {}, "phase": "{}", "position": {}, "dtype": "{}", "arch": {}, "compile_seconds": {:.3f}, "simulation_seconds": {:.3f}, "cycles": {}, "bound": {:.0f}, "binding": "{}", "share_of_bound": {:.4f}, "macs": {:.0f}, "memory_bytes": {:.0f}, "weights_streamed": {}, "max_err": {}, "status": "{}"}})"
        "\n",
        json::quote(options.model), options.layers, options.phase, options.position, dtype_name(options.dtype),
        json::quote(machine.name), m.seconds, m.simulation_seconds, m.cycles, std::ceil(m.bound.cycles),
        m.bound.binding, share, m.work.macs(), m.work.bytes_in + m.work.bytes_out, m.streamed,
        m.checked ? json::number_text(m.max_err) : "null", status_of(m));
  const std::string name = fmt::format("llm.{}.{}.{}", options.model, options.phase, options.position);
  fmt::print("RESULT {}.cycles {} cycles\nRESULT {}.bound {:.0f} cycles\n", name, m.cycles, name,
             std::ceil(m.bound.cycles));
  if (!options.json)
    fmt::print("bound by {}: {:.0f} multiply-adds, {:.0f} bytes from and to memory; weights {}\n", m.bound.binding,
               m.work.macs(), m.work.bytes_in + m.work.bytes_out, m.streamed ? "streamed" : "resident");
  fmt::print(
      "RESULT {}.share_of_bound {:.4f} ratio\nRESULT {}.compile_time {:.3f} s\nRESULT {}.simulation_time {:.3f} s\n",
      name, share, name, m.seconds, name, m.simulation_seconds);
}

}  // namespace

Result<int> bench_llm(const BenchLlm& options) {
  PSMC_TRY(check_report(options.report));
  PSMC_ASSIGN(frontend::LlamaConfig config, read_config(options.config, options.model));
  PSMC_ASSIGN(const arch::Machine machine, arch::load_machine(options.arch));
  config.layers = std::min(config.layers, options.layers);
  config.vocab = std::min(config.vocab, options.vocab);
  const int64_t tokens = options.phase == "decode" ? 1 : options.chunk;
  if (options.position + tokens > config.seq)
    return error(Code::context_full, fmt::format("position {} and {} tokens leave the context of {}", options.position,
                                                 tokens, config.seq));
  PSMC_ASSIGN(const Measured measured, measure(options, config, machine));
  print(options, machine, measured);
  return measured.good ? 0 : 3;
}

}  // namespace psmc::tools
