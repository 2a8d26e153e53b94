// SPDX-License-Identifier: Apache-2.0
#include "tools/compile_host.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "backend/host/library.h"
#include "base/file.h"

namespace psmc::tools {

namespace fs = std::filesystem;

Result<std::string> emit_host(HostKind kind, const arch::Image& image, const std::string& name,
                              const std::string& cpu) {
  PSMC_ASSIGN(const host::LibraryMaker maker, host::LibraryMaker::create(image, name, cpu));
  switch (kind) {
    case HostKind::llvm_ir: return maker.ir();
    case HostKind::object: return maker.object();
    case HostKind::header: return maker.header();
    case HostKind::shared: break;
  }
  const char* path = std::getenv("PATH");
  return maker.shared(path == nullptr ? "" : path);
}

Result<std::string> runtime_library() {
  std::error_code failed;
  const fs::path folder = fs::read_symlink("/proc/self/exe", failed).parent_path();
  for (const fs::path& place : {folder, folder.parent_path() / "lib"})
    if (fs::is_regular_file(place / kRuntimeName, failed)) return read_file((place / kRuntimeName).string());
  return file_error(Code::cannot_read, kRuntimeName, fmt::format("not found beside psmc in '{}'", folder.string()));
}

}  // namespace psmc::tools
