// SPDX-License-Identifier: Apache-2.0
// Internal checks: what only a bug in psmc can cause. A failed check prints place, message and the current
// context (which pass is running), and ends the process with status 70.
#pragma once

#include <string>
#include <string_view>

namespace psmc {

/// Prints the failure and exits with status 70 (or aborts if PSMC_ABORT_ON_CHECK is set in the environment).
[[noreturn]] void check_failed(const char* file, int line, const char* condition, std::string_view message);

/// What the process is doing, for the message of a failed check; restored at the end of the scope.
class CheckContext {
 public:
  explicit CheckContext(std::string what);
  ~CheckContext();
  CheckContext(const CheckContext&) = delete;
  CheckContext& operator=(const CheckContext&) = delete;

 private:
  std::string previous_;
};

}  // namespace psmc

/// Always on: cheap conditions whose failure would give wrong results.
#define PSMC_CHECK(condition, message)                               \
  do {                                                               \
    if (!(condition)) [[unlikely]]                                   \
      ::psmc::check_failed(__FILE__, __LINE__, #condition, message); \
  } while (0)
