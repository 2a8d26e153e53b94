// SPDX-License-Identifier: Apache-2.0
// The next token from logits: greedy, or drawn with temperature from the smallest set of tokens of probability top_p.
//
// The same logits, options and seed give the same tokens on every host: sums run in order of rank, and the exponential
// is our own polynomial, because libraries differ in its last bit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace psmc::frontend {

struct SamplingOptions {
  double temperature = 0;  ///< 0 is greedy; higher is more even
  double top_p = 1;        ///< in (0, 1]
  uint64_t seed = 0;
};

/// The index of the largest value, the lowest of equals; NaN is never it. 0 if there is none.
int32_t argmax(std::span<const float> logits);

class Sampler {
 public:
  /// Error: bad_option (temperature negative or not finite, top_p not in (0, 1]).
  static Result<Sampler> create(const SamplingOptions& options);
  /// `logits` must not be empty.
  int32_t next(std::span<const float> logits);

 private:
  explicit Sampler(const SamplingOptions& options) : options_(options), random_(options.seed) {}
  SamplingOptions options_;
  Random random_;
  struct Candidate {
    double weight = 0;
    int32_t id = 0;
  };
  std::vector<Candidate> candidates_;
};

}  // namespace psmc::frontend
