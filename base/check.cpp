// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include "base/check_context.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PSMC_HAS_SANITIZER  // which tells more
#endif
#endif

namespace psmc {
namespace {

thread_local std::string current_context;
thread_local std::string left_by_exception;
thread_local std::function<std::string()> current_note, note_left_by_exception;

void say(std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }

/// Asks for the note in a child, which may crash or hang as it likes: nothing can be relied on any more.
void say_note() {
  if (!current_note) return;
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    const std::string note = failure_note();
    if (!note.empty()) say("  " + note + "\n");
    ::_exit(0);
  }
  int status = 0;
  if (child > 0) ::waitpid(child, &status, 0);
}

[[maybe_unused]] void crashed(int signal) {
  say("psmc: crashed with signal ");
  const char number[] = {static_cast<char>('0' + signal / 10), static_cast<char>('0' + signal % 10), '\n'};
  say({number, sizeof number});
  if (!current_context.empty()) {
    say("  while: ");
    say(current_context);
    say("\n");
  }
  say_note();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

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

FailureNote::FailureNote(std::function<std::string()> note) : previous_(std::move(current_note)) {
  current_note = std::move(note);
  note_left_by_exception = nullptr;
}

FailureNote::~FailureNote() {
  if (std::uncaught_exceptions() > 0 && !note_left_by_exception) note_left_by_exception = std::move(current_note);
  current_note = std::move(previous_);
}

std::string failure_note() {
  const std::function<std::string()> left = std::exchange(note_left_by_exception, nullptr);
  const std::function<std::string()> now = std::exchange(current_note, nullptr);  // it may fail, too: not again
  if (left) return left();
  return now ? now() : std::string();
}

void check_failed(const char* file, int line, const char* condition, std::string_view message) {
  std::fprintf(stderr, "psmc: internal check failed at %s:%d: %s\n  %.*s\n", file, line, condition,
               static_cast<int>(message.size()), message.data());
  if (!current_context.empty()) std::fprintf(stderr, "  while: %s\n", current_context.c_str());
  if (const std::string note = failure_note(); !note.empty()) std::fprintf(stderr, "  %s\n", note.c_str());
  std::fflush(nullptr);
  if (std::getenv("PSMC_ABORT_ON_CHECK") != nullptr) std::abort();
  std::_Exit(70);
}

void report_crashes() {
#ifndef PSMC_HAS_SANITIZER
  static char stack[8 << 20];  // the one of the thread may be what has run out
  stack_t other{};
  other.ss_sp = stack;
  other.ss_size = sizeof stack;
  ::sigaltstack(&other, nullptr);
  struct sigaction action{};
  action.sa_handler = crashed;
  action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) ::sigaction(signal, &action, nullptr);
#endif
}

}  // namespace psmc
