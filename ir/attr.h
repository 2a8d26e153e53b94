// SPDX-License-Identifier: Apache-2.0
// Attributes: the compile-time facts of an op, as an interned, sorted dictionary. Two ops with equal dictionaries share
// one AttrId, so comparing and hashing attributes (value numbering) is comparing one integer.
#pragma once

#include <compare>
#include <string>
#include <variant>
#include <vector>

#include "ir/type.h"

namespace psmc::ir {

using AttrId = Id<struct AttrTag>;

using IntList = std::vector<int64_t>;
using SymList = std::vector<SymExpr>;

/// One attribute value. Text forms: 3, 0.5, "text", true, [1, 2], f32 (a dtype), sym[pos + 1, 0].
/// Interning turns a SymList of numbers only into an IntList, so read either with Module::syms_attr.
using AttrValue = std::variant<int64_t, double, bool, std::string, DType, IntList, SymList>;

struct Attr {
  StrId name;
  AttrValue value;
  bool operator==(const Attr&) const = default;
};

/// Sorted by the text of the name.
using AttrDict = std::vector<Attr>;

}  // namespace psmc::ir
