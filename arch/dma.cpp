// SPDX-License-Identifier: Apache-2.0
#include "arch/dma.h"

#include "arch/bytes.h"
#include "arch/isa.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace psmc::arch {
namespace {

/// First and last byte (exclusive) that one side of a descriptor touches. 128 bits: no stride can overflow them.
struct Reach {
  __int128 low;
  __int128 high;
};

Reach reach(const Descriptor& d, uint64_t base, const std::array<int64_t, 3>& strides) {
  Reach r{base, static_cast<__int128>(base) + d.run};
  for (size_t i = 0; i < 3; ++i) {
    const __int128 span = static_cast<__int128>(strides[i]) * (d.count[i] - 1);
    (span < 0 ? r.low : r.high) += span;
  }
  return r;
}

uint64_t space_bytes(const Machine& machine, DmaKind kind, bool destination) {
  const bool memory = destination ? kind == DmaKind::to_memory : is_in(kind);
  if (memory) return machine.memory.bytes;
  return destination && kind == DmaKind::memory_to_code ? machine.core.code_bytes : machine.scratchpad.bytes;
}

std::string shape_problem(const Machine& machine, const Descriptor& d) {
  if (d.run == 0 || d.count[0] == 0 || d.count[1] == 0 || d.count[2] == 0) return "run and counts must be at least 1";
  __int128 total = d.run;
  for (uint32_t count : d.count) total *= count;
  if (total > UINT32_MAX) return "a descriptor moves at most 4294967295 bytes";
  const Reach source = reach(d, d.source, d.source_stride);
  if (source.low < 0 || source.high > space_bytes(machine, d.kind, false)) return "the source leaves its space";
  const Reach destination = reach(d, d.destination, d.destination_stride);
  if (destination.low < 0 || destination.high > space_bytes(machine, d.kind, true))
    return "the destination leaves its space";
  if (d.kind != DmaKind::memory_to_code) return {};
  bool whole = d.run % kWordBytes == 0 && d.destination % kWordBytes == 0;
  for (int64_t stride : d.destination_stride) whole = whole && stride % int64_t{kWordBytes} == 0;
  return whole ? "" : "code is written in whole words of 32 bytes";
}

}  // namespace

DescriptorBytes encode(const Descriptor& d) {
  ByteWriter out;
  out.put(static_cast<uint8_t>(d.kind));
  out.put(uint8_t{0});
  out.put(d.chip);
  out.put(d.run);
  for (uint32_t count : d.count) out.put(count);
  out.put(uint32_t{0});
  out.put(d.source);
  out.put(d.destination);
  for (int64_t stride : d.source_stride) out.put(stride);
  for (int64_t stride : d.destination_stride) out.put(stride);
  for (uint8_t corner : {d.x0, d.y0, d.x1, d.y1}) out.put(corner);
  for (uint16_t half : {d.local_semaphore, d.local_amount, d.remote_semaphore, d.remote_amount}) out.put(half);
  out.pad_to(kDescriptorBytes);
  const std::string text = out.take();
  DescriptorBytes bytes;
  std::memcpy(bytes.data(), text.data(), bytes.size());
  return bytes;
}

Result<Descriptor> decode_descriptor(std::span<const std::byte, kDescriptorBytes> bytes) {
  ByteReader in(bytes);
  Descriptor d;
  const uint8_t kind = in.get<uint8_t>();
  if (kind == 0 || kind > static_cast<uint8_t>(DmaKind::to_tiles)) {
    return error(Code::bad_descriptor, fmt::format("a DMA descriptor has the unknown kind {}", kind));
  }
  d.kind = static_cast<DmaKind>(kind);
  bool zero = in.get<uint8_t>() == 0;
  d.chip = in.get<uint16_t>();
  d.run = in.get<uint32_t>();
  for (uint32_t& count : d.count) count = in.get<uint32_t>();
  zero = in.get<uint32_t>() == 0 && zero;
  d.source = in.get<uint64_t>();
  d.destination = in.get<uint64_t>();
  for (int64_t& stride : d.source_stride) stride = in.get<int64_t>();
  for (int64_t& stride : d.destination_stride) stride = in.get<int64_t>();
  for (uint8_t* corner : {&d.x0, &d.y0, &d.x1, &d.y1}) *corner = in.get<uint8_t>();
  for (uint16_t* half : {&d.local_semaphore, &d.local_amount, &d.remote_semaphore, &d.remote_amount})
    *half = in.get<uint16_t>();
  const auto rest = in.take(28);
  zero = zero && std::all_of(rest.begin(), rest.end(), [](std::byte b) { return b == std::byte{0}; });
  if (!zero) return error(Code::bad_descriptor, "unused bytes of a DMA descriptor are not zero");
  return d;
}

std::string problem(const Machine& machine, const Descriptor& d, bool engine_in) {
  if (d.kind == DmaKind::none || d.kind > DmaKind::to_tiles) return "the descriptor has no kind";
  if (is_in(d.kind) != engine_in)
    return engine_in ? "an `in` engine cannot write" : "an `out` engine cannot read memory";
  if (d.chip != 0) return "only chip 0, this chip, can be named";
  if (std::string what = shape_problem(machine, d); !what.empty()) return what;
  if (d.local_amount != 0 && d.local_semaphore >= machine.semaphores.count) return "the local semaphore does not exist";
  if (d.remote_amount != 0 && d.remote_semaphore >= machine.semaphores.count)
    return "the remote semaphore does not exist";
  if (is_in(d.kind) && d.remote_amount != 0) return "only `out` transfers post a remote semaphore";
  if (d.kind != DmaKind::to_tiles) return d.x0 || d.y0 || d.x1 || d.y1 ? "a rectangle without transfer to tiles" : "";
  if (d.x0 > d.x1 || d.y0 > d.y1 || d.x1 >= machine.grid.columns || d.y1 >= machine.grid.rows) {
    return "the rectangle of tiles is empty or leaves the grid";
  }
  const bool many = d.x0 != d.x1 || d.y0 != d.y1;
  return many && !machine.network.multicast ? "the network of this machine has no multicast" : "";
}

}  // namespace psmc::arch
