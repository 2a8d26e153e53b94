// SPDX-License-Identifier: Apache-2.0
// Random graph programs through the whole compiler and the simulator, against the reference interpreter.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <set>

#include "ir/interp/interpreter.h"
#include "ir/text/printer.h"
#include "midend/decisions.h"
#include "tests/property/random_program.h"
#include "tools/driver/compile.h"
#include "tools/driver/session.h"

using namespace psmc;

namespace {

std::vector<ir::Array> random_inputs(const ir::Module& module, Random& random) {
  std::vector<ir::Array> inputs;
  const ir::BlockId body = module.func(module.find_func("main")).body;
  for (uint32_t i = 0; i < module.block_data(body).num_args; ++i) {
    const ir::Type& type = module.value_type(module.block_arg(body, i));
    inputs.emplace_back(type.dtype, type.bounds());
    for (int64_t e = 0; e < inputs.back().elements(); ++e) {
      if (is_float(type.dtype))
        inputs.back().set(e, random.uniform(-1, 1));
      else if (type.dtype == DType::boolean)
        inputs.back().set_int(e, random.range(0, 1));
      else  // the ends of i8, beyond any in i32
        inputs.back().set_int(
            e, random.chance(0.1) ? -(int64_t{1} << (type.dtype == DType::i8 ? 7 : 31)) : random.range(-127, 127));
    }
  }
  return inputs;
}

/// The elementwise ops and other kinds of op in a compiled module: what is left after simplification.
struct Seen {
  std::set<test::ElementwiseCase> elementwise;
  std::set<ir::OpKind> kinds;

  void look_at(const ir::Module& module) {
    ir::walk(module, module.func(module.find_func("main")).body, [&](ir::OpId op) {
      const ir::OpKind kind = module.kind(op);
      kinds.insert(kind);
      if (!ir::is_elementwise(kind)) return;
      const ir::ValueId operand = module.operand(op, kind == ir::OpKind::select ? 1 : 0);
      elementwise.insert({kind, module.value_type(operand).dtype, module.value_type(module.result(op)).dtype});
    });
  }
};

/// In every third program one pass that only makes programs better, or one decision, is left out.
std::vector<std::string> disabled(uint64_t seed) {
  std::vector<std::string> names = {"canonicalize", "fold-constants", "cse", "dce", "fuse-elementwise"};
  for (const midend::DecisionInfo& decision : midend::decisions()) names.emplace_back(decision.name);
  return seed % 3 == 2 ? std::vector<std::string>{names[seed / 3 % names.size()]} : std::vector<std::string>{};
}

bool agrees(double got, double expected, double tolerance) {
  if (std::isnan(expected) || std::isnan(got)) return std::isnan(expected) && std::isnan(got);
  return got == expected || std::abs(got - expected) <= tolerance * (1 + std::abs(expected));
}

/// Empty if the simulated result agrees, else what is wrong.
std::string difference(uint64_t seed, const std::string& arch, Seen& seen) {
  Random random(seed);
  test::RandomProgram program(seed, seed % 2 == 1);
  ir::Module module = program.build(static_cast<int>(random.range(3, 14)));
  const std::vector<ir::Array> inputs = random_inputs(module, random);
  const auto expected = ir::interpret(module, module.find_func("main"), inputs);
  if (!expected.ok()) return expected.diagnostic().render();
  const auto machine = arch::load_machine(arch);
  tools::CompileReport report;
  tools::CompileOptions options;
  options.pipeline.disabled = disabled(seed);
  const auto image = tools::compile(module, *machine, options, report);
  if (!image.ok()) return image.diagnostic().render();
  seen.look_at(module);
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
      if (!agrees(got.get(e), (*expected)[r].get(e), program.tolerance(r)))
        return fmt::format("result {} element {}: {} instead of {} (tolerance {})", r, e, got.get(e),
                           (*expected)[r].get(e), program.tolerance(r));
  }
  return {};
}

/// Ops on tensors that inference accepts and that were not compiled yet. Left out are control, which simplification
/// takes out, and states and run-time symbols, which are in the random Llamas.
std::vector<std::string> missing(const Seen& seen) {
  std::vector<std::string> names;
  for (const test::ElementwiseCase& c : test::elementwise_cases())
    if (!seen.elementwise.contains(c)) names.push_back(c.text());
  for (const ir::OpDef& def : ir::all_op_defs()) {
    using enum ir::OpKind;
    if (def.level == ir::Level::loop || def.level == ir::Level::tile || ir::is_elementwise(def.kind)) continue;
    if (def.kind == call || def.kind == yield || def.kind == update || def.kind == symbol) continue;
    if (!seen.kinds.contains(def.kind)) names.emplace_back(def.name);
  }
  return names;
}

void check_seed(uint64_t seed, bool print, Seen& seen) {
  const char* archs[] = {"psm1", "lab4", "grid3x5"};
  INFO("seed " << seed << " on " << archs[seed / 2 % 3]);
  const std::string wrong = difference(seed, archs[seed / 2 % 3], seen);
  if (print && !wrong.empty()) {
    Random random(seed);
    ir::Module module = test::RandomProgram(seed, seed % 2 == 1).build(static_cast<int>(random.range(3, 14)));
    WARN(ir::print_module(module));
  }
  CHECK(wrong == "");
}

}  // namespace

SCENARIO("random graph programs give the interpreter's results on three machines") {
  Seen seen;
  if (const char* only = std::getenv("PSMC_SEED")) return check_seed(std::strtoull(only, nullptr, 10), true, seen);
  const uint64_t count = std::getenv("SLOW") != nullptr ? 500 : 100;
  uint64_t seed = 0;
  for (; seed < count; ++seed) check_seed(seed, false, seen);
  for (; seed < 10 * count && !missing(seen).empty(); ++seed) check_seed(seed, false, seen);  // until each op was there
  CHECK(missing(seen) == std::vector<std::string>{});
  fmt::print("RESULT random_programs.run {} programs\n", seed);
}
