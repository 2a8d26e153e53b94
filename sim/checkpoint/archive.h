// SPDX-License-Identifier: Apache-2.0
// The state of a unit as bytes, in both directions: `void Unit::visit(Archive& archive)` names each field once, and so
// writes them, or reads what was written. What is wrong with bytes that are read throws Contradiction: they end early,
// an element is out of its range, or a rule of `require` does not hold. Nothing is allocated for elements before the
// bytes of all of them are known to be there.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "arch/bytes.h"
#include "sim/contradiction.h"

namespace psmc::sim {

static_assert(std::endian::native == std::endian::little);

class Archive {
 public:
  /// Writes.
  Archive() : in_({}) {}
  /// Reads `bytes`, which must stay.
  explicit Archive(std::span<const std::byte> bytes) : reading_(true), in_(bytes) {}

  bool reading() const { return reading_; }
  /// What was written.
  std::string take() { return out_.take(); }
  /// Nothing may be left to read.
  void finish() const { require(in_.finished()); }

  /// A rule that what was read must keep.
  void require(bool holds) const {
    if (reading_) check_state(holds, "a field is out of its range");
  }

  /// Fields in their order.
  template <typename... T>
  void operator()(T&... fields) {
    (field(fields), ...);
  }
  /// A field that is less than `end`.
  template <typename T>
  void below(T& value, uint64_t end) {
    field(value);
    require(static_cast<uint64_t>(value) < end);
  }
  /// The elements of something whose size is known; `visit(element)` for each.
  template <typename List, typename Visit>
  void each(List& list, const Visit& visit) {
    for (auto& element : list) visit(element);
  }
  /// A list of any size, `visit(element)` for each, which writes at least `element_bytes` (1 or more).
  template <typename List, typename Visit>
  void list(List& list, size_t element_bytes, const Visit& visit) {
    uint32_t size = static_cast<uint32_t>(list.size());
    count(size, element_bytes);
    if (reading_) list.resize(size);
    each(list, visit);
  }
  /// A list of numbers below `end`.
  template <typename List>
  void numbers(List& list, uint64_t end) {
    this->list(list, sizeof(list[0]), [&](auto& value) { below(value, end); });
  }
  /// How many elements follow.
  void count(uint32_t& size, size_t element_bytes) {
    if (!reading_) return out_.put(size);
    size = in_.count(element_bytes);
    check_state(in_.ok(), "a list is longer than its section");
  }
  /// Bytes whose number is known; pages of zeros take one byte.
  void bytes(std::span<std::byte> bytes) {
    constexpr size_t kPage = 1024;
    for (size_t at = 0; at < bytes.size(); at += kPage) page(bytes.subspan(at, std::min(kPage, bytes.size() - at)));
  }

 private:
  template <std::integral T>
  void field(T& value) {
    if constexpr (std::same_as<T, bool>) {
      uint8_t byte = value ? 1 : 0;
      field(byte);
      require(byte <= 1);
      value = byte == 1;
    } else if (reading_) {
      value = in_.get<T>();
      check_state(in_.ok(), "a section ends early");
    } else {
      out_.raw(std::as_bytes(std::span(&value, 1)));
    }
  }
  /// An enumeration as its number; `below` for those that are read.
  template <typename T>
    requires std::is_enum_v<T>
  void field(T& value) {
    auto number = static_cast<std::underlying_type_t<T>>(value);
    field(number);
    value = static_cast<T>(number);
  }
  template <typename T, size_t n>
  void field(std::array<T, n>& values) {
    for (T& value : values) field(value);
  }
  /// As many elements as there are.
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  void field(std::vector<T>& values) {
    for (T& value : values) field(value);
  }
  template <typename T>
    requires requires(T& value, Archive& archive) { value.visit(archive); }
  void field(T& value) {
    value.visit(*this);
  }

  void page(std::span<std::byte> bytes) {
    bool zero = true;
    if (!reading_)
      for (const std::byte b : bytes) zero &= b == std::byte{0};
    field(zero);
    if (!reading_) {
      if (!zero) out_.raw(bytes);
    } else if (zero) {
      std::memset(bytes.data(), 0, bytes.size());
    } else {
      const std::span<const std::byte> from = in_.take(bytes.size());
      check_state(in_.ok(), "a section ends early");
      std::memcpy(bytes.data(), from.data(), bytes.size());
    }
  }

  bool reading_ = false;
  arch::ByteWriter out_;
  arch::ByteReader in_;
};

}  // namespace psmc::sim
