// SPDX-License-Identifier: Apache-2.0
// Random graph programs through the whole compiler and the simulator, against the reference interpreter.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "ir/interp/interpreter.h"
#include "ir/text/printer.h"
#include "tests/property/random_program.h"
#include "tools/driver/compile.h"
#include "tools/driver/session.h"

using namespace psmc;

namespace {

std::vector<ir::Array> random_inputs(const ir::Module& module, Random& random) {
  std::vector<ir::Array> inputs;
  const ir::Func& func = module.func(module.find_func("main"));
  for (uint32_t i = 0; i < 3; ++i) {
    inputs.emplace_back(DType::f32, module.value_type(module.block_arg(func.body, i)).bounds());
    for (int64_t e = 0; e < inputs.back().elements(); ++e) inputs.back().set(e, random.uniform(-1, 1));
  }
  return inputs;
}

/// Empty if the simulated result agrees, else what is wrong.
std::string difference(uint64_t seed, const std::string& arch) {
  Random random(seed);
  ir::Module module = test::RandomProgram(seed).build(static_cast<int>(random.range(3, 14)));
  const std::vector<ir::Array> inputs = random_inputs(module, random);
  const auto expected = ir::interpret(module, module.find_func("main"), inputs);
  if (!expected.ok()) return expected.diagnostic().render();
  const auto machine = arch::load_machine(arch);
  tools::CompileReport report;
  const auto image = tools::compile(module, *machine, {}, report);
  if (!image.ok()) return image.diagnostic().render();
  auto device = tools::Device::open(*image, {});
  if (!device.ok()) return device.diagnostic().render();
  for (size_t i = 0; i < inputs.size(); ++i)
    if (const Status written = (*device)->write(0, fmt::format("in{}", i), inputs[i].bytes); !written.ok())
      return written.diagnostic().render();
  if (const auto run = (*device)->launch(0); !run.ok()) return run.diagnostic().render();
  for (size_t r = 0; r < expected->size(); ++r) {
    const auto bytes = (*device)->read(0, fmt::format("result{}", r));
    if (!bytes.ok()) return bytes.diagnostic().render();
    ir::Array got = (*expected)[r];
    got.bytes = *bytes;
    for (int64_t e = 0; e < got.elements(); ++e)
      if (!(std::abs(got.get(e) - (*expected)[r].get(e)) <= 2e-4 * (1 + std::abs((*expected)[r].get(e)))))
        return fmt::format("result {} element {}: {} instead of {}", r, e, got.get(e), (*expected)[r].get(e));
  }
  return {};
}

}  // namespace

SCENARIO("random graph programs give the interpreter's results on three machines") {
  const char* archs[] = {"psm1", "lab4", "grid3x5"};
  const char* full = std::getenv("SLOW");
  const uint64_t count = full != nullptr ? 500 : 100;
  const char* only = std::getenv("PSMC_SEED");
  for (uint64_t seed = only ? std::strtoull(only, nullptr, 10) : 0;
       seed < (only ? std::strtoull(only, nullptr, 10) + 1 : count); ++seed) {
    INFO("seed " << seed << " on " << archs[seed % 3]);
    const std::string wrong = difference(seed, archs[seed % 3]);
    if (only && !wrong.empty()) {
      Random random(seed);
      ir::Module module = test::RandomProgram(seed).build(static_cast<int>(random.range(3, 14)));
      WARN(ir::print_module(module));
    }
    CHECK(wrong == "");
  }
}
