// SPDX-License-Identifier: Apache-2.0
// Only real communication: in every launch each link carries exactly the flits and bytes that the plan's descriptors
// imply (links_model.h), and the descriptors deliver exactly the boxes that the sharding needs, each element once.
#include <catch2/catch.hpp>

#include <cstring>

#include "ir/text/parser.h"
#include "midend/plan/planner.h"
#include "tests/base/temporary_folder.h"
#include "tests/property/links_model.h"
#include "tests/property/random_llama.h"
#include "tests/property/random_program.h"
#include "tools/driver/compile.h"
#include "tools/driver/load.h"
#include "tools/driver/session.h"

using namespace psmc;

namespace {

const char* const kArchs[] = {"psm1", "lab4", "grid3x5"};

struct Counts {
  uint64_t launches = 0, links = 0, bytes = 0;
};

/// A compiled module with the plan that it was made from.
struct Program {
  arch::Image image;
  midend::Planned planned;
};

Program compiled(ir::Module& module, const arch::Machine& machine, bool stream = false) {
  tools::CompileReport report;
  tools::CompileOptions options;
  options.stream_weights = stream;
  auto image = tools::compile(module, machine, options, report);
  if (!image.ok()) FAIL(image.diagnostic().render());
  std::vector<std::string> entries;
  for (const arch::Entry& entry : image->entries) entries.push_back(entry.name);
  auto planned = midend::plan_module(module, entries, machine, {0, 0, stream});
  REQUIRE(planned.ok());
  return {std::move(*image), std::move(*planned)};
}

Program compiled(ir::Module& module, const std::string& arch, bool stream = false) {
  return compiled(module, *arch::load_machine(arch), stream);
}

void check_delivered(const midend::Planned& planned, size_t entry, const test::Delivered& delivered) {
  test::Delivered needed;
  for (const midend::Move& move : planned.moves) {
    if (move.entry != entry) continue;
    if (move.kind == midend::MoveKind::from_memory) needed.memory_to_tiles += move.bytes;
    if (move.kind == midend::MoveKind::between_tiles) needed.tiles_to_tiles += move.bytes;
    if (move.kind == midend::MoveKind::to_memory) needed.tiles_to_memory += move.bytes;
  }
  CHECK(delivered.memory_to_tiles == needed.memory_to_tiles);
  CHECK(delivered.tiles_to_tiles == needed.tiles_to_tiles);
  CHECK(delivered.tiles_to_memory == needed.tiles_to_memory);
}

void check_launch(const Program& program, size_t entry, const sim::RunStats& stats, Counts& counts) {
  const test::Expected expected = test::traffic_of(program.image.machine, program.planned.plan.entries[entry]);
  CHECK(test::difference(expected.links, test::measured_traffic(stats)) == "");
  check_delivered(program.planned, entry, expected.delivered);
  ++counts.launches;
  counts.links += expected.links.size();
  for (const auto& [link, load] : expected.links) counts.bytes += load.bytes;
}

/// One launch on inputs of zeros.
void launch_on_zeros(const Program& program, Counts& counts) {
  auto device = tools::Device::open(program.image, {});
  REQUIRE(device.ok());
  for (const arch::Symbol& symbol : program.image.entries[0].symbols)
    if (symbol.kind == arch::SymbolKind::input) {
      const std::vector<std::byte> zeros(tools::dense_bytes_of(symbol));
      REQUIRE((*device)->write(0, symbol.name, zeros).ok());
    }
  const auto stats = (*device)->launch(0);
  if (!stats.ok()) FAIL(stats.diagnostic().render());
  check_launch(program, 0, *stats, counts);
}

void print(const char* what, const Counts& counts) {
  fmt::print(
      "RESULT links.{}.launches {} launches\nRESULT links.{}.compared {} links\nRESULT links.{}.payload {} bytes\n",
      what, counts.launches, what, counts.links, what, counts.bytes);
}

}  // namespace

SCENARIO("random graph programs send over each link what their plan implies") {
  Counts counts;
  for (uint64_t seed = 0; seed < 24; ++seed) {
    INFO("seed " << seed << " on " << kArchs[seed % 3]);
    Random random(seed);
    ir::Module module = test::RandomProgram(seed).build(static_cast<int>(random.range(3, 14)));
    const Program program = compiled(module, kArchs[seed % 3]);
    launch_on_zeros(program, counts);
  }
  print("programs", counts);
}

SCENARIO("inputs that stream through send over each link what their plan implies, and nothing twice") {
  arch::Machine machine = *arch::preset("lab4");
  machine.scratchpad.bytes = 131072;
  auto module = ir::parse_text("test", R"(
func @main(%a: tensor<3x2501xf32>, %b: tensor<2501x130xf32>) -> (tensor<3x130xf32>) {
  %c = contract %a, %b {spec = "mk,kn->mn"}
  return %c
}
)");
  REQUIRE(module.ok());
  Counts counts;
  const Program program = compiled(*module, machine);
  launch_on_zeros(program, counts);
  uint64_t read = 0;
  for (const midend::Move& move : program.planned.moves)
    read += move.kind == midend::MoveKind::from_memory ? move.bytes : 0;
  CHECK(read >= 4 * 2501 * (130 + 3));
  CHECK(read <= 4 * 2501 * (130 + 4 * 3));  // each element of b once, a by every tile
  print("streamed", counts);
}

SCENARIO("random Llama models send over each link what their plan implies, decode and prefill") {
  Counts counts;
  for (uint64_t seed = 0; seed < 6; ++seed) {
    Random random(seed);
    const test::LlamaConfig config = test::random_llama_config(random);
    INFO("seed " << seed << " on " << kArchs[seed % 3] << ": " << test::describe(config));
    const test::TemporaryFolder folder;
    REQUIRE(test::write_llama(config, seed, folder.path()));
    frontend::LlamaOptions llama;
    llama.dtype = config.bf16 ? DType::bf16 : DType::f32;
    llama.chunk = 5;
    auto model = tools::load_model(folder.path(), llama);
    REQUIRE(model.ok());
    const Program program = compiled(model->module, kArchs[seed % 3], seed >= 3);
    auto device = tools::Device::open(program.image, {});
    REQUIRE(device.ok());
    const auto session =
        tools::simulator_session(model->module, **device, [&](const sim::RunStats& stats, bool prefill) {
          for (size_t e = 0; e < program.image.entries.size(); ++e)
            if (program.image.entries[e].name == (prefill ? "prefill" : "decode"))
              check_launch(program, e, stats, counts);
        });
    REQUIRE(session.ok());
    const std::vector<int32_t> ids = {1, 5, 2, 7};
    REQUIRE((*session)->prefill(ids, 0).ok());
    REQUIRE((*session)->decode(3, 4).ok());
    REQUIRE((*session)->decode(6, 5).ok());
  }
  print("llama", counts);
}

SCENARIO("a message that is sent once more than the plan says shows on its links") {
  ir::Module module = test::RandomProgram(3).build(8);
  Program program = compiled(module, "lab4");
  for (arch::TileProgram& tile : program.planned.plan.entries[0].tiles)
    for (const arch::Command& command : tile.commands) {
      if (command.kind != arch::CommandKind::start) continue;
      const arch::Machine& machine = program.image.machine;
      const test::Traffic before = test::traffic_of(machine, program.planned.plan.entries[0]).links;
      tile.commands.push_back(command);
      CHECK(test::difference(before, test::traffic_of(machine, program.planned.plan.entries[0]).links) != "");
      return;
    }
  FAIL("no message");
}
