// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/contract.h"

#include "tests/sim/simulation.h"

namespace psmc::sim::test {

Law apart(std::string row, std::string what, uint64_t cycles, TrapKind early,
          std::function<std::string(uint64_t)> program) {
  return {
      .row = std::move(row), .what = std::move(what), .cycles = cycles, .early = early, .run = [program](uint64_t n) {
        return trap_of(program(n));
      }};
}

Law takes(std::string row, std::string what, uint64_t cycles, std::function<uint64_t()> measured) {
  return {.row = std::move(row), .what = std::move(what), .cycles = cycles, .measured = std::move(measured)};
}

Law stating(Law law, std::vector<uint64_t> numbers) {
  law.stated = std::move(numbers);
  return law;
}

std::optional<TrapKind> trap_of(const std::string& program, bool races) {
  Options options;
  options.races = races;
  Simulation s(program, options);
  if (s.chip->launch(0).ok()) return std::nullopt;
  return s.chip->trap()->kind;
}

uint64_t issue(const std::string& program, uint32_t pc, uint32_t tile) {
  std::optional<uint64_t> cycle;
  Options options;
  options.races = false;
  options.trace = [&](const TraceEvent& e) {
    if (!cycle && e.issued && e.pc == pc && e.tile == tile) cycle = e.cycle;
  };
  Simulation(program, options).run();
  REQUIRE(cycle.has_value());
  return *cycle;
}

std::string empty(uint64_t n) {
  std::string words;
  for (uint64_t i = 0; i < n; ++i) words += "nop\n";
  return words;
}

const arch::Machine& psm1() {
  static const arch::Machine machine = arch::preset("psm1").value();
  return machine;
}

void check(const std::vector<Law>& laws) {
  for (const Law& law : laws) {
    INFO(law.row << ": " << law.what << ", " << law.cycles << " cycles");
    if (law.measured) {
      CHECK(law.measured() == law.cycles);
      continue;
    }
    CHECK(law.run(law.cycles) == std::nullopt);
    if (law.early) CHECK(law.run(law.cycles - 1) == law.early);
  }
}

}  // namespace psmc::sim::test
