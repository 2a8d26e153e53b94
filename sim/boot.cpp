// SPDX-License-Identifier: Apache-2.0
#include "sim/boot.h"

namespace psmc::sim {
namespace {

constexpr uint64_t kPieceAlignment = 4096;  // so that most pages of the memory refer to the image

class BootPlanner {
 public:
  BootPlanner(const arch::Image& image, DeviceMemory& memory) : image_(image), memory_(memory) {}

  Result<BootPlan> plan() {
    plan_.tiles.resize(image_.machine.tiles());
    plan_.code.resize(image_.blobs.size());
    blob_address_.assign(image_.blobs.size(), 0);
    for (const arch::TileImage& t : image_.tiles) {
      if (t.code.valid()) PSMC_TRY(add_code(t));
      for (const arch::Segment& s : t.segments) PSMC_TRY(add_segment(t.tile, s));
    }
    return std::move(plan_);
  }

 private:
  /// A place for `size` bytes.
  Result<uint64_t> place(uint64_t size, std::span<const std::byte> bytes) {
    const uint64_t address = next_;
    if (size > memory_.bytes() - address)
      return error(Code::too_large, "the image's tiles hold more than the device memory");
    memory_.map(address, size, bytes);
    next_ = std::min(memory_.bytes(), (address + size + kPieceAlignment - 1) / kPieceAlignment * kPieceAlignment);
    return address;
  }

  Status add_code(const arch::TileImage& t) {
    std::vector<std::byte>& code = plan_.code[t.code.index];
    if (code.empty()) {
      code = arch::encode_code(image_.blobs[t.code.index].words);
      if (code.empty()) return {};
      PSMC_ASSIGN(blob_address_[t.code.index], place(code.size(), code));
    }
    add(t.tile, arch::DmaKind::memory_to_code, blob_address_[t.code.index], 0, code.size());
    return {};
  }

  Status add_segment(uint32_t tile, const arch::Segment& s) {
    PSMC_ASSIGN(const uint64_t address, place(s.size, s.bytes));
    add(tile, arch::DmaKind::memory_to_scratchpad, address, s.address, s.size);
    return {};
  }

  void add(uint32_t tile, arch::DmaKind kind, uint64_t source, uint64_t destination, uint64_t size) {
    arch::Descriptor d;
    d.kind = kind;
    d.source = source;
    d.destination = destination;
    d.run = static_cast<uint32_t>(size);  // scratchpads and code memories are smaller than 4 GiB
    plan_.tiles[tile].push_back(d);
  }

  const arch::Image& image_;
  DeviceMemory& memory_;
  BootPlan plan_;
  std::vector<uint64_t> blob_address_;
  uint64_t next_ = 0;
};

}  // namespace

Result<BootPlan> plan_boot(const arch::Image& image, DeviceMemory& memory) { return BootPlanner(image, memory).plan(); }

}  // namespace psmc::sim
