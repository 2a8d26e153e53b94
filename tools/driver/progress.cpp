// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/progress.h"

#include <fmt/format.h>

#include <cstdio>

#include <unistd.h>

namespace psmc::tools {

Progress::Progress() : on_(isatty(STDERR_FILENO) == 1), both_(isatty(STDOUT_FILENO) == 1) {}

void Progress::show(const std::string& text) {
  if (!on_) return;
  fmt::print(stderr, "\r\x1b[K{}", text);
  std::fflush(stderr);
  shown_ = true;
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

void Progress::output_began() {
  clear();
  if (both_) on_ = false;
}

std::function<void(uint64_t)> Progress::of_cycles(std::string what) {
  return [this, what = std::move(what)](uint64_t cycles) { show(fmt::format("{}: {} cycles", what, cycles)); };
}

}  // namespace psmc::tools
