// SPDX-License-Identifier: Apache-2.0
#include "arch/machine.h"

#include "arch/hash.h"
#include "arch/summary.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "tests/arch/machine_text.h"

namespace psmc::arch {
namespace {

TEST_CASE("the presets of the binary are the files in arch/presets, all of them, in canonical form") {
  const std::vector<std::string_view> names = preset_names();
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(PSMC_SOURCE_DIR) + "/arch/presets")) {
    if (entry.path().extension() != ".json") continue;
    ++files;
    const std::string name = entry.path().stem();
    INFO(name);
    CHECK(std::ranges::find(names, name) != names.end());
    CHECK(*read_file(entry.path()) == preset_json(name));
    const MachineFile file = load_machine_file(name).value();
    CHECK(file.description.name == name);
    CHECK(file.description.json() == preset_json(name));
    for (const Diagnostic& why : file.unusable) CHECK(why.severity == Severity::warning);
    if (!file.unusable.empty()) continue;
    const Machine machine = preset(name).value();
    CHECK(read_machine("again", machine.json()).value() == machine);
    CHECK(machine_of(describe(machine)) == machine);
  }
  CHECK(files == names.size());
  CHECK(names[0] == "psm1");
}

TEST_CASE("every number of a preset has a source") {
  for (const std::string_view name : preset_names()) {
    const Description d = load_machine_file(std::string(name)).value().description;
    for (const Number& number : numbers_of(d)) {
      INFO(name << " " << number.path);
      CHECK(source_of(d, number.path) != d.sources.end());
    }
  }
}

TEST_CASE("the longest path that leads to a number is its source") {
  const std::string text =
      test::changed(std::string(preset_json("lab4")), {{"\"sources\": {",
                                                        "\"sources\": {\"nodes.tile\": \"a\", \"nodes.tile.dma\": "
                                                        "\"b\", \"networks.mesh.hop_cycles\": \"c\", "}});
  const Description d = read_machine_file("m.json", text).value().description;
  CHECK(source_of(d, "nodes.tile.core.code_bytes")->second == "a");
  CHECK(source_of(d, "nodes.tile.dma.queue")->second == "b");
  CHECK(source_of(d, "networks.mesh.hop_cycles")->second == "c");
  CHECK(source_of(d, "memory.bytes")->first.empty());
}

TEST_CASE("psm1 has the numbers of its page") {
  const Machine m = preset("psm1").value();
  CHECK(m.tiles() == 64);
  CHECK(m.bf16_macs_per_cycle() == 16384);
  CHECK(m.memory_bytes_per_cycle() == 256);
  CHECK(m.memory.bytes == uint64_t{8} << 30);
  CHECK(m.code_words() == 4096);
  CHECK(preset("psm1-lean").value().memory_bytes_per_cycle() == 128);
  CHECK(preset("grid3x5").value().grid.coord(7) == TileCoord{2, 1});
  CHECK(preset("lab4").value().grid.id({1, 1}) == 3);
  CHECK(m.hash() != preset("psm1-lean").value().hash());
}

TEST_CASE("addresses are interleaved over the channels") {
  const Machine m = preset("grid3x5").value();
  CHECK(m.channel_of(0) == 0);
  CHECK(m.channel_of(511) == 0);
  CHECK(m.channel_of(512) == 1);
  CHECK(m.channel_of(3 * 512) == 0);
}

TEST_CASE("a name that is neither preset nor file") {
  CHECK(load_machine("no-such-machine").diagnostic().code == Code::machine_unknown);
  CHECK(preset("").diagnostic().code == Code::machine_unknown);
  CHECK(load_machine("psm1").value().name == "psm1");
  CHECK(load_machine(std::string(PSMC_SOURCE_DIR) + "/arch/presets/lab4.json").value().name == "lab4");
}

std::vector<std::string> errors_of(const std::string& text) {
  const Result<Machine> machine = read_machine("m.json", text);
  std::vector<std::string> found;
  if (machine.ok()) return found;
  for (const Diagnostic& d : test::all_of(machine.diagnostic())) found.push_back(d.message);
  return found;
}

TEST_CASE("several errors of a machine file are told in its order, and none that follows from another") {
  const std::string good(preset_json("psm1"));
  using Messages = std::vector<std::string>;
  CHECK(errors_of(test::changed(good, {{"\"clock_mhz\": 1000", "\"clock_mhz\": 0"},
                                       {"\"vector_registers\": 32", "\"vector_registers\": 33"},
                                       {"\"side\": \"west\"", "\"side\": \"up\""},
                                       {"\"interleave\": 512", "\"interleave\": 500"},  // of the shape: not looked at
                                       {"\"name\": \"psm1\"", "\"name\": \"p s\""}})) ==
        Messages{"a name has 1 to 64 letters, digits, '-', '_' or '.'",
                 "\"clock_mhz\" is 0; it must be from 1 to 100000",
                 "\"vector_registers\" is 33; it must be from 8 to 32", "\"side\" cannot be \"up\""});
  CHECK(errors_of(test::changed(
            good, {{"\"interleave\": 512", "\"interleave\": 500"}, {"\"access_stage\": 2", "\"access_stage\": 4"}})) ==
        Messages{"a load must reach the scratchpad before its result is there",
                 "memory must be a multiple of interleave x channels = 4000 bytes",
                 "\"interleave\" is 500; it must be a power of two"});
  // Without its section, one error for all of its keys; ports are not looked for in a grid that is not known.
  CHECK(errors_of(test::changed(good, {{"\"grid\": {", "\"gird\": {"}})).size() == 2);
  CHECK(errors_of(test::changed(good, {{"\"columns\": 8", "\"columns\": 0"}})).size() == 1);
  std::string keys;
  for (int i = 0; i < 10000; ++i) keys += "\"k" + std::to_string(i) + "\": 1, ";
  CHECK(errors_of(test::changed(good, {{"\"columns\": 8", keys + "\"columns\": 8"}})).size() == kMaxErrors);
}

TEST_CASE("fewer registers are allowed") {
  const std::string text =
      test::changed(std::string(preset_json("psm1")), {{"\"vector_registers\": 32", "\"vector_registers\": 16"}});
  CHECK(read_machine("m.json", text).value().core.vector_registers == 16);
}

TEST_CASE("XXH64 agrees with its specification") {
  CHECK(hash64(std::string_view("")) == 0xef46db3751d8e999ull);
  CHECK(hash64(std::string_view("a")) == 0xd24ec4f1a98c6e5bull);
  CHECK(hash64(std::string_view("abc")) == 0x44bc2cf5ad770999ull);
  CHECK(hash64(std::string_view("Nobody inspects the spammish repetition")) == 0xfbcea83c8a378bf1ull);
}

}  // namespace
}  // namespace psmc::arch
