// SPDX-License-Identifier: Apache-2.0
#include "ir/pass.h"
#include "tests/base/death.h"
#include "tests/base/temporary_folder.h"
#include "tests/ir/sources.h"

#include "base/file.h"
#include "base/json.h"
#include "ir/clone.h"
#include "ir/constants.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>

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

/// Fails once all values have the name "bad7".
bool crash_on_bad(Module& module, PassContext&) {
  for (OpId op : ops_of(module, module.func(FuncId(0)).body))
    if (module.op(op).num_results > 0)
      PSMC_CHECK(module.text(module.value(module.result(op)).name) != "bad7", "a planted bug");
  return false;
}
/// Leaves an operand of another type.
bool break_types(Module& module, PassContext&) {
  const OpId op = module.block_data(module.func(FuncId(0)).body).first;
  module.set_value_type(module.result(op), module.type(tensor_type(DType::i32, {})));
  return true;
}

constexpr PassOption kOptions[] = {{"name", "default v"}, integer_option("number", "default 0", 0, 9)};
constexpr PassInfo kPasses[] = {
    {"rename-all", "gives all values one name", rename_all, kOptions},
    {"do-nothing", "does nothing", do_nothing},
    {"refuse", "fails", refuse},
    {"change-in-secret", "renames and says that it does nothing", change_in_secret},
    {"crash-on-bad", "has a bug", crash_on_bad},
    {"break-types", "leaves a module that is not valid", break_types},
    {"rename-needed", "renames, and is needed", rename_all, kOptions, true},
};
constexpr PassPreset kPresets[] = {{"nothing", "", "no pass"},
                                   {"twice", "rename-all{number=1},do-nothing", "two passes"},
                                   {"more", "twice,nothing,twice", "four passes"}};

constexpr const char* kText = "func @f(%x: tensor<f32>) -> tensor<f32> {\n  %y = neg %x\n  return %y\n}\n";

}  // namespace

SCENARIO("a pipeline reads and prints") {
  const auto pipeline = parse_pipeline(" rename-all{ name = w , number=3 },do-nothing,rename-all{}", kPasses);
  REQUIRE(pipeline.ok());
  CHECK(pipeline_text(*pipeline) == "rename-all{name=w,number=3},do-nothing,rename-all");
  CHECK(parse_pipeline("", kPasses)->empty());
}

SCENARIO("presets are pipelines within pipelines") {
  const auto text_of = [](std::string_view text) { return pipeline_text(*parse_pipeline(text, kPasses, kPresets)); };
  CHECK(text_of("nothing") == "");
  CHECK(text_of("twice") == "rename-all{number=1},do-nothing");
  CHECK(text_of("refuse, more ,refuse") ==
        "refuse,rename-all{number=1},do-nothing,rename-all{number=1},do-nothing,refuse");
  for (const char* wrong : {"twice{number=1}", "twic", "nothing,", "more do-nothing"}) {
    const auto pipeline = parse_pipeline(wrong, kPasses, kPresets);
    REQUIRE(!pipeline.ok());
    CHECK(pipeline.diagnostic().code == Code::bad_pipeline);
  }
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
  options.dumps.after_all = true;
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
  CHECK(stats_text(*reports) == "     count  counter\n         1  rename-all: renamed\n        42  do-nothing: lent\n");
}

SCENARIO("a named pass is dumped though it changes nothing") {
  Module module = read_valid(kText);
  PassContext context;
  PipelineOptions options;
  std::string dumps;
  options.dumps.after = {"do-nothing"};
  options.print = [&](std::string_view text) { dumps += text; };
  REQUIRE(run_pipeline(module, *parse_pipeline("rename-all,do-nothing", kPasses), options, context).ok());
  CHECK(dumps.find("// ---- after do-nothing") == 0);
}

SCENARIO("a dump that could not come is refused") {
  Module module = read_valid(kText);
  PassContext context;
  PipelineOptions options;
  options.dumps.after = {"do-nothin"};
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
  options.check_each = [&](const Module& before, const Module& after, const PassRerun& rerun) {
    ++calls;
    CHECK(print_module(before) == kText);
    CHECK(print_module(after) != kText);
    Module again = read_valid(kText);
    CHECK(rerun(again));
    CHECK(print_module(again) == print_module(after));
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
    if (check_each) options.check_each = [](const Module&, const Module&, const PassRerun&) { return Status(); };
    (void)run_pipeline(module, *parse_pipeline("change-in-secret", kPasses), options, context);
  });
  CHECK(death.status == (check_each ? 70 : 0));
  CHECK((death.message.find("running the pass change-in-secret") != std::string::npos) == check_each);
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

SCENARIO("a failed check writes a reproducer, and the printed command runs into it again") {
  const auto [pipeline, wrong] =
      GENERATE(std::pair("rename-all{name=bad,number=7},crash-on-bad", "a planted bug"),
               std::pair("rename-all{name=bad,number=7},break-types", "leaves a module that is not valid"),
               std::pair("rename-all{name=bad,number=7},change-in-secret{}", "says that it does not"));
  const bool check_each = std::string(pipeline).find("secret") != std::string::npos;
  const auto run = [&](const std::string& text, const std::string& passes) {
    return psmc::test::death_of([&] {
      Module module = read_valid(text);
      PassContext context;
      PipelineOptions options;
      if (check_each) options.check_each = [](const Module&, const Module&, const PassRerun&) { return Status(); };
      options.input = [text]() -> Result<Module> { return read_valid(text); };
      (void)run_pipeline(module, *parse_pipeline(passes, kPasses), options, context);
    });
  };
  const auto death = run(kText, pipeline);
  CHECK(death.status == 70);
  CHECK(death.message.find(wrong) != std::string::npos);
  const size_t at = death.message.find("replay it with: psmc opt ") + 25;
  REQUIRE(at > 25);
  const std::string command = death.message.substr(at), file = command.substr(0, command.find(' '));
  const std::string passes = command.substr(command.find('\'') + 1, command.rfind('\'') - command.find('\'') - 1);
  CHECK(command.ends_with(check_each ? "' --verify-each --check-each\n" : "' --verify-each\n"));
  CHECK(read_file(file)->find("  %bad7 = neg %x\n") != std::string::npos);
  const auto again = run(*read_file(file), passes);
  CHECK(again.status == 70);
  CHECK(again.message.find(wrong) != std::string::npos);
  std::filesystem::remove_all(std::filesystem::path(file).parent_path());
}

SCENARIO("where no reproducer can be made the message says so") {
  const bool has_input = GENERATE(false, true);
  const auto death = psmc::test::death_of([&] {
    Module module = read_valid(kText);
    PassContext context;
    PipelineOptions options;
    if (has_input) options.input = []() -> Result<Module> { return error(Code::cannot_read, "it is gone"); };
    (void)run_pipeline(module, *parse_pipeline("break-types", kPasses), options, context);
  });
  const char* expected = has_input ? "no reproducer could be written: it is gone" : "run again with --reproducer=FILE";
  CHECK(death.message.find(expected) != std::string::npos);
}

SCENARIO("the bisect limit leaves passes out that are not needed, by their place in the pipeline") {
  const uint64_t limit = GENERATE(0, 1, 2, 5);
  Module module = read_valid(kText);
  PassContext context;
  PipelineOptions options;
  std::string said;
  options.print = [&](std::string_view text) { said += text; };
  options.bisect_limit = limit;
  const auto reports =
      run_pipeline(module, *parse_pipeline("rename-all{name=a},rename-all{name=b},rename-needed{name=c}", kPasses),
                   options, context);
  REQUIRE(reports.ok());
  const char* first[] = {"leaving out", "running"};
  CHECK(said == std::string("bisect: ") + first[limit >= 1] + " pass (1) rename-all\nbisect: " + first[limit >= 2] +
                    " pass (2) rename-all\nbisect: running pass (3) rename-needed" +
                    (limit < 3 ? ", which is needed\n" : "\n"));
  CHECK(reports->size() == std::min<uint64_t>(limit, 2) + 1);
  CHECK(reports->back().number == 3);
}

SCENARIO("what a pass changes is shown as a diff, and nothing where nothing changes") {
  Module module = read_valid(kText);
  PassContext context;
  PipelineOptions options;
  options.dumps.changes = true;
  options.dumps.before = {"do-nothing"};
  std::string dumps;
  options.print = [&](std::string_view text) { dumps += text; };
  REQUIRE(run_pipeline(module, *parse_pipeline("rename-all,do-nothing", kPasses), options, context).ok());
  const std::string now = "func @f(%x: tensor<f32>) -> tensor<f32> {\n  %v0 = neg %x\n  return %v0\n}\n";
  CHECK(dumps ==
        "--- before rename-all\n+++ after rename-all\n@@ -1,4 +1,4 @@\n func @f(%x: tensor<f32>) -> tensor<f32> {\n"
        "-  %y = neg %x\n-  return %y\n+  %v0 = neg %x\n+  return %v0\n }\n// ---- before do-nothing\n" +
            now);
}

SCENARIO("a folder gets a file before the first pass and after each that changes something") {
  const psmc::test::TemporaryFolder folder;
  Module module = read_valid(kText);
  PassContext context;
  PipelineOptions options;
  options.dumps.folder = folder.path() + "/new/dumps";
  REQUIRE(run_pipeline(module, *parse_pipeline("do-nothing,rename-all{name=w}", kPasses), options, context).ok());
  CHECK(folder.count() == 2);
  CHECK(*read_file(options.dumps.folder + "/000-input.psm") ==
        "// the module before the first pass\n" + std::string(kText));
  CHECK(read_file(options.dumps.folder + "/002-rename-all.psm")->starts_with("// after rename-all{name=w}\n"));
  std::vector<Diagnostic> errors;
  CHECK(print_module(*load_module(options.dumps.folder + "/002-rename-all.psm", errors)) == print_module(module));
  options.dumps.folder = "/dev/null/x";
  const auto reports = run_pipeline(module, {}, options, context);
  REQUIRE(!reports.ok());
  CHECK(reports.diagnostic().code == Code::cannot_write);
}

SCENARIO("counters are summed by pass, and given run by run as JSON") {
  Module module = read_valid(kText);
  PassContext context;
  const auto reports = run_pipeline(module, *parse_pipeline("rename-all,do-nothing,rename-all", kPasses), {}, context);
  REQUIRE(reports.ok());
  CHECK(stats_text(*reports) == "     count  counter\n         2  rename-all: renamed\n         0  do-nothing: lent\n");
  const auto document = json::parse("stats.json", stats_json(*reports));
  REQUIRE(document.ok());
  const json::Value& runs = *document->root.find("runs");
  REQUIRE(runs.items.size() == 3);
  CHECK(runs.items[2].find("number")->integer == 3);
  CHECK(runs.items[1].find("changed")->boolean == false);
  CHECK(document->root.find("totals")->find("rename-all")->find("renamed")->integer == 2);
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
