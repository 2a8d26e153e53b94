// SPDX-License-Identifier: Apache-2.0
// Where the time of a run goes: scopes within scopes, shown as a tree of times and as a trace for a viewer.
//
//   Trace trace;
//   TimeScope whole(&trace, "compile");
//   { TimeScope read(&whole, "read"); ... }
//
// A scope is handed down as `const TimeScope*`; null costs a comparison. Scopes may begin and end on any thread: a
// scope belongs to the one it was given, not to one that happens to be open.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace psmc {

class Trace {
 public:
  Trace();
  /// A line a scope, below the one that it was given: CPU time (of scopes on other threads, too), time on the clock,
  /// name, note. Scopes of one name beside each other that have no notes share a line, with their number.
  std::string tree_text() const;
  /// Chrome's trace events, for chrome://tracing and Perfetto: a complete event a scope, in microseconds.
  std::string chrome_json() const;

 private:
  friend class TimeScope;
  struct Event {
    std::string name, detail, note;
    int64_t parent = -1;  ///< index of an event
    uint32_t thread = 0;
    int64_t start = 0, wall = 0, cpu = 0;  ///< nanoseconds; `start` since the trace was made
  };
  struct Row;
  size_t begin(int64_t parent, std::string_view name, std::string_view detail);
  void end(size_t event, int64_t when, int64_t cpu, std::string note);
  int64_t now() const;
  Row rows() const;

  int64_t origin_ = 0;
  mutable std::mutex mutex_;
  std::deque<Event> events_;
  std::map<std::thread::id, uint32_t> threads_;
};

class TimeScope {
 public:
  TimeScope(Trace* trace, std::string_view name);
  /// `detail` (the name of a kernel) is for the viewer.
  TimeScope(const TimeScope* parent, std::string_view name, std::string_view detail = {});
  ~TimeScope() { stop(); }
  TimeScope(const TimeScope&) = delete;
  TimeScope& operator=(const TimeScope&) = delete;

  bool is_on() const { return trace_ != nullptr; }
  void note(std::string text) { note_ = std::move(text); }
  /// Ends the scope before its end; on the thread that made it.
  void stop();

 private:
  void start(int64_t parent, std::string_view name, std::string_view detail);

  Trace* trace_ = nullptr;
  size_t event_ = 0;
  int64_t cpu_start_ = 0;
  bool running_ = false;
  std::string note_;
};

}  // namespace psmc
