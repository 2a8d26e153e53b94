// SPDX-License-Identifier: Apache-2.0
// Damaged machine files: an error with a code, or a description that is used to the end; never a crash, a hang or a
// huge allocation (each try is a process of its own with limits).
#include "tests/arch/machine_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "arch/summary.h"
#include "tests/base/temporary_folder.h"
#include "tests/property/corruption.h"

using namespace psmc;
using namespace psmc::arch;

namespace {

/// Bytes of one member moved or repeated elsewhere: a text that is JSON more often than one of other bytes.
std::string other_structure(std::string text, Random& random) {
  const auto line = [&] {
    const size_t begin = text.find('\n', random.below(text.size()));
    if (begin == std::string::npos) return std::pair<size_t, size_t>(0, 0);
    const size_t end = text.find('\n', begin + 1);
    return std::pair(begin, (end == std::string::npos ? text.size() : end) - begin);
  };
  const auto from = line(), to = line();
  const std::string moved = text.substr(from.first, from.second);
  if (random.chance(0.5)) return text.insert(to.first, moved);
  return text.replace(to.first, to.second, moved);
}

/// What psmc does with a machine file, short of compiling for it.
Status use(const std::string& text) {
  PSMC_ASSIGN(const MachineFile file, read_machine_file("m.json", text));
  const Description& d = file.description;
  (void)summarize(d);
  (void)numbers_of(d);
  (void)draw_grid(d);
  PSMC_ASSIGN(const MachineFile again, read_machine_file("again.json", d.json()));
  if (again.description != d) return error(Code::machine_shape, "the canonical form is another machine");
  if (!file.unusable.empty()) return {};
  PSMC_ASSIGN(const Machine machine, read_machine("machine.json", machine_of(d).json()));
  return machine == machine_of(d) ? Status{} : error(Code::machine_shape, "the machine is another one");
}

void corrupt(uint64_t count) {
  const psmc::test::TemporaryFolder folder;
  const std::string log = folder.file("log");
  std::vector<std::string> good;
  for (const std::string_view name : preset_names()) good.emplace_back(preset_json(name));
  good.push_back(arch::test::with_memory_tiles());
  for (const std::string& text : good) REQUIRE(use(text).ok());
  uint64_t fates[3] = {};
  for (uint64_t seed = 0; seed < count; ++seed) {
    Random random(seed);
    std::string text = good[seed % good.size()];
    text = random.chance(0.5) ? other_structure(std::move(text), random) : psmc::test::damaged(std::move(text), random);
    const psmc::test::Fate fate = psmc::test::fate_of(
        [&]() -> Status {
          if (read_machine_file("m.json", text).ok()) PSMC_CHECK(use(text).ok(), "accepted, but not the same again");
          return use(text);
        },
        log);
    ++fates[static_cast<size_t>(fate)];
    INFO("seed " << seed << ":\n" << text);
    CHECK(fate != psmc::test::Fate::failed);
  }
  CHECK(fates[1] > count / 4);
  fmt::print("machine files: {} refused with a code, {} used to the end\n", fates[1], fates[0]);
}

}  // namespace

SCENARIO("100 damaged machine files") { corrupt(100); }
SCENARIO("1000 damaged machine files", "[.slow]") { corrupt(1000); }
