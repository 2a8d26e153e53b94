// SPDX-License-Identifier: Apache-2.0
// Opens libpsmc_llvm.so at the first call.
#include "backend/host/llvm.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "backend/host/llvm/functions.h"

namespace psmc::host {
namespace {

#ifdef PSMC_LLVM_LINKED
const LlvmFunctions* open_llvm(std::string&) { return psmc_llvm_functions(); }
#else
/// Looked for where the executable says (cmake/rooms.cmake): beside it, or in ../lib. It stays open: LLVM has state of
/// its own that does not like to be started twice.
const LlvmFunctions* open_llvm(std::string& why) {
  void* const library = ::dlopen("libpsmc_llvm.so", RTLD_NOW | RTLD_LOCAL);
  void* const entry = library != nullptr ? ::dlsym(library, "psmc_llvm_functions") : nullptr;
  if (entry == nullptr) {
    why = ::dlerror();
    return nullptr;
  }
  return reinterpret_cast<decltype(&psmc_llvm_functions)>(entry)();
}
#endif

Result<const LlvmFunctions*> llvm_functions() {
  std::string why;
  static const LlvmFunctions* const kFunctions = open_llvm(why);
  if (kFunctions != nullptr) return kFunctions;
  return error(
      Code::host_load,
      fmt::format("host code is made by libpsmc_llvm.so, which cannot be opened{}{}", why.empty() ? "" : ": ", why),
      {"it belongs into the folder of psmc, where the build puts it"});
}

}  // namespace

Result<std::string> compile_llvm(const std::string& ir, LlvmOutput output, const std::string& cpu,
                                 const Embedded& embedded) {
  PSMC_ASSIGN(const LlvmFunctions* llvm, llvm_functions());
  return llvm->compile(ir, output, cpu, embedded);
}

Result<HostLibrary> HostLibrary::load(std::string_view object,
                                      const std::vector<std::pair<std::string, void*>>& imports) {
  PSMC_ASSIGN(const LlvmFunctions* llvm, llvm_functions());
  PSMC_ASSIGN(void* loaded, llvm->load(object, imports));
  return HostLibrary(llvm, loaded);
}

HostLibrary::HostLibrary(HostLibrary&& other) noexcept
    : llvm_(other.llvm_), loaded_(std::exchange(other.loaded_, nullptr)) {}

HostLibrary& HostLibrary::operator=(HostLibrary&& other) noexcept {
  std::swap(llvm_, other.llvm_);
  std::swap(loaded_, other.loaded_);
  return *this;
}

HostLibrary::~HostLibrary() {
  if (loaded_ != nullptr) llvm_->unload(loaded_);
}

Result<void*> HostLibrary::find(const std::string& symbol) const { return llvm_->find(loaded_, symbol); }

}  // namespace psmc::host
