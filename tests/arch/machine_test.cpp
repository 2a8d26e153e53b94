// SPDX-License-Identifier: Apache-2.0
#include "arch/machine.h"

#include "arch/hash.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>

#include "base/file.h"
#include "base/random.h"

namespace psmc::arch {
namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

Diagnostic failure(std::string_view from, std::string_view to) {
  const Result<Machine> machine = read_machine("m.json", replaced(std::string(preset_json("psm1")), from, to));
  REQUIRE(!machine.ok());
  CHECK(machine.diagnostic().place.line > 0);
  CHECK(machine.diagnostic().place.column > 0);
  return machine.diagnostic();
}

TEST_CASE("the embedded presets are the files in arch/presets, in canonical form") {
  for (std::string_view name : preset_names()) {
    const Result<std::string> file =
        read_file(std::string(PSMC_SOURCE_DIR) + "/arch/presets/" + std::string(name) + ".json");
    REQUIRE(file.ok());
    CHECK(*file == preset_json(name));
    const Machine machine = preset(name).value();
    CHECK(machine.name == name);
    CHECK(machine.json() == preset_json(name));
    CHECK(read_machine("again", machine.json()).value() == machine);
    CHECK(machine.describe().find(name) == 0);
  }
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

TEST_CASE("what is wrong with a machine file") {
  CHECK(failure("\"loop_depth\": 4", "\"loop_depth\": 4,\n \"wings\": 2").code == Code::machine_unknown_key);
  CHECK(failure("\"host\"", "\"wings\": {},\n  \"host\"").code == Code::machine_unknown_key);
  CHECK(failure("\"side\": \"west\"", "\"side\": \"west\", \"z\": 1").code == Code::machine_unknown_key);
  CHECK(failure("\"vector_registers\": 32", "\"vector_registers\": 33").code == Code::machine_range);
  CHECK(failure("\"vector_registers\": 32", "\"vector_registers\": 7").code == Code::machine_range);
  CHECK(failure("\"scalar_registers\": 32", "\"scalar_registers\": 15").code == Code::machine_range);
  CHECK(failure("\"columns\": 8", "\"columns\": 65").code == Code::machine_range);
  CHECK(failure("\"columns\": 8", "\"columns\": 0").code == Code::machine_range);
  CHECK(failure("\"columns\": 8", "\"columns\": \"8\"").code == Code::json_type);
  CHECK(failure("\"columns\": 8", "\"columns\": 8.5").code == Code::json_type);
  CHECK(failure("\"columns\": 8,", "").code == Code::json_type);
  CHECK(failure("\"multicast\": true", "\"multicast\": 1").code == Code::json_type);
  CHECK(failure("\"name\": \"psm1\"", "\"name\": \"p s\"").code == Code::machine_range);
  CHECK(failure("\"side\": \"west\"", "\"side\": \"up\"").code == Code::machine_range);
  CHECK(failure("\"side\": \"west\"", "\"side\": \"east\"").code == Code::machine_shape);
  CHECK(failure("\"x\": 0, \"y\": 2", "\"x\": 0, \"y\": 0").code == Code::machine_shape);
  CHECK(failure("\"interleave\": 512", "\"interleave\": 500").code == Code::machine_shape);
  CHECK(failure("\"bytes\": 1048576", "\"bytes\": 1048577").code == Code::machine_shape);
  CHECK(failure("\"hit_cycles\": 17", "\"hit_cycles\": 40").code == Code::machine_shape);
  CHECK(failure("\"access_stage\": 2", "\"access_stage\": 4").code == Code::machine_shape);
  CHECK(failure("\"buffer_flits\": 18", "\"buffer_flits\": 8").code == Code::machine_shape);
  CHECK(failure("\"clock_mhz\": 1000", "\"clock_mhz\": 1000,,").code == Code::bad_json);
}

std::vector<std::string> errors_of(const std::string& text) {
  const Result<Machine> machine = read_machine("m.json", text);
  std::vector<std::string> found;
  if (machine.ok()) return found;
  const auto add = [&](const Diagnostic& d) {
    CHECK(d.more.empty() == (&d != &machine.diagnostic() || machine.diagnostic().more.empty()));
    found.push_back(code_name(d.code) + ": " + d.message);
  };
  add(machine.diagnostic());
  for (const Diagnostic& next : machine.diagnostic().more) add(next);
  return found;
}

TEST_CASE("several errors of a machine file are told in its order, and none that follows from another") {
  const std::string good(preset_json("psm1"));
  std::string text = replaced(good, "\"clock_mhz\": 1000", "\"clock_mhz\": 0");
  text = replaced(text, "\"vector_registers\": 32", "\"vector_registers\": 33");
  text = replaced(text, "\"side\": \"west\"", "\"side\": \"up\"");
  text = replaced(text, "\"interleave\": 512", "\"interleave\": 500");  // of the shape: not looked at
  text = replaced(text, "\"name\": \"psm1\"", "\"name\": \"p s\"");
  std::vector<std::string> errors = errors_of(text);
  REQUIRE(errors.size() == 4);
  CHECK(errors[0].find("a machine's name has") != std::string::npos);
  CHECK(errors[1].find("\"clock_mhz\" is 0") != std::string::npos);
  CHECK(errors[2].find("\"vector_registers\" is 33") != std::string::npos);
  CHECK(errors[3].find("a side is west") != std::string::npos);

  errors = errors_of(replaced(replaced(good, "\"interleave\": 512", "\"interleave\": 500"), "\"access_stage\": 2",
                              "\"access_stage\": 4"));
  CHECK(std::ranges::count_if(errors, [](auto& e) { return e.find("power of two") != std::string::npos; }) == 1);
  CHECK(std::ranges::count_if(errors, [](auto& e) { return e.find("a load must reach") != std::string::npos; }) == 1);

  // Without its section, one error for all of its keys; channels are not looked for in a grid that is not known.
  CHECK(errors_of(replaced(good, "\"scratchpad\": {", "\"scratchpat\": {")).size() == 2);
  CHECK(errors_of(replaced(good, "\"columns\": 8", "\"columns\": 0")).size() == 1);
  std::string keys;
  for (int i = 0; i < 10000; ++i) keys += "\"k" + std::to_string(i) + "\": 1, ";
  CHECK(errors_of(replaced(good, "\"columns\": 8", keys + "\"columns\": 8")).size() == kMaxErrors);
}

TEST_CASE("fewer registers are allowed") {
  const std::string text =
      replaced(std::string(preset_json("psm1")), "\"vector_registers\": 32", "\"vector_registers\": 16");
  CHECK(read_machine("m.json", text).value().core.vector_registers == 16);
}

TEST_CASE("damaged machine files are errors or machines, never crashes") {
  Random random(5);
  for (int n = 0; n < 3000; ++n) {
    std::string text(preset_json("lab4"));
    for (uint64_t k = random.below(4) + 1; k > 0; --k) {
      const size_t at = random.below(text.size());
      if (random.chance(0.3))
        text.erase(at, random.below(20));
      else
        text[at] = static_cast<char>(random.below(256));
    }
    const Result<Machine> machine = read_machine("m.json", text);
    if (machine) CHECK(read_machine("again", machine->json()).ok());
  }
}

TEST_CASE("XXH64 agrees with its specification") {
  CHECK(hash64(std::string_view("")) == 0xef46db3751d8e999ull);
  CHECK(hash64(std::string_view("a")) == 0xd24ec4f1a98c6e5bull);
  CHECK(hash64(std::string_view("abc")) == 0x44bc2cf5ad770999ull);
  CHECK(hash64(std::string_view("Nobody inspects the spammish repetition")) == 0xfbcea83c8a378bf1ull);
}

}  // namespace
}  // namespace psmc::arch
