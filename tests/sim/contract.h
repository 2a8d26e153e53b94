// SPDX-License-Identifier: Apache-2.0
// The timing contract as laws. Each row of a unit's table in docs/sim-timing.md has one or more. A law that a program
// can break by coming early is tried twice: on time it runs, with one cycle less it must end in the stated trap. A law
// of what the machine takes is tried for exactly that number, neither less nor more. contract_test.cpp checks that
// every row has a law, every law a row, and that the row states the machine's numbers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "arch/machine.h"
#include "sim/trap.h"

namespace psmc::sim::test {

struct Law {
  std::string row;   ///< first cell of a row of the page
  std::string what;  ///< which case of it
  uint64_t cycles = 0;
  std::function<uint64_t()> measured = {};  ///< what it takes; else:
  std::optional<TrapKind> early = {};       ///< how one cycle less ends; none if that is allowed
  std::function<std::optional<TrapKind>(uint64_t cycles)> run = {};
  std::vector<uint64_t> stated = {};  ///< numbers of the machine that the row must contain
};

/// Programs, a function of the distance between two words: `cycles` apart they run, one less traps.
Law apart(std::string row, std::string what, uint64_t cycles, TrapKind early,
          std::function<std::string(uint64_t)> program);
/// Something that takes exactly so many cycles.
Law takes(std::string row, std::string what, uint64_t cycles, std::function<uint64_t()> measured);
/// The same law, whose row states these numbers.
Law stating(Law law, std::vector<uint64_t> numbers);

/// How a program ends.
std::optional<TrapKind> trap_of(const std::string& program, bool races = true);
/// The cycle in which word `pc` of `tile` issues for the first time. Races are not looked for.
uint64_t issue(const std::string& program, uint32_t pc, uint32_t tile = 0);
/// `n` empty words.
std::string empty(uint64_t n);

/// psm1, whose numbers the page states; lab4, on which programs run, has the same.
const arch::Machine& psm1();

std::vector<Law> core_laws();
std::vector<Law> instruction_laws();
std::vector<Law> dma_laws();
std::vector<Law> network_laws();
std::vector<Law> memory_laws();
std::vector<Law> semaphore_laws();

/// Tries each law.
void check(const std::vector<Law>& laws);

}  // namespace psmc::sim::test
