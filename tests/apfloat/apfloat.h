// SPDX-License-Identifier: Apache-2.0
// LLVM's APFloat as plain functions on bits: the oracle of psmc's floats. Only apfloat.cpp sees LLVM.
#pragma once

#include <cstdint>

namespace psmc::test {

enum class Format : uint8_t { f32, f16, bf16, e4m3, e5m2 };

/// `bits` of `from` converted to `to`, nearest even; the bits as APFloat has them.
uint32_t apfloat_convert(Format from, Format to, uint32_t bits);

/// a * b + c in f32 with one rounding to nearest even.
uint32_t apfloat_fma(uint32_t a, uint32_t b, uint32_t c);

/// To a signed integer of `width` bits, saturating; NaN to 0. `to_zero`: truncated, else nearest even.
int32_t apfloat_to_integer(uint32_t bits, unsigned width, bool to_zero);

}  // namespace psmc::test
