// SPDX-License-Identifier: Apache-2.0
// What is going on, on one line of a terminal. Silent when standard error is no terminal, or when standard output is
// one and has an unfinished line that the progress would overwrite.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace psmc::tools {

class Progress {
 public:
  Progress();
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const std::string& text);
  /// Removes the line, before anything else is printed.
  void clear();
  /// From now on standard output has an unfinished line.
  void output_began();
  /// For sim::Options::progress; must not outlive this object.
  std::function<void(uint64_t)> of_cycles(std::string what);

 private:
  bool on_ = false, both_ = false, shown_ = false;
};

}  // namespace psmc::tools
