// SPDX-License-Identifier: Apache-2.0
// Damages files and sees what their readers do. Each try runs in a process of its own with a limit on memory and CPU
// time, so that a crash, a hang or a huge allocation is an outcome and not the end of the test.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>
#include <string>

#include "base/random.h"
#include "base/result.h"

namespace psmc::test {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

/// Writes another number where one stands in a text; false if none was found.
inline bool other_number(std::string& text, Random& random) {
  const size_t start = text.find_first_of("0123456789", random.below(text.size()));
  if (start == std::string::npos) return false;
  const size_t end = std::min(text.find_first_not_of("0123456789", start), text.size());
  const char* numbers[] = {"0",
                           "1",
                           "2",
                           "3",
                           "7",
                           "8",
                           "15",
                           "16",
                           "17",
                           "33",
                           "64",
                           "100",
                           "1000",
                           "4095",
                           "65536",
                           "1000000",
                           "2147483647",
                           "2147483648",
                           "4294967295",
                           "9223372036854775807",
                           "18446744073709551616",
                           "-1",
                           "0.5"};
  text.replace(start, end - start, numbers[random.below(std::size(numbers))]);
  return true;
}

/// Cut short, bits flipped, overwritten, zeroed, repeated or removed parts, other numbers; the beginning, where headers
/// stand, more often than the rest.
inline std::string damaged(std::string bytes, Random& random) {
  if (bytes.empty()) return "x";
  const auto at = [&] {
    return random.chance(0.5) ? random.below(std::min<size_t>(bytes.size(), size_t{8} << random.below(9)))
                              : random.below(bytes.size());
  };
  const uint64_t kind = random.below(9);
  if (kind == 0) return bytes.substr(0, at());
  for (uint64_t n = random.chance(0.5) ? 1 : 1 + random.below(4); n > 0 && !bytes.empty(); --n) {
    const size_t i = at(), size = std::min<size_t>(bytes.size() - i, 1 + random.below(24));
    const std::string words[] = {std::string(4, '\xff'), std::string(8, '\0'), "\x7f\xff\xff\xff"};
    switch (kind) {
      case 1: bytes[i] = static_cast<char>(bytes[i] ^ (1 << random.below(8))); break;
      case 2: bytes[i] = static_cast<char>(random.below(256)); break;
      case 3: bytes.replace(i, std::min<size_t>(size, 4), words[random.below(3)]); break;
      case 4: bytes.insert(i, bytes.substr(random.below(bytes.size()), size)); break;
      case 5: bytes.erase(i, size); break;
      default:
        if (!other_number(bytes, random)) bytes[i] = '1';
    }
  }
  return bytes;
}

enum class Fate { accepted, refused, failed };

/// What `read` does in a process of its own: an error must have been returned as such. `log` receives what the process
/// wrote to standard error.
inline Fate fate_of(const std::function<Status()>& read, const std::string& log,
                    uint32_t seconds = kSanitized ? 120 : 20) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(out, 2);
    const rlimit memory{rlim_t{2} << 30, rlim_t{2} << 30}, time{seconds, seconds};
    if (!kSanitized) setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_CPU, &time);
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    for (const int s : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGTERM, SIGINT}) std::signal(s, SIG_DFL);
    Status status;
    try {
      status = read();
    } catch (...) {
      _exit(3);
    }
    _exit(status.ok() ? 0 : status.diagnostic().render().find("[PSM") != std::string::npos ? 1 : 2);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status)) return Fate::failed;
  return WEXITSTATUS(status) == 0 ? Fate::accepted : WEXITSTATUS(status) == 1 ? Fate::refused : Fate::failed;
}

}  // namespace psmc::test
