// SPDX-License-Identifier: Apache-2.0
// Candidates are written to a new folder beside the output, with the data of their constants as links
// (ir/write_dump.h), and the folder goes at the end. The output is written when the search is over.
#include "tools/commands/reduce_command.h"

#include "tools/driver/load.h"
#include "tools/driver/progress.h"
#include "tools/reduce/reduce.h"
#include "tools/reduce/shell.h"

#include "base/staged_file.h"
#include "ir/clone.h"
#include "ir/constants.h"
#include "ir/write_dump.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

#include <stdlib.h>

namespace psmc::tools {
namespace {

namespace fs = std::filesystem;

/// A test that hangs is ended after this many seconds, or ten times what the first one took, and is not interesting.
constexpr double kLongTest = 60;

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// A new folder, removed with all that is in it.
class ScratchFolder {
 public:
  static Result<ScratchFolder> beside(const std::string& file) {
    const fs::path parent = fs::path(file).parent_path();
    std::string path = (parent / ".reduce-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr)
      return file_error(Code::cannot_write, parent.empty() ? "." : parent.string(), "no folder can be made in it");
    return ScratchFolder(path);
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// `command` with the file in the place of each {} and %s.
std::string with_file(const std::string& command, const std::string& file) {
  const std::string word = shell_word(file);
  std::string result;
  for (size_t i = 0; i < command.size(); ++i) {
    const std::string_view two = std::string_view(command).substr(i, 2);
    result += two == "{}" || two == "%s" ? word : std::string(1, command[i]);
    i += two == "{}" || two == "%s";
  }
  return result;
}

/// Asks the command about modules.
class Tester {
 public:
  Tester(const ReduceCommand& command, const ScratchFolder& folder)
      : command_(command), file_(folder.path() + "/module.psm") {}

  Result<bool> test(ir::Module& module) {
    PSMC_TRY(ir::write_dump(module, file_, "data"));
    const auto begin = std::chrono::steady_clock::now();
    PSMC_ASSIGN(last_, run_shell(with_file(command_.test, file_), command_.timeout > 0 ? command_.timeout : limit_));
    limit_ = std::max(limit_, is_first_ ? 10 * seconds_since(begin) : 0);
    is_first_ = false;
    return is_interesting();
  }

  /// What the last test did, for messages.
  std::string last_text() const {
    const std::string how = last_.timed_out ? "did not end in time" : fmt::format("ended with status {}", last_.status);
    return how + (last_.output.empty() ? "" : " and printed:\n" + last_.output.substr(0, 1000));
  }

 private:
  bool is_interesting() const {
    if (last_.timed_out != (command_.timeout > 0)) return false;
    if (last_.timed_out) return true;
    if (command_.status && last_.status != *command_.status) return false;
    if (!command_.output.empty()) return last_.output.find(command_.output) != std::string::npos;
    return command_.status || last_.status != 0;
  }

  const ReduceCommand& command_;
  std::string file_;
  ShellRun last_;
  double limit_ = kLongTest;
  bool is_first_ = true;
};

// The input and its data stay as they are.
Status check_command(const ReduceCommand& command, const ir::Module& module) {
  if (command.test.find("{}") == std::string::npos && command.test.find("%s") == std::string::npos)
    return error(Code::bad_option, "the command of --test does not name the module's file",
                 {"write {} or %s where the file is to stand"});
  if (command.timeout > 0 && (command.status || !command.output.empty()))
    return error(Code::bad_option, "--timeout asks for a command that does not end; --status and --output for its end");
  const auto same = [](const fs::path& one, const fs::path& two) {
    std::error_code ignored;
    return fs::equivalent(one, two, ignored);
  };
  const std::string data = fs::path(command.out).replace_extension(".safetensors").string();
  bool clash = same(command.in, command.out);
  for (uint32_t i = 0; i < module.num_constants(); ++i) {
    const std::string& file = module.constant(ir::ConstId(i)).file;
    clash |= !file.empty() && same(fs::path(module.folder) / file, data);
  }
  if (clash) return error(Code::bad_option, "the output would take the place of the input", {"name another with -o"});
  return check_writable(command.out);
}

std::string size_text(const ModuleSize& size) { return fmt::format("{} ops, {} bytes", size.ops, size.text); }

Result<Reduced> search(const ReduceCommand& command, ir::Module& module) {
  PSMC_ASSIGN(const ScratchFolder folder, ScratchFolder::beside(command.out));
  Tester tester(command, folder);
  Progress progress;
  const auto begin = std::chrono::steady_clock::now();
  PSMC_ASSIGN(const bool fails, tester.test(module));
  if (!fails)
    return error(Code::bad_option, "the command of --test does not fail on the module as it is",
                 {"it " + tester.last_text(), "see `psmc reduce -h` on what counts as failing"});
  ReduceOptions options;
  options.max_tests = command.max_tests;
  options.stop = [&] { return command.max_time > 0 && seconds_since(begin) > command.max_time; };
  options.progress = [&](size_t tests, const ModuleSize& size) {
    progress.show(fmt::format("reduce: {}, {} tests", size_text(size), tests));
  };
  return reduce(module, [&](ir::Module& candidate) { return tester.test(candidate); }, options);
}

}  // namespace

Result<int> reduce_module(const ReduceCommand& command) {
  PSMC_ASSIGN(ir::Module module, load_ir(command.in, command.reporting.max_errors));
  PSMC_TRY(check_command(command, module));
  PSMC_ASSIGN(Reduced reduced, search(command, module));
  PSMC_TRY(ir::save_module(reduced.module, command.out));
  fmt::print("{}: {} -> {}, {} tests{}\n", command.out, size_text(reduced.before), size_text(reduced.after),
             reduced.tests, reduced.is_smallest ? "" : ", ended by a limit");
  fmt::print("replay: {}\n", with_file(command.test, command.out));
  return 0;
}

}  // namespace psmc::tools
