// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/compile_command.h"

#include "tools/commands/output_kinds.h"
#include "tools/compile_host.h"
#include "tools/driver/compile_model.h"

#include "arch/asm.h"
#include "base/file.h"
#include "base/staged_file.h"
#include "ir/clone.h"
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

CompileOptions compile_options(const CompileCommand& command) {
  CompileOptions options;
  options.entries = command.entries;
  options.columns = command.columns;
  options.rows = command.rows;
  options.stream_weights = command.stream_weights;
  options.passes = command.passes;
  options.pipeline = pipeline_options(command.pass_options);
  options.timing = command.pass_options.timing;
  options.reporting = command.reporting;
  return options;
}

/// The files of a compilation, kept until all of them are made.
class Artifacts {
 public:
  Artifacts(const CompileCommand& command, const std::vector<OutputInfo>& kinds) : command_(command), kinds_(kinds) {}

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

  Status make(LoadedModel& model, const arch::Machine& machine) {
    if (std::all_of(kinds_.begin(), kinds_.end(), [](const OutputInfo& k) { return k.is_module(); })) return {};
    CompileReport report;
    PSMC_ASSIGN(const arch::Image image, compile_to_fit(command_.model, llama_options(command_), machine,
                                                        compile_options(command_), model, report));
    if (command_.pass_options.timing)
      fmt::print(stderr, "{:.2f} s in all, {} kernels, {} words of code\n{}", report.seconds, report.kernel_count,
                 report.code_words, allocation_text(report, machine));
    for (const OutputInfo& kind : kinds_) PSMC_TRY(make_one(kind, image, report));
    return add_runtime();
  }

  Status write() const { return write_files(files_); }

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
  std::vector<std::pair<std::string, std::string>> files_;
};

}  // namespace

Result<int> compile_model_file(const CompileCommand& command) {
  PSMC_ASSIGN(const std::vector<OutputInfo> kinds, output_kinds(command.out, command.emit));
  PSMC_TRY(check_outputs(command.out, command.model, kinds));
  PSMC_ASSIGN(const arch::Machine machine, arch::load_machine(command.arch));
  PSMC_ASSIGN(LoadedModel model, load_model(command.model, llama_options(command), command.reporting.max_errors));
  PSMC_TRY(check_options(model.module, machine, compile_options(command)));
  Artifacts artifacts(command, kinds);
  PSMC_TRY(artifacts.make_modules(model.module));
  PSMC_TRY(artifacts.make(model, machine));
  PSMC_TRY(artifacts.write());
  return 0;
}

}  // namespace psmc::tools
