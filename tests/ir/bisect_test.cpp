// SPDX-License-Identifier: Apache-2.0
#include "ir/pass.h"
#include "tests/ir/sources.h"

#include "ir/text/printer.h"

using namespace psmc;
using namespace psmc::ir;

namespace {

/// Gives the values of each function it may work on a name that tells how often it was there.
bool mark(Module& module, PassContext& context) {
  bool changed = false;
  for (uint32_t f = 0; f < module.num_funcs(); ++f) {
    if (module.func(FuncId(f)).erased || context.leaves_out(FuncId(f))) continue;
    const ValueId value = module.result(module.block_data(module.func(FuncId(f)).body).first);
    module.set_name(value, std::string(module.text(module.value(value).name)) + "x");
    changed = true;
  }
  return changed;
}
bool do_nothing(Module&, PassContext&) { return false; }

constexpr PassInfo kPasses[] = {
    {"mark", "marks", mark, {}, false, PassUnit::function},
    {"whole", "looks across functions", do_nothing},
    {"mark-needed", "marks, and is needed", mark, {}, true, PassUnit::function},
};

constexpr const char* kText =
    "func @a(%p: tensor<f32>) -> tensor<f32> {\n  %m = neg %p\n  return %m\n}\n"
    "func @\"b c\"(%p: tensor<f32>) -> tensor<f32> {\n  %m = neg %p\n  return %m\n}\n";

}  // namespace

SCENARIO("the bisect limit counts a pass on a function, and names the function") {
  const uint64_t limit = GENERATE(0, 1, 2, 3, 4, 5, 9);
  Module module = read_valid(kText);
  PassContext context;
  PipelineOptions options;
  std::string said;
  options.print = [&](std::string_view text) { said += text; };
  options.bisect_limit = limit;
  REQUIRE(run_pipeline(module, *parse_pipeline("mark,whole,mark,mark-needed", kPasses), options, context).ok());
  const char* on[] = {"mark on @a", "mark on @\"b c\"", "whole", "mark on @a", "mark on @\"b c\""};
  std::string expected;
  for (uint64_t i = 0; i < 5; ++i)
    expected += std::string("bisect: ") + (i < limit ? "running" : "leaving out") + " pass (" + std::to_string(i + 1) +
                ") " + on[i] + "\n";
  const char* needed = limit < 6 ? ", which is needed\n" : "\n";
  expected += std::string("bisect: running pass (6) mark-needed on @a") + needed;
  expected +=
      std::string("bisect: running pass (7) mark-needed on @\"b c\"") + (limit < 7 ? ", which is needed\n" : "\n");
  CHECK(said == expected);
  const size_t in_a = size_t{limit >= 1} + (limit >= 4) + 1, in_b = size_t{limit >= 2} + (limit >= 5) + 1;
  const std::string text = print_module(module);
  CHECK(text.find("%m" + std::string(in_a, 'x') + " = neg") < text.find("b c"));
  CHECK(text.find("%m" + std::string(in_b, 'x') + " = neg", text.find("b c")) != std::string::npos);
}
