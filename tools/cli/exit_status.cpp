// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/exit_status.h"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>

namespace psmc::tools {
namespace {

constexpr int kRejected = 1, kUsage = 2, kTrap = 4, kInternal = 70;

}  // namespace

int status_of(const Result<int>& result) {
  if (result.ok()) return *result;
  std::fflush(stdout);
  std::fputs((result.diagnostic().render() + "\n").c_str(), stderr);
  const Code code = result.diagnostic().code;
  if (code == Code::bad_option) return kUsage;
  return code >= Code::trap_hazard && code <= Code::trap_cycle_limit ? kTrap : kRejected;
}

int guarded(const std::function<int()>& command) {
  try {
    return command();
  } catch (const std::bad_alloc&) {
    std::fputs("psmc: out of memory\n", stderr);
  } catch (const std::exception& e) {
    fmt::print(stderr, "psmc: internal error: {}\n", e.what());
  } catch (...) {
    std::fputs("psmc: internal error\n", stderr);
  }
  return kInternal;
}

}  // namespace psmc::tools
