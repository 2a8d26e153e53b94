// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/exit_status.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>

#include "base/check_context.h"
#include "sim/trap.h"

namespace psmc::tools {
namespace {

constexpr int kRejected = 1, kUsage = 2, kTrap = 4, kInternal = 70;

bool is_usage(Code code) {
  return code == Code::bad_option || code == Code::bad_pipeline || code == Code::unknown_binding ||
         code == Code::machine_unknown || code == Code::host_cpu;
}

/// As a failed check does: what happened, and during what (the pass, and how to get its reproducer).
void internal_error(std::string_view what) {
  fmt::print(stderr, "psmc: internal error: {}\n", what);
  if (const std::string during = failed_context(); !during.empty()) fmt::print(stderr, "  while: {}\n", during);
  if (const std::string note = failure_note(); !note.empty()) fmt::print(stderr, "  {}\n", note);
}

}  // namespace

int status_of(const Result<int>& result, DiagnosticOutput& output) {
  if (result.ok()) return *result;
  std::fflush(stdout);
  output.tell(result.diagnostic());
  const Code code = result.diagnostic().code;
  if (is_usage(code)) return kUsage;
  return sim::is_trap(code) ? kTrap : kRejected;
}

int guarded(const std::function<int()>& command) {
  try {
    return command();
  } catch (const std::bad_alloc&) {
    std::fputs("psmc: out of memory\n", stderr);
  } catch (const std::exception& e) {
    if (std::ferror(stdout) != 0) return 0;  // what was thrown says so; finish_output tells
    internal_error(e.what());
  } catch (...) {
    internal_error("an unknown exception");
  }
  return kInternal;
}

int finish_output(int status, DiagnosticOutput& output) {
  const bool flushed = std::fflush(stdout) == 0;
  const int reason = flushed ? 0 : errno;
  if (flushed && std::ferror(stdout) == 0) return output.finish(status);
  const std::string why = reason == 0 ? "a write failed" : std::strerror(reason);
  output.tell(error(Code::cannot_write, "cannot write standard output: " + why));
  return output.finish(status == 0 ? kRejected : status);
}

}  // namespace psmc::tools
