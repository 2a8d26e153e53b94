// SPDX-License-Identifier: Apache-2.0
// Programs of random words: whatever happens is a result or a trap, the same one each time, and the books balance.
#include "base/random.h"
#include "sim/chip.h"
#include "tests/sim/random_program.h"

#include <catch2/catch.hpp>

namespace psmc::sim {
namespace {

/// Timing only the run takes the same cycles or needs a number. What it does not look at: unwritten data, races.
void check_timing_only(const arch::Image& image, const Chip& with_numbers, uint32_t& same) {
  Options options;
  options.max_cycles = 20000;
  options.numbers = false;
  auto chip = Chip::open(image, options);
  REQUIRE(chip.ok());
  (void)(*chip)->launch(0);
  const std::optional<Trap>&expected = with_numbers.trap(), &trap = (*chip)->trap();
  const bool looked_at = !expected || (expected->kind != TrapKind::unwritten && expected->kind != TrapKind::race);
  if (!looked_at || (trap && trap->kind == TrapKind::number)) return;
  REQUIRE(trap.has_value() == expected.has_value());
  if (trap) REQUIRE(trap->diagnostic().render() == expected->diagnostic().render());
  REQUIRE((*chip)->stats() == with_numbers.stats());
  ++same;
}

SCENARIO("random programs end in a result or a trap, always the same") {
  std::array<uint32_t, 13> outcomes{};
  uint32_t same = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    Random random(seed);
    const arch::Image image = test::random_image(random);
    INFO("seed " << seed);
    std::string first;
    for (int round = 0; round < 2; ++round) {
      Options options;
      options.max_cycles = 20000;
      options.every_cycle = round == 1;  // jumping over idle cycles changes nothing
      auto chip = Chip::open(image, options);
      REQUIRE(chip.ok());
      const Result<RunStats> result = (*chip)->launch(0);
      const RunStats& stats = (*chip)->stats();
      for (const ClassCounts& tile : stats.tiles) {
        uint64_t sum = 0;
        for (const uint64_t c : tile) sum += c;
        REQUIRE(sum == stats.cycles);
      }
      const std::string text = std::to_string(stats.cycles) + " " + (result.ok() ? "" : result.diagnostic().render());
      if (round == 0) {
        first = text;
        ++outcomes[(*chip)->trap() ? static_cast<size_t>((*chip)->trap()->kind) : 12];
      } else {
        REQUIRE(text == first);
      }
      if (round == 0) check_timing_only(image, **chip, same);
      (void)(*chip)->launch(0);  // after a trap too
    }
  }
  std::string seen;
  for (size_t k = 0; k < 13; ++k)
    seen += (k < 12 ? std::string(trap_name(static_cast<TrapKind>(k))) : "result") + " " + std::to_string(outcomes[k]) +
            ", ";
  INFO(seen << "timing only as with numbers " << same);
  CHECK(same >= 100);
  CHECK(std::count_if(outcomes.begin(), outcomes.end(), [](uint32_t n) { return n > 0; }) >= 6);
}

}  // namespace
}  // namespace psmc::sim
