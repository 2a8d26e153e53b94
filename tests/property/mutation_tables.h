// SPDX-License-Identifier: Apache-2.0
// The step tables of an image, found by following its kernels: a record's address is in s1, the kernel reads its
// numbers relative to that, moves s1 to the next record and jumps to the code address that stands there. What a number
// is follows from what the kernel does with it.
#pragma once

#include <cstring>

#include "tests/property/mutation_kernels.h"

namespace psmc::test {

enum class Role : uint8_t {
  link,        ///< where to jump
  semaphore,   ///< of a wait
  amount,      ///< of a wait
  descriptor,  ///< address of what a dma.start reads
  number,      ///< an address, a count, a step
  clamp,       ///< reaches nothing but a minimum or maximum, which need not bind
  unused,
};

struct RecordNumber {
  int64_t offset = 0;
  Role role = Role::unused;
};

struct RecordLayout {
  std::vector<RecordNumber> numbers;
  int64_t length = 0;   ///< 0: the kernel halts
  bool writes = false;  ///< the kernel stores: also, perhaps, into its descriptor
  bool understood = true;
};

struct Record {
  uint32_t tile = 0, kernel = 0;
  uint64_t address = 0;
  bool first = false;
  uint64_t end = 0;  ///< of the whole table's records
};

class Tables {
 public:
  using Kernels = std::vector<std::unique_ptr<KernelFlow>>;

  Tables(const arch::Image& image, const Kernels& kernels) : image_(image), kernels_(kernels) {
    for (const auto& k : kernels) layouts_.push_back(layout_of(*k));
    for (const arch::Entry& entry : image.entries)
      for (const arch::TileStart& start : entry.tiles) walk(start);
  }

  const std::vector<Record>& records() const { return records_; }
  const RecordLayout& layout(uint32_t kernel) const { return layouts_[kernel]; }
  /// Whether every table could be followed to its halt.
  bool complete() const { return complete_; }

  const arch::Segment* segment_at(uint32_t tile, uint64_t address, uint64_t bytes) const {
    for (const arch::Segment& s : image_.find_tile(tile)->segments)
      if (address >= s.address && address + bytes <= s.address + s.bytes.size()) return &s;
    return nullptr;
  }
  std::vector<std::byte> bytes_at(uint32_t tile, uint64_t address, uint64_t bytes) const {
    const arch::Segment* s = segment_at(tile, address, bytes);
    if (s == nullptr) return {};
    const auto part = s->bytes.subspan(address - s->address, bytes);
    return {part.begin(), part.end()};
  }
  std::optional<int64_t> number_at(uint32_t tile, uint64_t address) const {
    const std::vector<std::byte> bytes = bytes_at(tile, address, 8);
    if (bytes.empty()) return std::nullopt;
    int64_t value = 0;
    std::memcpy(&value, bytes.data(), 8);
    return value;
  }

 private:
  /// What an instruction does with the value of `from`.
  static Role role_of_use(const KernelFlow& k, uint32_t user, uint32_t from, std::set<uint32_t>& seen) {
    const arch::Inst& inst = k.inst(user);
    if (!k.live(user)) return Role::unused;
    switch (inst.op) {
      case arch::Opcode::jr: return Role::link;
      case arch::Opcode::dma_start: return Role::descriptor;
      case arch::Opcode::wait_s: return Role::semaphore;
      case arch::Opcode::wait_n: return Role::amount;
      case arch::Opcode::wait_sn:
        return k.flow().insts().at(user).reads[0].producers.contains(from) ? Role::semaphore : Role::amount;
      case arch::Opcode::min:
      case arch::Opcode::max: return Role::clamp;
      case arch::Opcode::addi: return role_of(k, user, seen);
      default: return Role::number;
    }
  }
  static Role role_of(const KernelFlow& k, uint32_t id, std::set<uint32_t>& seen) {
    Role role = Role::unused;
    for (uint32_t user : k.users(id)) {
      if (!seen.insert(user).second) continue;
      const Role here = role_of_use(k, user, id, seen);
      role = role == Role::unused || role == here ? here : here == Role::unused ? role : Role::number;
    }
    return role;
  }

  static RecordLayout layout_of(const KernelFlow& k) {
    RecordLayout layout;
    bool halts = false;
    for (const auto& [id, flow] : k.flow().insts()) {
      const arch::Inst& inst = k.inst(id);
      halts |= inst.op == arch::Opcode::halt;
      layout.writes |= arch::is_store(inst.op);
      std::set<uint32_t> seen;
      if (const std::optional<int64_t> offset = k.record_offset(id))
        layout.numbers.push_back({*offset, role_of(k, id, seen)});
    }
    const std::optional<int64_t> length = k.record_length();
    layout.understood = halts || (length && *length > 0);
    layout.length = halts || !length ? 0 : *length;
    return layout;
  }

  std::optional<uint32_t> kernel_at(int64_t word) const {
    for (uint32_t i = 0; i < kernels_.size(); ++i)
      if (kernels_[i]->kernel().first == word) return i;
    return std::nullopt;
  }

  void walk(const arch::TileStart& start) {
    std::optional<uint32_t> kernel = kernel_at(start.word);
    uint64_t at = 0;
    for (const auto& [index, value] : start.scalars)
      if (index == KernelFlow::kRecord) at = static_cast<uint64_t>(value);
    const size_t first = records_.size();
    while (kernel && layouts_[*kernel].understood) {
      records_.push_back({start.tile, *kernel, at, records_.size() == first, 0});
      const RecordLayout& layout = layouts_[*kernel];
      if (layout.length == 0) {
        const uint64_t end = at + 8;
        for (size_t i = first; i < records_.size(); ++i) records_[i].end = end;
        return;
      }
      std::optional<int64_t> next;
      for (const RecordNumber& n : layout.numbers)
        if (n.role == Role::link) next = number_at(start.tile, at + static_cast<uint64_t>(n.offset));
      at += static_cast<uint64_t>(layout.length);
      kernel = next ? kernel_at(*next) : std::nullopt;
    }
    complete_ = false;
  }

  const arch::Image& image_;
  const Kernels& kernels_;
  std::vector<RecordLayout> layouts_;
  std::vector<Record> records_;
  bool complete_ = true;
};

}  // namespace psmc::test
