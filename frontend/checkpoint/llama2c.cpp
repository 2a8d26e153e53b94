// SPDX-License-Identifier: Apache-2.0
#include "frontend/checkpoint/llama2c.h"

#include <array>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace psmc::frontend {
namespace {

constexpr size_t kHeaderBytes = 28;
constexpr int64_t kMaxExtent = int64_t{1} << 24;

int32_t read_i32(std::span<const std::byte> bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 8 | std::to_integer<uint32_t>(bytes[at + i]);
  return static_cast<int32_t>(value);
}

/// A part of the file: a weight's name (per layer if it begins with a dot; skipped if empty) and its shape.
struct Part {
  std::string name;
  std::vector<int64_t> shape;
};

std::vector<Part> layout(const LlamaConfig& c) {
  const int64_t q = c.heads * c.head_dim;
  const int64_t kv = c.kv_heads * c.head_dim;
  std::vector<Part> parts = {{"model.embed_tokens.weight", {c.vocab, c.dim}},
                             {".input_layernorm.weight", {c.dim}},
                             {".self_attn.q_proj.weight", {q, c.dim}},
                             {".self_attn.k_proj.weight", {kv, c.dim}},
                             {".self_attn.v_proj.weight", {kv, c.dim}},
                             {".self_attn.o_proj.weight", {c.dim, q}},
                             {".post_attention_layernorm.weight", {c.dim}},
                             {".mlp.gate_proj.weight", {c.hidden, c.dim}},
                             {".mlp.down_proj.weight", {c.dim, c.hidden}},
                             {".mlp.up_proj.weight", {c.hidden, c.dim}},
                             {"model.norm.weight", {c.dim}},
                             {"", {2 * c.seq, c.head_dim / 2}}};
  if (!c.tied) parts.push_back({"lm_head.weight", {c.vocab, c.dim}});
  return parts;
}

/// Bytes of the whole file; extents are below 2^25 and layers below 2^12, so f32 sizes need no more than 65 bits.
unsigned __int128 file_bytes(const LlamaConfig& config) {
  unsigned __int128 total = kHeaderBytes;
  for (const Part& part : layout(config)) {
    unsigned __int128 bytes = 4;
    for (const int64_t extent : part.shape) bytes *= static_cast<uint64_t>(extent);
    total += part.name.starts_with('.') ? bytes * static_cast<uint64_t>(config.layers) : bytes;
  }
  return total;
}

}  // namespace

Result<LlamaConfig> parse_llama2c_header(std::string_view file, std::span<const std::byte> bytes) {
  const auto bad = [&](std::string message) {
    return file_error(Code::bad_llama2c, file, std::move(message), {"psmc reads the first format of llama2.c, f32"});
  };
  if (bytes.size() < kHeaderBytes) return bad("the file is shorter than a llama2.c header");
  std::array<int64_t, 7> h{};
  for (size_t i = 0; i < 7; ++i) h[i] = read_i32(bytes, 4 * i);
  if (h[0] == 0x616b3432) return bad("a later version of the llama2.c format, which psmc does not read");
  LlamaConfig c;
  c.tied = h[5] > 0;
  h[5] = std::abs(h[5]);
  for (const int64_t extent : h)
    if (extent < 1 || extent > kMaxExtent) return bad(fmt::format("an extent of {} in the header", extent));
  std::tie(c.dim, c.hidden, c.layers, c.heads, c.kv_heads, c.vocab, c.seq) = std::tuple_cat(h);
  if (c.layers > 4096) return bad(fmt::format("{} layers in the header", c.layers));
  if (c.dim % c.heads != 0 || c.heads % c.kv_heads != 0 || (c.dim / c.heads) % 2 != 0)
    return bad(fmt::format("dim {}, {} heads and {} key-value heads do not go together", c.dim, c.heads, c.kv_heads));
  c.head_dim = c.dim / c.heads;
  c.rope_pairs = RopePairs::interleaved;
  c.bos = 1;
  c.eos = {2};
  const unsigned __int128 expected = file_bytes(c);
  if (expected != bytes.size())
    return bad(expected >> 62 ? "the extents in the header are beyond any file"
                              : fmt::format("the header asks for {} bytes, the file has {}",
                                            static_cast<uint64_t>(expected), bytes.size()));
  return c;
}

Result<Checkpoint> open_llama2c(const std::string& path) {
  PSMC_ASSIGN(MappedFile file, MappedFile::open(path));
  PSMC_ASSIGN(const LlamaConfig config, parse_llama2c_header(path, file.bytes()));
  Checkpoint checkpoint;
  checkpoint.set_config(config);
  const std::span<const std::byte> bytes = checkpoint.add_file(std::move(file));
  uint64_t at = kHeaderBytes;
  for (const Part& part : layout(config)) {
    const bool per_layer = part.name.starts_with('.');
    const uint64_t size = ir::dense_bytes(part.shape, DType::f32).value();
    for (int64_t i = 0; i < (per_layer ? config.layers : 1); ++i, at += size) {
      if (part.name.empty()) continue;
      const std::string name = per_layer ? fmt::format("model.layers.{}{}", i, part.name) : part.name;
      checkpoint.add_raw({{name, DType::f32, part.shape, bytes.subspan(at, size)}, path, at});
    }
  }
  return checkpoint;
}

}  // namespace psmc::frontend
