// SPDX-License-Identifier: Apache-2.0
// Seeded random numbers (SplitMix64, Steele et al., OOPSLA 2014): the same sequence on every host.
#pragma once

#include <cstdint>

namespace psmc {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  /// Uniform in [0, n); n > 0.
  uint64_t below(uint64_t n) { return next() % n; }
  /// Uniform in [lo, hi], both included.
  int64_t range(int64_t lo, int64_t hi) {
    const uint64_t count = static_cast<uint64_t>(hi) - static_cast<uint64_t>(lo) + 1;
    return static_cast<int64_t>(static_cast<uint64_t>(lo) + (count == 0 ? next() : below(count)));
  }
  /// Uniform in [0, 1) with 24 bits.
  float uniform() { return static_cast<float>(next() >> 40) * 0x1p-24f; }
  /// Uniform in [lo, hi).
  float uniform(float lo, float hi) { return lo + (hi - lo) * uniform(); }
  bool chance(double p) { return static_cast<double>(next() >> 11) * 0x1p-53 < p; }

 private:
  uint64_t state_;
};

}  // namespace psmc
