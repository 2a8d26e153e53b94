// SPDX-License-Identifier: Apache-2.0
// llama2.c's first checkpoint format (.bin): a header of seven little-endian i32, then f32, nothing else.
//
//   dim, hidden, layers, heads, kv_heads, vocab (negative: the classifier is not the embedding), seq
//   embedding [vocab, dim]; then each for all layers: attention norm, wq, wk, wv, wo, FFN norm, w1 (gate), w2 (down),
//   w3 (up); final norm [dim]; cosines and sines [seq, head_dim/2] (skipped); classifier [vocab, dim] if its own
//
// The file has no theta and no epsilon: 10000 and 1e-5. Pairs are interleaved. Format: github.com/karpathy/llama2.c
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "frontend/checkpoint/checkpoint.h"

namespace psmc::frontend {

/// The header alone, checked against the number of bytes in the file. Error: bad_llama2c.
Result<LlamaConfig> parse_llama2c_header(std::string_view file, std::span<const std::byte> bytes);

/// Errors: cannot_read, bad_llama2c.
Result<Checkpoint> open_llama2c(const std::string& path);

}  // namespace psmc::frontend
