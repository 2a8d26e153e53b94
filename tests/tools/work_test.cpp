// SPDX-License-Identifier: Apache-2.0
#include "tools/bench/work.h"

#include <catch2/catch.hpp>

#include "frontend/llama/llama_graph.h"
#include "ir/text/parser.h"
#include "midend/passes.h"
#include "tools/bench/seeded.h"

using namespace psmc;
using namespace psmc::tools;

SCENARIO("The work of a function follows from its access maps", "[tools]") {
  const char* text = R"(
func @f[n: 1..8](%x: tensor<(n <= 8)x32xbf16>, %w: tensor<32x16xbf16>) -> (%r: tensor<(n <= 8)x16xf32>) {
  %a = contract %x, %w {dtype = f32, spec = "mk,kn->mn"} loc("product")
  %b = exp %a loc("exponential")
  return %b
})";
  Result<ir::Module> parsed = ir::parse_text("f.psm", text);
  REQUIRE(parsed.ok());
  ir::Module& module = *parsed;
  const WorkByOp work = work_of(module, ir::FuncId(0), {{module.str("n"), 5}}, false);
  CHECK(work.at("product: contract").macs_bf16 == 5 * 32 * 16);
  CHECK(work.at("exponential: exp").vector_elements == 5 * 16);
  CHECK(work.at("").bytes_in == 2 * (5 * 32 + 32 * 16));
  CHECK(work.at("").bytes_out == 4 * 5 * 16);
  CHECK(total(work).macs() == 5 * 32 * 16);
  THEN("symbols that are not given count with their lower end") {
    CHECK(total(work_of(module, ir::FuncId(0), {}, false)).macs() == 32 * 16);
  }
}

SCENARIO("An op loads its operands once and stores its results", "[tools]") {
  const char* text = R"(
func @f[pos: 0..7](%cache: tensor<8x32xbf16> state @c, %x: tensor<1x32xbf16>, %w: tensor<32x16xbf16>)
    -> (tensor<8x32xbf16> state @c, %r: tensor<1x16xf32>, %d: tensor<2x32xbf16>) {
  %u = update %cache, %x {start = sym[pos, 0]} loc("write")
  %g = group {
    %a = contract %x, %w {dtype = f32, spec = "mk,kn->mn"}
    %b = add %a, %a
    yield %b
  } loc("fused")
  %s = slice %w {size = [2, 16], start = [0, 0]}
  %t = concat %s, %s {axis = 1} loc("joined")
  return %u, %g, %t
})";
  Result<ir::Module> parsed = ir::parse_text("f.psm", text);
  if (!parsed.ok()) FAIL(parsed.diagnostic().render());
  const WorkByOp work = work_of(*parsed, ir::FuncId(0), {}, false);
  CHECK(work.at("write: update").scratchpad_bytes == 2 * 32 * 2);
  CHECK(work.at("fused: group").scratchpad_bytes == 2 * 32 + 2 * 32 * 16 + 4 * 16);
  CHECK(work.at("fused: group").widest == 1);
  CHECK(work.at("joined: concat").scratchpad_bytes == 2 * 2 * 16 + 2 * 2 * 32);
}

SCENARIO("A seeded model has the multiply-adds of its configuration", "[tools]") {
  frontend::LlamaConfig config;
  config.dim = 32, config.layers = 2, config.heads = 4, config.kv_heads = 2, config.head_dim = 8;
  config.hidden = 48, config.vocab = 40, config.seq = 64;
  const SeededCheckpoint seeded = seeded_checkpoint(config, DType::bf16, 7);
  REQUIRE(frontend::check_weights(seeded.checkpoint, "seeded").ok());
  frontend::LlamaOptions options;
  options.dtype = DType::bf16;
  options.prefill = false;
  Result<ir::Module> made = frontend::llama_module(seeded.checkpoint, options);
  REQUIRE(made.ok());
  ir::Module& module = *made;
  ir::PassContext context;
  REQUIRE(midend::run_passes(module, midend::kDefaultPipeline, {}, context).ok());
  const int64_t position = 9, length = position + 1;
  const double weights = 2.0 * (32 * 32 + 2 * 32 * 16 + 32 * 32 + 3 * 32 * 48) + 40 * 32;
  const double attention = 2.0 * 2 * 4 * 8 * static_cast<double>(length);
  const ir::FuncId decode = module.find_func("decode");
  const ir::SymbolValues symbols = {{module.str("pos"), position}};
  CHECK(total(work_of(module, decode, symbols, false)).macs() == weights + attention);
  THEN("streamed weights are bytes from memory") {
    const double more = total(work_of(module, decode, symbols, true)).bytes_in -
                        total(work_of(module, decode, symbols, false)).bytes_in;
    CHECK(more == 2 * weights);
  }
  THEN("the same seed gives the same weights, another seed others") {
    CHECK(seeded_checkpoint(config, DType::bf16, 7).bytes == seeded.bytes);
    CHECK(seeded_checkpoint(config, DType::bf16, 8).bytes != seeded.bytes);
  }
}
