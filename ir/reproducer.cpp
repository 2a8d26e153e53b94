// SPDX-License-Identifier: Apache-2.0
#include "ir/reproducer.h"

#include <fmt/format.h>

#include <stdlib.h>

#include <filesystem>

#include "ir/write_dump.h"

namespace psmc::ir {
namespace {

namespace fs = std::filesystem;

/// A folder that nobody else has; empty if there can be none.
std::string new_folder() {
  std::error_code failed;
  std::string name = (fs::temp_directory_path(failed) / "psmc-XXXXXX").string();
  if (failed || ::mkdtemp(name.data()) == nullptr) return {};
  return name;
}

Result<std::string> write_again(const Pipeline& pipeline, const PipelineOptions& options) {
  PSMC_ASSIGN(Module module, options.input());
  PipelineOptions quiet;
  quiet.verify_each = false;
  PassContext context;
  const Pipeline before(pipeline.begin(), pipeline.end() - 1);
  PSMC_TRY(run_pipeline(module, before, quiet, context));
  const std::string folder = new_folder();
  if (folder.empty()) return error(Code::cannot_write, "there is no folder for temporary files");
  const std::string path = fmt::format("{}/before-{}.psm", folder, pipeline.back().pass->name);
  PSMC_TRY(write_reproducer(module, path, pipeline.back()));
  return path;
}

}  // namespace

std::string replay_command(const std::string& file, const PassStep& step, const PipelineOptions& options) {
  return fmt::format("psmc opt {} --passes='{}'{}{}", file, pipeline_text({&step, 1}),
                     options.verify_each ? " --verify-each" : "", options.check_each ? " --check-each" : "");
}

Status write_reproducer(Module& module, const std::string& path, const PassStep& step) {
  const std::string data = fs::path(path).stem().string() + ".data";
  return write_dump(module, path, data, fmt::format("// psmc opt --passes '{}' %s\n", pipeline_text({&step, 1})));
}

std::string reproduce(const Pipeline& pipeline, const PipelineOptions& options) {
  const PassStep& step = pipeline.back();
  if (!options.reproducer.empty()) return "replay it with: " + replay_command(options.reproducer, step, options);
  if (!options.input) return "run again with --reproducer=FILE to get the module before the pass";
  const Result<std::string> path = write_again(pipeline, options);
  if (!path.ok()) return "no reproducer could be written: " + path.diagnostic().message;
  return "replay it with: " + replay_command(*path, step, options);
}

}  // namespace psmc::ir
