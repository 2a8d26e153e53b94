// SPDX-License-Identifier: Apache-2.0
// Random functions through each pass and through the whole pipeline: the interpreter sees no difference, the machine's
// way of running (updates in place) neither, and the node builder takes what comes out.
#include "midend/node/node.h"
#include "tests/midend/in_place_run.h"
#include "tests/midend/node_run.h"
#include "tests/midend/random_graph.h"

namespace psmc::midend {
namespace {

/// `run(args, symbols)` of the module after must give what the interpreter gives for the one before.
template <typename Run>
void check_run(const ir::Module& before, const ir::Module& after, uint64_t seed, Run run) {
  Random random(seed);
  for (int64_t pos = 0; pos < 4; ++pos) {
    const ir::SymbolValues symbols = {{before.find_str("pos"), pos}}, others = {{after.find_str("pos"), pos}};
    const std::vector<ir::Array> args = awkward_args(random, before, ir::FuncId(0), symbols);
    const auto wanted = ir::interpret(before, ir::FuncId(0), args, symbols);
    REQUIRE(wanted.ok());
    INFO("before\n" << ir::print_module(before) << "after\n" << ir::print_module(after));
    const std::vector<ir::Array> got = run(args, others);
    for (size_t i = 0; i < got.size(); ++i) {
      INFO("result " << i);
      REQUIRE(same_numbers((*wanted)[i], got[i]));
    }
  }
}

void check_nodes(const ir::Module& before, const ir::Module& after, uint64_t seed) {
  const auto nodes = nodes_of(after, ir::FuncId(0));
  if (!nodes.ok()) FAIL(nodes.diagnostic().render() + "\n" + ir::print_module(after));
  check_run(before, after, seed, [&](const std::vector<ir::Array>& args, const ir::SymbolValues& symbols) {
    return NodeRun(after, ir::FuncId(0), symbols).run(*nodes, args);
  });
}

void check_in_place(const ir::Module& before, const ir::Module& after, uint64_t seed) {
  check_run(before, after, seed, [&](const std::vector<ir::Array>& args, const ir::SymbolValues& symbols) {
    return InPlaceRun(after, ir::FuncId(0), symbols).run(args);
  });
}

TEST_CASE("no pass changes what random functions compute", "[passes]") {
  for (const ir::PassInfo& pass : passes()) {
    for (uint64_t seed = 0; seed < 60; ++seed) {
      INFO(pass.name << ", seed " << seed);
      ir::Module module = valid_module(RandomGraph(seed).text(30));
      const ir::Module before = ir::clone_module(module);
      run_good(module, pass.name);
      require_same(before, module, seed, 2);
    }
  }
}

TEST_CASE("the pipeline makes random functions fit for running in place", "[passes]") {
  for (uint64_t seed = 1000; seed < 1300; ++seed) {
    INFO("seed " << seed);
    ir::Module module = valid_module(RandomGraph(seed).text(static_cast<int>(10 + seed % 40)));
    const ir::Module before = ir::clone_module(module);
    run_good(module, kDefaultPipeline);
    require_same(before, module, seed, 2);
    check_in_place(before, module, seed);
    check_nodes(before, module, seed);
  }
}

TEST_CASE("the pipeline is stable: a second run of its simplifications finds nothing", "[passes]") {
  for (uint64_t seed = 2000; seed < 2040; ++seed) {
    ir::Module module = valid_module(RandomGraph(seed).text(40));
    const std::string_view simplify =
        "split-reshapes,canonicalize,fold-constants,canonicalize,cse,canonicalize,cse,dce";
    run_good(module, simplify);
    run_good(module, simplify);
    const std::string once = ir::print_module(module);
    run_good(module, simplify);
    CHECK(ir::print_module(module) == once);
  }
}

}  // namespace
}  // namespace psmc::midend
