// SPDX-License-Identifier: Apache-2.0
// The special functions of the vector unit, one lane. Only + - * / sqrt of IEEE double are used, so that the bits are
// the same on every host; the double result is within 1e-15 relative, so the f32 result is correctly rounded except
// when the true value lies that close to the middle of two floats (error then < 0.5000001 ulp).
//
// | function | exact cases                                                                        |
// |----------|------------------------------------------------------------------------------------|
// | exp2     | integers; x >= 128: inf; x < -150: 0 (-150 rounds to 0); NaN: NaN                  |
// | log2     | powers of two; +-0: -inf; x < 0: NaN; inf: inf                                     |
// | rsqrt    | even powers of two; +-0: +-inf; x < 0: NaN; inf: 0                                 |
//
// Every NaN result is the quiet NaN 0x7fc00000. Subnormal arguments and results are kept.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace psmc::sim {

float exp2_f32(float x);
float log2_f32(float x);
float rsqrt_f32(float x);

inline constexpr uint32_t kQuietNan = 0x7fc00000u;
/// NaNs carry no payload: one bit pattern for all.
inline float canonical(float x) { return x != x ? std::bit_cast<float>(kQuietNan) : x; }

}  // namespace psmc::sim
