// SPDX-License-Identifier: Apache-2.0
// Little-endian bytes, written and read with bounds. A ByteReader never throws: after the first read beyond the end it
// fails for good and returns zeros, so a caller checks ok() once at the end of a group.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace psmc::arch {

class ByteWriter {
 public:
  template <typename T>
  void put(T value) {
    static_assert(std::is_integral_v<T>);
    for (size_t i = 0; i < sizeof(T); ++i)
      bytes_ += static_cast<char>(static_cast<std::make_unsigned_t<T>>(value) >> (8 * i));
  }
  void text(std::string_view value) {
    put(static_cast<uint32_t>(value.size()));
    bytes_ += value;
  }
  void raw(std::span<const std::byte> value) {
    bytes_.append(reinterpret_cast<const char*>(value.data()), value.size());
  }
  void pad_to(size_t alignment) { bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment, '\0'); }
  size_t size() const { return bytes_.size(); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <typename T>
  T get() {
    static_assert(std::is_integral_v<T>);
    const std::span<const std::byte> piece = take(sizeof(T));
    std::make_unsigned_t<T> value = 0;
    for (size_t i = 0; i < piece.size(); ++i)
      value |= static_cast<std::make_unsigned_t<T>>(static_cast<std::make_unsigned_t<T>>(piece[i]) << (8 * i));
    return static_cast<T>(value);
  }
  std::span<const std::byte> take(uint64_t size) {
    if (failed_ || size > bytes_.size() - at_) {
      failed_ = true;
      return {};
    }
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }
  std::string text() {
    const std::span<const std::byte> piece = take(get<uint32_t>());
    return {reinterpret_cast<const char*>(piece.data()), piece.size()};
  }
  /// A count of elements that take at least `element_bytes` each: fails if they cannot be there.
  uint32_t count(size_t element_bytes) {
    const uint32_t n = get<uint32_t>();
    if (n > (bytes_.size() - at_) / element_bytes) failed_ = true;
    return failed_ ? 0 : n;
  }
  bool ok() const { return !failed_; }
  /// All read, nothing left over.
  bool finished() const { return !failed_ && at_ == bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
  size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace psmc::arch
