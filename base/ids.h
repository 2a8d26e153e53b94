// SPDX-License-Identifier: Apache-2.0
// Typed 32-bit ids. Everything in psmc lives in flat arrays and is named by such an id, never by a pointer:
// ids stay valid when an array grows, take half the room, and give every traversal one stable order.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace psmc {

/// An index into one flat array; `Tag` keeps ids of different arrays apart.
template <typename Tag>
struct Id {
  static constexpr uint32_t kInvalid = 0xffffffffu;
  uint32_t index = kInvalid;

  constexpr Id() = default;
  constexpr explicit Id(uint32_t i) : index(i) {}
  constexpr bool valid() const { return index != kInvalid; }
  constexpr explicit operator bool() const { return valid(); }
  constexpr auto operator<=>(const Id&) const = default;
};

}  // namespace psmc

template <typename Tag>
struct std::hash<psmc::Id<Tag>> {
  size_t operator()(psmc::Id<Tag> id) const noexcept { return std::hash<uint32_t>{}(id.index); }
};
