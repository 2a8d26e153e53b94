// SPDX-License-Identifier: Apache-2.0
#include "ir/binary/format.h"

#include <cstring>

#include "ir/binary/binary.h"
#include "ir/intern.h"

namespace psmc::ir {

namespace {

void append_word(std::string& out, uint64_t value) {
  for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace

// Lanes are independent, so that the processor works on four multiplications at once.
uint64_t binary_checksum(std::string_view bytes) {
  constexpr size_t kLanes = 4, kStep = kLanes * sizeof(uint64_t);
  Hasher lanes[kLanes];
  size_t at = 0;
  for (; at + kStep <= bytes.size(); at += kStep) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      uint64_t word;
      std::memcpy(&word, bytes.data() + at + lane * sizeof word, sizeof word);
      lanes[lane].add(word);
    }
  }
  Hasher all;
  for (const Hasher& lane : lanes) all.add(lane.value());
  all.add(hash_text(bytes.substr(at)));
  all.add(bytes.size());
  return all.value();
}

std::string with_header(std::string payload, uint8_t minor) {
  std::string out(kBinaryMagic);
  out += static_cast<char>(kBinaryMajor);
  out += static_cast<char>(minor);
  out.append(2, '\0');
  append_word(out, payload.size());
  append_word(out, binary_checksum(payload));
  return out + payload;
}

}  // namespace psmc::ir
