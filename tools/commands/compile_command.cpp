// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/compile_command.h"

#include "tools/compile_host.h"
#include "tools/driver/compile_model.h"

#include "arch/asm.h"
#include "base/file.h"
#include "ir/clone.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace psmc::tools {
namespace {

namespace fs = std::filesystem;

enum class Kind : uint8_t { psm, json, partition, loops, psma, psmx, llvm_ir, object, shared, header };

struct KindInfo {
  Kind kind;
  std::string_view name, extension;
};

constexpr KindInfo kKinds[] = {
    {Kind::psm, "psm", ".psm"},
    {Kind::json, "json", ".json"},
    {Kind::partition, "partition", ".partition.txt"},
    {Kind::loops, "loops", ".loops.psm"},
    {Kind::psma, "psma", ".psma"},
    {Kind::psmx, "psmx", ".psmx"},
    {Kind::llvm_ir, "llvm-ir", ".ll"},
    {Kind::object, "obj", ".o"},
    {Kind::shared, "so", ".so"},
    {Kind::header, "header", ".h"},
};

const KindInfo* find_kind(std::string_view name) {
  const auto found =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const KindInfo& k) { return k.name == name; });
  return found == std::end(kKinds) ? nullptr : found;
}

std::vector<KindInfo> kinds_of(const CompileCommand& command) {
  std::vector<KindInfo> kinds;
  for (const std::string& name : command.emit) {
    const KindInfo* kind = find_kind(name);
    PSMC_CHECK(kind != nullptr, "--emit was not checked");
    if (std::none_of(kinds.begin(), kinds.end(), [&](const KindInfo& k) { return k.kind == kind->kind; }))
      kinds.push_back(*kind);
  }
  if (!kinds.empty()) return kinds;
  const std::string extension = fs::path(command.out).extension().string();
  for (const KindInfo& kind : kKinds)
    if (kind.extension == extension) return {kind};
  return {*find_kind("psmx")};
}

bool is_module(Kind kind) { return kind == Kind::psm || kind == Kind::json; }

/// All of a compilation that is not a graph-level module.
class Artifacts {
 public:
  Artifacts(const CompileCommand& command, const std::vector<KindInfo>& kinds) : command_(command), kinds_(kinds) {}

  Status make(LoadedModel& model) {
    if (std::all_of(kinds_.begin(), kinds_.end(), [](const KindInfo& k) { return is_module(k.kind); })) return {};
    PSMC_ASSIGN(const arch::Machine machine, arch::load_machine(command_.arch));
    CompileOptions options;
    options.entries = command_.entries;
    options.columns = command_.columns;
    options.rows = command_.rows;
    options.stream_weights = command_.stream_weights;
    options.passes = command_.passes;
    options.pipeline = pipeline_options(command_.pass_options);
    options.timing = command_.pass_options.timing;
    CompileReport report;
    PSMC_ASSIGN(const arch::Image image,
                compile_to_fit(command_.model, llama_options(command_), machine, options, model, report));
    if (command_.pass_options.timing)
      fmt::print(stderr, "{:.2f} s in all, {} kernels, {} words of code\n{}", report.seconds, report.kernel_count,
                 report.code_words, allocation_text(report, machine));
    for (const KindInfo& kind : kinds_) PSMC_TRY(make_one(kind, image, report));
    return add_runtime();
  }

  Status write() const {
    for (const auto& [path, bytes] : files_) PSMC_TRY(write_file(path, bytes));
    return {};
  }

  std::string path_of(const KindInfo& kind) const {
    if (kinds_.size() == 1) return command_.out;
    return fs::path(command_.out).replace_extension().string() + std::string(kind.extension);
  }

  static frontend::LlamaOptions llama_options(const CompileCommand& command) {
    frontend::LlamaOptions llama;
    llama.dtype = command.dtype;
    llama.chunk = command.chunk;
    llama.prefill = command.chunk > 1;
    llama.max_context = command.max_context;
    return llama;
  }

 private:
  Status make_one(const KindInfo& kind, const arch::Image& image, const CompileReport& report) {
    if (is_module(kind.kind)) return {};
    PSMC_ASSIGN(std::string bytes, bytes_of(kind.kind, image, report));
    files_.emplace_back(path_of(kind), std::move(bytes));
    return {};
  }

  /// A shared library needs the runtime in its folder. Without one to copy it can be made all the same.
  Status add_runtime() {
    const auto shared = std::find_if(kinds_.begin(), kinds_.end(), [](auto& k) { return k.kind == Kind::shared; });
    if (shared == kinds_.end() || command_.out == "-") return {};
    const fs::path library = path_of(*shared), place = library.parent_path() / kRuntimeName;
    Result<std::string> runtime = runtime_library();
    if (!runtime.ok()) {
      Diagnostic warning = runtime.diagnostic();
      warning.severity = Severity::warning;
      warning.notes = {fmt::format("put it beside {}, which needs it", library.string())};
      std::fputs((warning.render() + "\n").c_str(), stderr);
      return {};
    }
    std::error_code ignored;
    const Result<std::string> old = fs::exists(place, ignored) ? read_file(place.string()) : std::string();
    if (!old.ok() || *old != *runtime) files_.emplace_back(place.string(), std::move(runtime).value());
    return {};
  }

  Result<std::string> bytes_of(Kind kind, const arch::Image& image, const CompileReport& report) const {
    const std::string name = fs::path(command_.out).stem().string();
    switch (kind) {
      case Kind::partition: return std::string(report.partition);
      case Kind::loops: return std::string(report.kernels);
      case Kind::psma: return arch::print_psma(image);
      case Kind::psmx: return arch::serialize(image);
      case Kind::llvm_ir: return emit_host(HostKind::llvm_ir, image, name, command_.host_cpu);
      case Kind::object: return emit_host(HostKind::object, image, name, command_.host_cpu);
      case Kind::shared: return emit_host(HostKind::shared, image, name, command_.host_cpu);
      case Kind::header: return emit_host(HostKind::header, image, name, command_.host_cpu);
      case Kind::psm:
      case Kind::json: break;
    }
    PSMC_CHECK(false, "a module is no artefact of compiling");
    return std::string();
  }

  const CompileCommand& command_;
  const std::vector<KindInfo>& kinds_;
  std::vector<std::pair<std::string, std::string>> files_;
};

/// What can be said against the outputs before anything is made.
Status check_outputs(const CompileCommand& command, const std::vector<KindInfo>& kinds) {
  if (command.out == "-" && kinds.size() > 1)
    return error(Code::bad_option, "standard output takes one kind of output", {"name a file with -o"});
  const bool to_json = fs::path(command.out).extension() == ".json";
  if (kinds.size() == 1 && command.out != "-" && is_module(kinds[0].kind) && (kinds[0].kind == Kind::json) != to_json)
    return error(Code::bad_option, fmt::format("'{}' is no name for {}", command.out, kinds[0].name),
                 {"a module is JSON-IR in a .json file, and text in any other"});
  const bool library = std::any_of(kinds.begin(), kinds.end(), [](auto& k) { return k.kind == Kind::shared; });
  if (library && fs::path(command.out).stem() == fs::path(kRuntimeName).stem())  // the linker gets both side by side
    return error(Code::bad_option, fmt::format("{} is the name of the runtime", kRuntimeName),
                 {"choose another one with -o"});
  return {};
}

}  // namespace

std::vector<std::string> emit_names() {
  std::vector<std::string> names;
  for (const KindInfo& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

Result<int> compile_model_file(const CompileCommand& command) {
  const std::vector<KindInfo> kinds = kinds_of(command);
  PSMC_TRY(check_outputs(command, kinds));
  PSMC_ASSIGN(LoadedModel model, load_model(command.model, Artifacts::llama_options(command)));
  ir::Module graph;  // what the frontend made; compiling changes the module
  if (std::any_of(kinds.begin(), kinds.end(), [](const KindInfo& k) { return is_module(k.kind); }))
    graph = ir::clone_module(model.module);
  Artifacts artifacts(command, kinds);
  PSMC_TRY(artifacts.make(model));
  PSMC_TRY(artifacts.write());
  for (const KindInfo& kind : kinds)
    if (is_module(kind.kind)) PSMC_TRY(write_module(graph, artifacts.path_of(kind), kind.kind == Kind::json));
  return 0;
}

}  // namespace psmc::tools
