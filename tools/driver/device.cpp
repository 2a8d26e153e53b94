// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/device.h"

#include "base/file.h"

#include <fmt/format.h>

namespace psmc::tools {
namespace {

/// Calls `move(address, offset, bytes)` for each longest run of bytes that is contiguous in memory; `offset` counts in
/// the dense tensor. Validated images have symbols inside the device memory, so nothing here overflows.
template <typename Move>
Status for_each_run(const arch::Symbol& symbol, Move&& move) {
  size_t run = dtype_bytes(symbol.dtype);
  size_t outer = symbol.shape.size();
  while (outer > 0 && symbol.strides[outer - 1] == static_cast<int64_t>(run))
    run *= static_cast<size_t>(symbol.shape[--outer]);
  const size_t total = dense_bytes_of(symbol);
  if (total == 0) return {};
  std::vector<int64_t> at(outer, 0);
  for (size_t offset = 0; offset < total; offset += run) {
    uint64_t address = symbol.address;
    for (size_t d = 0; d < outer; ++d) address += static_cast<uint64_t>(at[d] * symbol.strides[d]);
    PSMC_TRY(move(address, offset, run));
    for (size_t d = outer; d-- > 0;) {
      if (++at[d] < symbol.shape[d]) break;
      at[d] = 0;
    }
  }
  return {};
}

}  // namespace

size_t dense_bytes_of(const arch::Symbol& symbol) {
  size_t bytes = dtype_bytes(symbol.dtype);
  for (int64_t extent : symbol.shape) bytes *= static_cast<size_t>(extent);
  return bytes;
}

Result<std::unique_ptr<Device>> Device::open(const arch::Image& image, sim::Options options) {
  std::unique_ptr<Device> device(new Device(image));
  PSMC_ASSIGN(device->chip_, sim::Chip::open(image, std::move(options)));
  return device;
}

Result<std::unique_ptr<Device>> Device::resume(const arch::Image& image, sim::Options options,
                                               const std::string& checkpoint) {
  PSMC_ASSIGN(const MappedFile file, MappedFile::open(checkpoint));
  std::unique_ptr<Device> device(new Device(image));
  PSMC_ASSIGN(device->chip_, sim::Chip::resume(image, std::move(options), checkpoint, file.bytes()));
  return device;
}

Result<const arch::Symbol*> Device::find(size_t entry, std::string_view name) const {
  for (const arch::Symbol& symbol : image_.entries[entry].symbols)
    if (symbol.name == name) return &symbol;
  return error(Code::unknown_binding,
               fmt::format("entry '{}' has no input or output '{}'", image_.entries[entry].name, name));
}

Status Device::write(size_t entry, std::string_view name, std::span<const std::byte> bytes) {
  PSMC_ASSIGN(const arch::Symbol* symbol, find(entry, name));
  if (bytes.size() != dense_bytes_of(*symbol))
    return error(Code::bad_option,
                 fmt::format("input '{}' has {} bytes, {} were given", name, dense_bytes_of(*symbol), bytes.size()));
  return for_each_run(*symbol, [&](uint64_t address, size_t offset, size_t run) {
    return chip_->write_memory(address, bytes.subspan(offset, run));
  });
}

Result<std::vector<std::byte>> Device::read(size_t entry, std::string_view name) const {
  PSMC_ASSIGN(const arch::Symbol* symbol, find(entry, name));
  std::vector<std::byte> bytes(dense_bytes_of(*symbol));
  PSMC_TRY(for_each_run(*symbol, [&](uint64_t address, size_t offset, size_t run) {
    return chip_->read_memory(address, std::span(bytes).subspan(offset, run));
  }));
  return bytes;
}

}  // namespace psmc::tools
