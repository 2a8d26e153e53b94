// SPDX-License-Identifier: Apache-2.0
// The timing contract, unit by unit, and the page that states it.
#include "tests/sim/contract.h"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <sstream>

#include "base/file.h"

namespace psmc::sim {
namespace {

using test::Law;

SCENARIO("instructions: latency, occupancy, write ports, operands") { test::check(test::instruction_laws()); }
SCENARIO("the core: ports, stalls, branches, loops") { test::check(test::core_laws()); }
SCENARIO("the DMA unit: start, requests, packets, commits") { test::check(test::dma_laws()); }
SCENARIO("semaphores: posts, waits, counts") { test::check(test::semaphore_laws()); }
SCENARIO("the network: links, routers, credits") { test::check(test::network_laws()); }
SCENARIO("a memory channel: latencies, distances, order, refresh, requests") { test::check(test::memory_laws()); }

/// Rows of the tables of a unit's section: the first cell, and the whole row.
std::map<std::string, std::string> rows_of(const std::string& section) {
  std::istringstream page(read_file(std::string(PSMC_SOURCE_DIR) + "/docs/sim-timing.md").value());
  std::map<std::string, std::string> rows;
  std::string line, before;
  bool inside = false;
  for (; std::getline(page, line); before = line) {
    if (line.starts_with("## ")) inside = line.starts_with("## " + section);
    if (!inside || !line.starts_with("| ")) continue;
    if (!before.starts_with("|")) continue;  // the head of a table
    const auto [row, is_new] = rows.emplace(line.substr(2, line.find(" |", 2) - 2), line);
    INFO(line);
    CHECK(is_new);
  }
  return rows;
}

std::set<uint64_t> numbers_in(const std::string& text) {
  std::set<uint64_t> numbers;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    if (end > i) numbers.insert(std::stoull(text.substr(i, end - i)));
    i = end + 1;
  }
  return numbers;
}

SCENARIO("each row of the page has a law, each law a row that states its numbers") {
  std::vector<Law> core = test::core_laws();
  for (Law& law : test::instruction_laws()) core.push_back(std::move(law));
  const std::pair<const char*, std::vector<Law>> units[] = {{"Core", core},
                                                            {"DMA unit", test::dma_laws()},
                                                            {"Semaphores", test::semaphore_laws()},
                                                            {"Network", test::network_laws()},
                                                            {"Memory channel", test::memory_laws()}};
  for (const auto& [section, laws] : units) {
    const std::map<std::string, std::string> rows = rows_of(section);
    CHECK(rows.size() > 3);
    std::set<std::string> tried;
    for (const Law& law : laws) {
      INFO(section << ", " << law.row << ": " << law.what);
      tried.insert(law.row);
      const auto row = rows.find(law.row);
      CHECK(row != rows.end());
      if (row == rows.end()) continue;
      const std::set<uint64_t> stated = numbers_in(row->second);
      for (const uint64_t number : law.stated) {
        INFO(number);
        CHECK(stated.contains(number));
      }
    }
    for (const auto& [row, line] : rows) {
      INFO(section << ": no law for " << line);
      CHECK(tried.contains(row));
    }
  }
}

}  // namespace
}  // namespace psmc::sim
