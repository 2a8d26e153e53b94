// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace psmc {
namespace {
thread_local std::string current_context;
}

CheckContext::CheckContext(std::string what) : previous_(std::move(current_context)) {
  current_context = std::move(what);
}
CheckContext::~CheckContext() { current_context = std::move(previous_); }

void check_failed(const char* file, int line, const char* condition, std::string_view message) {
  std::fprintf(stderr, "psmc: internal check failed at %s:%d: %s\n  %.*s\n", file, line, condition,
               static_cast<int>(message.size()), message.data());
  if (!current_context.empty()) std::fprintf(stderr, "  while: %s\n", current_context.c_str());
  std::fflush(nullptr);
  if (std::getenv("PSMC_ABORT_ON_CHECK") != nullptr) std::abort();
  std::_Exit(70);
}

}  // namespace psmc
