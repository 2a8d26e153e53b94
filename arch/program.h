// SPDX-License-Identifier: Apache-2.0
// Code of a tile: decoded words and their exact encoding in 32 bytes, little-endian, slots from bit 0 upwards:
// S 64 bits, M0 48, M1 48, V 40, X 24, T 32. Within a slot the fields stand where arch/isa_patterns.h says. Bits that
// no operand uses must be zero; every undefined pattern is an error, so decode(encode(w)) == w and encode(decode(b)) ==
// b.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "arch/isa.h"
#include "base/result.h"

namespace psmc::arch {

struct Word {
  std::array<Inst, kSlots> slots{};
  Inst& operator[](Slot slot) { return slots[static_cast<size_t>(slot)]; }
  const Inst& operator[](Slot slot) const { return slots[static_cast<size_t>(slot)]; }
  bool operator==(const Word&) const = default;
};

using WordBytes = std::array<std::byte, kWordBytes>;

/// What is wrong with an instruction in a slot, as a sentence; empty if it can be encoded: right slot, registers and
/// immediates in range, unused fields zero.
std::string problem(const Inst& inst, Slot slot);

/// The bytes of a word. PSMC_CHECKs that no instruction has a problem().
WordBytes encode(const Word& word);
/// Errors: bad_encoding (which slot, which bits).
Result<Word> decode(std::span<const std::byte, kWordBytes> bytes);

/// A whole code blob. Errors of decode_code: bad_encoding with the word's index; code_size if not a multiple of 32.
std::vector<std::byte> encode_code(std::span<const Word> words);
Result<std::vector<Word>> decode_code(std::span<const std::byte> bytes);

/// "ld.t t4,[s6+=512] | ld.t t5,[s7+=512] | mma.bf16 a0,t2,t3"; "nop" for an empty word.
std::string print(const Word& word);

}  // namespace psmc::arch
