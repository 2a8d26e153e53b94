// SPDX-License-Identifier: Apache-2.0
#include "frontend/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace psmc::frontend {
namespace {

/// e^x for x <= 0, good to about 1e-15: x = k ln 2 + r with |r| <= ln 2 / 2, then the Taylor series of e^r.
double exp_negative(double x) {
  constexpr double kLn2High = 0x1.62e42feep-1;  // few enough digits that k * kLn2High is exact
  constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  if (!(x > -700)) return 0;
  const double k = std::floor(x * 0x1.71547652b82fep+0 + 0.5);
  const double r = x - k * kLn2High - k * kLn2Low;
  double sum = 1;
  for (int n = 14; n > 0; --n) sum = 1 + sum * r / n;
  return std::ldexp(sum, static_cast<int>(k));
}

}  // namespace

int32_t argmax(std::span<const float> logits) {
  size_t best = 0;
  float value = -std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < logits.size(); ++i) {
    if (!(logits[i] > value)) continue;
    best = i;
    value = logits[i];
  }
  return static_cast<int32_t>(best);
}

Result<Sampler> Sampler::create(const SamplingOptions& options) {
  if (!(options.temperature >= 0 && std::isfinite(options.temperature)))
    return error(Code::bad_option, fmt::format("a temperature of {}; it must be 0 or more", options.temperature));
  if (!(options.top_p > 0 && options.top_p <= 1))
    return error(Code::bad_option, fmt::format("a top-p of {}; it must be above 0 and at most 1", options.top_p));
  return Sampler(options);
}

int32_t Sampler::next(std::span<const float> logits) {
  PSMC_CHECK(!logits.empty(), "no logits to sample from");
  const int32_t best = argmax(logits);
  const double highest = logits[static_cast<size_t>(best)];
  if (options_.temperature == 0 || !std::isfinite(highest)) return best;
  candidates_.clear();
  double total = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const double weight = exp_negative((static_cast<double>(logits[i]) - highest) / options_.temperature);
    if (weight > 0) candidates_.push_back({weight, static_cast<int32_t>(i)});
  }
  std::stable_sort(candidates_.begin(), candidates_.end(),
                   [](const Candidate& a, const Candidate& b) { return a.weight > b.weight; });
  for (const Candidate& candidate : candidates_) total += candidate.weight;
  double kept = 0;
  size_t count = 0;
  while (count < candidates_.size() && (count == 0 || kept < options_.top_p * total))
    kept += candidates_[count++].weight;
  double left = static_cast<double>(random_.next() >> 11) * 0x1p-53 * kept;
  for (size_t i = 0; i + 1 < count; ++i) {
    left -= candidates_[i].weight;
    if (left < 0) return candidates_[i].id;
  }
  return candidates_[count - 1].id;
}

}  // namespace psmc::frontend
