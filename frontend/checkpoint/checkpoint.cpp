// SPDX-License-Identifier: Apache-2.0
#include "frontend/checkpoint/checkpoint.h"

#include <filesystem>
#include <utility>

#include "frontend/checkpoint/hf_folder.h"
#include "frontend/checkpoint/llama2c.h"

#include <fmt/format.h>

namespace psmc::frontend {

const Weight* Checkpoint::find(std::string_view name) const {
  const auto at = weights_.find(name);
  return at == weights_.end() ? nullptr : &at->second;
}

Status Checkpoint::add_safetensors(const std::string& path, ir::SafetensorsFile file) {
  const auto& kept = safetensors_.emplace_back(std::make_unique<ir::SafetensorsFile>(std::move(file)));
  for (const ir::TensorView& tensor : kept->tensors()) {
    const uint64_t offset = kept->offset_of(tensor);
    if (!weights_.emplace(tensor.name, Weight{tensor, path, offset}).second)
      return file_error(Code::bad_weights, path, fmt::format("weight '{}' stands in another shard too", tensor.name));
  }
  return {};
}

std::span<const std::byte> Checkpoint::add_file(MappedFile file) {
  return files_.emplace_back(std::make_unique<MappedFile>(std::move(file)))->bytes();
}

void Checkpoint::add_raw(Weight weight) {
  std::string name = weight.tensor.name;
  const bool added = weights_.emplace(std::move(name), std::move(weight)).second;
  PSMC_CHECK(added, "a weight added twice");
}

Status check_weights(const Checkpoint& checkpoint, std::string_view file) {
  const auto check = [&](const std::string& name, const std::vector<int64_t>& shape) -> Status {
    const Weight* weight = checkpoint.find(name);
    if (!weight) return file_error(Code::bad_weights, file, fmt::format("weight '{}' is missing", name));
    const ir::TensorView& tensor = weight->tensor;
    if (tensor.shape != shape)
      return file_error(Code::bad_weights, weight->file,
                        fmt::format("weight '{}' is {}, the configuration asks for {}", name,
                                    ir::shape_text(tensor.shape), ir::shape_text(shape)));
    if (tensor.dtype != DType::f32 && tensor.dtype != DType::f16 && tensor.dtype != DType::bf16)
      return file_error(Code::bad_weights, weight->file,
                        fmt::format("weight '{}' is of {}, not f32, f16 or bf16", name, dtype_name(tensor.dtype)));
    return {};
  };
  const LlamaConfig& c = checkpoint.config();
  const int64_t q = c.heads * c.head_dim;
  const int64_t kv = c.kv_heads * c.head_dim;
  PSMC_TRY(check("model.embed_tokens.weight", {c.vocab, c.dim}));
  PSMC_TRY(check("model.norm.weight", {c.dim}));
  if (!c.tied) PSMC_TRY(check("lm_head.weight", {c.vocab, c.dim}));
  for (int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = fmt::format("model.layers.{}.", i);
    PSMC_TRY(check(layer + "input_layernorm.weight", {c.dim}));
    PSMC_TRY(check(layer + "post_attention_layernorm.weight", {c.dim}));
    PSMC_TRY(check(layer + "self_attn.q_proj.weight", {q, c.dim}));
    PSMC_TRY(check(layer + "self_attn.k_proj.weight", {kv, c.dim}));
    PSMC_TRY(check(layer + "self_attn.v_proj.weight", {kv, c.dim}));
    PSMC_TRY(check(layer + "self_attn.o_proj.weight", {c.dim, q}));
    PSMC_TRY(check(layer + "mlp.gate_proj.weight", {c.hidden, c.dim}));
    PSMC_TRY(check(layer + "mlp.up_proj.weight", {c.hidden, c.dim}));
    PSMC_TRY(check(layer + "mlp.down_proj.weight", {c.dim, c.hidden}));
  }
  return {};
}

Result<Checkpoint> open_checkpoint(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return open_hf_folder(path);
  if (path.ends_with(".bin")) return open_llama2c(path);
  return file_error(Code::unknown_format, path, "neither a Hugging Face folder nor a llama2.c checkpoint",
                    {"give the folder that holds config.json and model.safetensors, or a .bin file"});
}

}  // namespace psmc::frontend
