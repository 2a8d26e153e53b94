// SPDX-License-Identifier: Apache-2.0
// validate noc: the simulator's network against golden packets of an independent one, and against its own zero-load
// formula; bench noc: what a load does to it, and how fast it is simulated.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "base/file.h"
#include "tools/commands/validate_command.h"
#include "tools/validate/curves.h"
#include "tools/validate/packets.h"

namespace psmc::tools {
namespace {

constexpr double kMaxPackets = 2e7;
constexpr uint64_t kMaxDraws = 1'000'000'000;  ///< cycles x nodes
constexpr double kMaxDeviation = 2;            ///< percent of a latency

Result<sim::NetworkSpec> network_of(const std::string& router, uint16_t width, uint16_t height) {
  const std::optional<sim::NetworkSpec> spec = sim::reference_network(router, width, height);
  if (!spec) return error(Code::bad_option, fmt::format("there is no router '{}'", router));
  return *spec;
}

void show_first(const GoldenPackets& golden, const std::vector<sim::Cycle>& arrive, size_t index) {
  const sim::TracePacket& p = golden.packets[index];
  fmt::print("first difference: packet from {} to {} of {} flits, created in cycle {}: tail arrives in {}, not {}\n",
             p.from, p.to, p.flits, p.create,
             arrive[index] == sim::kNever ? std::string("no cycle") : std::to_string(arrive[index]),
             golden.arrive[index]);
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Of the packets created in the second half, when queues have filled.
double mean_latency(const std::vector<sim::TracePacket>& packets, const std::vector<sim::Cycle>& arrive,
                    uint64_t from) {
  uint64_t sum = 0, count = 0;
  for (size_t i = 0; i < packets.size(); ++i) {
    if (packets[i].create < from || arrive[i] == sim::kNever) continue;
    sum += arrive[i] - packets[i].create;
    ++count;
  }
  return count == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(count);
}

/// Each point that the table has for this router, and its throughput when every node offers a flit a cycle.
Result<int> validate_curves(const ValidateNoc& options) {
  PSMC_ASSIGN(const std::string text, read_file(options.curves, size_t{1} << 20));
  PSMC_ASSIGN(const std::vector<Curve> curves, parse_curves(options.curves, text, options.router));
  PSMC_ASSIGN(const sim::NetworkSpec spec, network_of(options.router, 8, 8));
  double worst = 0;
  size_t points = 0;
  for (const Curve& c : curves) {
    const std::string name =
        fmt::format("{}.{}.L{}", options.router, c.pattern == sim::Pattern::uniform ? "uniform" : "transpose", c.flits);
    points += c.points.size();
    for (const CurvePoint& p : c.points) {
      const Estimate ours = latency_at(spec, c, p.load);
      const double off = 100 * (ours.mean / p.latency - 1);
      worst = std::max(worst, std::abs(off));
      fmt::print("RESULT noc.curve.{}.{} {:.2f} cycles\n  +- {:.2f} (95 %); the table {:.2f}: {:+.2f} %\n", name,
                 p.load, ours.mean, ours.error, p.latency, off);
    }
    if (!c.throughput) continue;
    fmt::print("RESULT noc.throughput.{} {:.4f} flits/node/cycle\n  the table {:.4f}\n", name, throughput(spec, c),
               *c.throughput);
  }
  if (points == 0)
    return file_error(Code::unknown_format, options.curves,
                      fmt::format("no latency of {} to compare with", options.router),
                      {"columns lat@LOAD, up to 80 % of max_stable_rate_tested"});
  fmt::print("RESULT noc.curves_worst {:.2f} %\n", worst);
  return worst <= kMaxDeviation ? 0 : 3;
}

}  // namespace

Result<int> validate_noc(const ValidateNoc& options) {
  if (!options.curves.empty()) return validate_curves(options);
  PSMC_ASSIGN(const sim::NetworkSpec spec, network_of(options.router, options.width, options.height));
  GoldenPackets golden;
  if (!options.packets.empty()) {
    PSMC_ASSIGN(const std::string text, read_file(options.packets, size_t{1} << 30));
    PSMC_ASSIGN(golden, parse_packets(options.packets, text, spec.routers()));
  }
  const Agreement zero = zero_load_agreement(spec);
  fmt::print("zero load: {} of {} packets take 2 + {} R + (L - 1) cycles\nRESULT noc.zero_load {:.6g} %\n", zero.equal,
             zero.counted, sim::hop_cycles(spec), zero.percent());
  if (options.packets.empty()) return zero.full() ? 0 : 3;
  const std::vector<sim::Cycle> arrive = sim::replay(spec, golden.packets).arrive;
  const TraceAgreement same = agreement(golden, arrive);
  fmt::print("{} of {} packets arrive in their cycle; before the last one is created, {} of {}\n", same.all.equal,
             same.all.counted, same.settled.equal, same.settled.counted);
  if (same.all.first_different) show_first(golden, arrive, *same.all.first_different);
  fmt::print("RESULT noc.same_cycle {:.6g} %\nRESULT noc.same_cycle_settled {:.6g} %\n", same.all.percent(),
             same.settled.percent());
  return zero.full() && same.settled.full() ? 0 : 3;
}

Result<int> bench_noc(const BenchNoc& options) {
  PSMC_ASSIGN(const sim::NetworkSpec spec, network_of(options.router, options.width, options.height));
  if (!(options.load >= 0 && options.load <= 1)) return error(Code::bad_option, "a load is a number from 0 to 1");
  if (options.cycles > kMaxDraws / spec.routers())
    return error(Code::too_large, fmt::format("{} cycles of {} nodes are more than {} draws", options.cycles,
                                              spec.routers(), kMaxDraws));
  const double expected = options.load * static_cast<double>(options.cycles) * spec.routers();
  if (expected / options.flits > kMaxPackets)
    return error(Code::too_large, fmt::format("that are about {:.3g} packets; at most {:.3g} are simulated",
                                              expected / options.flits, kMaxPackets));
  const std::vector<sim::TracePacket> packets = sim::random_traffic(
      spec, sim::Pattern::uniform, options.load, static_cast<uint8_t>(options.flits), options.cycles, options.seed);
  const double start = cpu_seconds();
  const sim::Replayed replayed = sim::replay(spec, packets);
  const double seconds = std::max(cpu_seconds() - start, 1e-9);
  const double router_cycles = static_cast<double>(replayed.cycles) * spec.routers();
  fmt::print("{} packets in {} cycles, {:.3f} s\n", packets.size(), replayed.cycles, seconds);
  fmt::print("RESULT noc.latency {:.2f} cycles\nRESULT noc.router_cycles {:.4g} M/s\n",
             mean_latency(packets, replayed.arrive, options.cycles / 2), router_cycles / seconds / 1e6);
  return 0;
}

}  // namespace psmc::tools
