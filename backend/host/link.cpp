// SPDX-License-Identifier: Apache-2.0
#include "backend/host/link.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"

extern char** environ;

namespace psmc::host {
namespace {

namespace fs = std::filesystem;

/// A folder that goes when the object goes.
class TemporaryFolder {
 public:
  static Result<std::unique_ptr<TemporaryFolder>> make() {
    std::error_code bad;
    const fs::path base = fs::temp_directory_path(bad);
    std::string pattern = ((bad ? fs::path("/tmp") : base) / "psmc-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      return file_error(Code::cannot_write, pattern, "no temporary folder can be made here");
    return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(pattern));
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// Runs a program without a shell; what it says goes to the file `log`. -1: it could not be started.
int run_program(const std::vector<std::string>& arguments, const std::string& log) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child = 0;
  const int started = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (started != 0 || waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Linker {
 public:
  Linker(std::string program, const TemporaryFolder& folder) : program_(std::move(program)), folder_(folder) {}

  /// `inputs` become `name`.
  Status link(const std::string& name, const std::vector<std::string>& inputs) const {
    const bool compiler = fs::path(program_).filename() == "cc";
    std::vector<std::string> command = {program_, "-shared"};
    if (compiler) command.emplace_back("-nostdlib");
    for (const std::string& option :
         {"-soname=" + name, std::string("-rpath=$ORIGIN"), std::string("--enable-new-dtags"),
          std::string("--no-as-needed"), std::string("--build-id=none"), std::string("-znoexecstack")})
      command.push_back(compiler ? "-Wl," + option : option);
    command.insert(command.end(), {"-o", folder_.file(name)});
    command.insert(command.end(), inputs.begin(), inputs.end());
    if (run_program(command, folder_.file("log")) == 0) return {};
    const Result<std::string> said = read_file(folder_.file("log"), 1 << 20);
    return error(Code::linker_failed, fmt::format("{} could not make {}", program_, name),
                 {said.ok() && !said.value().empty() ? said.value() : "it said nothing"});
  }

 private:
  std::string program_;
  const TemporaryFolder& folder_;
};

}  // namespace

Result<std::string> find_linker(const std::string& path) {
  for (const char* name : {"ld.lld-19", "ld.lld", "ld", "cc"}) {
    for (size_t at = 0; at <= path.size();) {
      const size_t end = std::min(path.find(':', at), path.size());
      const std::string candidate = path.substr(at, end - at) + "/" + name;
      std::error_code ignored;
      if (end > at && fs::is_regular_file(candidate, ignored) && access(candidate.c_str(), X_OK) == 0) return candidate;
      at = end + 1;
    }
  }
  return error(Code::no_linker, "none of ld.lld-19, ld.lld, ld and cc is in PATH, so no shared library can be made",
               {"install one: apt-get install lld-19, or binutils", "--emit=obj needs no linker"});
}

Result<std::string> link_shared(const std::string& linker, const std::string& object, const std::string& stub,
                                const std::string& name) {
  PSMC_ASSIGN(const std::unique_ptr<TemporaryFolder> folder, TemporaryFolder::make());
  const std::string library = name + ".so", runtime = "libpsmc_rt.so";
  PSMC_TRY(write_file(folder->file("model.o"), object));
  PSMC_TRY(write_file(folder->file("stub.o"), stub));
  const Linker with(linker, *folder);
  PSMC_TRY(with.link(runtime, {folder->file("stub.o")}));
  PSMC_TRY(with.link(library, {folder->file("model.o"), folder->file(runtime)}));
  return read_file(folder->file(library));
}

}  // namespace psmc::host
