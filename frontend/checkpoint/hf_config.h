// SPDX-License-Identifier: Apache-2.0
// Hugging Face's config.json of a Llama-architecture model (model_type llama, or mistral without a sliding window).
//
// Needed: hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, vocab_size. The rest has the defaults
// of transformers' LlamaConfig. What would change the numbers and is not built is refused by name: biases, another
// activation, other kinds of RoPE, sliding windows, quantised weights. Unknown keys are ignored.
#pragma once

#include <string>

#include "frontend/checkpoint/llama_config.h"

#include "base/result.h"

namespace psmc::frontend {

/// Errors, with the position: bad_json, json_type, bad_config, unsupported_model.
Result<LlamaConfig> parse_hf_config(std::string file, std::string text);

}  // namespace psmc::frontend
