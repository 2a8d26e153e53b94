// SPDX-License-Identifier: Apache-2.0
// What a Llama-architecture model is made of: the numbers that a checkpoint's header or config.json state.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/dtype.h"

namespace psmc::frontend {

/// Which elements of a head's vector one rotation turns: (2i, 2i+1), or (i, i + head_dim/2).
enum class RopePairs : uint8_t { interleaved, half_split };

/// How the frequencies of RoPE are stretched for long contexts.
struct RopeScaling {
  enum class Kind : uint8_t { none, linear, llama3 };
  Kind kind = Kind::none;
  double factor = 1;
  double low_freq_factor = 1;    ///< llama3: pairs that turn less often in the original context are divided by factor
  double high_freq_factor = 4;   ///< llama3: pairs that turn more often are kept; in between the two are blended
  int64_t original_context = 0;  ///< llama3
};

/// All extents are positive; heads is a multiple of kv_heads, head_dim is even.
struct LlamaConfig {
  int64_t dim = 0;
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  int64_t hidden = 0;  ///< of the feed-forward part
  int64_t vocab = 0;
  int64_t seq = 0;  ///< longest context
  double eps = 1e-5;
  double rope_theta = 10000;
  RopeScaling rope_scaling;
  RopePairs rope_pairs = RopePairs::half_split;
  bool tied = false;  ///< the classifier is the embedding
  std::optional<int64_t> bos;
  std::vector<int64_t> eos;
};

/// Radians a position of pair i, i < head_dim/2, in f64.
std::vector<double> rope_frequencies(const LlamaConfig& config);

}  // namespace psmc::frontend
