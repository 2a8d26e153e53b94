// SPDX-License-Identifier: Apache-2.0
#include "frontend/checkpoint/hf_config.h"

#include <cmath>
#include <string_view>
#include <utility>

#include "base/json.h"

#include <fmt/format.h>

namespace psmc::frontend {
namespace {

constexpr int64_t kMaxExtent = int64_t{1} << 24;

class ConfigReader {
 public:
  explicit ConfigReader(const json::Document& document) : document_(document), root_(document.root) {}

  Result<LlamaConfig> read() {
    PSMC_TRY(refuse_unsupported());
    PSMC_TRY(read_extents());
    PSMC_TRY(read_numbers());
    PSMC_TRY(read_rope());
    PSMC_TRY(read_special_tokens());
    return std::move(config_);
  }

 private:
  /// A member that is there and not null.
  const json::Value* given(const json::Value& object, std::string_view key) const {
    const json::Value* value = object.find(key);
    return value && value->kind != json::Kind::null ? value : nullptr;
  }

  Status refuse_unsupported() {
    PSMC_ASSIGN(const std::string type, document_.get_string(root_, "model_type"));
    if (type != "llama" && type != "mistral")
      return unsupported(*root_.find("model_type"), fmt::format("model_type '{}'", type),
                         "psmc reads llama, and mistral without a sliding window");
    for (const std::string_view key : {"hidden_act", "hidden_activation"})
      if (const json::Value* act = given(root_, key); act && act->string != "silu" && act->string != "swish")
        return unsupported(*act, fmt::format("{} other than silu", key));
    for (const std::string_view key : {"attention_bias", "mlp_bias"})
      if (const json::Value* bias = given(root_, key); bias && (bias->boolean || bias->kind != json::Kind::boolean))
        return unsupported(*bias, std::string(key));
    for (const std::string_view key : {"sliding_window", "quantization_config", "layer_types"})
      if (const json::Value* value = given(root_, key)) return unsupported(*value, std::string(key));
    if (const json::Value* part = given(root_, "partial_rotary_factor"); part && part->number != 1)
      return unsupported(*part, "partial_rotary_factor other than 1");
    return {};
  }

  Status read_extents() {
    PSMC_TRY(extent("hidden_size", config_.dim, std::nullopt));
    PSMC_TRY(extent("intermediate_size", config_.hidden, std::nullopt));
    PSMC_TRY(extent("num_hidden_layers", config_.layers, std::nullopt, 4096));
    PSMC_TRY(extent("num_attention_heads", config_.heads, std::nullopt, 65536));
    PSMC_TRY(extent("num_key_value_heads", config_.kv_heads, config_.heads, 65536));
    PSMC_TRY(extent("vocab_size", config_.vocab, std::nullopt));
    PSMC_TRY(extent("max_position_embeddings", config_.seq, 2048));
    PSMC_TRY(extent("head_dim", config_.head_dim, config_.dim / config_.heads, 65536));
    if (config_.heads % config_.kv_heads != 0)
      return bad(
          fmt::format("{} attention heads are not a multiple of {} key-value heads", config_.heads, config_.kv_heads));
    if (!given(root_, "head_dim") && config_.dim % config_.heads != 0)
      return bad(fmt::format("hidden_size {} is not a multiple of {} heads, and head_dim is not given", config_.dim,
                             config_.heads));
    if (config_.head_dim < 2 || config_.head_dim % 2 != 0)
      return bad(fmt::format("a head dimension of {}; RoPE needs it even and positive", config_.head_dim));
    return {};
  }

  Status extent(std::string_view key, int64_t& out, std::optional<int64_t> otherwise, int64_t most = kMaxExtent) {
    if (otherwise && !given(root_, key)) {
      out = *otherwise;
      return {};
    }
    PSMC_ASSIGN(out, document_.get_int(root_, key, 1, most));
    return {};
  }

  Status read_numbers() {
    config_.eps = 1e-6;
    PSMC_TRY(number(root_, "rms_norm_eps", config_.eps, 0, 1));
    PSMC_TRY(number(root_, "rope_theta", config_.rope_theta, 0, 1e30));
    if (given(root_, "tie_word_embeddings")) {
      PSMC_ASSIGN(config_.tied, document_.get_bool(root_, "tie_word_embeddings"));
    }
    return {};
  }

  /// `out` if `key` is not given; otherwise low < out <= high.
  Status number(const json::Value& object, std::string_view key, double& out, double low, double high) {
    const json::Value* value = given(object, key);
    if (!value) return {};
    PSMC_ASSIGN(out, document_.get_number(object, key));
    if (out > low && out <= high) return {};
    return document_.error_at(Code::bad_config, *value,
                              fmt::format("{} is {}; it must be above {} and at most {}", key, out, low, high));
  }

  /// rope_scaling, or rope_parameters which also holds rope_theta (transformers 5).
  Status read_rope() {
    for (const std::string_view key : {"rope_scaling", "rope_parameters"}) {
      const json::Value* rope = given(root_, key);
      if (!rope) continue;
      if (!rope->is_object()) return document_.error_at(Code::json_type, *rope, fmt::format("{} is no object", key));
      PSMC_TRY(number(*rope, "rope_theta", config_.rope_theta, 0, 1e30));
      PSMC_TRY(read_scaling(*rope));
    }
    return {};
  }

  Status read_scaling(const json::Value& rope) {
    const char* key = rope.find("rope_type") ? "rope_type" : "type";
    PSMC_ASSIGN(const std::string type, document_.get_string(rope, key));
    if (type == "default") return {};
    RopeScaling& scaling = config_.rope_scaling;
    if (type == "linear") {
      scaling.kind = RopeScaling::Kind::linear;
      return needed(rope, "factor", scaling.factor);
    }
    if (type != "llama3")
      return unsupported(*rope.find(key), fmt::format("RoPE of type '{}'", type),
                         "psmc has default, linear and llama3");
    scaling.kind = RopeScaling::Kind::llama3;
    PSMC_TRY(needed(rope, "factor", scaling.factor));
    PSMC_TRY(needed(rope, "low_freq_factor", scaling.low_freq_factor));
    PSMC_TRY(needed(rope, "high_freq_factor", scaling.high_freq_factor));
    PSMC_ASSIGN(scaling.original_context,
                document_.get_int(rope, "original_max_position_embeddings", 1, int64_t{1} << 40));
    if (scaling.low_freq_factor >= scaling.high_freq_factor)
      return document_.error_at(Code::bad_config, rope, "low_freq_factor must be below high_freq_factor");
    return {};
  }

  Status needed(const json::Value& object, std::string_view key, double& out) {
    PSMC_TRY(document_.get_number(object, key));
    return number(object, key, out, 0, 1e9);
  }

  Status read_special_tokens() {
    if (given(root_, "bos_token_id")) {
      PSMC_ASSIGN(config_.bos, document_.get_int(root_, "bos_token_id", 0, config_.vocab - 1));
    }
    const json::Value* eos = given(root_, "eos_token_id");
    if (!eos) return {};
    const auto add = [&](const json::Value& id) -> Status {
      if (id.kind != json::Kind::integer || id.integer < 0 || id.integer >= config_.vocab)
        return document_.error_at(Code::bad_config, id, fmt::format("no token of the {} in vocab_size", config_.vocab));
      config_.eos.push_back(id.integer);
      return {};
    };
    if (!eos->is_array()) return add(*eos);
    for (const json::Value& id : eos->items) PSMC_TRY(add(id));
    return {};
  }

  Diagnostic bad(std::string message) const { return document_.error_at(Code::bad_config, root_, std::move(message)); }
  Diagnostic unsupported(const json::Value& at, const std::string& what, std::string note = {}) const {
    std::vector<std::string> notes;
    if (!note.empty()) notes.push_back(std::move(note));
    return document_.error_at(Code::unsupported_model, at, what + " is not supported", std::move(notes));
  }

  const json::Document& document_;
  const json::Value& root_;
  LlamaConfig config_;
};

}  // namespace

Result<LlamaConfig> parse_hf_config(std::string file, std::string text) {
  PSMC_ASSIGN(const json::Document document, json::parse(std::move(file), std::move(text)));
  return ConfigReader(document).read();
}

}  // namespace psmc::frontend
