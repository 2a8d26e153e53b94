// SPDX-License-Identifier: Apache-2.0
// The state of device memory and of its controllers in a checkpoint.
#include "sim/checkpoint/archive.h"
#include "sim/memory/controller.h"
#include "sim/memory/store.h"

namespace psmc::sim {

/// Pages that are not as an initial segment has them.
std::vector<uint64_t> DeviceMemory::own_pages() const {
  std::vector<uint64_t> pages;
  for (uint64_t g = 0; g < groups_.size(); ++g)
    for (uint64_t i = 0; groups_[g] != nullptr && i < kGroup; ++i)
      if ((*groups_[g])[i].own != nullptr) pages.push_back(g * kGroup + i);
  return pages;
}

void DeviceMemory::visit(Archive& archive) {
  std::vector<uint64_t> pages = archive.reading() ? std::vector<uint64_t>() : own_pages();
  archive.list(pages, 8, [&](uint64_t& page) { archive.below(page, (bytes_ + kPageBytes - 1) / kPageBytes); });
  for (const uint64_t p : pages) visit_page(archive, archive.reading() ? writable(p) : page(p));
}

void DeviceMemory::visit_page(Archive& archive, Page& page) {
  archive.bytes({page.own.get(), kPageBytes});
  bool masked = page.mask != nullptr;
  archive(masked);
  if (!masked) return page.mask.reset();
  if (page.mask == nullptr) page.mask = std::make_unique<std::array<uint64_t, kPageBytes / 64>>();
  archive(*page.mask);
}

void MemoryController::visit(Archive& archive) {
  archive.list(replies_, 20, [&](Reply& r) { archive(r.packet, r.bursts, r.reserved, r.leave); });
  archive(reserved_);
  archive.numbers(waiting_, replies_.size());
  archive.list(entering_, 14, [&](Burst& b) { archive(b.address, b.write, b.owner, b.index); });
  channel_.visit(archive);
}

}  // namespace psmc::sim
