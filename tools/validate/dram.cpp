// SPDX-License-Identifier: Apache-2.0
// validate dram: latencies of a memory channel and an independent look at its commands; bench dram: what a load gets
// from it, and how fast it is simulated.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "arch/dram.h"
#include "tools/commands/validate_command.h"
#include "tools/validate/dram_checker.h"
#include "tools/validate/dram_traffic.h"

namespace psmc::tools {
namespace {

constexpr sim::Cycle kQuiet = 100'000;  // longer than any latency

struct Latencies {
  sim::Cycle hit = 0, miss = 0, conflict = 0;
  bool operator==(const Latencies&) const = default;
};

/// From the cycle in which a lone read enters.
sim::Cycle lone_read(sim::Channel& channel, uint64_t address, sim::Cycle at) {
  channel.accept({address, false, 0, 0}, at);
  sim::Issued issued;
  for (sim::Cycle now = at; now != sim::kNever; now = channel.next_event(now))
    if (channel.tick(now, issued)) return issued.done - at;
  return 0;
}

Latencies measured_latencies(const arch::Memory& memory, uint32_t bank) {
  sim::ChannelSpec spec = sim::channel_spec(memory);
  spec.t_refi = 0;
  const sim::ChannelMap map(spec);
  sim::Channel channel(spec);
  Latencies l;
  l.miss = lone_read(channel, map.address(bank, 0), kQuiet);
  l.hit = lone_read(channel, map.address(bank, 0), 2 * kQuiet);
  l.conflict = lone_read(channel, map.address(bank, 1), 3 * kQuiet);
  return l;
}

/// Those of all banks must be CL + BL/2 + 1, tRCD more, tRP more.
bool validate_latencies(const std::string& name, const arch::Memory& m) {
  const sim::Cycle hit = sim::Cycle{m.cl} + m.burst_bytes / m.channel_bytes_per_cycle + 1;
  const Latencies expected{hit, hit + m.t_rcd, hit + m.t_rcd + m.t_rp};
  Latencies l = measured_latencies(m, 0);
  for (uint32_t bank = 1; bank < m.banks && l == expected; ++bank) l = measured_latencies(m, bank);
  fmt::print("RESULT dram.{0}.hit {1} cycles\nRESULT dram.{0}.miss {2} cycles\nRESULT dram.{0}.conflict {3} cycles\n",
             name, l.hit, l.miss, l.conflict);
  if (l != expected)
    fmt::print("the parameters say {}, {} and {} cycles\n", expected.hit, expected.miss, expected.conflict);
  return l == expected;
}

/// Every pattern in turn at several loads, `commands` in all.
bool validate_commands(const std::string& name, const arch::Memory& memory, const ValidateDram& options) {
  const sim::ChannelSpec spec = sim::channel_spec(memory);
  constexpr double kLoads[] = {1, 0.6, 0.05};
  const uint64_t share = options.commands / (std::size(kDramPatterns) * std::size(kLoads)) + 1;
  uint64_t commands = 0, violations = 0;
  for (const DramPattern pattern : kDramPatterns) {
    for (const double load : kLoads) {
      sim::Channel channel(spec);
      DramChecker checker(memory);
      std::vector<sim::DramCommand> trace;
      const auto check_all = [&] {
        for (const sim::DramCommand& c : trace) checker.check(c);
        trace.clear();
      };
      channel.trace_to(&trace);
      const DramRun run = run_dram(channel, spec, {pattern, load, options.seed}, [&](const DramRun&) {
        check_all();
        return checker.commands() >= share;
      });
      const sim::Cycle end = run.cycles + uint64_t{20} * spec.t_refi;
      channel.catch_up(end);
      check_all();
      checker.finish(end);
      commands += checker.commands();
      violations += checker.violations();
      for (const std::string& message : checker.messages())
        fmt::print("{}, {} at load {}: {}\n", name, dram_pattern_name(pattern), load, message);
    }
  }
  fmt::print("RESULT dram.{0}.commands {1}\nRESULT dram.{0}.violations {2}\n", name, commands, violations);
  return violations == 0;
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void bench_pattern(const std::string& name, const arch::Memory& memory, DramPattern pattern, const BenchDram& options) {
  const sim::ChannelSpec spec = sim::channel_spec(memory);
  sim::Channel channel(spec);
  const double start = cpu_seconds();
  const DramRun run = run_dram(channel, spec, {pattern, options.load, options.seed},
                               [&](const DramRun& r) { return r.cycles >= options.cycles; });
  const double seconds = std::max(cpu_seconds() - start, 1e-9), cycles = static_cast<double>(run.cycles);
  const sim::ChannelCounters& c = channel.counters();
  const double bytes = static_cast<double>(run.bursts) * spec.burst_bytes / cycles;
  fmt::print("{} {}: {} bursts in {} cycles ({} hits, {} misses, {} conflicts), {:.3f} s\n", name,
             dram_pattern_name(pattern), run.bursts, run.cycles, c.hits, c.misses, c.conflicts, seconds);
  const std::string result = fmt::format("RESULT dram.{}.{}", name, dram_pattern_name(pattern));
  fmt::print("{0}.channel_cycles_per_s {1:.4g} /s\n{0}.bandwidth {2:.2f} B/cycle\n{0}.bandwidth_share {3:.1f} %\n",
             result, cycles / seconds, bytes, 100 * bytes * spec.burst_cycles / spec.burst_bytes);
  fmt::print("{}.read_latency {:.1f} cycles\n", result,
             static_cast<double>(run.read_latency) / static_cast<double>(std::max<uint64_t>(run.reads, 1)));
}

std::vector<std::string> names_of(const std::string& preset) {
  if (!preset.empty()) return {preset};
  return {"ddr4-2400", "hbm2", "psm1"};
}

}  // namespace

Result<int> validate_dram(const ValidateDram& options) {
  bool right = true;
  for (const std::string& name : names_of(options.preset)) {
    PSMC_ASSIGN(const arch::Memory memory, arch::dram_preset(name));
    right &= validate_latencies(name, memory);
    right &= validate_commands(name, memory, options);
  }
  return right ? 0 : 3;
}

Result<int> bench_dram(const BenchDram& options) {
  if (!(options.load >= 0.001 && options.load <= 1))
    return error(Code::bad_option, "a load is a number from 0.001 to 1");
  for (const std::string& name : names_of(options.preset)) {
    PSMC_ASSIGN(const arch::Memory memory, arch::dram_preset(name));
    for (const DramPattern pattern : {DramPattern::random, DramPattern::stream})
      bench_pattern(name, memory, pattern, options);
  }
  return 0;
}

}  // namespace psmc::tools
