// SPDX-License-Identifier: Apache-2.0
// What an op's result must be, recomputed with more precision from the operands that the device itself had.
//
//   contract          |error| <= g(K) sum |a||b|, g(K) = K u / (1 - K u), u = 2^-24: f32 accumulation of f32 products
//   reduce sum, prod  the same over K elements: g(K) sum |x|, g(K) |product|
//   exp, log ...      4 units in the last place of f32; + - * / sqrt and the like half a unit: rounded correctly
//   then              one rounding to the result's type, if that is not f32
//   everything else   (movement, casts, comparisons, integers, max and min) exact
//
// Below 2^-126 a rounding costs up to 2^-150 whatever the size of the number, so each step of a sum may add that.
#pragma once

#include <string>
#include <vector>

#include "ir/op.h"

namespace psmc::test {

/// The worst that was seen of one kind of op. `error`: in units of the last place of f32 (elementwise), or relative to
/// the bound (sums); before the rounding to a narrower type it cannot be seen, so for those it stays 0.
struct Worst {
  uint64_t elements = 0;
  double error = 0;
};

/// Whether the precision of a kind of op is known here; exact ops count.
bool has_reference(ir::OpKind kind);
/// Units in the last place that an elementwise op on floats may be wrong by; 0: it is not one.
double allowed_ulps(ir::OpKind kind);

/// Compares `got` with the op applied to `in.operands`; the first wrong element in words, or empty.
std::string check_op(const ir::EvalInput& in, const ir::Array& got, Worst& worst);

/// "contract.bf16": the op and the type that it computes on.
std::string kind_of(const ir::Module& module, ir::OpId op);

}  // namespace psmc::test
