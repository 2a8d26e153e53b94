// SPDX-License-Identifier: Apache-2.0
// The search of `psmc reduce`, on random modules with planted conditions instead of a command.
#include "tools/reduce/reduce.h"

#include <catch2/catch.hpp>

#include <set>

#include "ir/random/random_module.h"
#include "ir/text/parser.h"
#include "ir/text/printer.h"
#include "ir/verify.h"
#include "tools/reduce/edit.h"
#include "tools/reduce/moves.h"
#include "tools/reduce/shell.h"

using namespace psmc;
using namespace psmc::tools;

namespace {

ir::Module random_module(uint64_t seed, int ops) {
  ir::RandomOptions options;
  options.ops = ops;
  options.functions = true;
  return ir::random_module(seed, options);
}

/// Whether some op of kind `user` reads a value that an op of kind `def` made.
bool has_pair(const ir::Module& module, ir::OpKind user, ir::OpKind def) {
  bool found = false;
  each_op(module, [&](ir::FuncId, ir::OpId op) {
    if (module.kind(op) != user) return;
    for (const ir::ValueId operand : module.operands(op)) {
      const ir::OpId made_by = module.def(operand);
      found |= made_by.valid() && module.kind(made_by) == def;
    }
  });
  return found;
}

/// The first pair of ops, no calls, no groups, behind the first third of the module.
std::pair<ir::OpKind, ir::OpKind> some_pair(const ir::Module& module) {
  std::pair<ir::OpKind, ir::OpKind> pair{};
  bool found = false;
  each_op(module, [&](ir::FuncId, ir::OpId op) {
    if (found || op.index < module.num_ops() / 3 || module.op(op).num_results != 1) return;
    for (const ir::ValueId operand : module.operands(op)) {
      const ir::OpId made_by = module.def(operand);
      if (!made_by.valid() || module.kind(made_by) == ir::OpKind::constant || module.op(made_by).num_blocks > 0)
        continue;
      if (module.kind(op) == ir::OpKind::call || module.kind(made_by) == ir::OpKind::call) continue;
      if (module.op(op).num_blocks > 0 || module.block_data(module.op(op).parent).parent_op.valid()) continue;
      pair = {module.kind(op), module.kind(made_by)};
      found = true;
    }
  });
  REQUIRE(found);
  return pair;
}

}  // namespace

SCENARIO("A planted pair of ops is all that is left of a thousand", "[tools]") {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const ir::Module module = random_module(seed, 1000);
    const auto [user, def] = some_pair(module);
    const auto keeps = [user = user, def = def](ir::Module& candidate) -> Result<bool> {
      CHECK(ir::verify_status(candidate).ok());
      return has_pair(candidate, user, def);
    };
    const Result<Reduced> reduced = reduce(module, keeps);
    REQUIRE(reduced.ok());
    INFO("seed " << seed << ": " << reduced->before.ops << " ops -> " << reduced->after.ops << " in " << reduced->tests
                 << " tests:\n"
                 << ir::print_module(reduced->module));
    CHECK(reduced->before.ops > 800);
    CHECK(reduced->is_smallest);
    CHECK(has_pair(reduced->module, user, def));
    CHECK(reduced->after.ops == 3);  // the two and a return
    CHECK(reduced->tests < 200);
    const Result<Reduced> again = reduce(module, keeps);
    CHECK(ir::print_module(again->module) == ir::print_module(reduced->module));
    CHECK(again->tests == reduced->tests);
  }
}

SCENARIO("What is asked about is valid, smaller than before, and never the same twice", "[tools]") {
  const ir::Module module = random_module(7, 60);
  ModuleSize size = size_of(module);
  std::set<std::string> seen;
  uint64_t answers = 0;
  const auto ask = [&](ir::Module& candidate) -> Result<bool> {
    CHECK(ir::verify_status(candidate).ok());
    CHECK(size_of(candidate) < size);
    CHECK(seen.insert(ir::print_module(candidate)).second);
    if (++answers % 3 != 0) return false;
    size = size_of(candidate);
    return true;
  };
  const Result<Reduced> reduced = reduce(module, ask);
  REQUIRE(reduced.ok());
  CHECK(size_of(reduced->module) == size);
  CHECK(reduced->after == size);
}

SCENARIO("A search ends at its limits and at an error of a test", "[tools]") {
  const ir::Module module = random_module(3, 100);
  const auto never = [](ir::Module&) -> Result<bool> { return false; };
  const Result<Reduced> limited = reduce(module, never, {.max_tests = 5});
  CHECK(limited->tests == 5);
  CHECK(!limited->is_smallest);
  CHECK(ir::print_module(limited->module) == ir::print_module(module));
  CHECK(reduce(module, never, {.stop = [] { return true; }})->tests == 0);
  CHECK(reduce(module, never)->is_smallest);
  const auto broken = [](ir::Module&) -> Result<bool> { return error(Code::cannot_read, "no"); };
  CHECK(!reduce(module, broken).ok());
}

SCENARIO("Moves at any sites of any module make modules that can be printed, and the valid ones read", "[tools]") {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const ir::Module module = random_module(seed, 25);
    for (const Move& move : all_moves()) {
      const size_t sites = move.count(module);
      size_t valid = 0;
      for (size_t chunk = std::max<size_t>(sites, 1); chunk > 0; chunk /= 2) {
        for (size_t at = 0; at < sites; at += chunk) {
          const ir::Module candidate = move.apply(module, {at, at + chunk});
          const std::string text = ir::print_module(candidate);
          if (!ir::verify_status(candidate).ok()) continue;
          ++valid;
          INFO(move.name << ", seed " << seed << "\n" << text);
          const Result<ir::Module> again = ir::parse_text("candidate", text);
          REQUIRE(again.ok());
          CHECK(ir::print_module(*again) == text);
        }
      }
      if (move.name == "drop-dead-ops" || move.name == "make-arguments" || move.name == "drop-places")
        CHECK((valid > 0 || sites == 0));
    }
  }
}

SCENARIO("A command is run by the shell, and ended with all that it started", "[tools]") {
  const Result<ShellRun> run = run_shell("echo out; echo err >&2; exit 7", 600);
  REQUIRE(run.ok());
  CHECK(run->status == 7);
  CHECK(run->output == "out\nerr\n");
  CHECK(!run->timed_out);
  CHECK(run_shell("kill -9 $$", 600)->status == 128 + 9);
  CHECK(run_shell("cat", 600)->output.empty());
  CHECK(run_shell("sleep 100000 & sleep 100000", 0.05)->timed_out);
  CHECK(shell_word("a/b-1.psm") == "a/b-1.psm");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(run_shell("printf %s " + shell_word("a b'$HOME"), 600)->output == "a b'$HOME");
}
