// SPDX-License-Identifier: Apache-2.0
// Chrome's format of trace events (.json): one JSON object, an event a line. A group is a process, a track a thread.
// Times are microseconds with three digits after the point: a cycle is a nanosecond. A slice without slices in it is
// one event ("X"), another one two ("B", "E"); all events of a track are in the order of their begin.
#include <fmt/format.h>

#include <iterator>
#include <optional>

#include "base/json.h"
#include "tools/trace/slices.h"

namespace psmc::tools::trace {
namespace {

using json::quote;

class ChromeWriter final : public SliceWriter {
 public:
  ChromeWriter(Output& out, const Scope& scope) : out_(out) {
    out_.buffer() += "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
    const std::string& entry = scope.image.entries[scope.entry].name;
    metadata(Group::cores, 0, "process_name", entry + ": cores");
    metadata(Group::dma, 0, "process_name", entry + ": DMA");
  }

  void track(uint32_t track, Group group, std::string_view name) override {
    tracks_.resize(track + 1);
    tracks_[track].group = group;
    metadata(group, track, "thread_name", name);
    event("M", track, "thread_sort_index");
    fmt::format_to(std::back_inserter(out_.buffer()), ",\"args\":{{\"sort_index\":{}}}}}", track);
  }

  void begin(uint32_t track, Cycle cycle, std::string_view name, std::span<const Arg> args) override {
    write_begin(track);
    Track& t = tracks_[track];
    t.begun = true;
    t.cycle = cycle;
    t.name = name;
    t.args.clear();
    append_args(t.args, args);
  }

  void end(uint32_t track, Cycle cycle, std::string_view name, std::span<const Arg> args) override {
    Track& t = tracks_[track];
    if (t.begun) {
      event("X", track, name);
      time("ts", t.cycle);
      time("dur", cycle - t.cycle);
      append_args(t.args, args);
      t.begun = false;
    } else {
      event("E", track, name);
      time("ts", cycle);
      t.args.clear();
      append_args(t.args, args);
    }
    close(t.args);
  }

  void finish() override { out_.buffer() += "\n]}\n"; }

 private:
  struct Track {
    Group group = Group::cores;
    bool begun = false;  ///< the slice below is not written yet
    Cycle cycle = 0;
    std::string name, args;
  };

  void metadata(Group group, uint32_t track, std::string_view what, std::string_view name) {
    if (track >= tracks_.size()) tracks_.resize(track + 1);
    tracks_[track].group = group;
    event("M", track, what);
    fmt::format_to(std::back_inserter(out_.buffer()), ",\"args\":{{\"name\":{}}}}}", quote(name));
    out_.written();
  }

  /// The begin that is held back has slices in it.
  void write_begin(uint32_t track) {
    Track& t = tracks_[track];
    if (!t.begun) return;
    event("B", track, t.name);
    time("ts", t.cycle);
    close(t.args);
    t.begun = false;
  }

  void event(std::string_view phase, uint32_t track, std::string_view name) {
    fmt::format_to(std::back_inserter(out_.buffer()), "{}\n{{\"ph\":\"{}\",\"pid\":{},\"tid\":{},\"name\":{}",
                   first_ ? "" : ",", phase, static_cast<int>(tracks_[track].group), track, quote(name));
    first_ = false;
  }

  void time(std::string_view key, Cycle cycle) {
    fmt::format_to(std::back_inserter(out_.buffer()), ",\"{}\":{}.{:03}", key, cycle / 1000, cycle % 1000);
  }

  static void append_args(std::string& text, std::span<const Arg> args) {
    for (const Arg& arg : args)
      fmt::format_to(std::back_inserter(text), "{}{}:{}", text.empty() ? "" : ",", quote(arg.key),
                     arg.text.empty() ? std::to_string(arg.number) : quote(arg.text));
  }

  void close(const std::string& args) {
    if (!args.empty()) out_.buffer() += ",\"args\":{" + args + "}";
    out_.buffer() += "}";
    out_.written();
  }

  Output& out_;
  bool first_ = true;
  std::vector<Track> tracks_;
};

}  // namespace

std::unique_ptr<SliceWriter> make_chrome_writer(Output& out, const Scope& scope) {
  return std::make_unique<ChromeWriter>(out, scope);
}

}  // namespace psmc::tools::trace
