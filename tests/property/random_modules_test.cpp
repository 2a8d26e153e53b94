// SPDX-License-Identifier: Apache-2.0
// The modules of ir/random, which hold what the other random programs do not: groups written as such, calls,
// composites, run-time offsets and sizes, states among them. Each compiled for one of three machines, its numbers
// against the interpreter's.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "ir/clone.h"
#include "ir/interp/interpreter.h"
#include "ir/random/random_module.h"
#include "ir/text/printer.h"
#include "tests/property/timing_twin.h"
#include "tools/driver/compile.h"
#include "tools/driver/device.h"

namespace psmc {
namespace {

constexpr double kTolerance = 2e-3;  ///< of sums of a few dozen terms that may cancel, relative to 1 + the number

ir::Module module_of(uint64_t seed) {
  ir::RandomOptions options;
  options.ops = 6 + static_cast<int>(seed % 20);
  options.integers = seed % 2 == 1;
  options.functions = seed % 3 == 0;
  ir::Module module = ir::random_module(seed, options);
  const ir::BlockId body = module.func(module.find_func("main")).body;
  for (uint32_t i = 0; i < module.block_data(body).num_args; ++i)
    module.set_name(module.block_arg(body, i), fmt::format("x{}", i));
  return module;
}

Status set_inputs(tools::Device& device, const ir::Module& module, const ir::Func& func,
                  const std::vector<ir::Array>& args, const ir::RandomInputs& inputs) {
  for (size_t i = 0; i < args.size(); ++i)
    if (!func.arg_state[i]) PSMC_TRY(device.write(0, fmt::format("x{}", i), args[i].bytes));
  for (const auto& [name, value] : inputs.symbols) {
    const std::span<const int64_t, 1> one(&value, 1);
    PSMC_TRY(device.write(0, module.text(name), std::as_bytes(one)));
  }
  return {};
}

/// Empty if all agree.
Result<std::string> difference(tools::Device& device, const ir::Module& module, const ir::Func& func,
                               const std::vector<ir::Array>& expected) {
  for (size_t r = 0; r < expected.size(); ++r) {
    if (func.result_state[r]) continue;
    const ir::StrId given = func.result_names[r];
    ir::Array got = expected[r];
    PSMC_ASSIGN(got.bytes, device.read(0, given ? std::string(module.text(given)) : fmt::format("result{}", r)));
    for (int64_t e = 0; e < got.elements(); ++e) {
      const double a = got.get(e), b = expected[r].get(e);
      if (!(std::abs(a - b) <= kTolerance * (1 + std::abs(b))))
        return fmt::format("result {}, element {}: {} instead of {}", r, e, a, b);
    }
  }
  return std::string();
}

Result<std::string> run(ir::Module& module, uint64_t seed, const arch::Machine& machine) {
  const ir::Module before = ir::clone_module(module);
  const ir::Func& func = before.func(before.find_func("main"));
  const ir::RandomInputs inputs = ir::random_inputs(before, before.find_func("main"), seed);
  std::vector<ir::Array> args = inputs.args;
  for (size_t i = 0; i < args.size(); ++i)
    if (func.arg_state[i]) args[i] = ir::Array(args[i].dtype, args[i].shape);  // states begin as zeros
  PSMC_ASSIGN(const std::vector<ir::Array> expected,
              ir::interpret(before, before.find_func("main"), args, inputs.symbols));
  tools::CompileReport report;
  tools::CompileOptions options;
  options.entries = {"main"};
  PSMC_ASSIGN(const arch::Image image, tools::compile(module, machine, options, report));
  PSMC_ASSIGN(const auto device, tools::Device::open(image, {}));
  PSMC_TRY(set_inputs(*device, before, func, args, inputs));
  PSMC_ASSIGN(const sim::RunStats stats, device->launch(0));
  PSMC_ASSIGN(test::TimingTwin twin, test::TimingTwin::open(image));
  if (std::string wrong = twin.differs(*device, 0, stats); !wrong.empty()) return wrong;
  return difference(*device, before, func, expected);
}

}  // namespace

SCENARIO("random modules give the interpreter's numbers on the chip") {
  const char* only = std::getenv("PSMC_SEED");
  const uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 0;
  const uint64_t count = only != nullptr ? 1 : std::getenv("SLOW") != nullptr ? 1000 : 100;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const char* archs[] = {"psm1", "lab4", "grid3x5"};
    const char* arch = archs[seed % 3];
    ir::Module module = module_of(seed);
    INFO("seed " << seed << " on " << arch << "\n" << ir::print_module(module));
    const Result<std::string> different = run(module, seed, *arch::load_machine(arch));
    if (!different.ok()) {
      CHECK(different.diagnostic().render() == "");
    } else {
      CHECK(*different == "");
    }
  }
}

}  // namespace psmc
