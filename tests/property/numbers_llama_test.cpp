// SPDX-License-Identifier: Apache-2.0
// Every op inside compiled random Llama models, prefill and decode, recomputed from the operands that the device had at
// that op (numbers_device.h). A weight that is wrong by 2^-4 in the image alone must be noticed by the same check.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "midend/node/constants.h"
#include "tests/base/temporary_folder.h"
#include "tests/property/numbers_program.h"
#include "tests/property/random_llama.h"
#include "tools/driver/compile.h"
#include "tools/driver/load.h"
#include "tools/driver/session.h"

using namespace psmc;
using ir::Array;

namespace {

const char* const kArchs[] = {"psm1", "lab4", "grid3x5"};
constexpr size_t kPrefilled = 3, kTokens = 5;

struct Case {
  test::LlamaConfig config{};
  test::ShownOptions options;
  std::vector<int32_t> ids;
};

Case random_case(uint64_t seed) {
  Random random(seed);
  Case c;
  c.config = test::random_llama_config(random);
  c.config.bf16 = seed % 2 == 1;
  c.options = {kArchs[seed % 3], seed % 4 == 2, {}};
  for (size_t i = 0; i < kTokens; ++i)
    c.ids.push_back(static_cast<int32_t>(random.below(static_cast<uint64_t>(c.config.vocab))));
  return c;
}

Array tokens_array(std::span<const int32_t> ids) {
  Array array(DType::i32, {static_cast<int64_t>(ids.size())});
  std::memcpy(array.bytes.data(), ids.data(), ids.size_bytes());
  return array;
}

/// One prefill and some decodes; what is wrong, and the logits of each launch.
std::vector<std::string> run(test::ShownProgram& program, const ir::Module& module, const std::vector<int32_t>& ids,
                             std::vector<Array>& logits) {
  std::vector<std::string> wrong;
  const ir::FuncId prefill = module.find_func("prefill"), decode = module.find_func("decode");
  const auto launch = [&](ir::FuncId func, std::span<const int32_t> tokens, const ir::SymbolValues& symbols) {
    const std::vector<Array> inputs = {tokens_array(tokens)};
    const auto results = program.launch(func, inputs, symbols, wrong);
    if (results.ok())
      logits.push_back((*results)[0]);
    else
      wrong.push_back(results.diagnostic().render());
  };
  const auto& symbols = module.func(prefill).symbols;
  launch(prefill, std::span(ids).first(kPrefilled), {{symbols[0].name, 0}, {symbols[1].name, int64_t{kPrefilled}}});
  for (size_t t = kPrefilled; t < ids.size(); ++t)
    launch(decode, std::span(ids).subspan(t, 1), {{module.func(decode).symbols[0].name, static_cast<int64_t>(t)}});
  return wrong;
}

/// A weight of the checkpoint that the run reads, by chance.
test::ScaledWeight random_weight(const ir::Module& module, const std::vector<int32_t>& ids, Random& random) {
  std::vector<std::pair<ir::ConstId, bool>> weights;  // and whether rows are looked up
  for (ir::OpId op : ir::ops_of(module, module.func(module.find_func("decode")).body))
    for (ir::ValueId operand : module.operands(op)) {
      const ir::OpId def = module.def(operand);
      if (!def.valid() || module.kind(def) != ir::OpKind::constant) continue;
      const ir::ConstId id = midend::constant_id(module, def);
      const ir::Constant& constant = module.constant(id);
      if (constant.name && module.text(constant.name).ends_with(".weight"))
        weights.emplace_back(id, module.kind(op) == ir::OpKind::gather);
    }
  const auto [id, looked_up] = weights[random.below(weights.size())];
  const std::vector<int64_t> shape = module.type(module.constant(id).type).bounds();
  int64_t elements = 1;
  for (int64_t extent : shape) elements *= extent;
  auto element = static_cast<int64_t>(random.below(static_cast<uint64_t>(elements)));
  if (looked_up) element = element % shape[1] + ids[random.below(ids.size())] * shape[1];
  return {id, element};
}

/// The logits of the program as it is compiled without anything shown: nearly always the same bits. Where the code
/// memory is full, a kernel may come in another form, which adds up in another order.
void compare_with_usual(const std::string& path, const frontend::LlamaOptions& llama, const Case& c,
                        const std::vector<Array>& logits, uint64_t& equal) {
  auto model = tools::load_model(path, llama);
  REQUIRE(model.ok());
  tools::CompileReport report;
  tools::CompileOptions options;
  options.stream_weights = c.options.stream_weights;
  const auto image = tools::compile(model->module, *arch::load_machine(c.options.arch), options, report);
  REQUIRE(image.ok());
  auto device = tools::Device::open(*image, {});
  REQUIRE(device.ok());
  const auto session = tools::simulator_session(model->module, **device, nullptr);
  REQUIRE(session.ok());
  for (size_t i = 0, t = 0; i < logits.size(); ++i) {
    const auto usual = i == 0 ? (*session)->prefill(std::span(c.ids).first(kPrefilled), 0)
                              : (*session)->decode(c.ids[t], static_cast<int64_t>(t));
    REQUIRE(usual.ok());
    t += i == 0 ? kPrefilled : 1;
    equal += std::memcmp(usual->data(), logits[i].bytes.data(), logits[i].bytes.size()) == 0;
    const double tolerance = c.config.bf16 ? 3e-2 : 2e-4;
    for (size_t e = 0; e < usual->size(); ++e)
      REQUIRE(std::abs((*usual)[e] - logits[i].get(static_cast<int64_t>(e))) <=
              tolerance * (1 + std::abs((*usual)[e])));
  }
}

}  // namespace

SCENARIO("every op of random Llama models is exact on the device's own operands; a scaled weight is noticed") {
  const bool slow = std::getenv("SLOW") != nullptr;
  std::map<std::string, test::Worst> worst;
  uint64_t launches = 0, equal = 0, drawn = 0, detected = 0;
  for (uint64_t seed = 0; seed < (slow ? 24u : 6u); ++seed) {
    const Case c = random_case(seed);
    INFO("seed " << seed << " on " << c.options.arch << ": " << test::describe(c.config));
    const test::TemporaryFolder folder;
    REQUIRE(test::write_llama(c.config, seed, folder.path()));
    frontend::LlamaOptions llama;
    llama.dtype = c.config.bf16 ? DType::bf16 : DType::f32;
    llama.chunk = kPrefilled + 1;
    auto model = tools::load_model(folder.path(), llama);
    REQUIRE(model.ok());
    const auto shown = test::show_values(std::move(model->module));
    REQUIRE(shown.ok());
    const auto program = test::ShownProgram::open(*shown, c.options);
    if (!program.ok()) FAIL(program.diagnostic().render());
    std::vector<Array> logits;
    const std::vector<std::string> wrong = run(**program, *shown, c.ids, logits);
    CHECK(fmt::format("{}", fmt::join(wrong, "\n")) == "");
    for (const auto& [kind, seen] : (*program)->worst()) {
      worst[kind].elements += seen.elements;
      worst[kind].error = std::max(worst[kind].error, seen.error);
    }
    launches += logits.size();
    compare_with_usual(folder.path(), llama, c, logits, equal);
    Random random(seed + 1000);
    for (int i = 0; i < (slow ? 8 : 4); ++i) {
      test::ShownOptions scaled = c.options;
      scaled.scaled = random_weight(*shown, c.ids, random);
      INFO("element " << scaled.scaled->element << " of " << shown->text(shown->constant(scaled.scaled->constant).name)
                      << " scaled");
      const auto other = test::ShownProgram::open(*shown, scaled);
      REQUIRE(other.ok());
      std::vector<Array> unused;
      const bool noticed = !run(**other, *shown, c.ids, unused).empty();
      CHECK(noticed);
      detected += noticed;
      ++drawn;
    }
  }
  CHECK(equal * 4 >= launches * 3);
  test::print_worst("llama", worst);
  fmt::print("RESULT numbers.llama.launches {} launches\nRESULT numbers.llama.same_as_unshown {} of_{}\n", launches,
             equal, launches);
  fmt::print("RESULT numbers.llama.scaled_weights_detected {} of_{}\n", detected, drawn);
}
