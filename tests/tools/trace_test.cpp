// SPDX-License-Identifier: Apache-2.0
// Traces: slices sum to the counters, nest and do not overlap; tracing changes no cycle; only what is asked for is
// told.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "arch/asm.h"
#include "base/file.h"
#include "tests/base/temporary_folder.h"
#include "tools/trace/slices.h"
#include "tools/trace/trace.h"

using namespace psmc;
using namespace psmc::tools;
using trace::Arg;
using trace::Group;

namespace {

struct Slice {
  std::string name;
  uint64_t first = 0, end = 0;
  size_t depth = 0;
  std::map<std::string, uint64_t> numbers;  ///< the numeric args of its end
};

/// Keeps what is written, and checks its order.
class Recorder final : public trace::SliceWriter {
 public:
  struct Track {
    Group group{};
    std::vector<Slice> open, closed;
    uint64_t now = 0;
  };
  std::map<uint32_t, Track>& tracks;
  explicit Recorder(std::map<uint32_t, Track>& all) : tracks(all) {}

  void track(uint32_t track, Group group, std::string_view) override {
    CHECK(tracks.count(track) == 0);
    tracks[track].group = group;
  }
  void begin(uint32_t track, uint64_t cycle, std::string_view name, std::span<const Arg>) override {
    Track& t = tracks.at(track);
    CHECK(cycle >= t.now);
    t.now = cycle;
    t.open.push_back({std::string(name), cycle, 0, t.open.size(), {}});
  }
  void end(uint32_t track, uint64_t cycle, std::string_view name, std::span<const Arg> args) override {
    Track& t = tracks.at(track);
    REQUIRE_FALSE(t.open.empty());
    CHECK(t.open.back().name == name);
    CHECK(cycle > t.open.back().first);
    CHECK(cycle >= t.now);
    t.now = cycle;
    t.closed.push_back(std::move(t.open.back()));
    t.open.pop_back();
    t.closed.back().end = cycle;
    for (const Arg& a : args)
      if (a.text.empty()) t.closed.back().numbers[std::string(a.key)] = a.number;
  }
  void finish() override {
    for (const auto& [number, t] : tracks) CHECK(t.open.empty());
  }
};

arch::Image program(const std::string& name) {
  const std::string path = std::string(PSMC_SOURCE_DIR "/tests/sim/programs/") + name;
  Result<arch::Image> image = arch::assemble(path, read_file(path).value());
  REQUIRE(image.ok());
  return std::move(image).value();
}

std::vector<std::string> program_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(PSMC_SOURCE_DIR "/tests/sim/programs"))
    if (entry.path().extension() == ".psma") names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// The tracks of a run, in pieces of `window` cycles; gives what the run measured.
sim::RunStats record(const arch::Image& image, uint64_t window, std::map<uint32_t, Recorder::Track>& tracks) {
  trace::Scope scope{image, 0, {}};
  REQUIRE(trace::choose_tiles(scope, "").ok());
  trace::SliceSink sink(scope, std::make_unique<Recorder>(tracks));
  sim::Options options;
  options.trace = [&](const sim::TraceEvent& e) { sink.core(e); };
  options.transfers = [&](const sim::TransferEvent& e) { sink.transfer(e); };
  const auto chip = sim::Chip::open(image, options);
  REQUIRE(chip.ok());
  REQUIRE((*chip)->begin(0).ok());
  while ((*chip)->run_until((*chip)->now() + window)) (*chip)->settle();
  sink.end((*chip)->now());
  return (*chip)->result().value();
}

}  // namespace

SCENARIO("the slices of each class of each tile sum to the run's counters, in whatever pieces it runs") {
  for (const std::string& name : program_names()) {
    INFO(name);
    const arch::Image image = program(name);
    const sim::RunStats plain = sim::Chip::open(image).value()->launch(0).value();
    for (const uint64_t window : {1, 7, 1024}) {
      std::map<uint32_t, Recorder::Track> tracks;
      const sim::RunStats stats = record(image, window, tracks);
      CHECK(stats == plain);  // neither the trace nor the pieces change a counter
      uint64_t transferred = 0;
      auto track = tracks.begin();
      for (const arch::TileStart& start : image.entries[0].tiles) {
        std::map<std::string, uint64_t> classes, of_ops;
        uint64_t after = 0;
        for (const Slice& s : track->second.closed) {
          if (s.depth == 1) {
            classes[s.name] += s.end - s.first;
            CHECK(s.first == after);  // no gap, no overlap
            after = s.end;
          }
          for (const auto& [c, cycles] : s.numbers) of_ops[c] += cycles;
        }
        for (size_t c = 0; c + 1 < sim::kCycleClasses; ++c) {
          const std::string class_name(sim::cycle_class_name(static_cast<sim::CycleClass>(c)));
          CHECK(classes[class_name] == stats.tiles[start.tile][c]);
          CHECK(of_ops[class_name] == stats.tiles[start.tile][c]);
        }
        ++track;
      }
      for (; track != tracks.end(); ++track) {
        CHECK(track->second.group == Group::dma);
        uint64_t after = 0;
        for (const Slice& s : track->second.closed) {
          CHECK(s.first >= after);
          CHECK(s.numbers.at("engine free at") <= s.end);
          after = s.end;
          ++transferred;
        }
      }
      CHECK((transferred > 0) == (stats.dma_bytes_in + stats.dma_bytes_out > 0 || name == "overlay.psma"));
    }
  }
}

SCENARIO("a trace in one of the formats changes no counter, and a part of it tells of that part alone") {
  const test::TemporaryFolder folder;
  const arch::Image image = program("ping_pong.psma");
  const sim::RunStats plain = sim::Chip::open(image).value()->launch(0).value();
  for (const std::string extension : {".pftrace", ".json", ".kanata", ".txt"}) {
    INFO(extension);
    size_t whole = 0;
    for (const bool part : {false, true}) {
      const std::string file = folder.file("t" + extension);
      trace::Request request{file, part ? "1" : "", part ? 50u : 0u, part ? 60u : sim::kNever};
      auto traced = trace::Trace::open(image, 0, request);
      REQUIRE(traced.ok());
      sim::Options options;
      (*traced)->listen(options);
      const auto chip = sim::Chip::open(image, options);
      CHECK((*traced)->launch(**chip).value() == plain);
      const size_t size = read_file(file)->size();
      if (!part) whole = size;
      if (part) CHECK(size < whole / 2);
    }
  }
}

SCENARIO("what cannot be traced is refused before anything runs") {
  const test::TemporaryFolder folder;
  const arch::Image image = program("push.psma");
  const auto code = [&](const trace::Request& request) {
    return trace::Trace::open(image, 0, request).diagnostic().code;
  };
  const std::string file = folder.file("t.txt");
  CHECK(code({folder.file("t.vcd"), ""}) == Code::bad_option);
  CHECK(code({folder.file("txt"), ""}) == Code::bad_option);
  for (const char* tiles : {"4", "0,", ",", "3-1", "0-4", "-1", "1-", "x", "99999999999", "0 1"})
    CHECK(code({file, tiles}) == Code::bad_option);
  CHECK(code({file, "", 5, 5}) == Code::bad_option);
  CHECK(code({folder.file("none/t.txt"), ""}) == Code::cannot_write);
  CHECK(folder.count() == 0);
}
