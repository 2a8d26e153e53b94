// SPDX-License-Identifier: Apache-2.0
#include "frontend/checkpoint/llama_config.h"

#include <cmath>
#include <numbers>

namespace psmc::frontend {
namespace {

/// The rule of Llama 3.1: by how many full turns the pair makes within the original context.
double llama3_frequency(double frequency, const RopeScaling& scaling) {
  const double turns = static_cast<double>(scaling.original_context) * frequency / (2 * std::numbers::pi);
  const double low = scaling.low_freq_factor;
  const double high = scaling.high_freq_factor;
  if (turns > high) return frequency;
  if (turns < low) return frequency / scaling.factor;
  const double blend = (turns - low) / (high - low);
  return (1 - blend) * frequency / scaling.factor + blend * frequency;
}

}  // namespace

std::vector<double> rope_frequencies(const LlamaConfig& config) {
  std::vector<double> frequencies;
  for (int64_t i = 0; i < config.head_dim / 2; ++i) {
    double f = std::pow(config.rope_theta, -2.0 * static_cast<double>(i) / static_cast<double>(config.head_dim));
    if (config.rope_scaling.kind == RopeScaling::Kind::linear) f /= config.rope_scaling.factor;
    if (config.rope_scaling.kind == RopeScaling::Kind::llama3) f = llama3_frequency(f, config.rope_scaling);
    frequencies.push_back(f);
  }
  return frequencies;
}

}  // namespace psmc::frontend
