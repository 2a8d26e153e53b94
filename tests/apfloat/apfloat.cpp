// SPDX-License-Identifier: Apache-2.0
#include "tests/apfloat/apfloat.h"

#include <llvm/ADT/APFloat.h>
#include <llvm/ADT/APSInt.h>

namespace psmc::test {
namespace {

using llvm::APFloat;
constexpr auto kNearest = llvm::RoundingMode::NearestTiesToEven;

const llvm::fltSemantics& semantics(Format format) {
  switch (format) {
    case Format::f16: return APFloat::IEEEhalf();
    case Format::bf16: return APFloat::BFloat();
    case Format::e4m3: return APFloat::Float8E4M3FN();
    case Format::e5m2: return APFloat::Float8E5M2();
    case Format::f32: break;
  }
  return APFloat::IEEEsingle();
}

APFloat value(Format format, uint32_t bits) {
  const llvm::fltSemantics& s = semantics(format);
  return APFloat(s, llvm::APInt(APFloat::semanticsSizeInBits(s), bits));
}

uint32_t bits_of(const APFloat& value) { return static_cast<uint32_t>(value.bitcastToAPInt().getZExtValue()); }

}  // namespace

uint32_t apfloat_convert(Format from, Format to, uint32_t bits) {
  APFloat x = value(from, bits);
  bool inexact = false;
  x.convert(semantics(to), kNearest, &inexact);
  return bits_of(x);
}

uint32_t apfloat_fma(uint32_t a, uint32_t b, uint32_t c) {
  APFloat x = value(Format::f32, a);
  x.fusedMultiplyAdd(value(Format::f32, b), value(Format::f32, c), kNearest);
  return bits_of(x);
}

int32_t apfloat_to_integer(uint32_t bits, unsigned width, bool to_zero) {
  llvm::APSInt integer(width, /*isUnsigned=*/false);
  bool exact = false;
  value(Format::f32, bits).convertToInteger(integer, to_zero ? llvm::RoundingMode::TowardZero : kNearest, &exact);
  return static_cast<int32_t>(integer.getSExtValue());
}

}  // namespace psmc::test
