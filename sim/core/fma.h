// SPDX-License-Identifier: Apache-2.0
// Fused multiply-adds: f32, one rounding to nearest even, on hosts with and without such an instruction, same bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace psmc::sim {

/// d = a * b + c, 16 lanes, NaNs canonical. `negate`: c - a * b.
void fma16(float* d, const float* a, const float* b, const float* c, bool negate);

/// acc[m][n] += sum over k upwards of a[m][k] * b[n][k], one fused multiply-add a step; NaNs canonical at the end.
/// a, b: 16 x k row-major; acc: 16 x 16 row-major.
void mma_f32(float* acc, const float* a, const float* b, uint32_t k);

/// How the host computes them. The bits are those of every other path; the functions above take the fastest one.
enum class FmaPath : uint8_t {
  plain,   ///< std::fma
  avx2,    ///< 8 lanes, FMA3
  avx512,  ///< mma: 16 lanes; fma16 as avx2
};
bool fma_path_runs_here(FmaPath path);
/// On one path, which must run here: for comparing them.
void fma16_on(FmaPath path, float* d, const float* a, const float* b, const float* c, bool negate);
void mma_f32_on(FmaPath path, float* acc, const float* a, const float* b, uint32_t k);

/// As mma_f32 in int32, wrapping.
void mma_i32(int32_t* acc, const int8_t* a, const int8_t* b, uint32_t k);

}  // namespace psmc::sim
