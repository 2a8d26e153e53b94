// SPDX-License-Identifier: Apache-2.0
// The code memory of a tile: for each word its decoded form, shared with all tiles, and the op it was made for.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "arch/image.h"
#include "sim/core/decode.h"

namespace psmc::sim {

/// What stands in one word of code memory. No `word`: not loaded, or not an instruction word.
struct CodeSlot {
  const DecodedWord* word = nullptr;
  uint32_t op = 0;      ///< index of the debug op, or the number of ops if unknown
  bool written = true;  ///< false: some of its bytes never were, or are not known (timing only)
};

/// Decodes words; equal bytes are decoded once. Also knows which addresses of device memory hold which blob's words.
class CodeStore {
 public:
  explicit CodeStore(const arch::Image& image);

  const DecodedWord* intern(const arch::Word& word);
  /// A word that arrived as bytes; nullptr if it is not valid code.
  const DecodedWord* intern(std::span<const std::byte, arch::kWordBytes> bytes);
  /// The op of the word at a device address (an overlay blob's), or the number of ops.
  uint32_t op_at_memory(uint64_t address) const;
  uint32_t no_op() const { return static_cast<uint32_t>(image_.ops.size()); }
  const arch::TimingTable& timing() const { return timing_; }

 private:
  const arch::Image& image_;
  arch::TimingTable timing_;
  WriteDecoder decoder_;
  std::map<arch::WordBytes, std::unique_ptr<DecodedWord>> words_;
  std::vector<std::pair<uint64_t, uint32_t>> overlays_;  ///< (memory address, blob), ascending
};

class Archive;

class CodeMemory {
 public:
  CodeMemory(CodeStore& store, uint32_t words) : store_(store), slots_(words), pending_(words) {}

  uint32_t words() const { return static_cast<uint32_t>(slots_.size()); }
  const CodeSlot& slot(uint32_t word) const { return slots_[word]; }
  void put(uint32_t word, CodeSlot slot) { slots_[word] = slot; }
  bool holds(uint64_t address, uint64_t bytes) const {
    const uint64_t size = slots_.size() * uint64_t{arch::kWordBytes};
    return address <= size && bytes <= size - address;
  }
  void visit(Archive& archive);
  /// Words of bytes [address, address + size) no longer hold code.
  void invalidate(uint64_t address, uint64_t size);
  /// Bytes that come from device memory, `written` if all of them were; a word is loaded when its last byte is here.
  void write(uint64_t address, std::span<const std::byte> bytes, bool written, uint64_t from_memory);

 private:
  struct Partial {
    arch::WordBytes bytes{};
    uint32_t have = 0;  ///< bit a byte
    bool written = true;
  };
  void visit_slot(Archive& archive, CodeSlot& slot);  // core_state.cpp

  CodeStore& store_;
  std::vector<CodeSlot> slots_;
  std::vector<std::unique_ptr<Partial>> pending_;
};

}  // namespace psmc::sim
