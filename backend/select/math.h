// SPDX-License-Identifier: Apache-2.0
// Elementary functions as sequences of vector instructions. All are within 4 units in the last place of the exact value
// over the whole range, subnormal results, infinities and NaN included (docs/numerics.md has what was measured).
//
// | function | as                                                                                      | vector words |
// |----------|-----------------------------------------------------------------------------------------|--------------|
// | exp      | 2^(h + l) = 2^h (1 + l ln 2), h = x log2(e) rounded and l what the rounding lost        | 8            |
// | sigmoid  | p = e^-abs(x): 1 / (1 + p), for negative x p / (1 + p)                                  | 13           |
// | tanh     | abs(x) < 0.625: odd polynomial; else 1 - 2 / (e^2abs(x) + 1) with the sign of x         | 19           |
// | log      | log2(x) ln 2                                                                            | 2            |
// | i32 div  | two rounds of float quotients, exact remainders, one correction                         | 30           |
#pragma once

#include "backend/select/emitter.h"

namespace psmc::backend {

Reg emit_exp(Emitter& emit, Reg x);
Reg emit_sigmoid(Emitter& emit, Reg x);
Reg emit_tanh(Emitter& emit, Reg x);
Reg emit_log(Emitter& emit, Reg x);
Reg emit_int_div(Emitter& emit, Reg a, Reg b);

}  // namespace psmc::backend
