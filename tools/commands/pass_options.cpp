// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/pass_options.h"

#include "tools/driver/check_each.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/staged_file.h"

#include <cstdio>

namespace psmc::tools {

ir::PipelineOptions pipeline_options(const PassOptions& options, std::function<Result<ir::Module>()> input) {
  ir::PipelineOptions pipeline;
  pipeline.disabled = options.disabled;
  pipeline.verify_each = options.verify_each;
  pipeline.dumps = options.dumps;
  pipeline.reproducer = options.reproducer;
  pipeline.bisect_limit = options.bisect_limit;
  pipeline.input = std::move(input);
  if (options.check_each)
    pipeline.check_each =
        same_results({.note = [](std::string_view text) { fmt::print(stderr, "--check-each: {}\n", text); }});
  return pipeline;
}

Status Measures::check() const {
  for (const std::string* path : {&options_.time_trace, &options_.stats_json}) {
    if (*path == "-") return error(Code::bad_option, "standard output is for the result", {"name a file"});
    if (!path->empty()) PSMC_TRY(check_writable(*path));
  }
  return {};
}

Status Measures::finish(std::span<const ir::PassReport> reports, const std::string& more) {
  whole_.stop();
  std::string shown;
  if (options_.timing) shown += trace_.tree_text() + more;
  if (options_.stats) shown += ir::stats_text(reports);
  std::fputs(shown.c_str(), stderr);
  std::vector<std::pair<std::string, std::string>> files;
  if (!options_.time_trace.empty()) files.emplace_back(options_.time_trace, trace_.chrome_json());
  if (!options_.stats_json.empty()) files.emplace_back(options_.stats_json, ir::stats_json(reports));
  return write_files(files);
}

}  // namespace psmc::tools
