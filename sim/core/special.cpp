// SPDX-License-Identifier: Apache-2.0
#include "sim/core/special.h"

#include <limits>

namespace psmc::sim {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr double kLn2 = 0.693147180559945309417232121458;
constexpr double kTwoOverLn2 = 2.88539008177792681471984936200;

double power_of_two(int n) { return std::bit_cast<double>(static_cast<uint64_t>(n + 1023) << 52); }

}  // namespace

/// 2^x = 2^n * e^(f ln 2), n the nearest integer, |f| <= 1/2: the Taylor series to degree 13 is exact to 2^-57.
float exp2_f32(float x) {
  if (x != x) return std::bit_cast<float>(kQuietNan);
  if (x >= 128.0f) return kInf;
  if (x < -151.0f) return 0.0f;
  const double rounded = std::nearbyint(static_cast<double>(x));
  const double t = (static_cast<double>(x) - rounded) * kLn2;
  double sum = 1.0;
  for (int k = 13; k >= 1; --k) sum = 1.0 + sum * t / k;
  return static_cast<float>(sum * power_of_two(static_cast<int>(rounded)));
}

/// log2 x = e + 2/ln2 * (s + s^3/3 + s^5/5 ...), s = (m - 1) / (m + 1), x = m 2^e, m in [sqrt 1/2, sqrt 2): |s| <
/// 0.172.
float log2_f32(float x) {
  if (x != x || x < 0.0f) return std::bit_cast<float>(kQuietNan);
  if (x == 0.0f) return -kInf;
  if (x == kInf) return kInf;
  const uint64_t bits = std::bit_cast<uint64_t>(static_cast<double>(x));  // every float is a normal double
  int e = static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000fffffffffffffull) | 0x3ff0000000000000ull);
  if (m >= 1.4142135623730951) {
    m *= 0.5;
    ++e;
  }
  const double s = (m - 1.0) / (m + 1.0), s2 = s * s;
  double sum = 0.0;
  for (int k = 25; k >= 1; k -= 2) sum = sum * s2 + 1.0 / k;
  return static_cast<float>(e + kTwoOverLn2 * s * sum);
}

float rsqrt_f32(float x) {
  if (x != x || x < 0.0f) return std::bit_cast<float>(kQuietNan);
  return static_cast<float>(1.0 / std::sqrt(static_cast<double>(x)));
}

}  // namespace psmc::sim
