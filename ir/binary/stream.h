// SPDX-License-Identifier: Apache-2.0
// Numbers and texts in bytes. Integers take 7 bits a byte, low ones first (LEB128); signed ones are folded so that
// small magnitudes are small numbers.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace psmc::ir {

class ByteWriter {
 public:
  void byte(uint8_t value) { out_ += static_cast<char>(value); }
  void number(uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<uint8_t>(value | 0x80));
    byte(static_cast<uint8_t>(value));
  }
  void integer(int64_t value) { number(static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63)); }
  void real(double value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out_.append(bytes, sizeof value);
  }
  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }
  void append(const ByteWriter& other) { out_ += other.out_; }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Reads what a ByteWriter wrote. Behind the end, and after something malformed, everything is zero and `failed`.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()) {}
  bool failed() const { return failed_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }
  size_t position() const { return static_cast<size_t>(at_ - begin_); }
  void fail() {
    failed_ = true;
    at_ = end_;
  }

  uint8_t byte() {
    if (at_ == end_) return fail(), uint8_t{0};
    return static_cast<uint8_t>(*at_++);
  }
  uint64_t number() {
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) return static_cast<uint8_t>(*at_++);
    ByteReader rest = *this;  // a reader whose address nobody takes stays in registers
    const uint64_t value = rest.long_number();
    *this = rest;
    return value;
  }
  /// Two numbers of one byte or two, of which the first `count` are read; the others are anything. Without a branch on
  /// `count`. False where this is not enough: then nothing was read.
  bool two_short_numbers(uint32_t count, uint32_t& first, uint32_t& second) {
    if (left() < 4) return false;
    const auto byte_at = [&](int i) { return uint32_t{static_cast<uint8_t>(at_[i])} << (8 * i); };
    const uint32_t bytes = byte_at(0) | byte_at(1) | byte_at(2) | byte_at(3);
    const uint32_t one = count > 0, two = count > 1, more = bytes >> 7 & 1, rest = bytes >> (8 + 8 * more);
    const uint32_t rest_more = rest >> 7 & 1;
    if ((one & more & bytes >> 15) | (two & rest_more & rest >> 15)) return false;
    first = (bytes & 0x7f) | (bytes >> 1 & 0x3f80 & -more);
    second = (rest & 0x7f) | (rest >> 1 & 0x3f80 & -rest_more);
    at_ += (one + more * one) + (two + rest_more * two);
    return true;
  }
  int64_t integer() {
    const uint64_t folded = number();
    return static_cast<int64_t>(folded >> 1) ^ -static_cast<int64_t>(folded & 1);
  }
  /// A number of at most `most`.
  uint64_t number(uint64_t most) {
    const uint64_t value = number();
    if (value > most) return fail(), uint64_t{0};
    return value;
  }
  /// A number of items that take at least `size` bytes each.
  size_t count(size_t size) {
    const uint64_t value = number();
    if (value > left() / size) return fail(), size_t{0};
    return static_cast<size_t>(value);
  }
  double real() {
    double value = 0;
    if (left() < sizeof value) return fail(), value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  std::string_view text() {
    const size_t size = count(1);
    const std::string_view read(at_, size);
    at_ += size;
    return read;
  }

 private:
  uint64_t long_number() {
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 64; shift += 7) {
      const uint8_t next = byte();
      if (shift == 63 && next > 1) break;
      value |= uint64_t{next & 0x7fu} << shift;
      if (next < 0x80) return value;
    }
    return fail(), 0;
  }

  const char *begin_, *at_, *end_;
  bool failed_ = false;
};

}  // namespace psmc::ir
