// SPDX-License-Identifier: Apache-2.0
// LLVM behind plain types: IR text to optimised IR or an x86-64 ELF object, and an object brought to life in this
// process. llvm/llvm.cpp is the only file of psmc that includes LLVM; it is opened on demand (llvm/functions.h).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace psmc::host {

inline constexpr std::string_view kDefaultCpu = "x86-64-v2";

enum class LlvmOutput : uint8_t { ir, assembly, object };

/// A global of the IR that gets its bytes only when an object is made. Without one the global stays to be imported.
struct Embedded {
  std::string symbol;
  std::string_view bytes;
};

/// Runs LLVM's O2 pipeline for `cpu` and gives text or an object; position-independent. For `ir` nothing is embedded.
/// Errors: host_cpu, host_load. IR that LLVM does not take is a bug of psmc.
Result<std::string> compile_llvm(const std::string& ir, LlvmOutput output, const std::string& cpu,
                                 const Embedded& embedded);

struct LlvmFunctions;

/// An object whose code can be called.
class HostLibrary {
 public:
  /// `imports`: every symbol that the object may refer to. Errors: host_load.
  static Result<HostLibrary> load(std::string_view object, const std::vector<std::pair<std::string, void*>>& imports);
  HostLibrary(HostLibrary&&) noexcept;
  HostLibrary& operator=(HostLibrary&&) noexcept;
  ~HostLibrary();

  /// Address of a function. Errors: host_load.
  Result<void*> find(const std::string& symbol) const;

 private:
  HostLibrary(const LlvmFunctions* llvm, void* loaded) : llvm_(llvm), loaded_(loaded) {}
  const LlvmFunctions* llvm_;
  void* loaded_;
};

}  // namespace psmc::host
