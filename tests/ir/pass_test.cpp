// SPDX-License-Identifier: Apache-2.0
#include "ir/pass.h"
#include "tests/base/death.h"
#include "tests/ir/sources.h"

#include "base/file.h"

#include <unistd.h>

#include <cstdio>

using namespace psmc;
using namespace psmc::ir;

namespace {

bool rename_all(Module& module, PassContext& context) {
  const std::string name = context.text_option("name", "v") + std::to_string(context.int_option("number", 0));
  for (OpId op : ops_of(module, module.func(FuncId(0)).body)) {
    if (module.op(op).num_results == 0) continue;
    module.set_name(module.result(op), name);
    context.count("renamed");
  }
  return true;
}
bool do_nothing(Module&, PassContext& context) {
  const int* lent = context.find<int>();
  context.count("lent", lent ? *lent : 0);
  return false;
}
bool refuse(Module&, PassContext& context) {
  context.fail(error(Code::too_large, "no"));
  return false;
}

bool change_in_secret(Module& module, PassContext& context) {
  rename_all(module, context);
  return false;
}

constexpr PassOption kOptions[] = {{"name", "default v"}, integer_option("number", "default 0", 0, 9)};
constexpr PassInfo kPasses[] = {
    {"rename-all", "gives all values one name", rename_all, kOptions},
    {"do-nothing", "does nothing", do_nothing},
    {"refuse", "fails", refuse},
    {"change-in-secret", "renames and says that it does nothing", change_in_secret},
};

constexpr const char* kText = "func @f(%x: tensor<f32>) -> tensor<f32> {\n  %y = neg %x\n  return %y\n}\n";

}  // namespace

SCENARIO("a pipeline reads and prints") {
  const auto pipeline = parse_pipeline(" rename-all{ name = w , number=3 },do-nothing,rename-all{}", kPasses);
  REQUIRE(pipeline.ok());
  CHECK(pipeline_text(*pipeline) == "rename-all{name=w,number=3},do-nothing,rename-all");
  CHECK(parse_pipeline("", kPasses)->empty());
}

SCENARIO("mistakes in a pipeline are named with their place") {
  const std::pair<const char*, uint32_t> wrong[] = {{"rename", 1},
                                                    {"do-nothing,,refuse", 12},
                                                    {"do-nothing{x=1}", 12},
                                                    {"rename-all{name}", 16},
                                                    {"rename-all{name=}", 17},
                                                    {"rename-all{name=a", 18},
                                                    {"rename-all{number=3x}", 19},
                                                    {"rename-all{number=-1}", 19},
                                                    {"rename-all{number=10}", 19},
                                                    {"rename-all{number=99999999999999999999}", 19},
                                                    {"do-nothing refuse", 12},
                                                    {"do-nothing,", 12}};
  for (const auto& [text, column] : wrong) {
    INFO(text);
    const auto pipeline = parse_pipeline(text, kPasses);
    REQUIRE(!pipeline.ok());
    CHECK(pipeline.diagnostic().code == Code::bad_pipeline);
    CHECK(pipeline.diagnostic().place.column == column);
  }
}

SCENARIO("passes run in order with their options, are counted and dumped") {
  Module module = read_valid(kText);
  PassContext context;
  const int lent = 42;
  context.provide(&lent);
  PipelineOptions options;
  std::string dumps;
  options.print_after_all = true;
  options.print = [&](std::string_view text) { dumps += text; };
  const auto reports =
      run_pipeline(module, *parse_pipeline("rename-all{number=7},do-nothing", kPasses), options, context);
  REQUIRE(reports.ok());
  REQUIRE(reports->size() == 2);
  CHECK((*reports)[0].changed);
  CHECK((*reports)[0].counters.at("renamed") == 1);
  CHECK(!(*reports)[1].changed);
  CHECK((*reports)[1].counters.at("lent") == 42);
  CHECK(dumps ==
        "// ---- after rename-all{number=7}\nfunc @f(%x: tensor<f32>) -> tensor<f32> {\n  %v7 = neg %x\n  return "
        "%v7\n}\n");
  CHECK(report_text(*reports).find("do-nothing (no change)  42 lent") != std::string::npos);
}

SCENARIO("a named pass is dumped though it changes nothing") {
  Module module = read_valid(kText);
  PassContext context;
  PipelineOptions options;
  std::string dumps;
  options.print_after = {"do-nothing"};
  options.print = [&](std::string_view text) { dumps += text; };
  REQUIRE(run_pipeline(module, *parse_pipeline("rename-all,do-nothing", kPasses), options, context).ok());
  CHECK(dumps.find("// ---- after do-nothing") == 0);
}

SCENARIO("a dump that could not come is refused") {
  Module module = read_valid(kText);
  PassContext context;
  PipelineOptions options;
  options.print_after = {"do-nothin"};
  const auto reports = run_pipeline(module, *parse_pipeline("do-nothing", kPasses), options, context);
  REQUIRE(!reports.ok());
  CHECK(reports.diagnostic().code == Code::bad_pipeline);
  CHECK(reports.diagnostic().notes.at(0) == "did you mean `do-nothing`?");
}

SCENARIO("a user error ends the pipeline") {
  Module module = read_valid(kText);
  PassContext context;
  const auto reports = run_pipeline(module, *parse_pipeline("refuse,rename-all", kPasses), {}, context);
  REQUIRE(!reports.ok());
  CHECK(reports.diagnostic().code == Code::too_large);
  CHECK(print_module(module) == kText);
}

SCENARIO("each pass can be checked with the module from before it") {
  Module module = read_valid(kText);
  PassContext context;
  PipelineOptions options;
  int calls = 0;
  options.check_each = [&](const Module& before, const Module& after) {
    ++calls;
    CHECK(print_module(before) == kText);
    CHECK(print_module(after) != kText);
    return Status();
  };
  REQUIRE(run_pipeline(module, *parse_pipeline("rename-all,do-nothing", kPasses), options, context).ok());
  CHECK(calls == 1);
}

SCENARIO("a pass that changes the module and says that it does not is an internal error") {
  const bool verify_each = GENERATE(true, false), check_each = GENERATE(true, false);
  const auto death = psmc::test::death_of([&] {
    Module module = read_valid(kText);
    PassContext context;
    PipelineOptions options;
    options.verify_each = verify_each;
    if (check_each) options.check_each = [](const Module&, const Module&) { return Status(); };
    (void)run_pipeline(module, *parse_pipeline("change-in-secret", kPasses), options, context);
  });
  CHECK(death.status == (verify_each || check_each ? 70 : 0));
  CHECK((death.message.find("running the pass change-in-secret") != std::string::npos) == (verify_each || check_each));
}

SCENARIO("a reproducer holds the module before the pass and the command") {
  Module module = read_valid(kText);
  PassContext context;
  PipelineOptions options;
  options.reproducer = "/tmp/psmc_pass_test_" + std::to_string(::getpid()) + ".psm";
  REQUIRE(run_pipeline(module, *parse_pipeline("rename-all{number=1}", kPasses), options, context).ok());
  CHECK(*read_file(options.reproducer) == "// psmc opt --passes 'rename-all{number=1}' %s\n" + std::string(kText));
  std::remove(options.reproducer.c_str());
  options.reproducer = "/nowhere/r.psm";
  const auto reports = run_pipeline(module, *parse_pipeline("rename-all", kPasses), options, context);
  REQUIRE(!reports.ok());
  CHECK(reports.diagnostic().code == Code::cannot_write);
}

SCENARIO("orders of passes are checked") {
  constexpr PassOrder kOrders[] = {{"do-nothing", "rename-all", "names are read"}};
  CHECK(check_order(*parse_pipeline("do-nothing,rename-all", kPasses), kOrders).ok());
  const Status status = check_order(*parse_pipeline("rename-all,do-nothing", kPasses), kOrders);
  REQUIRE(!status.ok());
  CHECK(status.diagnostic().notes.at(0) == "because names are read");
}

SCENARIO("a misspelt pass or option comes with its fix") {
  const Diagnostic pass = parse_pipeline("do-nothing,rename-al{name=w}", kPasses).diagnostic();
  REQUIRE(pass.fixes.size() == 1);
  CHECK(pass.fixes[0].with == "rename-all");
  CHECK(pass.fixes[0].place.column == 12);
  CHECK(pass.fixes[0].place.length == 9);
  const Diagnostic option = parse_pipeline("rename-all{nmae=w}", kPasses).diagnostic();
  REQUIRE(option.fixes.size() == 1);
  CHECK(option.fixes[0].with == "name");
  CHECK(option.fixes[0].place.column == 12);
  CHECK(parse_pipeline("xyzzy", kPasses).diagnostic().fixes.empty());
}
