// SPDX-License-Identifier: Apache-2.0
// Illegal changes of compiled images are noticed: by a trap of the simulator or by a wrong output (docs/trust.md).
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cstdlib>

#include "arch/asm.h"
#include "arch/check.h"
#include "tests/property/mutation_run.h"

using namespace psmc;

namespace {

struct Tally {
  uint64_t drawn = 0, caught = 0, wrong = 0, refused = 0;
};

/// What runs, and the outcome.
struct Executed {
  std::set<uint32_t> words;
  test::Flow::Jumps jumps;
  test::Outcome outcome;
  test::Slice slice;
};

Executed execute(const test::SmallProgram& program) {
  Executed executed{{}, {}, {}, test::Slice(program.image)};
  std::map<uint32_t, uint32_t> before;  // by tile
  sim::Options options;
  options.trace = [&](const sim::TraceEvent& event) {
    executed.slice.note(event);
    executed.words.insert(event.pc);
    const auto last = before.find(event.tile);
    if (event.issued && last != before.end() && event.pc != last->second + 1)
      executed.jumps.insert({last->second, event.pc});
    if (event.issued) before[event.tile] = event.pc;
  };
  executed.outcome = test::ProgramRun(program, options, &executed.slice).run();
  return executed;
}

/// Draws and runs one mutation a seed.
void mutate(const std::string& name, test::SmallProgram& program, uint64_t first, uint64_t last, Tally& tally) {
  const Executed executed = execute(program);
  const test::Outcome& good = executed.outcome;
  test::Mutations mutations(program.image, executed.words, executed.jumps, executed.slice);
  REQUIRE(good.trap == "");
  REQUIRE(good.left_semaphores == 0);
  REQUIRE(mutations.report() == "");
  REQUIRE(arch::check_image(program.image).ok());
  sim::Options options;
  options.max_cycles = 20 * good.cycles;
  for (uint64_t seed = first; seed < last; ++seed) {
    Random random(seed);
    const test::Mutation m = mutations.draw(random);
    const test::Mutated mutated(program.image, m);
    const test::Outcome outcome = test::ProgramRun(program, options).run();
    const bool wrong = outcome.trap.empty() && outcome.values != good.values;
    ++tally.drawn;
    tally.refused += !arch::check_image(program.image).ok();
    tally.wrong += wrong;
    tally.caught += wrong || !outcome.trap.empty();
    if (!wrong && outcome.trap.empty())
      fmt::print("survivor: {} seed {}, {}: {}; {}\n", name, seed, m.kind, m.text,
                 outcome.left_semaphores > 0 ? "a semaphore is not zero at the end, all outputs are the same"
                                             : "another source with the same value, or a value that no output needs");
  }
  for (const auto& [reason, n] : mutations.excluded) fmt::print("{}: not drawn {} times, since {}\n", name, n, reason);
}

/// Changes of the image that the demo runs on psm1, in the middle of a text.
void embedded_model(uint64_t count) {
  const char* only = std::getenv("PSMC_SEED");
  const uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 0;
  Tally tally;
  Result<test::SmallProgram> model = test::embedded_model(*arch::preset("psm1"));
  if (!model.ok()) FAIL(model.diagnostic().render());
  mutate("embedded model", *model, first, only != nullptr ? first + 1 : count, tally);
  fmt::print("RESULT mutations.embedded_model.caught {} of_{}\n", tally.caught, tally.drawn);
  if (only == nullptr) CHECK(tally.caught * 100 >= tally.drawn * 95);
}

}  // namespace

SCENARIO("the checker of schedules sees who made a value and whether it is ready") {
  const arch::Machine machine = *arch::preset("psm1");  // a multiply takes 3 cycles
  const auto flow = [&](const std::string& between) {
    const test::Code code = test::Code::of(
        *arch::assemble_words("li s7,8\nmul s8,s7,s7\n" + between + "add s9,s8,s0\nst.s.i64 [s1],s9\nhalt\n"));
    const test::Flow f(machine, code);
    return f.insts().at(static_cast<uint32_t>(code.words.size() - 3) * arch::kSlots).reads[0];
  };
  CHECK(flow("nop\nnop\n") == test::Seen{{arch::kSlots}, false});
  CHECK(flow("nop\n") == test::Seen{{arch::kSlots}, true});
  CHECK(flow("nop\nnop\nli s8,1\n") == test::Seen{{4 * arch::kSlots}, false});
  CHECK(flow("nop\nnop\nloop s7,.+2\nli s8,1\n") == test::Seen{{arch::kSlots, 5 * arch::kSlots}, false});
}

SCENARIO("illegal changes of the embedded model's image are caught by a trap or a wrong output") { embedded_model(25); }

SCENARIO("400 illegal changes of the embedded model's image are caught", "[.slow]") { embedded_model(400); }

SCENARIO("illegal changes of compiled programs are caught by a trap or a wrong output") {
  constexpr uint64_t kEach = 300;
  const char* only = std::getenv("PSMC_SEED");
  const uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 0;
  const uint64_t last = only != nullptr ? first + 1 : kEach;
  const arch::Machine machine = *arch::preset("lab4");
  Tally tally;
  Result<test::SmallProgram> llama = test::small_llama(machine);
  REQUIRE(llama.ok());
  mutate("language model", *llama, first, last, tally);
  Result<test::SmallProgram> matrices = test::small_matrices(machine);
  if (!matrices.ok()) FAIL(matrices.diagnostic().render());
  mutate("matrix products", *matrices, first, last, tally);
  fmt::print("RESULT mutations.caught {} of_{}\n", tally.caught, tally.drawn);
  fmt::print("RESULT mutations.wrong_output {} of_{}\nRESULT mutations.refused_by_checker {} of_{}\n", tally.wrong,
             tally.drawn, tally.refused, tally.drawn);
  if (only == nullptr) CHECK(tally.caught * 100 >= tally.drawn * 95);
}
