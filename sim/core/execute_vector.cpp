// SPDX-License-Identifier: Apache-2.0
// The vector unit: 16 lanes of 32 bits. Arithmetic on floats gives canonical NaNs (0x7fc00000); moves keep bits.
// Reductions go over the enabled lanes from lane 0 upwards, starting with the first one.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/dtype.h"
#include "sim/core/convert.h"
#include "sim/core/core.h"
#include "sim/core/fma.h"
#include "sim/core/special.h"

namespace psmc::sim {

using arch::Inst;
using arch::Opcode;
using Lanes = std::array<uint32_t, 16>;

namespace {

float f(uint32_t bits) { return std::bit_cast<float>(bits); }
uint32_t u(float value) { return std::bit_cast<uint32_t>(value); }
int32_t i(uint32_t bits) { return static_cast<int32_t>(bits); }

/// NaN if either is NaN; -0 below +0.
float smaller(float a, float b) {
  if (a != a || b != b) return f(kQuietNan);
  if (a == b) return f(u(a) | u(b));
  return a < b ? a : b;
}
float larger(float a, float b) {
  if (a != a || b != b) return f(kQuietNan);
  if (a == b) return f(u(a) & u(b));
  return a > b ? a : b;
}

template <typename F>
void map1(Lanes& d, const Lanes& a, const F& op) {
  for (uint32_t l = 0; l < 16; ++l) d[l] = op(a[l]);
}
template <typename F>
void map2(Lanes& d, const Lanes& a, const Lanes& b, const F& op) {
  for (uint32_t l = 0; l < 16; ++l) d[l] = op(a[l], b[l]);
}
/// Float functions: results are canonical.
template <typename F>
void float1(Lanes& d, const Lanes& a, const F& op) {
  map1(d, a, [&](uint32_t x) { return u(canonical(op(f(x)))); });
}
template <typename F>
void float2(Lanes& d, const Lanes& a, const Lanes& b, const F& op) {
  map2(d, a, b, [&](uint32_t x, uint32_t y) { return u(canonical(op(f(x), f(y)))); });
}
template <typename F>
uint32_t compare(const Lanes& a, const Lanes& b, const F& op) {
  uint32_t mask = 0;
  for (uint32_t l = 0; l < 16; ++l) mask |= (op(a[l], b[l]) ? 1u : 0u) << l;
  return mask;
}
/// Folds the enabled lanes in order; `empty` if there are none.
template <typename T, typename F>
T fold(const Lanes& a, uint32_t mask, T empty, const F& op) {
  if (mask == 0) return empty;
  T sum = std::bit_cast<T>(a[static_cast<uint32_t>(std::countr_zero(mask))]);
  for (uint32_t m = mask & (mask - 1); m != 0; m &= m - 1)
    sum = op(sum, std::bit_cast<T>(a[static_cast<uint32_t>(std::countr_zero(m))]));
  return sum;
}

/// Element-wise float arithmetic; false if `op` is not that.
bool float_arithmetic(Opcode op, Lanes& d, const Lanes& a, const Lanes& b) {
  switch (op) {
    case Opcode::vadd: float2(d, a, b, [](float x, float y) { return x + y; }); return true;
    case Opcode::vsub: float2(d, a, b, [](float x, float y) { return x - y; }); return true;
    case Opcode::vmul: float2(d, a, b, [](float x, float y) { return x * y; }); return true;
    case Opcode::vdiv: float2(d, a, b, [](float x, float y) { return x / y; }); return true;
    case Opcode::vmin: float2(d, a, b, smaller); return true;
    case Opcode::vmax: float2(d, a, b, larger); return true;
    case Opcode::vneg: map1(d, a, [](uint32_t x) { return x ^ 0x80000000u; }); return true;
    case Opcode::vabs: map1(d, a, [](uint32_t x) { return x & 0x7fffffffu; }); return true;
    case Opcode::vfloor: float1(d, a, [](float x) { return std::floor(x); }); return true;
    case Opcode::vrint: float1(d, a, [](float x) { return std::nearbyint(x); }); return true;
    case Opcode::vexp2: float1(d, a, exp2_f32); return true;
    case Opcode::vlog2: float1(d, a, log2_f32); return true;
    case Opcode::vrcp: float1(d, a, [](float x) { return 1.0f / x; }); return true;
    case Opcode::vrsqrt: float1(d, a, rsqrt_f32); return true;
    case Opcode::vsqrt: float1(d, a, [](float x) { return std::sqrt(x); }); return true;
    case Opcode::vrbf16: float1(d, a, [](float x) { return bf16_to_f32(f32_to_bf16(x)); }); return true;
    case Opcode::vrf16: float1(d, a, [](float x) { return f16_to_f32(f32_to_f16(x)); }); return true;
    default: return false;
  }
}

bool integer_arithmetic(Opcode op, Lanes& d, const Lanes& a, const Lanes& b) {
  switch (op) {
    case Opcode::vmov: d = a; return true;
    case Opcode::viadd: map2(d, a, b, [](uint32_t x, uint32_t y) { return x + y; }); return true;
    case Opcode::visub: map2(d, a, b, [](uint32_t x, uint32_t y) { return x - y; }); return true;
    case Opcode::vimul: map2(d, a, b, [](uint32_t x, uint32_t y) { return x * y; }); return true;
    case Opcode::vimin: map2(d, a, b, [](uint32_t x, uint32_t y) { return i(x) < i(y) ? x : y; }); return true;
    case Opcode::vimax: map2(d, a, b, [](uint32_t x, uint32_t y) { return i(x) > i(y) ? x : y; }); return true;
    case Opcode::vand: map2(d, a, b, [](uint32_t x, uint32_t y) { return x & y; }); return true;
    case Opcode::vor: map2(d, a, b, [](uint32_t x, uint32_t y) { return x | y; }); return true;
    case Opcode::vxor: map2(d, a, b, [](uint32_t x, uint32_t y) { return x ^ y; }); return true;
    case Opcode::vshl: map2(d, a, b, [](uint32_t x, uint32_t y) { return x << (y & 31); }); return true;
    case Opcode::vshr:
      map2(d, a, b, [](uint32_t x, uint32_t y) { return static_cast<uint32_t>(i(x) >> (y & 31)); });
      return true;
    case Opcode::vf2i: map1(d, a, [](uint32_t x) { return static_cast<uint32_t>(f32_to_i32(f(x))); }); return true;
    case Opcode::vi2f: map1(d, a, [](uint32_t x) { return u(static_cast<float>(i(x))); }); return true;
    case Opcode::vperm: {
      const Lanes from = a, index = b;
      for (uint32_t l = 0; l < 16; ++l) d[l] = from[index[l] & 15];
      return true;
    }
    default: return false;
  }
}

bool comparison(Opcode op, uint32_t& mask, const Lanes& a, const Lanes& b) {
  switch (op) {
    case Opcode::vlt: mask = compare(a, b, [](uint32_t x, uint32_t y) { return f(x) < f(y); }); return true;
    case Opcode::vle: mask = compare(a, b, [](uint32_t x, uint32_t y) { return f(x) <= f(y); }); return true;
    case Opcode::veq: mask = compare(a, b, [](uint32_t x, uint32_t y) { return f(x) == f(y); }); return true;
    case Opcode::vne: mask = compare(a, b, [](uint32_t x, uint32_t y) { return f(x) != f(y); }); return true;
    case Opcode::vilt: mask = compare(a, b, [](uint32_t x, uint32_t y) { return i(x) < i(y); }); return true;
    case Opcode::vile: mask = compare(a, b, [](uint32_t x, uint32_t y) { return i(x) <= i(y); }); return true;
    case Opcode::vieq: mask = compare(a, b, [](uint32_t x, uint32_t y) { return x == y; }); return true;
    case Opcode::vine: mask = compare(a, b, [](uint32_t x, uint32_t y) { return x != y; }); return true;
    default: return false;
  }
}

bool reduction(Opcode op, Lanes& d, const Lanes& a, uint32_t mask) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr int32_t kLow = std::numeric_limits<int32_t>::min(), kHigh = std::numeric_limits<int32_t>::max();
  uint32_t result = 0;
  switch (op) {
    case Opcode::vredadd: result = u(canonical(fold(a, mask, 0.0f, [](float x, float y) { return x + y; }))); break;
    case Opcode::vredmax: result = u(canonical(fold(a, mask, -kInf, larger))); break;
    case Opcode::vredmin: result = u(canonical(fold(a, mask, kInf, smaller))); break;
    case Opcode::viredadd: result = fold(a, mask, 0u, [](uint32_t x, uint32_t y) { return x + y; }); break;
    case Opcode::viredmax:
      result = static_cast<uint32_t>(fold(a, mask, kLow, [](int32_t x, int32_t y) { return std::max(x, y); }));
      break;
    case Opcode::viredmin:
      result = static_cast<uint32_t>(fold(a, mask, kHigh, [](int32_t x, int32_t y) { return std::min(x, y); }));
      break;
    default: return false;
  }
  d.fill(result);
  return true;
}

}  // namespace

void Core::execute_vector(const Inst& inst) {
  Lanes& d = regs_.v[inst.d];
  const Lanes &a = regs_.v[inst.a], &b = regs_.v[inst.b], &c = regs_.v[inst.c];
  using Floats = std::array<float, 16>;
  switch (inst.op) {
    case Opcode::vli: return d.fill(static_cast<uint32_t>(inst.imm));
    case Opcode::vfma:
    case Opcode::vfnma: {
      const Floats x = std::bit_cast<Floats>(a), y = std::bit_cast<Floats>(b), z = std::bit_cast<Floats>(c);
      Floats sum;
      fma16(sum.data(), x.data(), y.data(), z.data(), inst.op == Opcode::vfnma);
      d = std::bit_cast<Lanes>(sum);
      return;
    }
    case Opcode::vsel: {
      const uint16_t m = mask(inst.m);
      for (uint32_t l = 0; l < 16; ++l) d[l] = (m >> l & 1u) ? a[l] : b[l];
      return;
    }
    case Opcode::vlane: return d.fill(uint32_t{a[static_cast<uint32_t>(inst.imm) & 15]});
    case Opcode::viota:
      for (uint32_t l = 0; l < 16; ++l) d[l] = l;
      return;
    case Opcode::vbcs: return d.fill(static_cast<uint32_t>(scalar(inst.a)));
    case Opcode::vgets: return set_scalar(inst.d, i(a[0]));
    default: break;
  }
  uint32_t lanes = 0;
  if (float_arithmetic(inst.op, d, a, b) || integer_arithmetic(inst.op, d, a, b)) return;
  if (comparison(inst.op, lanes, a, b)) return set_mask(inst.d, lanes);
  reduction(inst.op, d, a, mask(inst.m));
}

}  // namespace psmc::sim
