// SPDX-License-Identifier: Apache-2.0
// What the process was doing (CheckContext of check.h), for whoever reports an exception; what else is said then.
#pragma once

#include <functional>
#include <string>

namespace psmc {

/// The innermost context that the last exception has left, else the present one; "" if there is none.
std::string failed_context();

/// While it exists, a failed check of this thread ends its message with the line that `note` gives: where a reproducer
/// was written. So does the report of an exception that has left it; what `note` refers to must outlive the report.
class FailureNote {
 public:
  explicit FailureNote(std::function<std::string()> note);
  ~FailureNote();
  FailureNote(const FailureNote&) = delete;
  FailureNote& operator=(const FailureNote&) = delete;

 private:
  std::function<std::string()> previous_;
};

/// The innermost note, asked once; "" if there is none.
std::string failure_note();

/// From now on a signal that ends the process because of a bug (SIGSEGV, SIGBUS, SIGFPE, SIGILL) tells what the process
/// was doing, and the note, before it does so.
void report_crashes();

}  // namespace psmc
