// SPDX-License-Identifier: Apache-2.0
// The contents of device memory: sparse pages over the whole address space, and for each byte whether it was ever
// written. Pages wholly inside an initial segment point into it until they are written (a gigabyte of weights is not
// copied). Bytes that were never written read as 0 and are reported as unwritten.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace psmc::sim {

class Archive;

class DeviceMemory {
 public:
  static constexpr uint64_t kPageBytes = 4096;

  explicit DeviceMemory(uint64_t bytes);
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  uint64_t bytes() const { return bytes_; }
  bool holds(uint64_t address, uint64_t bytes) const { return address <= bytes_ && bytes <= bytes_ - address; }

  /// Initial contents: `size` bytes at `address`, zeros if `bytes` is empty. `bytes` must outlive this object. The
  /// range must lie inside the memory.
  void map(uint64_t address, uint64_t size, std::span<const std::byte> bytes);

  /// `written`, if not empty, gets one bit for each byte of `out`.
  void read(uint64_t address, std::span<std::byte> out, std::span<uint64_t> written) const;
  void read(uint64_t address, std::span<std::byte> out) const;
  /// Bytes whose bit in `written` is 0 become unwritten. An empty `written` means all.
  void write(uint64_t address, std::span<const std::byte> in, std::span<const uint64_t> written = {});
  /// What was written; the rest is as `map` left it.
  void visit(Archive& archive);  // memory_state.cpp

 private:
  struct Page {
    const std::byte* data = nullptr;  ///< own.get() or inside a segment
    std::unique_ptr<std::byte[]> own;
    std::unique_ptr<std::array<uint64_t, kPageBytes / 64>> mask;  ///< written bytes; null: all
  };
  static constexpr uint64_t kGroup = 1024;
  using PageGroup = std::array<Page, kGroup>;

  const Page* find(uint64_t page) const;
  Page& page(uint64_t page);
  Page& writable(uint64_t page);
  void visit_page(Archive& archive, Page& page);
  std::vector<uint64_t> own_pages() const;

  uint64_t bytes_;
  std::vector<std::unique_ptr<PageGroup>> groups_;
  std::array<std::byte, kPageBytes> zeros_{};
};

/// Sets bits [first, first + count) of a bit array of 64-bit words.
void set_bits(std::span<uint64_t> words, uint64_t first, uint64_t count, bool value);
/// Bit `i`.
inline bool get_bit(std::span<const uint64_t> words, uint64_t i) { return words[i / 64] >> (i % 64) & 1u; }
/// Copies `count` bits from `from` at bit `from_at` to `to` at bit `to_at`.
void copy_bits(std::span<const uint64_t> from, uint64_t from_at, std::span<uint64_t> to, uint64_t to_at,
               uint64_t count);
/// True if bits [first, first + count) are all set.
bool all_bits(std::span<const uint64_t> words, uint64_t first, uint64_t count);

}  // namespace psmc::sim
