// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/compile_command.h"

#include "tools/commands/compile_phases.h"
#include "tools/commands/opt_command.h"
#include "tools/commands/output_kinds.h"
#include "tools/compile_host.h"
#include "tools/driver/compile_model.h"

#include "arch/asm.h"
#include "base/file.h"
#include "base/staged_file.h"
#include "ir/clone.h"
#include "ir/constants.h"
#include "ir/text/dot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace psmc::tools {
namespace {

namespace fs = std::filesystem;

frontend::LlamaOptions llama_options(const CompileCommand& command) {
  frontend::LlamaOptions llama;
  llama.dtype = command.dtype;
  llama.chunk = command.chunk;
  llama.prefill = command.chunk > 1;
  llama.max_context = command.max_context;
  return llama;
}

CompileOptions compile_options(const CompileCommand& command, const PhaseSpan& span) {
  CompileOptions options;
  options.entries = command.entries;
  options.columns = command.columns;
  options.rows = command.rows;
  options.stream_weights = command.stream_weights;
  options.passes = span.passes;
  options.spread_sums = span.spread_sums;
  options.pipeline = pipeline_options(command.pass_options);
  options.threads = command.threads;
  options.reporting = command.reporting;
  return options;
}

/// The files of a compilation, kept until all of them are made.
class Artifacts {
 public:
  Artifacts(const CompileCommand& command, const std::vector<OutputInfo>& kinds, Measures& measures)
      : command_(command), kinds_(kinds), measures_(measures) {}

  /// What the frontend made. Before `make`: compiling changes the module.
  Status make_modules(const ir::Module& module) {
    for (const OutputInfo& kind : kinds_) {
      if (!kind.is_module()) continue;
      if (kind.kind == OutputKind::dot) {
        const std::string function = command_.entries.size() == 1 ? command_.entries[0] : "";
        PSMC_ASSIGN(std::string graph, ir::print_dot(module, {.function = function}));
        files_.emplace_back(path_of(kind), std::move(graph));
        continue;
      }
      ir::Module graph = ir::clone_module(module);  // its constants will refer to another file
      PSMC_ASSIGN(auto files, module_text(graph, path_of(kind), kind.kind == OutputKind::json));
      for (auto& file : files) files_.push_back(std::move(file));
    }
    return {};
  }

  /// The graph after some of its phases.
  Status make_graph(ir::Module& module, const arch::Machine& machine, CompileOptions options) {
    options.time = measures_.time();
    PSMC_TRY(compile_graph(module, machine, options, report_));
    if (command_.out == "-") {
      files_.emplace_back("-", ir::print_module(module, {.own_places = true}));
      return {};
    }
    PSMC_ASSIGN(files_, ir::module_files(module, command_.out, {.own_places = true}));
    return {};
  }

  Status make(LoadedModel& model, const arch::Machine& machine, CompileOptions options) {
    if (std::all_of(kinds_.begin(), kinds_.end(), [](const OutputInfo& k) { return k.is_module(); })) return {};
    options.time = measures_.time();
    PSMC_ASSIGN(const arch::Image image,
                compile_to_fit(command_.model, llama_options(command_), machine, options, model, report_));
    if (command_.pass_options.timing)
      more_ = fmt::format("{} kernels, {} words of code\n{}", report_.kernel_count, report_.code_words,
                          allocation_text(report_, machine));
    return make_all(image);
  }

  /// Everything that an image alone tells.
  Status make_all(const arch::Image& image) {
    const TimeScope time(measures_.time(), "emit");
    for (const OutputInfo& kind : kinds_) PSMC_TRY(make_one(kind, image, report_));
    return add_runtime();
  }

  Status write() const {
    {
      const TimeScope time(measures_.time(), "write");
      PSMC_TRY(write_files(files_));
    }
    return measures_.finish(report_.passes, more_);
  }

 private:
  Status make_one(const OutputInfo& kind, const arch::Image& image, const CompileReport& report) {
    if (kind.is_module()) return {};
    PSMC_ASSIGN(std::string bytes, bytes_of(kind.kind, image, report));
    files_.emplace_back(path_of(kind), std::move(bytes));
    return {};
  }

  std::string path_of(const OutputInfo& kind) const { return output_path(command_.out, kinds_, kind); }

  /// A shared library needs the runtime in its folder. Without one to copy it can be made all the same.
  Status add_runtime() {
    const auto shared =
        std::find_if(kinds_.begin(), kinds_.end(), [](auto& k) { return k.kind == OutputKind::shared; });
    if (shared == kinds_.end() || command_.out == "-") return {};
    const fs::path library = path_of(*shared), place = library.parent_path() / kRuntimeName;
    Result<std::string> runtime = runtime_library();
    if (!runtime.ok()) {
      Diagnostic warning = runtime.diagnostic();
      warning.severity = Severity::warning;
      warning.notes = {fmt::format("put it beside {}, which needs it", library.string())};
      command_.reporting.warn(warning);
      return {};
    }
    std::error_code ignored;
    const Result<std::string> old = fs::exists(place, ignored) ? read_file(place.string()) : std::string();
    if (!old.ok() || *old != *runtime) files_.emplace_back(place.string(), std::move(runtime).value());
    return {};
  }

  Result<std::string> bytes_of(OutputKind kind, const arch::Image& image, const CompileReport& report) const {
    const std::string name = fs::path(command_.out).stem().string();
    switch (kind) {
      case OutputKind::partition: return std::string(report.partition);
      case OutputKind::loops: return std::string(report.kernels);
      case OutputKind::psma: return arch::print_psma(image);
      case OutputKind::psmx: return arch::serialize(image);
      case OutputKind::llvm_ir: return emit_host(HostKind::llvm_ir, image, name, command_.host_cpu);
      case OutputKind::object: return emit_host(HostKind::object, image, name, command_.host_cpu);
      case OutputKind::shared: return emit_host(HostKind::shared, image, name, command_.host_cpu);
      case OutputKind::header: return emit_host(HostKind::header, image, name, command_.host_cpu);
      case OutputKind::dot:
      case OutputKind::psm:
      case OutputKind::json: break;
    }
    PSMC_CHECK(false, "a module is no artefact of compiling");
    return std::string();
  }

  const CompileCommand& command_;
  const std::vector<OutputInfo>& kinds_;
  Measures& measures_;
  CompileReport report_;
  std::string more_;  ///< for --timing
  std::vector<std::pair<std::string, std::string>> files_;
};

/// What of `kinds` cannot be made. Errors: bad_option.
Status check_kinds(const PhaseSpan& span, const CompileCommand& command, const std::vector<OutputInfo>& kinds) {
  if (!command.compile_to.empty() && !command.emit.empty())
    return error(Code::bad_option, "--compile-to says what is written", {"leave --emit out"});
  const bool of_image = span.from > PhaseSpan::Stage::graph;
  for (const OutputInfo& kind : kinds)
    if (of_image && (kind.is_module() || kind.kind == OutputKind::partition || kind.kind == OutputKind::loops))
      return error(Code::bad_option, fmt::format("a program does not tell its {}", kind.name));
  return {};
}

Result<std::vector<OutputInfo>> kinds_of(const PhaseSpan& span, const CompileCommand& command) {
  if (span.to == PhaseSpan::Stage::graph) return output_kinds(command.out, {"psm"});
  if (span.to == PhaseSpan::Stage::psma) return output_kinds(command.out, {"psma"});
  return output_kinds(command.out, command.compile_to.empty() ? command.emit : std::vector<std::string>{"psmx"});
}

}  // namespace

Result<int> compile_model_file(const CompileCommand& command) {
  PSMC_ASSIGN(const PhaseSpan span, phase_span(command.compile_from, command.compile_to, command.passes,
                                               pipeline_options(command.pass_options)));
  const CompileOptions options = compile_options(command, span);
  PSMC_ASSIGN(const std::vector<OutputInfo> kinds, kinds_of(span, command));
  PSMC_TRY(check_kinds(span, command, kinds));
  PSMC_TRY(check_outputs(command.out, command.model, kinds));
  Measures measures(command.pass_options, "compile");
  PSMC_TRY(measures.check());
  Artifacts artifacts(command, kinds, measures);
  if (span.from > PhaseSpan::Stage::graph) {
    PSMC_ASSIGN(const arch::Image image, read_image_phase(command.model, span.from, command.reporting.max_errors));
    PSMC_TRY(artifacts.make_all(image));
    PSMC_TRY(artifacts.write());
    return 0;
  }
  PSMC_ASSIGN(const arch::Machine machine, arch::load_machine(command.arch));
  LoadedModel model;
  if (span.from == PhaseSpan::Stage::graph) {
    PSMC_ASSIGN(model.module, read_graph_phase(command.model, command.reporting.max_errors));
  } else {
    PSMC_ASSIGN(model,
                load_model(command.model, llama_options(command), command.reporting.max_errors, measures.time()));
  }
  PSMC_TRY(check_options(model.module, machine, options));
  if (span.to == PhaseSpan::Stage::graph) {
    PSMC_TRY(artifacts.make_graph(model.module, machine, options));
  } else {
    PSMC_TRY(artifacts.make_modules(model.module));
    PSMC_TRY(artifacts.make(model, machine, options));
  }
  PSMC_TRY(artifacts.write());
  return 0;
}

}  // namespace psmc::tools
