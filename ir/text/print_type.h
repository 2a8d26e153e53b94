// SPDX-License-Identifier: Apache-2.0
// Types, symbol expressions and attribute values as the text form writes them.
#pragma once

#include <string>

#include "ir/module.h"

namespace psmc::ir {

/// "2 * n + pos - 1": terms in order of their names, so that printing does not depend on the order of interning.
std::string print_sym(const Module& module, const SymExpr& expr);
/// "8" or "(pos + 1 <= 512)".
std::string print_dim(const Module& module, const Dim& dim);
/// "tensor<4x8xf32>", "buffer<4x8xf32, scratchpad, strides [16, 1]>", "index", "token", "vreg" ...
std::string print_type(const Module& module, const Type& type);
std::string print_attr_value(const Module& module, const AttrValue& value);
/// "{a = 1, b = [2]}" without the attributes named in `hidden`; empty if none is left.
std::string print_attrs(const Module& module, AttrId attrs, std::initializer_list<std::string_view> hidden = {});

std::string_view type_kind_name(TypeKind kind);
std::string_view space_name(Space space);

}  // namespace psmc::ir
