// SPDX-License-Identifier: Apache-2.0
// An image whose entry halts at once and whose outputs lie where its inputs lie, so that what a host library writes can
// be read back: as the same type, or as raw bits.
#pragma once

#include "arch/asm.h"
#include "tools/driver/host_imports.h"

#include "backend/host/interface.h"
#include "backend/host/library.h"

namespace psmc::host::test {

inline arch::Image echo_image(std::vector<arch::Symbol> symbols, const std::string& code = "halt") {
  arch::Image image = arch::assemble("echo.psma", ".machine \"lab4\"\n.code \"main\"\n" + code + R"(
.end
.tile 0 "main"
.end
.memory
.zero 0x0 0x10000
.end
.entry "echo"
.start 0 0
.end
)")
                          .value();
  image.entries[0].symbols = std::move(symbols);
  return image;
}

/// A compiled library in this process with its model opened, and one call's arguments.
struct Loaded {
  Interface interface;
  HostLibrary library;
  psmc_rt_device* model = nullptr;
  std::vector<uint64_t> arguments;

  PSMC_CALLS_MADE_CODE explicit Loaded(const arch::Image& image)
      : interface(interface_of(image, "t").value()),
        library(HostLibrary::load(LibraryMaker::create(image, "t").value().object().value(), tools::runtime_symbols())
                    .value()) {
    auto open = reinterpret_cast<int32_t (*)(const void*, psmc_rt_device**)>(library.find("t_open").value());
    PSMC_CHECK(open(nullptr, &model) == 0, psmc_rt_last_error(model));
    arguments.resize(interface.functions[0].args_bytes / 8);
    arguments[0] = interface.functions[0].args_bytes | uint64_t{kAbiVersion} << 32;
  }
  ~Loaded() { psmc_rt_close(model); }

  void set(const std::string& name, const void* data, uint64_t count) {
    set_raw(name, reinterpret_cast<uintptr_t>(data), count);
  }
  void set_raw(const std::string& name, uint64_t value, uint64_t count = 0) {
    for (const Argument& a : interface.functions[0].arguments) {
      if (a.name != name) continue;
      arguments[a.offset / 8] = value;
      if (!a.by_value) arguments[a.offset / 8 + 1] = count;
    }
  }
  int32_t call() { return call(model, arguments.data()); }
  PSMC_CALLS_MADE_CODE int32_t call(psmc_rt_device* device, void* args) {
    return reinterpret_cast<int32_t (*)(psmc_rt_device*, void*)>(library.find("t_echo").value())(device, args);
  }
  std::string error() const { return psmc_rt_last_error(model); }
};

}  // namespace psmc::host::test
