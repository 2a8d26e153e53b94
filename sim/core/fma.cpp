// SPDX-License-Identifier: Apache-2.0
// Three builds of the same loops: 16 lanes, 8 lanes, and std::fma for hosts without the instruction. Chosen once.
#include "sim/core/fma.h"

#include <cmath>
#include <immintrin.h>

#include "sim/core/special.h"

namespace psmc::sim {
namespace {

constexpr uint32_t kMaxK = 32;

/// b transposed: k rows of 16.
void transpose(float* to, const float* b, uint32_t k) {
  for (uint32_t n = 0; n < 16; ++n)
    for (uint32_t i = 0; i < k; ++i) to[i * 16 + n] = b[n * k + i];
}

/// `count` is a multiple of 4.
void canonicalise(float* x, size_t count) {
  const __m128 nan = _mm_castsi128_ps(_mm_set1_epi32(static_cast<int>(kQuietNan)));
  for (size_t i = 0; i < count; i += 4) {
    const __m128 v = _mm_loadu_ps(x + i);
    _mm_storeu_ps(x + i, _mm_blendv_ps(v, nan, _mm_cmpunord_ps(v, v)));
  }
}

void mma_plain(float* acc, const float* a, const float* bt, uint32_t k) {
  for (uint32_t m = 0; m < 16; ++m)
    for (uint32_t n = 0; n < 16; ++n) {
      float sum = acc[m * 16 + n];
      for (uint32_t i = 0; i < k; ++i) sum = std::fma(a[m * k + i], bt[i * 16 + n], sum);
      acc[m * 16 + n] = sum;
    }
}

__attribute__((target("avx2,fma"))) void mma_avx2(float* acc, const float* a, const float* bt, uint32_t k) {
  for (uint32_t m = 0; m < 16; m += 4) {
    __m256 sum[4][2];
    for (uint32_t r = 0; r < 4; ++r)
      for (uint32_t h = 0; h < 2; ++h) sum[r][h] = _mm256_loadu_ps(acc + (m + r) * 16 + h * 8);
    for (uint32_t i = 0; i < k; ++i) {
      const __m256 b0 = _mm256_loadu_ps(bt + i * 16), b1 = _mm256_loadu_ps(bt + i * 16 + 8);
      for (uint32_t r = 0; r < 4; ++r) {
        const __m256 x = _mm256_broadcast_ss(a + (m + r) * k + i);
        sum[r][0] = _mm256_fmadd_ps(x, b0, sum[r][0]);
        sum[r][1] = _mm256_fmadd_ps(x, b1, sum[r][1]);
      }
    }
    for (uint32_t r = 0; r < 4; ++r)
      for (uint32_t h = 0; h < 2; ++h) _mm256_storeu_ps(acc + (m + r) * 16 + h * 8, sum[r][h]);
  }
}

__attribute__((target("avx512f"))) void mma_avx512(float* acc, const float* a, const float* bt, uint32_t k) {
  for (uint32_t m = 0; m < 16; m += 8) {
    __m512 sum[8];
    for (uint32_t r = 0; r < 8; ++r) sum[r] = _mm512_loadu_ps(acc + (m + r) * 16);
    for (uint32_t i = 0; i < k; ++i) {
      const __m512 b = _mm512_loadu_ps(bt + i * 16);
      for (uint32_t r = 0; r < 8; ++r) sum[r] = _mm512_fmadd_ps(_mm512_set1_ps(a[(m + r) * k + i]), b, sum[r]);
    }
    for (uint32_t r = 0; r < 8; ++r) _mm512_storeu_ps(acc + (m + r) * 16, sum[r]);
  }
}

void fma16_plain(float* d, const float* a, const float* b, const float* c) {
  for (int i = 0; i < 16; ++i) d[i] = std::fma(a[i], b[i], c[i]);
}

__attribute__((target("avx2,fma"))) void fma16_avx2(float* d, const float* a, const float* b, const float* c) {
  for (int h = 0; h < 16; h += 8)
    _mm256_storeu_ps(d + h, _mm256_fmadd_ps(_mm256_loadu_ps(a + h), _mm256_loadu_ps(b + h), _mm256_loadu_ps(c + h)));
}

struct Kernels {
  void (*mma)(float*, const float*, const float*, uint32_t);
  void (*fma)(float*, const float*, const float*, const float*);
};

constexpr Kernels kernels_of(FmaPath path) {
  switch (path) {
    case FmaPath::avx512: return {mma_avx512, fma16_avx2};
    case FmaPath::avx2: return {mma_avx2, fma16_avx2};
    case FmaPath::plain: break;
  }
  return {mma_plain, fma16_plain};
}

FmaPath fastest_path() {
  if (fma_path_runs_here(FmaPath::avx512)) return FmaPath::avx512;
  return fma_path_runs_here(FmaPath::avx2) ? FmaPath::avx2 : FmaPath::plain;
}

const Kernels& kernels() {
  static const Kernels chosen = kernels_of(fastest_path());
  return chosen;
}

void fma16_with(const Kernels& with, float* d, const float* a, const float* b, const float* c, bool negate) {
  alignas(64) float product[16];
  if (negate) {
    for (int i = 0; i < 16; ++i) product[i] = -a[i];
    a = product;
  }
  with.fma(d, a, b, c);
  canonicalise(d, 16);
}

void mma_f32_with(const Kernels& with, float* acc, const float* a, const float* b, uint32_t k) {
  alignas(64) float bt[kMaxK * 16];
  transpose(bt, b, k);
  with.mma(acc, a, bt, k);
  canonicalise(acc, 256);
}

}  // namespace

bool fma_path_runs_here(FmaPath path) {
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  switch (path) {
    case FmaPath::avx512: return avx2 && __builtin_cpu_supports("avx512f");
    case FmaPath::avx2: return avx2;
    case FmaPath::plain: break;
  }
  return true;
}

void fma16(float* d, const float* a, const float* b, const float* c, bool negate) {
  fma16_with(kernels(), d, a, b, c, negate);
}

void fma16_on(FmaPath path, float* d, const float* a, const float* b, const float* c, bool negate) {
  fma16_with(kernels_of(path), d, a, b, c, negate);
}

void mma_f32(float* acc, const float* a, const float* b, uint32_t k) { mma_f32_with(kernels(), acc, a, b, k); }

void mma_f32_on(FmaPath path, float* acc, const float* a, const float* b, uint32_t k) {
  mma_f32_with(kernels_of(path), acc, a, b, k);
}

void mma_i32(int32_t* acc, const int8_t* a, const int8_t* b, uint32_t k) {
  for (uint32_t m = 0; m < 16; ++m)
    for (uint32_t n = 0; n < 16; ++n) {
      int32_t sum = 0;  // 32 products of 14 bits: cannot overflow
      for (uint32_t i = 0; i < k; ++i) sum += int32_t{a[m * k + i]} * int32_t{b[n * k + i]};
      acc[m * 16 + n] = static_cast<int32_t>(static_cast<uint32_t>(acc[m * 16 + n]) + static_cast<uint32_t>(sum));
    }
}

}  // namespace psmc::sim
