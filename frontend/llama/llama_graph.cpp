// SPDX-License-Identifier: Apache-2.0
#include "frontend/llama/llama_graph.h"

#include <fmt/format.h>

#include <cmath>

#include "frontend/llama/weights.h"
#include "ir/builder.h"

namespace psmc::frontend {
namespace {

using ir::Dim;
using ir::OpKind;
using ir::SymExpr;
using ir::ValueId;

/// Builds one function; the two differ in the number of tokens.
class LlamaFunction {
 public:
  LlamaFunction(ir::Module& module, WeightTable& weights, const LlamaConfig& config, const LlamaOptions& options,
                int64_t seq)
      : module_(module), weights_(weights), config_(config), dtype_(options.dtype), seq_(seq), b_(module) {}

  /// `chunk` 0: @decode.
  void build(int64_t chunk) {
    pos_ = SymExpr::symbol(module_.str("pos"));
    const SymExpr count = chunk == 0 ? SymExpr(1) : SymExpr::symbol(module_.str("count"));
    tokens_ = chunk == 0 ? Dim(1) : Dim(count, chunk);
    length_ = Dim(pos_ + count, seq_);
    const ir::FuncId func = open(chunk);
    ValueId x = embed();
    for (int64_t layer = 0; layer < config_.layers; ++layer) x = feed_forward(layer, attention(layer, x));
    finish(func, x, count);
  }

 private:
  ir::FuncId open(int64_t chunk) {
    std::vector<ir::TypeId> types = {module_.type(ir::tensor_type(DType::i32, {tokens_}))};
    for (int64_t i = 0; i < config_.layers; ++i) {
      types.push_back(module_.type(ir::tensor_type(dtype_, {config_.kv_heads, config_.head_dim, seq_})));
      types.push_back(module_.type(ir::tensor_type(dtype_, {config_.kv_heads, seq_, config_.head_dim})));
    }
    const ir::FuncId id = module_.create_func(chunk == 0 ? "decode" : "prefill", types);
    ir::Func& func = module_.func(id);
    func.symbols.push_back({module_.str("pos"), 0, seq_ - std::max<int64_t>(chunk, 1)});
    if (chunk > 0) func.symbols.push_back({module_.str("count"), 1, chunk});
    func.arg_state.assign(types.size(), {});
    module_.set_name(module_.block_arg(func.body, 0), "tokens");
    for (uint32_t i = 1; i < types.size(); ++i) {
      const std::string name = fmt::format("{}{}", i % 2 == 1 ? "k" : "v", (i - 1) / 2);
      func.arg_state[i] = module_.str(name);
      module_.set_name(module_.block_arg(func.body, i), name);
      caches_.push_back(module_.block_arg(func.body, i));
    }
    tokens_arg_ = module_.block_arg(func.body, 0);
    b_.at_end(func.body);
    return id;
  }

  void finish(ir::FuncId func, ValueId x, const SymExpr& count) {
    label("output");
    x = b_.slice(x, {count - SymExpr(1), 0}, {1, config_.dim});
    const ValueId n = norm(x, "model.norm.weight");
    const ValueId logits = project(n, config_.tied ? "model.embed_tokens.weight" : "lm_head.weight");
    std::vector<ValueId> results = {logits};
    results.insert(results.end(), caches_.begin(), caches_.end());
    b_.ret(func, results);
    ir::Func& f = module_.func(func);
    f.result_state = f.arg_state;
    f.result_names.assign(results.size(), {});
    f.result_names[0] = module_.str("logits");
  }

  ValueId embed() {
    label("embedding");
    const ValueId table = b_.constant(weights_.get("model.embed_tokens.weight", dtype_));
    return b_.cast(b_.gather(table, tokens_arg_), DType::f32);
  }

  ValueId attention(int64_t layer, ValueId x) {
    const int64_t kv = config_.kv_heads, group = config_.heads / kv, width = config_.head_dim, half = width / 2;
    const auto part = [&](const char* what) {
      return fmt::format("model.layers.{}.self_attn.{}_proj.weight", layer, what);
    };
    label(fmt::format("layer {}, attention norm", layer));
    const ValueId n = norm(x, fmt::format("model.layers.{}.input_layernorm.weight", layer));
    label(fmt::format("layer {}, query", layer));
    ValueId q =
        b_.contract("mk,nk->mn", n, b_.constant(weights_.get_rotated(part("q"), dtype_, config_.heads)), DType::f32);
    q = rope(b_.reshape(q, {tokens_, config_.heads, 2, half}));
    q = b_.cast(b_.reshape(q, {tokens_, kv, group, width}), dtype_);
    label(fmt::format("layer {}, key", layer));
    ValueId k = b_.contract("mk,nk->mn", n, b_.constant(weights_.get_rotated(part("k"), dtype_, kv)), DType::f32);
    k = rope(b_.reshape(k, {tokens_, kv, 2, half}));
    k = b_.cast(b_.reshape(k, {tokens_, kv, width}), dtype_);
    ValueId& key_cache = caches_[static_cast<size_t>(2 * layer)];
    key_cache = b_.update(key_cache, b_.transpose(k, {1, 2, 0}), {0, 0, pos_});
    label(fmt::format("layer {}, value", layer));
    ValueId v = b_.contract("mk,nk->mn", n, b_.constant(weights_.get(part("v"), dtype_)), DType::f32);
    v = b_.cast(b_.reshape(v, {tokens_, kv, width}), dtype_);
    ValueId& value_cache = caches_[static_cast<size_t>(2 * layer + 1)];
    value_cache = b_.update(value_cache, b_.transpose(v, {1, 0, 2}), {0, pos_, 0});
    label(fmt::format("layer {}, attention", layer));
    const ValueId keys = b_.slice(key_cache, {0, 0, 0}, {kv, width, length_});
    const ValueId values = b_.slice(value_cache, {0, 0, 0}, {kv, length_, width});
    const ValueId operands[] = {q, keys, values};
    const ValueId a =
        b_.call("attention", operands,
                {b_.attr("scale", 1.0 / std::sqrt(static_cast<double>(width))), b_.attr("first", ir::SymList{pos_})});
    label(fmt::format("layer {}, attention output", layer));
    const ValueId flat = b_.reshape(a, {tokens_, config_.heads * width});
    const ValueId o = b_.contract("mk,nk->mn", flat, b_.constant(weights_.get(part("o"), dtype_)), DType::f32);
    return b_.make(OpKind::add, {x, o});
  }

  ValueId feed_forward(int64_t layer, ValueId x) {
    const auto part = [&](const char* what) { return fmt::format("model.layers.{}.mlp.{}_proj.weight", layer, what); };
    label(fmt::format("layer {}, feed-forward norm", layer));
    const ValueId n = norm(x, fmt::format("model.layers.{}.post_attention_layernorm.weight", layer));
    label(fmt::format("layer {}, feed-forward gate", layer));
    const ValueId gate = project(n, part("gate"));
    label(fmt::format("layer {}, feed-forward up", layer));
    const ValueId up = project(n, part("up"));
    const ValueId operands[] = {gate};
    const ValueId h = b_.cast(b_.make(OpKind::mul, {b_.call("silu", operands, {}), up}), dtype_);
    label(fmt::format("layer {}, feed-forward down", layer));
    return b_.make(OpKind::add, {x, project(h, part("down"))});
  }

  ValueId norm(ValueId x, const std::string& weight) {
    const ValueId operands[] = {x, b_.constant(weights_.get(weight, DType::f32))};
    return b_.cast(b_.call("rms_norm", operands, {b_.attr("eps", config_.eps)}), dtype_);
  }
  ValueId project(ValueId x, const std::string& weight) {
    return b_.contract("mk,nk->mn", x, b_.constant(weights_.get(weight, dtype_)), DType::f32);
  }
  ValueId rope(ValueId x) {
    const int64_t half = config_.head_dim / 2;
    const ValueId cos = b_.slice(b_.constant(module_.find_constant("rope.cos")), {pos_, 0}, {tokens_, half});
    const ValueId sin = b_.slice(b_.constant(module_.find_constant("rope.sin")), {pos_, 0}, {tokens_, half});
    const ValueId operands[] = {x, cos, sin};
    return b_.call("rope", operands, {});
  }
  void label(const std::string& text) { b_.set_label(text); }

  ir::Module& module_;
  WeightTable& weights_;
  const LlamaConfig& config_;
  DType dtype_;
  int64_t seq_;
  ir::Builder b_;
  SymExpr pos_;
  Dim tokens_, length_;
  ValueId tokens_arg_;
  std::vector<ValueId> caches_;
};

void add_rope_tables(WeightTable& weights, const LlamaConfig& config, int64_t seq) {
  const std::vector<double> frequencies = rope_frequencies(config);
  const auto half = static_cast<int64_t>(frequencies.size());
  std::vector<float> cosines, sines;
  for (int64_t p = 0; p < seq; ++p)
    for (double f : frequencies) {
      cosines.push_back(static_cast<float>(std::cos(static_cast<double>(p) * f)));
      sines.push_back(static_cast<float>(std::sin(static_cast<double>(p) * f)));
    }
  weights.add_table("rope.cos", seq, half, std::move(cosines));
  weights.add_table("rope.sin", seq, half, std::move(sines));
}

}  // namespace

Result<ir::Module> llama_module(const Checkpoint& checkpoint, const LlamaOptions& options) {
  const LlamaConfig& config = checkpoint.config();
  ir::Module module;
  WeightTable weights(module, checkpoint);
  const int64_t seq = options.max_context > 0 ? std::min(options.max_context, config.seq) : config.seq;
  add_rope_tables(weights, config, seq);
  LlamaFunction(module, weights, config, options, seq).build(0);
  if (options.prefill) LlamaFunction(module, weights, config, options, seq).build(std::min(options.chunk, seq));
  return module;
}

}  // namespace psmc::frontend
