// SPDX-License-Identifier: Apache-2.0
#include "base/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "base/json.h"

namespace psmc {
namespace {

int64_t nanoseconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

/// One line of the tree.
struct Trace::Row {
  std::string name, note;
  size_t count = 0;
  int64_t cpu = 0, wall = 0;
  int64_t elsewhere = 0;  ///< the part of `cpu` that was on other threads
  std::vector<Row> below;

  void print(std::string& out, size_t depth) const {
    out += fmt::format("{:10.3f} {:10.3f}  {:{}}{}", static_cast<double>(cpu) / 1e6, static_cast<double>(wall) / 1e6,
                       "", 2 * depth, name);
    if (count > 1) out += fmt::format(" x {}", count);
    if (!note.empty()) out += "  " + note;
    out += "\n";
    for (const Row& row : below) row.print(out, depth + 1);
  }

  /// Rows of one name without notes become one, at the place of the first.
  static std::vector<Row> merged(std::vector<Row> rows) {
    std::vector<Row> result;
    std::map<std::string, size_t> known;
    for (Row& row : rows) {
      const auto [at, is_new] =
          row.note.empty() ? known.try_emplace(row.name, result.size()) : std::pair(known.end(), true);
      if (is_new) {
        result.push_back(std::move(row));
        continue;
      }
      Row& sum = result[at->second];
      sum.count += row.count;
      sum.cpu += row.cpu;
      sum.wall += row.wall;
      for (Row& lower : row.below) sum.below.push_back(std::move(lower));
    }
    for (Row& row : result) row.below = merged(std::move(row.below));
    return result;
  }
};

Trace::Trace() : origin_(nanoseconds(CLOCK_MONOTONIC)) {}

int64_t Trace::now() const { return nanoseconds(CLOCK_MONOTONIC) - origin_; }

size_t Trace::begin(int64_t parent, std::string_view name, std::string_view detail) {
  const std::lock_guard lock(mutex_);
  const auto thread = threads_.try_emplace(std::this_thread::get_id(), static_cast<uint32_t>(threads_.size())).first;
  events_.push_back({std::string(name), std::string(detail), {}, parent, thread->second, now(), 0, 0});
  return events_.size() - 1;
}

void Trace::end(size_t event, int64_t when, int64_t cpu, std::string note) {
  const std::lock_guard lock(mutex_);
  events_[event].wall = when - events_[event].start;
  events_[event].cpu = cpu;
  events_[event].note = std::move(note);
}

/// The tree as it was made; what runs on another thread than its parent adds to the parent's CPU time.
Trace::Row Trace::rows() const {
  std::vector<Row> rows(events_.size());
  Row root;
  for (size_t i = events_.size(); i-- > 0;) {  // children come after their parents
    const Event& event = events_[i];
    Row row = std::move(rows[i]);
    row.name = event.name;
    row.note = event.note;
    row.count = 1;
    row.cpu = event.cpu + row.elsewhere;
    row.wall = event.wall;
    std::reverse(row.below.begin(), row.below.end());
    Row& above = event.parent < 0 ? root : rows[static_cast<size_t>(event.parent)];
    const bool moved = event.parent >= 0 && events_[static_cast<size_t>(event.parent)].thread != event.thread;
    above.elsewhere += moved ? row.cpu : row.elsewhere;
    above.below.push_back(std::move(row));
  }
  std::reverse(root.below.begin(), root.below.end());
  return root;
}

std::string Trace::tree_text() const {
  const std::lock_guard lock(mutex_);
  std::string out = "    CPU ms   clock ms  phase\n";
  for (const Row& row : Row::merged(rows().below)) row.print(out, 0);
  return out;
}

std::string Trace::chrome_json() const {
  const std::lock_guard lock(mutex_);
  std::string out = "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n";
  for (const auto& [id, thread] : threads_)
    out += fmt::format(R"({{"ph": "M", "name": "thread_name", "pid": 1, "tid": {}, "args": {{"name": "{} {}"}}}},)"
                       "\n",
                       thread, thread == 0 ? "main" : "worker", thread);
  for (size_t i = 0; i < events_.size(); ++i) {
    const Event& event = events_[i];
    const std::string name = event.detail.empty() ? event.name : event.name + " " + event.detail;
    out += fmt::format(R"({{"ph": "X", "name": {}, "cat": {}, "ts": {:.3f}, "dur": {:.3f}, "tdur": {:.3f}, )",
                       json::quote(name), json::quote(event.name), static_cast<double>(event.start) / 1e3,
                       static_cast<double>(event.wall) / 1e3, static_cast<double>(event.cpu) / 1e3);
    out += fmt::format(R"("pid": 1, "tid": {}, "args": {{"note": {}}}}}{})", event.thread, json::quote(event.note),
                       i + 1 < events_.size() ? ",\n" : "\n");
  }
  return out + "]}\n";
}

TimeScope::TimeScope(Trace* trace, std::string_view name) : trace_(trace) { start(-1, name, {}); }

TimeScope::TimeScope(const TimeScope* parent, std::string_view name, std::string_view detail)
    : trace_(parent != nullptr ? parent->trace_ : nullptr) {
  start(parent != nullptr ? static_cast<int64_t>(parent->event_) : -1, name, detail);
}

void TimeScope::start(int64_t parent, std::string_view name, std::string_view detail) {
  if (trace_ == nullptr) return;
  event_ = trace_->begin(parent, name, detail);
  running_ = true;
  cpu_start_ = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
}

void TimeScope::stop() {
  if (!running_) return;
  running_ = false;
  const int64_t cpu = nanoseconds(CLOCK_THREAD_CPUTIME_ID) - cpu_start_;
  trace_->end(event_, trace_->now(), cpu, std::move(note_));
}

}  // namespace psmc
