// SPDX-License-Identifier: Apache-2.0
// A checkpoint opened: its configuration and its weights, which stay in the mapped files.
//
// Weights have Hugging Face's names whatever the file is, so that what builds the graph sees one kind of model:
//   model.embed_tokens.weight [vocab, dim]          model.norm.weight [dim]     lm_head.weight [vocab, dim] if not tied
//   model.layers.I.input_layernorm.weight [dim]     model.layers.I.post_attention_layernorm.weight [dim]
//   model.layers.I.self_attn.{q,k,v,o}_proj.weight  [heads*head_dim, dim], [kv_heads*head_dim, dim] twice, [dim,
//   heads*head_dim] model.layers.I.mlp.{gate,up,down}_proj.weight   [hidden, dim] twice, [dim, hidden]
// Matrices are [out, in]. The order of rows in q and k follows config.rope_pairs and differs between formats.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/checkpoint/llama_config.h"

#include "base/file.h"
#include "base/result.h"
#include "ir/external/safetensors.h"
#include "ir/external/tensor_view.h"

namespace psmc::frontend {

/// One weight and the file it stands in (so that JSON-IR can refer to it instead of copying it).
struct Weight {
  ir::TensorView tensor;
  std::string file;     ///< path as opened
  uint64_t offset = 0;  ///< of the first byte in that file
};

class Checkpoint {
 public:
  Checkpoint() = default;
  Checkpoint(Checkpoint&&) = default;
  Checkpoint& operator=(Checkpoint&&) = default;

  const LlamaConfig& config() const { return config_; }
  /// In order of their names.
  const std::map<std::string, Weight, std::less<>>& weights() const { return weights_; }
  /// Null if there is none of that name.
  const Weight* find(std::string_view name) const;

  void set_config(LlamaConfig config) { config_ = std::move(config); }
  /// Keeps `file` mapped and adds its tensors. Error: bad_weights if a name is there already.
  Status add_safetensors(const std::string& path, ir::SafetensorsFile file);
  /// Keeps `file` mapped; add_raw may then refer to its bytes.
  std::span<const std::byte> add_file(MappedFile file);
  void add_raw(Weight weight);

 private:
  LlamaConfig config_;
  std::vector<std::unique_ptr<ir::SafetensorsFile>> safetensors_;
  std::vector<std::unique_ptr<MappedFile>> files_;
  std::map<std::string, Weight, std::less<>> weights_;
};

/// Sees that every weight that `config` asks for is there, with its shape and in f32, f16 or bf16. Error: bad_weights.
Status check_weights(const Checkpoint& checkpoint, std::string_view file);

/// A Hugging Face folder, or a llama2.c checkpoint (.bin). Errors: unknown_format and those of the readers.
Result<Checkpoint> open_checkpoint(const std::string& path);

}  // namespace psmc::frontend
