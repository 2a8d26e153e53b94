// SPDX-License-Identifier: Apache-2.0
// A Llama checkpoint whose weights come from a seed: for measuring configurations without their files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "frontend/checkpoint/checkpoint.h"

namespace psmc::tools {

/// The checkpoint refers to the bytes beside it.
struct SeededCheckpoint {
  frontend::Checkpoint checkpoint;
  std::vector<std::vector<std::byte>> bytes;
};

/// Norms are 1; matrices are uniform with variance 1 / columns, so activations keep their size.
SeededCheckpoint seeded_checkpoint(const frontend::LlamaConfig& config, DType dtype, uint64_t seed);

/// One configuration of a file that maps names to dim, layers, heads, kv_heads, head_dim, hidden, vocab, seq,
/// rope_theta, eps, tied. Errors: bad_json, json_type, bad_config, bad_option (no such name).
Result<frontend::LlamaConfig> read_config(const std::string& path, const std::string& name);

}  // namespace psmc::tools
