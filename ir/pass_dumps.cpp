// SPDX-License-Identifier: Apache-2.0
#include "ir/pass_dumps.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "ir/text/printer.h"
#include "ir/text/unified_diff.h"
#include "ir/write_dump.h"

namespace psmc::ir {
namespace {

bool names(const std::vector<std::string>& list, const PassStep& step) {
  return std::find(list.begin(), list.end(), step.pass->name) != list.end();
}

}  // namespace

void print_dump(const PipelineOptions& options, std::string_view text) {
  if (options.print)
    options.print(text);
  else
    std::fwrite(text.data(), 1, text.size(), stderr);
}

Status PassDumps::begin(Module& module) {
  if (options_.dumps.changes) last_ = print_module(module);
  if (options_.dumps.folder.empty()) return {};
  std::error_code failed;
  std::filesystem::create_directories(options_.dumps.folder, failed);
  if (failed)
    return file_error(Code::cannot_write, options_.dumps.folder, "cannot make this folder: " + failed.message());
  return write(module, 0, "input", "// the module before the first pass\n");
}

void PassDumps::before(const Module& module, const PassStep& step) const {
  if (options_.dumps.before_all || names(options_.dumps.before, step)) print("before", step, print_module(module));
}

Status PassDumps::after(Module& module, const PassStep& step, uint32_t number, bool changed) {
  if (names(options_.dumps.after, step) || (options_.dumps.after_all && changed))
    print("after", step, print_module(module));
  if (!changed) return {};
  if (options_.dumps.changes) {
    std::string now = print_module(module);
    const std::string name(step.pass->name);
    print_dump(options_, unified_diff(last_, now, "before " + name, "after " + name));
    last_ = std::move(now);
  }
  if (options_.dumps.folder.empty()) return {};
  return write(module, number, step.pass->name, fmt::format("// after {}\n", pipeline_text({&step, 1})));
}

void PassDumps::print(std::string_view what, const PassStep& step, const std::string& text) const {
  print_dump(options_, fmt::format("// ---- {} {}\n{}", what, pipeline_text({&step, 1}), text));
}

Status PassDumps::write(Module& module, uint32_t number, std::string_view name, std::string_view head) const {
  return write_dump(module, fmt::format("{}/{:03}-{}.psm", options_.dumps.folder, number, name), "data", head);
}

}  // namespace psmc::ir
