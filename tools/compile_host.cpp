// SPDX-License-Identifier: Apache-2.0
#include "tools/compile_host.h"

#include <cstdlib>

#include "backend/host/library.h"

namespace psmc::tools {

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

}  // namespace psmc::tools
