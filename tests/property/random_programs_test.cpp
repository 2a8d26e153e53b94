// SPDX-License-Identifier: Apache-2.0
// Random graph programs through the whole compiler and the simulator, against the reference interpreter.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <set>

#include "ir/text/printer.h"
#include "midend/decisions.h"
#include "tests/property/random_program.h"
#include "tests/property/run_functions.h"

using namespace psmc;

namespace {

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

/// Empty if the simulated results agree, else what is wrong.
std::string difference(uint64_t seed, const std::string& arch, Seen& seen) {
  Random random(seed);
  test::RandomProgram program(seed, seed % 2 == 1);
  ir::Module module = program.build(static_cast<int>(random.range(3, 14)));
  test::FunctionRuns runs{.order = {"main"}, .tolerances = program.tolerances()};
  if (program.tolerances().contains("next")) runs.order = {"main", "next", "main"};
  runs.options.pipeline.disabled = disabled(seed);
  std::string wrong = test::differs_on(*arch::load_machine(arch), module, runs, random);
  seen.look_at(module);
  return wrong;
}

/// Ops on tensors that inference accepts and that were not compiled yet. Left out are control, which simplification
/// takes out.
std::vector<std::string> missing(const Seen& seen) {
  std::vector<std::string> names;
  for (const test::ElementwiseCase& c : test::elementwise_cases())
    if (!seen.elementwise.contains(c)) names.push_back(c.text());
  for (const ir::OpDef& def : ir::all_op_defs()) {
    using enum ir::OpKind;
    if (def.level == ir::Level::loop || def.level == ir::Level::tile || ir::is_elementwise(def.kind)) continue;
    if (def.kind == call || def.kind == yield) continue;
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
