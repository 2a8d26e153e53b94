// SPDX-License-Identifier: Apache-2.0
// What a machine file says beyond a grid of equal tiles: it is kept, drawn, summed up, and refused where it cannot be
// used.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "arch/summary.h"
#include "tests/arch/machine_text.h"

using namespace psmc;
using namespace psmc::arch;
using Catch::Matchers::Contains;

namespace {

MachineFile read(const std::string& text) {
  Result<MachineFile> file = read_machine_file("m.json", text);
  if (!file) FAIL(file.diagnostic().render());
  return std::move(*file);
}

/// Why compiler and simulator cannot use it, without what all such messages begin with.
std::vector<std::string> reasons(const std::string& text) {
  constexpr std::string_view kBegin = "compiler and simulator cannot use ";
  std::vector<std::string> found;
  for (const Diagnostic& d : read(text).unusable) {
    CHECK(d.code == Code::machine_unsupported);
    CHECK(d.place.line > 0);
    CHECK(d.message.starts_with(kBegin));
    found.push_back(d.message.substr(kBegin.size()));
  }
  const Result<Machine> machine = read_machine("m.json", text);
  CHECK(machine.ok() == found.empty());
  if (!machine.ok()) CHECK(test::all_of(machine.diagnostic()).size() == found.size());
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

SCENARIO("memory tiles are nodes without a core") {
  const std::string text = test::with_memory_tiles();
  const Description d = read(text).description;
  CHECK(d.kind_at({0, 0}).name == "tile");
  CHECK(d.kind_at({1, 1}).name == "memory_tile");
  CHECK(d.kind_at({1, 1}).has(Part::dma));
  CHECK_FALSE(d.kind_at({1, 1}).has(Part::core));
  CHECK(d.kind_at({1, 1}).dma.in_engines == 6);
  CHECK(read(d.json()).description == d);
  CHECK(reasons(text) == Texts{"nodes that differ: all must be equal tiles"});
  const Summary s = summarize(d);
  CHECK(s.cores == 2);
  CHECK(s.matrix_units == 2);
  CHECK(s.scratchpad_bytes == 2 * 262144 + 2 * 524288);
  CHECK(draw_grid(d) ==
        "      host\n"
        "   c0-T----T\n"
        "      |    |\n"
        "      M----M-c1\n");
}

SCENARIO("what compiler and simulator cannot use is told at its place") {
  const std::string lab4(preset_json("lab4"));
  CHECK(reasons(lab4).empty());
  CHECK(reasons(test::changed(lab4, {{"\"topology\": \"mesh\"", "\"topology\": \"torus\""}})) ==
        Texts{"a torus: links lead to neighbours in the grid"});
  CHECK(reasons(test::changed(lab4, {{"\"port_bytes\": 64", "\"port_bytes\": 128"}})) ==
        Texts{"scratchpad ports of more than 64 bytes"});
  const size_t begin = lab4.find("    {\n      \"name\": \"mesh\""), end = lab4.find("\n  ],\n  \"memory\"");
  const std::string network = lab4.substr(begin, end - begin);
  const std::string second = test::changed(network, {{"mesh", "other"}});
  CHECK(reasons(test::changed(lab4, {{network, network + ",\n" + second}})) == Texts{"2 networks: there must be one"});
  const size_t memory = lab4.find("  \"memory\": {"), links = lab4.find("  \"chip_links\": {"),
               host = lab4.find("  \"host\": {"), sources = lab4.find("  \"sources\": {");
  CHECK(reasons(std::string(lab4).erase(memory, links - memory)) == Texts{"a machine without memory"});
  CHECK(reasons(std::string(lab4).erase(host, sources - host)) == Texts{"a machine without a host"});
  const std::string without_links = std::string(lab4).erase(links, host - links);
  CHECK(read_machine("m.json", without_links).value().chip_links.count == 0);
}

SCENARIO("tpu-like is described, and refused where programs are made for it") {
  CHECK(reasons(std::string(preset_json("tpu-like"))) ==
        Texts{"a tile without \"core\"", "a tile without \"latency\"", "a tile without \"dma\"",
              "a tile without \"semaphores\"",
              "a weight-stationary matrix unit: instructions multiply 16 x 16 tiles that stay in the sums' place",
              "scratchpad ports of more than 64 bytes", "0 networks: there must be one"});
  CHECK(preset("tpu-like").diagnostic().code == Code::machine_unsupported);
  const Description d = load_machine_file("tpu-like").value().description;
  const Summary s = summarize(d);
  CHECK(s.macs == std::array<double, 3>{0, 65536, 0});
  CHECK(2 * s.macs[1] * d.clock_mhz / 1e6 == Approx(91.75));  // the paper's 92 TeraOps a second
  CHECK(s.bisection_rate == 0);
}

SCENARIO("a fold takes as long as in the table of simulated arrays") {
  const char* shared = std::getenv("SHARED");
  const std::string path =
      std::string(shared != nullptr ? shared : PSMC_SOURCE_DIR "/../shared") + "/data/systolic/check.tsv";
  std::ifstream table(path);
  if (!table) {
    WARN("skipped: " << path << " is not there");
    return;
  }
  size_t compared = 0;
  for (std::string line; std::getline(table, line);) {
    std::istringstream in(line);
    std::string dataflow;
    uint64_t streamed = 0, folds = 0, cycles = 0;
    WeightStationary w;
    if (!(in >> dataflow >> w.rows >> w.columns >> streamed >> folds >> cycles) || dataflow != "ws") continue;
    CHECK(folds * fold_cycles(w, streamed) == cycles);
    ++compared;
  }
  CHECK(compared >= 10);
}

SCENARIO("a memory channel inside a node that has no scratchpad") {
  std::string text =
      test::changed(test::with_memory_tiles(), {{"\"x\": 1, \"y\": 1, \"side\": \"east\"", "\"x\": 1, \"y\": 1"}});
  const size_t begin = text.find("\"memory_tile\": {"), end = text.find("  },\n  \"networks\"");
  text.replace(begin, end - begin, "\"memory_tile\": {}\n");
  const Description d = read(text).description;
  CHECK(d.channels[1].inside);
  CHECK(read(d.json()).description == d);
  CHECK(reasons(text) == Texts{"nodes that differ: all must be equal tiles", "a memory channel inside a node"});
  CHECK_THAT(draw_grid(d), Contains("M----M\n       ") && Contains("c1"));
}

SCENARIO("peaks, ridge points and totals of psm1") {
  const Summary s = summarize(load_machine_file("psm1").value().description);
  CHECK(s.macs == std::array<double, 3>{16384, 32768, 4096});
  CHECK(s.scratchpad_bytes == uint64_t{64} << 20);
  CHECK(s.scratchpad_rate == 64 * 2 * 64);
  CHECK(s.memory_rate == 256);
  CHECK(s.ridge == std::array<double, 3>{128, 256, 32});  // the machine's page says 128 flop a byte
  CHECK(s.intensity == std::array<double, 3>{2, 4, 0.5});
  CHECK(s.bisection_rate == 8 * 64);
}

SCENARIO("a grid is cut across its longer side, a torus twice") {
  const std::string grid(preset_json("grid3x5"));
  CHECK(summarize(read(grid).description).bisection_rate == 3 * 64);
  CHECK(summarize(read(test::changed(grid, {{"\"topology\": \"mesh\"", "\"topology\": \"torus\""}})).description)
            .bisection_rate == 2 * 3 * 64);
}

SCENARIO("kinds have letters of their own") {
  Description d;
  for (const char* name : {"tile", "Tensor", "memory", "a", "b", "tail"}) d.kinds.emplace_back().name = name;
  CHECK(kind_letters(d) == std::vector<char>{'T', 'A', 'M', 'B', 'C', 'D'});
  d.kinds.clear();
  for (size_t i = 0; i < kMaxNodeKinds; ++i) d.kinds.emplace_back().name = "x" + std::to_string(i);
  std::vector<char> letters = kind_letters(d);
  std::ranges::sort(letters);
  CHECK(std::ranges::adjacent_find(letters) == letters.end());
}
