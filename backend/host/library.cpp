// SPDX-License-Identifier: Apache-2.0
#include "backend/host/library.h"

#include "backend/host/codegen.h"
#include "backend/host/interface.h"
#include "backend/host/link.h"

namespace psmc::host {
namespace {

/// Stands for libpsmc_rt.so when linking.
constexpr const char* kStub = "define void @psmc_rt_stub() { ret void }\n";

}  // namespace

Result<LibraryMaker> LibraryMaker::create(const arch::Image& image, const std::string& name, const std::string& cpu) {
  PSMC_ASSIGN(const Interface interface, interface_of(image, name));
  LibraryMaker out;
  PSMC_ASSIGN(out.image_, arch::serialize(image));
  out.prefix_ = interface.prefix;
  out.name_ = name.empty() || name.find('/') != std::string::npos ? interface.prefix : name;
  out.cpu_ = cpu;
  out.image_symbol_ = host::image_symbol(interface);
  out.header_ = header_of(interface);
  out.ir_ = ir_of(interface, out.image_.size());
  return out;
}

Result<std::string> LibraryMaker::shared(const std::string& path) const {
  PSMC_ASSIGN(const std::string linker, find_linker(path));
  PSMC_ASSIGN(const std::string code, object());
  PSMC_ASSIGN(const std::string stub, compile_llvm(kStub, LlvmOutput::object, cpu_, {}));
  return link_shared(linker, code, stub, name_);
}

}  // namespace psmc::host
