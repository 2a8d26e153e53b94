// SPDX-License-Identifier: Apache-2.0
// The programs of tests/sim/programs take the cycles that docs/sim-timing.md states, class by class, and every program
// is in the document.
#include <filesystem>
#include <map>
#include <sstream>

#include "base/file.h"
#include "tests/sim/simulation.h"

namespace psmc::sim {
namespace {

const std::string kRoot = PSMC_SOURCE_DIR;

struct Documented {
  uint64_t cycles = 0;
  uint32_t tile = 0;
  std::array<uint64_t, 8> classes{};  ///< all but finished
};

/// Rows `| name.psma | cycles | tile | eight classes |` of the document.
std::map<std::string, Documented> documented() {
  std::map<std::string, Documented> rows;
  std::istringstream text(read_file(kRoot + "/docs/sim-timing.md").value());
  std::string line;
  while (std::getline(text, line)) {
    if (line.rfind("| `", 0) != 0 || line.find(".psma`") == std::string::npos) continue;
    const size_t end = line.find('`', 3);
    Documented d;
    std::string rest = line.substr(end + 1);
    std::replace(rest.begin(), rest.end(), '|', ' ');
    std::istringstream numbers(rest);
    numbers >> d.cycles >> d.tile;
    for (uint64_t& c : d.classes) numbers >> c;
    REQUIRE(!numbers.fail());
    rows[line.substr(3, end - 3)] = d;
  }
  return rows;
}

SCENARIO("documented programs take their documented cycles") {
  const std::map<std::string, Documented> rows = documented();
  size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kRoot + "/tests/sim/programs")) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    const auto row = rows.find(name);
    const RunStats stats = test::Simulation(read_file(entry.path().string()).value()).run();
    const uint32_t tile = row != rows.end() ? row->second.tile : 0;
    Options slow;
    slow.every_cycle = true;
    const RunStats ticked = test::Simulation(read_file(entry.path().string()).value(), slow).run();
    CHECK(ticked.cycles == stats.cycles);
    CHECK(ticked.tiles == stats.tiles);
    CHECK(ticked.ops == stats.ops);
    Options timing_only;
    timing_only.numbers = false;
    CHECK(test::Simulation(read_file(entry.path().string()).value(), timing_only).run() == stats);
    std::string actual = "| `" + name + "` | " + std::to_string(stats.cycles) + " | " + std::to_string(tile) + " |";
    for (size_t c = 0; c < 8; ++c) actual += " " + std::to_string(stats.tiles[tile][c]) + " |";
    INFO(actual);
    CHECK(row != rows.end());
    if (row == rows.end()) continue;
    ++found;
    CHECK(stats.cycles == row->second.cycles);
    uint64_t sum = 0;
    for (size_t c = 0; c < 8; ++c) {
      CHECK(stats.tiles[tile][c] == row->second.classes[c]);
      sum += stats.tiles[tile][c];
    }
    CHECK(sum + stats.tiles[tile][8] == stats.cycles);
  }
  CHECK(found == rows.size());
  CHECK(found >= 10);
}

}  // namespace
}  // namespace psmc::sim
