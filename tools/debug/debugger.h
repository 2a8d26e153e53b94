// SPDX-License-Identifier: Apache-2.0
// The commands of `psmc debug` (docs/debugger.md). Each prints to standard output; the same commands print the same.
#pragma once

#include <cstdio>
#include <string>

#include "tools/debug/target.h"
#include "tools/debug/words.h"

namespace psmc::tools::debug {

class Debugger {
 public:
  Debugger(const arch::Image& image, size_t entry, OpenDevice open)
      : image_(image), breaks_(image), target_(image, entry, std::move(open), breaks_) {}

  /// Begins the launch. Errors: those of Target::start.
  Status start() { return target_.start(); }
  /// Carries out one line; an empty one or a comment (#) does nothing. False: quit. Errors: bad_syntax at the word.
  Result<bool> execute(const SourcePlace& line);

 private:
  using Action = Status (Debugger::*)(Words&);
  struct Command {
    std::string_view name, alias, operands, what;
    Action action;
  };
  static std::span<const Command> commands();

  Status step(Words& words);
  Status next(Words& words);
  Status go_on(Words& words);
  Status add_break(Words& words);
  Status remove_break(Words& words);
  Status info(Words& words);
  Status where(Words& words);
  Status registers(Words& words);
  Status print(Words& words);
  Status examine(Words& words);
  Status queues(Words& words);
  Status waits(Words& words);
  Status list(Words& words);
  Status stats(Words& words);
  Status restart(Words& words);
  Status help(Words& words);
  Status quit(Words& words);

  Result<uint32_t> tile(Words& words) const;
  Result<DType> dtype(Words& words, DType usual) const;
  Status run(Cycle limit, const Words& words, const std::function<bool()>& until = {});
  void show_stop();

  const arch::Image& image_;
  Breakpoints breaks_;
  Target target_;
  bool quit_ = false;
};

}  // namespace psmc::tools::debug
