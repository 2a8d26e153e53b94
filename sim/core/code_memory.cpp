// SPDX-License-Identifier: Apache-2.0
#include "sim/core/code_memory.h"

#include <algorithm>
#include <cstring>

namespace psmc::sim {

CodeStore::CodeStore(const arch::Image& image)
    : image_(image), timing_(image.machine), decoder_(image.machine, timing_) {
  for (uint32_t b = 0; b < image.blobs.size(); ++b)
    if (image.blobs[b].overlay) overlays_.emplace_back(image.blobs[b].memory_address, b);
  std::sort(overlays_.begin(), overlays_.end());
}

const DecodedWord* CodeStore::intern(const arch::Word& word) {
  auto& slot = words_[arch::encode(word)];
  if (slot == nullptr) slot = std::make_unique<DecodedWord>(decoder_.decode(word));
  return slot.get();
}

const DecodedWord* CodeStore::intern(std::span<const std::byte, arch::kWordBytes> bytes) {
  arch::WordBytes key;
  std::memcpy(key.data(), bytes.data(), key.size());
  const auto found = words_.find(key);
  if (found != words_.end()) return found->second.get();
  const Result<arch::Word> word = arch::decode(bytes);
  return word.ok() ? intern(*word) : nullptr;
}

uint32_t CodeStore::op_at_memory(uint64_t address) const {
  auto after = std::upper_bound(overlays_.begin(), overlays_.end(), std::pair<uint64_t, uint32_t>{address, ~0u});
  if (after == overlays_.begin()) return no_op();
  const auto& [start, blob] = *--after;
  const uint64_t word = (address - start) / arch::kWordBytes;
  if (word >= image_.blobs[blob].words.size()) return no_op();
  const arch::OpId op = image_.op_at(arch::BlobId(blob), static_cast<uint32_t>(word));
  return op.valid() ? op.index : no_op();
}

void CodeMemory::invalidate(uint64_t address, uint64_t size) {
  const uint64_t last = (address + size + arch::kWordBytes - 1) / arch::kWordBytes;
  for (uint64_t w = address / arch::kWordBytes; w < last && w < slots_.size(); ++w) {
    slots_[w] = {};
    pending_[w].reset();
  }
}

void CodeMemory::write(uint64_t address, std::span<const std::byte> bytes, bool written, uint64_t from_memory) {
  while (!bytes.empty()) {
    const uint64_t word = address / arch::kWordBytes, offset = address % arch::kWordBytes;
    const uint64_t n = std::min<uint64_t>(arch::kWordBytes - offset, bytes.size());
    auto& partial = pending_[word];
    if (partial == nullptr) partial = std::make_unique<Partial>();
    std::memcpy(partial->bytes.data() + offset, bytes.data(), n);
    partial->written &= written;
    partial->have |= static_cast<uint32_t>((uint64_t{1} << n) - 1) << offset;
    if (partial->have == ~0u) {
      slots_[word] = {store_.intern(partial->bytes), store_.op_at_memory(from_memory - offset), partial->written};
      partial.reset();
    }
    address += n;
    from_memory += n;
    bytes = bytes.subspan(n);
  }
}

}  // namespace psmc::sim
