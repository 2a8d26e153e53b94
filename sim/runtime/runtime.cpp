// SPDX-License-Identifier: Apache-2.0
// The C functions of psmc_runtime.h. Each is a border: arguments are checked, and nothing thrown crosses it.
#include "sim/runtime/psmc_runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

#include "sim/runtime/device.h"

namespace {

using namespace psmc;

int32_t fail(psmc_rt_device& device, const Diagnostic& diagnostic) {
  device.last_error = diagnostic.render();
  while (!device.last_error.empty() && device.last_error.back() == '\n') device.last_error.pop_back();
  return static_cast<int32_t>(diagnostic.code);
}

int32_t null_device() { return static_cast<int32_t>(Code::host_argument); }

/// Runs `body` (a Status) on an open device.
template <typename Body>
int32_t on_device(psmc_rt_device* device, Body&& body) {
  if (device == nullptr) return null_device();
  try {
    if (device->chip == nullptr) return fail(*device, error(Code::host_argument, "the device was not opened"));
    const Status status = body();
    return status.ok() ? 0 : fail(*device, status.diagnostic());
  } catch (const std::exception&) {
    device->last_error.clear();
    return static_cast<int32_t>(Code::runtime_memory);
  }
}

/// Size of the options of version 1 without what was added since: what every caller has.
constexpr size_t kFirstOptions = offsetof(psmc_rt_options, progress);

Result<sim::Options> simulation(const psmc_rt_options* given) {
  sim::Options out;
  if (given == nullptr) return out;
  if (given->struct_size < kFirstOptions)
    return error(
        Code::host_struct,
        fmt::format("psmc_rt_options.struct_size is {}, expected {}", given->struct_size, sizeof(psmc_rt_options)),
        {"set it to sizeof(psmc_rt_options)"});
  psmc_rt_options options{};
  std::memcpy(&options, given, std::min<size_t>(given->struct_size, sizeof(options)));
  out.races = options.skip_races == 0;
  out.numbers = options.timing_only == 0;
  if (options.max_cycles != 0) out.max_cycles = options.max_cycles;
  if (options.progress != nullptr)
    out.progress = [call = options.progress, user = options.progress_user](uint64_t cycles) { call(user, cycles); };
  return out;
}

Status open(psmc_rt_device& device, const void* image, uint64_t size, const psmc_rt_options* options) {
  if (image == nullptr) return error(Code::host_argument, "no program image was given");
  PSMC_ASSIGN(sim::Options simulated, simulation(options));
  PSMC_ASSIGN(device.image, arch::parse_image("program image", std::span(static_cast<const std::byte*>(image), size)));
  PSMC_ASSIGN(device.chip, sim::Chip::open(device.image, std::move(simulated)));
  return {};
}

Status check_bytes(const void* bytes, uint64_t size) {
  if (bytes == nullptr && size != 0) return error(Code::host_argument, "null was given for bytes to copy");
  return {};
}

}  // namespace

void psmc_rt_device::FreeStaging::operator()(void* memory) const { std::free(memory); }

uint32_t psmc_rt_version(void) { return PSMC_RT_VERSION; }

int32_t psmc_rt_open_image(const void* image, uint64_t size, const psmc_rt_options* options, psmc_rt_device** device) {
  if (device == nullptr) return null_device();
  *device = new (std::nothrow) psmc_rt_device;
  if (*device == nullptr) return static_cast<int32_t>(Code::runtime_memory);
  try {
    const Status status = open(**device, image, size, options);
    return status.ok() ? 0 : fail(**device, status.diagnostic());
  } catch (const std::exception&) {
    return static_cast<int32_t>(Code::runtime_memory);
  }
}

void psmc_rt_close(psmc_rt_device* device) { delete device; }

int32_t psmc_rt_write(psmc_rt_device* device, uint64_t address, const void* bytes, uint64_t size) {
  return on_device(device, [&]() -> Status {
    PSMC_TRY(check_bytes(bytes, size));
    return device->chip->write_memory(address, std::span(static_cast<const std::byte*>(bytes), size));
  });
}

int32_t psmc_rt_read(psmc_rt_device* device, uint64_t address, void* bytes, uint64_t size) {
  return on_device(device, [&]() -> Status {
    PSMC_TRY(check_bytes(bytes, size));
    return device->chip->read_memory(address, std::span(static_cast<std::byte*>(bytes), size));
  });
}

void* psmc_rt_staging(psmc_rt_device* device, uint64_t size) {
  constexpr uint64_t kAlign = 64, kLimit = uint64_t{1} << 40;
  const int32_t status = on_device(device, [&]() -> Status {
    if (size <= device->staging_bytes && device->staging) return {};
    const uint64_t rounded = (std::max<uint64_t>(size, 1) + kAlign - 1) / kAlign * kAlign;
    void* memory = size > kLimit ? nullptr : std::aligned_alloc(kAlign, rounded);
    if (memory == nullptr)
      return error(Code::runtime_memory,
                   fmt::format("there is no memory for {} bytes to bring tensors into shape", size));
    device->staging.reset(memory);
    device->staging_bytes = rounded;
    return {};
  });
  return status == 0 ? device->staging.get() : nullptr;
}

int32_t psmc_rt_launch(psmc_rt_device* device, uint32_t entry, psmc_rt_stats* stats) {
  return on_device(device, [&]() -> Status {
    if (stats != nullptr && stats->struct_size < sizeof(psmc_rt_stats))
      return error(Code::host_struct, fmt::format("psmc_rt_stats.struct_size is {}, expected {}", stats->struct_size,
                                                  sizeof(psmc_rt_stats)));
    PSMC_ASSIGN(const sim::RunStats run, device->chip->launch(entry));
    if (stats != nullptr) {
      stats->tiles = static_cast<uint32_t>(device->image.entries[entry].tiles.size());
      stats->cycles = run.cycles;
      stats->clock_hz = uint64_t{device->image.machine.clock_mhz} * 1'000'000;
    }
    if (device->observe) device->observe(run, entry);
    return {};
  });
}

int32_t psmc_rt_fail(psmc_rt_device* device, int32_t code, const char* message) {
  if (device == nullptr) return code;
  try {
    device->last_error = fmt::format("error[PSM{:04}]: {}", code, message == nullptr ? "" : message);
  } catch (const std::exception&) {
    device->last_error.clear();
  }
  return code;
}

const char* psmc_rt_last_error(const psmc_rt_device* device) {
  return device == nullptr ? "no device was given" : device->last_error.c_str();
}
