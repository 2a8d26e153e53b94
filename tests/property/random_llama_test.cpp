// SPDX-License-Identifier: Apache-2.0
// Random Llama configurations, three ways: the NumPy oracle in float64 (tests/reference, shares nothing with psmc), the
// reference interpreter, and the compiled program on the simulator, token by token and as a prefill.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "ir/external/npy.h"
#include "tests/base/temporary_folder.h"
#include "tests/property/random_llama.h"
#include "tests/property/timing_twin.h"
#include "tools/driver/compile.h"
#include "tools/driver/load.h"
#include "tools/driver/session.h"

using namespace psmc;
namespace fs = std::filesystem;

namespace {

double largest_error(const std::vector<float>& got, const std::vector<float>& expected) {
  double error = 0, size = 1;
  for (size_t i = 0; i < expected.size(); ++i) {
    error = std::max(error, std::abs(static_cast<double>(got[i]) - expected[i]));
    size = std::max(size, std::abs(static_cast<double>(expected[i])));
  }
  return std::isfinite(error) ? error / size : 1e9;
}

/// Logits of each of `ids` by the oracle.
std::vector<std::vector<float>> oracle(const fs::path& folder, const std::vector<int32_t>& ids, int64_t vocab) {
  std::string list;
  for (int32_t id : ids) list += fmt::format("{}{}", list.empty() ? "" : ",", id);
  const fs::path out = folder / "logits.npy";
  if (!test::shell(fmt::format("/usr/bin/python3 {}/tests/reference/llama.py {} --ids {} --out {}", PSMC_SOURCE_DIR,
                               folder.string(), list, out.string())))
    return {};
  const auto file = ir::NpyFile::open(out.string());
  if (!file.ok()) return {};
  ir::Array array;
  array.dtype = file->tensor().dtype;
  array.shape = file->tensor().shape;
  array.bytes.assign(file->tensor().bytes.begin(), file->tensor().bytes.end());
  std::vector<std::vector<float>> logits(ids.size(), std::vector<float>(static_cast<size_t>(vocab)));
  for (size_t t = 0; t < ids.size(); ++t)
    for (int64_t v = 0; v < vocab; ++v)
      logits[t][static_cast<size_t>(v)] = static_cast<float>(array.get(static_cast<int64_t>(t) * vocab + v));
  return logits;
}

void check(uint64_t seed, const fs::path& folder) {
  Random random(seed);
  const test::LlamaConfig c = test::random_llama_config(random);
  const char* archs[] = {"psm1", "lab4", "grid3x5"};
  const std::string arch = archs[seed % 3];
  INFO(fmt::format("seed {} on {}: {}", seed, arch, test::describe(c)));
  REQUIRE(test::write_llama(c, seed, folder));
  std::vector<int32_t> ids;
  // A chunk of whole matrix tiles: attention runs on the matrix unit where it pays.
  const bool whole_tiles = seed % 4 == 2;
  for (int i = 0; i < (whole_tiles ? 19 : 10); ++i)
    ids.push_back(static_cast<int32_t>(random.below(static_cast<uint64_t>(c.vocab))));
  const auto expected = oracle(folder, ids, c.vocab);
  REQUIRE(expected.size() == ids.size());
  frontend::LlamaOptions llama;
  llama.dtype = c.bf16 ? DType::bf16 : DType::f32;
  llama.chunk = whole_tiles ? 16 : random.range(2, 9);
  auto model = tools::load_model(folder.string(), llama);
  REQUIRE(model.ok());
  const double to_oracle = c.bf16 ? 5e-2 : 2e-4, to_interpreter = c.bf16 ? 3e-2 : 2e-4;
  auto interpreter = tools::interpreter_session(model->module);
  REQUIRE(interpreter.ok());
  std::vector<std::vector<float>> reference;
  for (size_t t = 0; t < ids.size(); ++t) {
    const auto logits = (*interpreter)->decode(ids[t], static_cast<int64_t>(t));
    REQUIRE(logits.ok());
    CHECK(largest_error(*logits, expected[t]) <= to_oracle);
    reference.push_back(*logits);
  }
  auto compiled_model = tools::load_model(folder.string(), llama);
  tools::CompileReport report;
  tools::CompileOptions options;
  options.stream_weights = seed % 4 == 3;
  const auto image = tools::compile(compiled_model->module, *arch::load_machine(arch), options, report);
  if (!image.ok()) FAIL(image.diagnostic().render());
  for (const bool prefill : {false, true}) {
    auto device = tools::Device::open(*image, {});
    REQUIRE(device.ok());
    auto twin = test::TimingTwin::open(*image);
    REQUIRE(twin.ok());
    const auto observe = [&](const sim::RunStats& stats, bool whole) {
      const size_t entry = image->find_entry(whole ? "prefill" : "decode") - image->entries.data();
      CHECK(twin->differs(**device, entry, stats) == "");
    };
    auto session = tools::simulator_session(model->module, **device, observe);
    REQUIRE(session.ok());
    size_t t = 0;
    while (t < ids.size()) {
      const bool chunk = prefill && static_cast<int64_t>(t) <= (*session)->last_prefill();
      const size_t take = chunk ? std::min<size_t>(static_cast<size_t>((*session)->chunk()), ids.size() - t) : 1;
      const auto logits = take > 1 ? (*session)->prefill(std::span(ids).subspan(t, take), static_cast<int64_t>(t))
                                   : (*session)->decode(ids[t], static_cast<int64_t>(t));
      if (!logits.ok()) FAIL(logits.diagnostic().render());
      t += take;
      INFO((prefill ? "prefill" : "decode") << ", token " << t - 1);
      CHECK(largest_error(*logits, reference[t - 1]) <= to_interpreter);
    }
  }
}

}  // namespace

SCENARIO("random Llama models agree: oracle, interpreter, simulated chip, decode and prefill") {
  const uint64_t count = std::getenv("SLOW") != nullptr ? 200 : 40;
  const char* only = std::getenv("PSMC_SEED");
  const uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 0;
  for (uint64_t seed = first; seed < (only != nullptr ? first + 1 : count); ++seed) {
    const test::TemporaryFolder folder;
    check(seed, folder.path());
  }
}
