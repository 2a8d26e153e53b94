// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "tools/trace/kanata.h"
#include "tools/trace/line_trace.h"
#include "tools/trace/slices.h"

namespace psmc::tools::trace {
namespace {

constexpr Cycle kWindow = 1024;  // how long formats in order of cycles hold back what they are told

using MakeSink = std::unique_ptr<Sink> (*)(Output&, const Scope&);
struct Format {
  std::string_view extension;
  MakeSink make;
};
constexpr Format kFormats[] = {
    {".pftrace",
     [](Output& out, const Scope& scope) -> std::unique_ptr<Sink> {
       return std::make_unique<SliceSink>(scope, make_perfetto_writer(out, scope));
     }},
    {".json",
     [](Output& out, const Scope& scope) -> std::unique_ptr<Sink> {
       return std::make_unique<SliceSink>(scope, make_chrome_writer(out, scope));
     }},
    {".kanata",
     [](Output& out, const Scope& scope) -> std::unique_ptr<Sink> { return std::make_unique<Kanata>(out, scope); }},
    {".txt",
     [](Output& out, const Scope& scope) -> std::unique_ptr<Sink> { return std::make_unique<LineTrace>(out, scope); }},
};

Result<MakeSink> choose_format(const std::string& file) {
  const std::string extension = std::filesystem::path(file).extension().string();
  for (const Format& format : kFormats)
    if (extension == format.extension) return format.make;
  return error(Code::bad_option, fmt::format("the name of a trace says its format, '{}' does not", file),
               {"--trace FILE.pftrace, FILE.json, FILE.kanata or FILE.txt"});
}

}  // namespace

Result<std::unique_ptr<Trace>> Trace::open(const arch::Image& image, size_t entry, const Request& request) {
  PSMC_ASSIGN(const MakeSink make, choose_format(request.file));
  Scope scope{image, entry, {}, request.from, request.to};
  PSMC_TRY(choose_tiles(scope, request.tiles));
  if (request.from >= request.to)
    return error(Code::bad_option, fmt::format("no cycle is from {} on and before {}", request.from, request.to),
                 {"--trace-to must be larger than --trace-from"});
  PSMC_ASSIGN(StreamedFile file, StreamedFile::create(request.file));
  std::unique_ptr<Trace> trace(new Trace(std::move(scope), std::move(file)));
  trace->sink_ = make(trace->out_, trace->scope_);
  return trace;
}

void Trace::listen(sim::Options& options) {
  options.trace = [this](const sim::TraceEvent& event) {
    if (active_ && scope_.has(event.tile)) core(event);
  };
  options.transfers = [this](const sim::TransferEvent& event) {
    if (active_ && scope_.has(event.transfer.tile)) transfer(event);
  };
}

/// The part of what a core did that is in scope.
void Trace::core(sim::TraceEvent event) {
  const Cycle first = std::max(event.cycle, scope_.from), end = std::min(event.cycle + event.cycles, scope_.to);
  if (first >= end) return;
  event.cycle = first;
  event.cycles = end - first;
  sink_->core(event);
}

/// A transfer that has begun earlier begins with the trace; one that goes on is ended by the end of the trace.
void Trace::transfer(const sim::TransferEvent& event) {
  if (event.cycle >= scope_.to) return;
  sink_->transfer(event);
}

Result<sim::RunStats> Trace::launch(sim::Chip& chip) {
  PSMC_TRY(chip.begin(scope_.entry));
  active_ = true;
  while (out_.status().ok() && chip.run_until(chip.now() + kWindow)) {
    chip.settle();
    sink_->told_until(std::min(chip.now(), scope_.to));
  }
  if (out_.status().ok()) sink_->end(std::clamp(chip.now(), scope_.from, scope_.to));
  active_ = false;
  PSMC_TRY(out_.commit());
  return chip.result();
}

}  // namespace psmc::tools::trace
