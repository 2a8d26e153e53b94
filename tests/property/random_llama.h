// SPDX-License-Identifier: Apache-2.0
// Random Llama configurations with seeded weights, written as a checkpoint folder by tests/reference/make_model.py.
#pragma once

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "base/random.h"

namespace psmc::test {

struct LlamaConfig {
  int64_t dim, heads, kv_heads, head_dim, hidden, layers, vocab, seq;
  double eps, theta;
  bool bf16, tied, scaled;
};

inline LlamaConfig random_llama_config(Random& random) {
  LlamaConfig c{};
  c.kv_heads = random.range(1, 4);
  c.heads = c.kv_heads * random.range(1, 3);
  c.head_dim = 2 * random.range(1, 9);
  c.dim = random.range(5, 70);
  c.hidden = random.range(3, 90);
  c.layers = random.range(1, 2);
  c.vocab = random.range(11, 120);
  c.seq = random.range(18, 40);
  c.eps = random.chance(0.5) ? 1e-5 : 1e-3;
  c.theta = random.chance(0.5) ? 10000 : 500;
  c.bf16 = random.chance(0.5);
  c.tied = random.chance(0.5);
  c.scaled = random.chance(0.2);
  return c;
}

inline std::string describe(const LlamaConfig& c) {
  return fmt::format("dim {} heads {}/{} x {} hidden {} layers {} vocab {} seq {} {}", c.dim, c.heads, c.kv_heads,
                     c.head_dim, c.hidden, c.layers, c.vocab, c.seq, c.bf16 ? "bf16" : "f32");
}

inline bool shell(const std::string& command) { return std::system((command + " > /dev/null 2>&1").c_str()) == 0; }

/// Writes the model into `folder`; false if that failed.
inline bool write_llama(const LlamaConfig& c, uint64_t seed, const std::filesystem::path& folder) {
  return shell(fmt::format(
      "/usr/bin/python3 {}/tests/reference/make_model.py {} --seed {} --dim {} --heads {} --kv-heads {} --head-dim {} "
      "--hidden {} --layers {} --vocab {} --seq {} --eps {} --theta {} --dtype {} {} {}",
      PSMC_SOURCE_DIR, folder.string(), seed, c.dim, c.heads, c.kv_heads, c.head_dim, c.hidden, c.layers, c.vocab,
      c.seq, c.eps, c.theta, c.bf16 ? "BF16" : "F32", c.tied ? "--tied" : "", c.scaled ? "--scaling llama3" : ""));
}

}  // namespace psmc::test
