// SPDX-License-Identifier: Apache-2.0
#include "tools/bench/seeded.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "base/file.h"
#include "base/json.h"
#include "base/random.h"

namespace psmc::tools {
namespace {

constexpr int64_t kMaxExtent = 1 << 20;

class Maker {
 public:
  Maker(const frontend::LlamaConfig& config, DType dtype, uint64_t seed)
      : config_(config), dtype_(dtype), random_(seed) {}

  SeededCheckpoint make() {
    made_.checkpoint.set_config(config_);
    const int64_t dim = config_.dim, q = config_.heads * config_.head_dim, kv = config_.kv_heads * config_.head_dim;
    matrix("model.embed_tokens.weight", config_.vocab, dim);
    norm("model.norm.weight");
    if (!config_.tied) matrix("lm_head.weight", config_.vocab, dim);
    for (int64_t i = 0; i < config_.layers; ++i) {
      const std::string layer = fmt::format("model.layers.{}.", i);
      norm(layer + "input_layernorm.weight");
      norm(layer + "post_attention_layernorm.weight");
      matrix(layer + "self_attn.q_proj.weight", q, dim);
      matrix(layer + "self_attn.k_proj.weight", kv, dim);
      matrix(layer + "self_attn.v_proj.weight", kv, dim);
      matrix(layer + "self_attn.o_proj.weight", dim, q);
      matrix(layer + "mlp.gate_proj.weight", config_.hidden, dim);
      matrix(layer + "mlp.up_proj.weight", config_.hidden, dim);
      matrix(layer + "mlp.down_proj.weight", dim, config_.hidden);
    }
    return std::move(made_);
  }

 private:
  void matrix(const std::string& name, int64_t rows, int64_t columns) {
    const float limit = std::sqrt(3.0f / static_cast<float>(columns));
    const auto count = static_cast<size_t>(rows * columns);
    std::vector<std::byte> bytes(count * dtype_bytes(dtype_));
    for (size_t i = 0; i < count; ++i) put(bytes, i, random_.uniform(-limit, limit));
    add(name, dtype_, {rows, columns}, std::move(bytes));
  }
  void norm(const std::string& name) {
    std::vector<std::byte> bytes(static_cast<size_t>(config_.dim) * dtype_bytes(dtype_));
    for (size_t i = 0; i < static_cast<size_t>(config_.dim); ++i) put(bytes, i, 1.0f);
    add(name, dtype_, {config_.dim}, std::move(bytes));
  }
  void put(std::vector<std::byte>& bytes, size_t i, float value) const {
    if (dtype_ == DType::bf16) {
      const uint16_t half = f32_to_bf16(value);
      std::memcpy(&bytes[2 * i], &half, 2);
    } else {
      std::memcpy(&bytes[4 * i], &value, 4);
    }
  }
  void add(const std::string& name, DType dtype, std::vector<int64_t> shape, std::vector<std::byte> bytes) {
    made_.bytes.push_back(std::move(bytes));
    frontend::Weight weight;
    weight.tensor = {name, dtype, std::move(shape), made_.bytes.back()};
    made_.checkpoint.add_raw(std::move(weight));
  }

  frontend::LlamaConfig config_;
  DType dtype_;
  Random random_;
  SeededCheckpoint made_;
};

}  // namespace

SeededCheckpoint seeded_checkpoint(const frontend::LlamaConfig& config, DType dtype, uint64_t seed) {
  PSMC_CHECK(dtype == DType::bf16 || dtype == DType::f32, "seeded weights are bf16 or f32");
  return Maker(config, dtype, seed).make();
}

Result<frontend::LlamaConfig> read_config(const std::string& path, const std::string& name) {
  PSMC_ASSIGN(std::string text, read_file(path, size_t{1} << 24));
  PSMC_ASSIGN(const json::Document document, json::parse(path, std::move(text)));
  const json::Value* found = document.root.find(name);
  if (!found || !found->is_object())
    return error(Code::bad_option, fmt::format("{} has no configuration '{}'", path, name));
  frontend::LlamaConfig config;
  const std::pair<const char*, int64_t*> extents[] = {{"dim", &config.dim},           {"layers", &config.layers},
                                                      {"heads", &config.heads},       {"kv_heads", &config.kv_heads},
                                                      {"head_dim", &config.head_dim}, {"hidden", &config.hidden},
                                                      {"vocab", &config.vocab},       {"seq", &config.seq}};
  for (const auto& [key, out] : extents) {
    PSMC_ASSIGN(*out, document.get_int(*found, key, 1, kMaxExtent));
  }
  PSMC_ASSIGN(config.rope_theta, document.get_number(*found, "rope_theta"));
  PSMC_ASSIGN(config.eps, document.get_number(*found, "eps"));
  PSMC_ASSIGN(config.tied, document.get_bool(*found, "tied"));
  if (config.heads % config.kv_heads != 0 || config.head_dim % 2 != 0 || !(config.rope_theta > 0) || !(config.eps > 0))
    return document.error_at(Code::bad_config, *found,
                             "heads, kv_heads, head_dim, rope_theta and eps do not make a Llama model");
  return config;
}

}  // namespace psmc::tools
