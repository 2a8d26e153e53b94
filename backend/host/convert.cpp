// SPDX-License-Identifier: Apache-2.0
#include "backend/host/convert.h"

#include "base/check.h"

namespace psmc::host {
namespace {

/// Replaces every "$" by the value.
std::string with(std::string_view pattern, const std::string& value) {
  std::string out;
  for (char c : pattern) {
    if (c == '$')
      out += value;
    else
      out += c;
  }
  return out;
}

constexpr std::string_view kFromBf16 = R"(  %c.wide = zext i16 $ to i32
  %c.high = shl i32 %c.wide, 16
  %c.out = bitcast i32 %c.high to float
)";

// Rounds to nearest even by adding just under half of the last place, and half where the last place is odd.
constexpr std::string_view kToBf16 = R"(  %c.bits = bitcast float $ to i32
  %c.abs = and i32 %c.bits, 2147483647
  %c.nan = icmp ugt i32 %c.abs, 2139095040
  %c.top = lshr i32 %c.bits, 16
  %c.sign = and i32 %c.top, 32768
  %c.quiet = or i32 %c.sign, 32704
  %c.odd = and i32 %c.top, 1
  %c.half = add i32 %c.bits, 32767
  %c.sum = add i32 %c.half, %c.odd
  %c.rounded = lshr i32 %c.sum, 16
  %c.pick = select i1 %c.nan, i32 %c.quiet, i32 %c.rounded
  %c.out = trunc i32 %c.pick to i16
)";

// The exponent is rebased by a multiplication with 2^112, which makes normal numbers of subnormal ones; infinities and
// NaNs get the full exponent back.
constexpr std::string_view kFromF16 = R"(  %c.wide = zext i16 $ to i32
  %c.em = and i32 %c.wide, 32767
  %c.signbit = and i32 %c.wide, 32768
  %c.sign = shl i32 %c.signbit, 16
  %c.shifted = shl i32 %c.em, 13
  %c.small = bitcast i32 %c.shifted to float
  %c.scaled = fmul float %c.small, 0x46F0000000000000
  %c.finite = bitcast float %c.scaled to i32
  %c.full = or i32 %c.shifted, 2139095040
  %c.special = icmp ugt i32 %c.em, 31743
  %c.mag = select i1 %c.special, i32 %c.full, i32 %c.finite
  %c.bits = or i32 %c.mag, %c.sign
  %c.out = bitcast i32 %c.bits to float
)";

// Normal results: rebase the exponent and round as for bf16. Subnormal results: adding 0.5 lets the float addition
// round at 2^-24. From 65536 on infinity; what rounds up to it gets there by the carry.
constexpr std::string_view kToF16 = R"(  %c.bits = bitcast float $ to i32
  %c.abs = and i32 %c.bits, 2147483647
  %c.top = lshr i32 %c.bits, 16
  %c.sign = and i32 %c.top, 32768
  %c.last = lshr i32 %c.abs, 13
  %c.odd = and i32 %c.last, 1
  %c.rebased = add i32 %c.abs, -939520001
  %c.sum = add i32 %c.rebased, %c.odd
  %c.normal = lshr i32 %c.sum, 13
  %c.value = bitcast i32 %c.abs to float
  %c.aligned = fadd float %c.value, 5.000000e-01
  %c.alignedbits = bitcast float %c.aligned to i32
  %c.tiny = sub i32 %c.alignedbits, 1056964608
  %c.istiny = icmp ult i32 %c.abs, 947912704
  %c.finite = select i1 %c.istiny, i32 %c.tiny, i32 %c.normal
  %c.isbig = icmp ugt i32 %c.abs, 1199570943
  %c.big = select i1 %c.isbig, i32 31744, i32 %c.finite
  %c.nan = icmp ugt i32 %c.abs, 2139095040
  %c.mag = select i1 %c.nan, i32 32256, i32 %c.big
  %c.all = or i32 %c.mag, %c.sign
  %c.out = trunc i32 %c.all to i16
)";

}  // namespace

std::string_view ir_type(DType dtype) {
  switch (dtype) {
    case DType::f32: return "float";
    case DType::f64: return "double";
    case DType::f16:
    case DType::bf16: return "i16";
    case DType::i8:
    case DType::boolean: return "i8";
    case DType::i32: return "i32";
    case DType::i64:
    case DType::index: return "i64";
  }
  PSMC_CHECK(false, "unknown dtype");
  return "";
}

Converted to_user(DType device, const std::string& value) {
  switch (device) {
    case DType::bf16: return {with(kFromBf16, value), "%c.out"};
    case DType::f16: return {with(kFromF16, value), "%c.out"};
    case DType::i8: return {with("  %c.out = sext i8 $ to i32\n", value), "%c.out"};
    case DType::boolean: return {with("  %c.out = zext i8 $ to i32\n", value), "%c.out"};
    default: return {"", value};
  }
}

Converted to_device(DType device, const std::string& value) {
  switch (device) {
    case DType::bf16: return {with(kToBf16, value), "%c.out"};
    case DType::f16: return {with(kToF16, value), "%c.out"};
    case DType::i8: return {with("  %c.out = trunc i32 $ to i8\n", value), "%c.out"};
    case DType::boolean:
      return {with("  %c.set = icmp ne i32 $, 0\n  %c.out = zext i1 %c.set to i8\n", value), "%c.out"};
    default: return {"", value};
  }
}

}  // namespace psmc::host
