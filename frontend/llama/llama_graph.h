// SPDX-License-Identifier: Apache-2.0
// A Llama-architecture checkpoint as a module with two functions over shared device state (the KV cache):
//
//   @decode [pos]        one token at position pos                       -> logits [1, vocab]
//   @prefill[pos, count] count tokens (at most the chunk) from pos on    -> logits [1, vocab] of the last one
//
// State of layer i: @k<i> [kv_heads, head_dim, seq] and @v<i> [kv_heads, seq, head_dim]: the layouts in which attention
// reads along the context with unit stride. Heads are (kv head, group) everywhere. RoPE turns the pairs (i, i + half):
// rows of q and k of checkpoints with interleaved pairs are put into that order here, which changes no score. Numbers:
// weights, cache and the inputs of contractions in `dtype`; the residual stream, norms, rope and softmax in f32.
#pragma once

#include <cstdint>

#include "frontend/checkpoint/checkpoint.h"
#include "ir/module.h"

namespace psmc::frontend {

struct LlamaOptions {
  DType dtype = DType::f32;  ///< f32 or bf16
  int64_t chunk = 16;        ///< tokens of a prefill call at most
  int64_t max_context = 0;   ///< shortens the context; 0: the model's
  bool prefill = true;       ///< also make @prefill
};

/// The checkpoint must outlive the module: weights that need no conversion refer to its files.
Result<ir::Module> llama_module(const Checkpoint& checkpoint, const LlamaOptions& options);

}  // namespace psmc::frontend
