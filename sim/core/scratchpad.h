// SPDX-License-Identifier: Apache-2.0
// The scratchpad of a tile: bytes, a bit for each that was written, and the map from lines to banks. A line is 64
// bytes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "sim/memory/store.h"

namespace psmc::sim {

class Archive;

class Scratchpad {
 public:
  Scratchpad(uint32_t bytes, uint32_t banks)
      : bytes_(bytes),
        written_((bytes + 63) / 64),
        banks_(banks),
        bank_mask_(std::has_single_bit(banks) ? banks - 1 : 0) {}

  uint64_t size() const { return bytes_.size(); }
  bool holds(uint64_t address, uint64_t bytes) const { return address <= size() && bytes <= size() - address; }
  uint32_t bank(uint64_t address) const { return bank_of_line(static_cast<uint32_t>(address / 64)); }
  uint64_t bank_bit(uint64_t address) const { return uint64_t{1} << bank(address); }
  /// Without a division where the number of banks is a power of two, as it mostly is.
  uint32_t bank_of_line(uint32_t line) const { return bank_mask_ != 0 ? line & bank_mask_ : line % banks_; }

  std::byte* at(uint64_t address) { return bytes_.data() + address; }
  const std::byte* at(uint64_t address) const { return bytes_.data() + address; }
  uint64_t& written_line(uint64_t line) { return written_[line]; }
  std::span<uint64_t> written() { return written_; }

  void write(uint64_t address, std::span<const std::byte> in, std::span<const uint64_t> written, uint64_t written_at) {
    std::memcpy(at(address), in.data(), in.size());
    copy_bits(written, written_at, written_, address, in.size());
  }
  /// All of `in` becomes written.
  void fill(uint64_t address, std::span<const std::byte> in) {
    std::memcpy(at(address), in.data(), in.size());
    set_bits(written_, address, in.size(), true);
  }
  void visit(Archive& archive);

 private:
  std::vector<std::byte> bytes_;
  std::vector<uint64_t> written_;
  uint32_t banks_, bank_mask_;
};

}  // namespace psmc::sim
