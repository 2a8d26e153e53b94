// SPDX-License-Identifier: Apache-2.0
// A run that goes on from a checkpoint ends as the run that wrote it: same state to the last bit, same counters, same
// trap. Damaged checkpoints are errors, or runs that end.
#include <filesystem>

#include "base/file.h"
#include "tests/sim/checkpoints.h"
#include "tests/sim/random_program.h"
#include "tests/sim/simulation.h"

namespace psmc::sim {
namespace {

const std::string kRoot = PSMC_SOURCE_DIR;

std::span<const std::byte> view(const std::string& bytes) { return std::as_bytes(std::span(bytes)); }

std::vector<Options> modes() {
  std::vector<Options> modes(4);
  modes[1].races = false;
  modes[2].numbers = false;
  modes[3].every_cycle = true;
  for (Options& o : modes) o.max_cycles = 20000;
  return modes;
}

std::unique_ptr<Chip> opened(const arch::Image& image, const Options& options) {
  Result<std::unique_ptr<Chip>> chip = Chip::open(image, options);
  REQUIRE(chip.ok());
  return std::move(chip).value();
}

std::string end_of(Chip& chip) {
  chip.run_until(kNever);
  const Result<RunStats> result = chip.result();
  return result.ok() ? "" : result.diagnostic().render();
}

/// Checkpoints of the second launch at `count` cycles that the first one had, each gone on with; returns how many the
/// second one reached.
uint32_t check_resume(const arch::Image& image, const Options& options, size_t count, Random& random) {
  const std::unique_ptr<Chip> chip = opened(image, options);
  (void)chip->launch(0);
  std::vector<Cycle> cycles;
  while (cycles.size() < count) cycles.push_back(random.below(chip->stats().cycles));
  std::sort(cycles.begin(), cycles.end());
  REQUIRE(chip->begin(0).ok());
  std::vector<std::string> checkpoints;
  for (const Cycle cycle : cycles)
    if (chip->run_until(cycle)) checkpoints.push_back(chip->checkpoint());
  if (checkpoints.empty()) return 0;
  const std::string end = end_of(*chip), state = chip->checkpoint();
  for (size_t i = 0; i < checkpoints.size(); ++i) {
    const std::string& checkpoint = checkpoints[i];
    Result<std::unique_ptr<Chip>> resumed = Chip::resume(image, options, "test.psmk", view(checkpoint));
    if (!resumed.ok()) FAIL(resumed.diagnostic().render());
    REQUIRE((*resumed)->checkpoint() == checkpoint);
    for (size_t k = i + 1; k < cycles.size(); ++k) (*resumed)->run_until(cycles[k]);  // as the other chip did
    REQUIRE(end_of(**resumed) == end);
    REQUIRE((*resumed)->stats() == chip->stats());
    REQUIRE((*resumed)->checkpoint() == state);
  }
  return static_cast<uint32_t>(checkpoints.size());
}

arch::Image program(const std::string& name) {
  const std::string path = kRoot + "/tests/sim/programs/" + name;
  return arch::assemble(name, read_file(path).value()).value();
}

SCENARIO("programs go on from a checkpoint as if nothing had happened") {
  Random random(1);
  uint32_t reached = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kRoot + "/tests/sim/programs")) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    const arch::Image image = program(name);
    for (const Options& options : modes()) reached += check_resume(image, options, 6, random);
  }
  CHECK(reached > 200);
}

SCENARIO("random programs go on from a checkpoint as if nothing had happened") {
  uint32_t reached = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    const arch::Image image = test::random_image(random);
    INFO("seed " << seed);
    reached += check_resume(image, modes()[seed % 4], 3, random);
  }
  INFO(reached << " checkpoints");
  CHECK(reached >= 100);
}

SCENARIO("a checkpoint written while jumping is gone on with tick by tick") {
  const arch::Image image = program("read_stream.psma");
  const std::unique_ptr<Chip> chip = opened(image, {});
  REQUIRE(chip->begin(0).ok());
  REQUIRE(chip->run_until(60));
  const std::string checkpoint = chip->checkpoint();
  REQUIRE(end_of(*chip).empty());
  Options slow;
  slow.every_cycle = true;
  auto resumed = Chip::resume(image, slow, "test.psmk", view(checkpoint));
  REQUIRE(resumed.ok());
  CHECK(end_of(**resumed).empty());
  CHECK((*resumed)->stats() == chip->stats());
}

/// What a checkpoint gives: the code of its error, or 0 if it is accepted and its run ends.
int outcome(const arch::Image& image, const Options& options, const std::string& checkpoint) {
  Result<std::unique_ptr<Chip>> chip = Chip::resume(image, options, "test.psmk", view(checkpoint));
  if (!chip.ok()) return static_cast<int>(chip.diagnostic().code);
  (*chip)->run_until(kNever);
  const Result<RunStats> result = (*chip)->result();
  if (!result.ok() && !sim::is_trap(result.diagnostic().code)) return static_cast<int>(result.diagnostic().code);
  return 0;
}

SCENARIO("checkpoints of other images, options and versions are refused") {
  const arch::Image image = program("push.psma"), other = program("ping_pong.psma");
  const std::unique_ptr<Chip> chip = opened(image, {});
  REQUIRE(chip->begin(0).ok());
  REQUIRE(chip->run_until(20));
  const std::string good = chip->checkpoint();
  CHECK(outcome(image, {}, good) == 0);
  CHECK(outcome(other, {}, good) == static_cast<int>(Code::checkpoint_differs));
  Options options;
  options.races = false;
  CHECK(outcome(image, options, good) == static_cast<int>(Code::checkpoint_differs));
  options = {};
  options.max_cycles = 20;
  CHECK(outcome(image, options, good) == static_cast<int>(Code::checkpoint_differs));
  CHECK(outcome(image, {}, "") == static_cast<int>(Code::bad_checkpoint));
  CHECK(outcome(image, {}, good.substr(0, good.size() - 1)) == static_cast<int>(Code::bad_checkpoint));
  for (const size_t at : {0, 4, 8, 16, 32, 40, 48, 56, 64}) {  // each field of header and first row
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    INFO("byte " << at);
    CHECK(outcome(image, {}, bad) == static_cast<int>(Code::bad_checkpoint));
  }
}

/// Some bytes changed by one bit or to what may have a meaning; at times cut off.
std::string damaged(std::string bytes, Random& random) {
  for (uint64_t n = 1 + random.below(4); n > 0; --n) {
    const size_t at = 40 + random.below(bytes.size() - 48);
    if (random.below(2) == 0) {
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << random.below(8));
      continue;
    }
    const uint64_t values[] = {0, 1, ~uint64_t{0}, 31, 0x7fffffff, uint64_t{1} << 63, random.below(256)};
    const uint64_t value = values[random.below(7)];
    std::memcpy(bytes.data() + at, &value, size_t{1} << random.below(4));
  }
  if (random.below(10) == 0) bytes.resize(random.below(bytes.size()));
  return bytes;
}

SCENARIO("damaged checkpoints are errors or runs that end") {
  const bool slow = std::getenv("SLOW") != nullptr;
  std::array<uint32_t, 2> outcomes{};  // accepted, bad
  for (uint64_t seed = 1; seed <= (slow ? 1000 : 100); ++seed) {
    Random random(seed);
    Random program_random(1 + seed % 10);
    const arch::Image image = test::random_image(program_random);
    Options options = modes()[seed % 3];
    const std::unique_ptr<Chip> chip = opened(image, options);
    (void)chip->launch(0);
    const std::unique_ptr<Chip> again = opened(image, options);
    REQUIRE(again->begin(0).ok());
    REQUIRE(again->run_until(random.below(chip->stats().cycles)));
    const std::string good = again->checkpoint();
    std::string bytes = damaged(good, random);
    INFO("seed " << seed);
    if (bytes != good) CHECK(outcome(image, options, bytes) == static_cast<int>(Code::bad_checkpoint));
    test::reseal_checkpoint(bytes);
    const int code = outcome(image, options, bytes);
    if (code != static_cast<int>(Code::checkpoint_differs)) ++outcomes[code == 0 ? 0 : 1];
    CHECK((code == 0 || code == static_cast<int>(Code::bad_checkpoint) ||
           code == static_cast<int>(Code::checkpoint_differs)));
  }
  INFO("accepted " << outcomes[0] << ", errors " << outcomes[1]);
  CHECK(outcomes[0] > 10);
  CHECK(outcomes[1] > 10);
}

}  // namespace
}  // namespace psmc::sim
