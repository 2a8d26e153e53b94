// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include "base/check_context.h"

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace psmc {
namespace {
thread_local std::string current_context;
thread_local std::string left_by_exception;
}  // namespace

CheckContext::CheckContext(std::string what) : previous_(std::move(current_context)) {
  current_context = std::move(what);
  left_by_exception.clear();
}

CheckContext::~CheckContext() {
  if (std::uncaught_exceptions() > 0 && left_by_exception.empty()) left_by_exception = std::move(current_context);
  current_context = std::move(previous_);
}

std::string failed_context() { return left_by_exception.empty() ? current_context : left_by_exception; }

void check_failed(const char* file, int line, const char* condition, std::string_view message) {
  std::fprintf(stderr, "psmc: internal check failed at %s:%d: %s\n  %.*s\n", file, line, condition,
               static_cast<int>(message.size()), message.data());
  if (!current_context.empty()) std::fprintf(stderr, "  while: %s\n", current_context.c_str());
  std::fflush(nullptr);
  if (std::getenv("PSMC_ABORT_ON_CHECK") != nullptr) std::abort();
  std::_Exit(70);
}

}  // namespace psmc
