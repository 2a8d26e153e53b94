// SPDX-License-Identifier: Apache-2.0
// Few vector registers: whole models still give the interpreter's numbers, and the allocator says what it spilled. With
// 16 a language model's kernels fit without spills, because the compiler first gives up pipelining; a function whose
// values live long spills at 16, and the language models spill at 8.
#include <catch2/catch.hpp>

#include <cmath>
#include <sstream>

#include "backend/link/link.h"
#include "base/file.h"
#include "ir/text/parser.h"
#include "midend/plan/planner.h"
#include "tests/base/temporary_folder.h"
#include "tests/property/random_llama.h"
#include "tools/driver/compile.h"
#include "tools/driver/compile_model.h"
#include "tools/driver/load.h"
#include "tools/driver/session.h"

using namespace psmc;

namespace {

/// The machine file of a preset with fewer vector registers, read back as a user's would be.
arch::Machine small_machine(const std::string& preset, uint32_t registers, const std::filesystem::path& folder) {
  std::string text{arch::preset_json(preset)};
  const std::string before = "\"vector_registers\": 32";
  const size_t at = text.find(before);
  REQUIRE(at != std::string::npos);
  text.replace(at, before.size(), fmt::format("\"vector_registers\": {}", registers));
  const std::string path = (folder / "small.json").string();
  REQUIRE(write_file(path, text).ok());
  const auto machine = arch::load_machine(path);
  REQUIRE(machine.ok());
  REQUIRE(machine->core.vector_registers == registers);
  return *machine;
}

const backend::FileReport& vectors(const tools::CompileReport& report) {
  return report.registers[static_cast<size_t>(arch::RegFile::v)];
}

/// Largest error of a run of prefill and decode against the interpreter, relative to the largest logit.
double error_of(const std::string& path, const frontend::LlamaOptions& llama, const arch::Machine& machine,
                const std::vector<int32_t>& ids, tools::CompileReport& report) {
  auto reference = tools::load_model(path, llama), model = tools::load_model(path, llama);
  REQUIRE(reference.ok());
  REQUIRE(model.ok());
  const auto image = tools::compile_to_fit(path, llama, machine, {}, *model, report);
  if (!image.ok()) FAIL(image.diagnostic().render());
  auto device = tools::Device::open(*image, {});
  REQUIRE(device.ok());
  const auto interpreter = tools::interpreter_session(reference->module);
  const auto chip = tools::simulator_session(model->module, **device, nullptr);
  REQUIRE((interpreter.ok() && chip.ok()));
  double error = 0, size = 1;
  for (size_t t = 0; t < ids.size();) {
    const size_t take = t == 0 ? std::max<size_t>(1, static_cast<size_t>((*chip)->chunk())) : 1;
    const auto run = [&](tools::Session& session) {
      return take > 1 ? session.prefill(std::span(ids).first(take), 0)
                      : session.decode(ids[t], static_cast<int64_t>(t));
    };
    const auto expected = run(**interpreter), got = run(**chip);
    REQUIRE(expected.ok());
    if (!got.ok()) FAIL(got.diagnostic().render());
    for (size_t i = 0; i < expected->size(); ++i) {
      error = std::max(error, static_cast<double>(std::abs((*got)[i] - (*expected)[i])));
      size = std::max(size, static_cast<double>(std::abs((*expected)[i])));
    }
    t += take;
  }
  return error / size;
}

/// Random models on machines with so many vector registers; what the allocator did, summed over them.
backend::FileReport check_models(uint32_t registers) {
  backend::FileReport sum;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    Random random(seed + 50);
    test::LlamaConfig config = test::random_llama_config(random);
    config.bf16 = seed % 2 == 1;
    const std::string preset = seed % 4 < 2 ? "psm1" : "lab4";
    INFO("seed " << seed << " on " << preset << ": " << test::describe(config));
    const test::TemporaryFolder folder;
    REQUIRE(test::write_llama(config, seed, folder.path()));
    frontend::LlamaOptions llama;
    llama.dtype = config.bf16 ? DType::bf16 : DType::f32;
    llama.chunk = 4;
    const std::vector<int32_t> ids = {1, 4, 2, 9, 3, 7};
    tools::CompileReport report;
    const arch::Machine machine = small_machine(preset, registers, folder.path());
    CHECK(error_of(folder.path(), llama, machine, ids, report) <= (config.bf16 ? 3e-2 : 2e-4));
    CHECK(vectors(report).max_live <= registers);
    CHECK(tools::allocation_text(report, machine).find("registers v:") != std::string::npos);
    sum.spilled += vectors(report).spilled;
    sum.stores += vectors(report).stores;
    sum.reloads += vectors(report).reloads;
  }
  fmt::print("RESULT spills.llama.{}_registers.vector {} instructions\n", registers, sum.stores + sum.reloads);
  return sum;
}

/// Twelve values of a chain, all read again in the opposite order.
std::string deep_function() {
  std::string text = "func @main(%x: tensor<64x100xf32>) -> (tensor<64x100xf32>) {\n  %v0 = tanh %x\n";
  for (int i = 1; i < 12; ++i) text += fmt::format("  %v{} = {} %v{}\n", i, i % 2 ? "sigmoid" : "tanh", i - 1);
  text += "  %r11 = neg %v11\n";
  for (int i = 10; i >= 0; --i) text += fmt::format("  %r{} = {} %r{}, %v{}\n", i, i % 2 ? "mul" : "add", i + 1, i);
  return text + "  return %r0\n}\n";
}

}  // namespace

SCENARIO("random Llama models give the interpreter's numbers with 16 vector registers, and with 8, which spills") {
  check_models(16);
  const backend::FileReport eight = check_models(8);
  CHECK(eight.spilled > 0);
  CHECK(eight.stores + eight.reloads > 0);
}

SCENARIO("with 16 vector registers a function with many live values is spilled and right") {
  for (const char* preset : {"psm1", "lab4"}) {
    const test::TemporaryFolder folder;
    auto module = ir::parse_text("deep.psm", deep_function());
    REQUIRE(module.ok());
    Random random(1);
    ir::Array input(DType::f32, {64, 100});
    for (int64_t i = 0; i < input.elements(); ++i) input.set(i, static_cast<double>(random.uniform(-2, 2)));
    const auto expected = ir::interpret(*module, module->find_func("main"), std::span(&input, 1));
    REQUIRE(expected.ok());
    tools::CompileReport report;
    const auto image = tools::compile(*module, small_machine(preset, 16, folder.path()), {}, report);
    REQUIRE(image.ok());
    CHECK(vectors(report).spilled > 0);
    CHECK(vectors(report).stores > 0);
    CHECK(vectors(report).reloads > 0);
    auto device = tools::Device::open(*image, {});
    REQUIRE(device.ok());
    REQUIRE((*device)->write(0, "x", input.bytes).ok());
    REQUIRE((*device)->launch(0).ok());
    ir::Array got(DType::f32, {64, 100});
    got.bytes = *(*device)->read(0, "result0");
    double error = 0;
    for (int64_t i = 0; i < got.elements(); ++i) error = std::max(error, std::abs(got.get(i) - (*expected)[0].get(i)));
    CHECK(error <= 1e-5);
    fmt::print("RESULT spills.{}.vector {} instructions\n", preset, vectors(report).stores + vectors(report).reloads);
  }
}

SCENARIO("a kernel that needs more room for spills than a plan reserves is refused") {
  auto module = ir::parse_text(
      "m.psm", "func @main(%x: tensor<40xf32>) -> (tensor<40xf32>) {\n  %y = add %x, %x\n  return %y\n}\n");
  REQUIRE(module.ok());
  const arch::Machine machine = *arch::preset("lab4");
  auto planned = midend::plan_module(*module, {"main"}, machine, {});
  REQUIRE(planned.ok());
  std::vector<backend::KernelCode> codes;
  for (const std::string& text : planned->kernel_texts) {
    const auto kernel = ir::parse_text("kernel", text);
    REQUIRE(kernel.ok());
    codes.push_back(*backend::compile_kernel(*kernel, ir::FuncId(0), machine));
  }
  arch::Plan again = midend::plan_module(*module, {"main"}, machine, {})->plan;
  CHECK(backend::link(std::move(planned->plan), codes).ok());
  codes[0].spill_bytes = again.spill_bytes + 1;
  const auto refused = backend::link(std::move(again), codes);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.diagnostic().code == Code::scratchpad_full);
}

SCENARIO("with 16 vector registers a trained model gives its first 20 reference ids") {
  const std::filesystem::path data = std::filesystem::path(PSMC_SOURCE_DIR) / "../shared/data/llm";
  const auto file = read_file((data / "stories260K.greedy200.txt").string());
  if (!file.ok()) return;  // reference data is not here
  std::vector<int32_t> ids;
  std::istringstream list(*file);
  for (std::string id; ids.size() < 20 && std::getline(list, id, ',');) ids.push_back(std::stoi(id));
  const test::TemporaryFolder folder;
  const frontend::LlamaOptions llama = {.dtype = DType::f32, .prefill = false};
  auto model = tools::load_model((data / "stories260K.bin").string(), llama);
  REQUIRE(model.ok());
  tools::CompileReport report;
  const arch::Machine machine = small_machine("psm1", 16, folder.path());
  const auto image = tools::compile(model->module, machine, {}, report);
  if (!image.ok()) FAIL(image.diagnostic().render());
  auto device = tools::Device::open(*image, {});
  REQUIRE(device.ok());
  const auto session = tools::simulator_session(model->module, **device, nullptr);
  REQUIRE(session.ok());
  std::vector<int32_t> made;
  int32_t token = 1;  // BOS
  for (int64_t t = 0; t < 20; ++t) {
    const auto logits = (*session)->decode(token, t);
    if (!logits.ok()) FAIL(logits.diagnostic().render());
    token = static_cast<int32_t>(std::max_element(logits->begin(), logits->end()) - logits->begin());
    made.push_back(token);
  }
  CHECK(made == ids);
  fmt::print("RESULT spills.stories260K.vector {} instructions\n", vectors(report).stores + vectors(report).reloads);
}
