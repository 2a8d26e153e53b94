// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/output_kinds.h"

#include "tools/compile_host.h"

#include "base/staged_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace psmc::tools {
namespace {

namespace fs = std::filesystem;

constexpr OutputInfo kKinds[] = {
    {OutputKind::psm, "psm", ".psm"},           {OutputKind::json, "json", ".json"},
    {OutputKind::dot, "dot", ".dot"},           {OutputKind::partition, "partition", ".partition.txt"},
    {OutputKind::loops, "loops", ".loops.psm"}, {OutputKind::psma, "psma", ".psma"},
    {OutputKind::psmx, "psmx", ".psmx"},        {OutputKind::llvm_ir, "llvm-ir", ".ll"},
    {OutputKind::object, "obj", ".o"},          {OutputKind::shared, "so", ".so"},
    {OutputKind::header, "header", ".h"},
};

const OutputInfo& named(std::string_view name) {
  const auto found = std::find_if(std::begin(kKinds), std::end(kKinds), [&](auto& k) { return k.name == name; });
  PSMC_CHECK(found != std::end(kKinds), "--emit was not checked");
  return *found;
}

/// The kind with the longest extension that `out` ends in, or null.
const OutputInfo* kind_of_name(const std::string& out) {
  const OutputInfo* best = nullptr;
  for (const OutputInfo& kind : kKinds)
    if (out.ends_with(kind.extension) && (best == nullptr || kind.extension.size() > best->extension.size()))
      best = &kind;
  return best;
}

/// Whether a write to `path` would change a file that the model is read from.
bool is_of_model(const std::string& path, const std::string& model) {
  std::error_code ignored;
  if (path == "-" || model == "-" || !fs::is_regular_file(path, ignored)) return false;
  const fs::path file = fs::canonical(path, ignored), source = fs::canonical(model, ignored);
  return !source.empty() && (file == source || file.parent_path() == source);
}

}  // namespace

std::vector<std::string> emit_names() {
  std::vector<std::string> names;
  for (const OutputInfo& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

Result<std::vector<OutputInfo>> output_kinds(const std::string& out, const std::vector<std::string>& emit) {
  std::vector<OutputInfo> kinds;
  for (const std::string& name : emit) {
    const OutputInfo& kind = named(name);
    if (std::none_of(kinds.begin(), kinds.end(), [&](auto& k) { return k.kind == kind.kind; })) kinds.push_back(kind);
  }
  if (!kinds.empty()) return kinds;
  if (const OutputInfo* kind = kind_of_name(out)) return std::vector<OutputInfo>{*kind};
  if (!fs::path(out).extension().empty())
    return error(Code::bad_option, fmt::format("'{}' does not say what to write", out),
                 {"say it with --emit, or with a name that ends in .psmx, .psma, .so ..."});
  return std::vector<OutputInfo>{named("psmx")};
}

std::string output_path(const std::string& out, const std::vector<OutputInfo>& kinds, const OutputInfo& kind) {
  if (kinds.size() == 1) return out;
  return fs::path(out).replace_extension().string() + std::string(kind.extension);
}

Status check_outputs(const std::string& out, const std::string& model, const std::vector<OutputInfo>& kinds) {
  if (out == "-" && kinds.size() > 1)
    return error(Code::bad_option, "standard output takes one kind of output", {"name a file with -o"});
  const bool to_json = fs::path(out).extension() == ".json";
  if (kinds.size() == 1 && out != "-" && kinds[0].is_module() && kinds[0].kind != OutputKind::dot &&
      (kinds[0].kind == OutputKind::json) != to_json)
    return error(Code::bad_option, fmt::format("'{}' is no name for {}", out, kinds[0].name),
                 {"a module is JSON-IR in a .json file, and text in any other"});
  const bool library = std::any_of(kinds.begin(), kinds.end(), [](auto& k) { return k.kind == OutputKind::shared; });
  if (library && fs::path(out).stem() == fs::path(kRuntimeName).stem())  // the linker gets both side by side
    return error(Code::bad_option, fmt::format("{} is the name of the runtime", kRuntimeName),
                 {"choose another one with -o"});
  for (const OutputInfo& kind : kinds) {
    const std::string path = output_path(out, kinds, kind);
    if (is_of_model(path, model))
      return error(Code::bad_option, fmt::format("'{}' would be overwritten, but the model is read from it", path),
                   {"choose another name with -o"});
    PSMC_TRY(check_writable(path));
  }
  return {};
}

}  // namespace psmc::tools
