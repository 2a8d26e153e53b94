// SPDX-License-Identifier: Apache-2.0
// Laws of a memory channel: distances between its commands, and what the network sees of it.
#include <fmt/format.h>

#include "sim/memory/channel.h"
#include "tests/sim/contract.h"
#include "tests/sim/simulation.h"

namespace psmc::sim::test {
namespace {

using Kind = DramCommandKind;

constexpr Kind ACT = Kind::activate, PRE = Kind::precharge, RD = Kind::read, WR = Kind::write, REF = Kind::refresh;

struct Request {
  Cycle at;
  uint32_t bank;
  uint64_t row;
  bool write = false;
};

ChannelSpec quiet() {
  ChannelSpec s = channel_spec(psm1().memory);
  s.t_refi = 0;
  return s;
}

/// All commands that these requests lead to.
std::vector<DramCommand> commands(const ChannelSpec& spec, const std::vector<Request>& requests) {
  Channel channel(spec);
  const ChannelMap map(spec);
  std::vector<DramCommand> trace;
  channel.trace_to(&trace);
  size_t next = 0;
  for (Cycle now = 0; now < 3000; ++now) {
    for (; next < requests.size() && requests[next].at <= now && channel.room() > 0; ++next)
      channel.accept({map.address(requests[next].bank, requests[next].row), requests[next].write, 0, 0}, now);
    Issued issued;
    channel.tick(now, issued);
  }
  return trace;
}

/// The cycle of the n-th command (from 0) of this kind and bank.
uint64_t cycle_of(const std::vector<DramCommand>& trace, Kind kind, uint32_t bank, size_t n = 0) {
  for (const DramCommand& c : trace)
    if (c.kind == kind && c.bank == bank && n-- == 0) return c.cycle;
  FAIL("no such command");
  return 0;
}

/// Between the n-th command of a kind and bank and the m-th of another.
struct Point {
  Kind kind;
  uint32_t bank;
  size_t n = 0;
};

Law distance(std::string row, std::string what, uint64_t cycles, std::vector<Request> requests, Point from, Point to,
             ChannelSpec spec = quiet()) {
  return stating(takes(std::move(row), std::move(what), cycles,
                       [=] {
                         const std::vector<DramCommand> trace = commands(spec, requests);
                         return cycle_of(trace, to.kind, to.bank, to.n) - cycle_of(trace, from.kind, from.bank, from.n);
                       }),
                 {cycles});
}

/// A lone read of row 0 of bank 0, which found it so.
uint64_t latency(const std::vector<Request>& before) {
  Channel channel(quiet());
  const ChannelMap map(quiet());
  Cycle done = 0, at = 0;
  std::vector<Request> all = before;
  all.push_back({1000, 0, 0});
  for (const Request& r : all) {
    at = r.at;
    channel.accept({map.address(r.bank, r.row), r.write, 0, 0}, at);
    Issued issued;
    for (Cycle now = at; now < at + 200 && channel.room() < quiet().queue; ++now)
      if (channel.tick(now, issued)) done = issued.done;
  }
  return done - at;
}

std::vector<Law> latency_laws() {
  const arch::Memory& m = psm1().memory;
  std::vector<Law> laws;
  laws.push_back(stating(takes("its row open (hit)", "", m.hit_cycles, [] { return latency({{0, 0, 0}}); }),
                         {m.hit_cycles, m.burst_cycles()}));
  laws.push_back(stating(takes("the bank closed (miss)", "", m.miss_cycles, [] { return latency({{0, 1, 0}}); }),
                         {m.miss_cycles}));
  laws.push_back(
      stating(takes("another row open (conflict)", "", m.conflict_cycles, [] { return latency({{0, 0, 1}}); }),
              {m.conflict_cycles}));
  return laws;
}

/// Banks 0 and 1 are in different bank groups, 0 and 4 in one.
std::vector<Law> distance_laws() {
  const arch::Memory& m = psm1().memory;
  const uint64_t write = m.cwl + m.burst_cycles(), rc = m.t_ras + m.t_rp;
  const std::string activate = "ACT to read or write, to PRE, to ACT of the bank", others = "ACT to ACT of other banks";
  const std::string same = "read to read, write to write", turn = "write to read", close = "read to PRE, write to PRE";
  const std::string ready = "PRE to ACT or refresh of the bank";
  ChannelSpec wide = quiet();  // bursts of which a bank group alone cannot fill the bus
  wide.t_ccd_s = 4, wide.t_ccd_l = 6;
  const std::vector<Request> open{{0, 0, 0}, {0, 1, 0}, {0, 4, 0}};
  const auto then = [&](std::vector<Request> more) {
    std::vector<Request> all = open;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  std::vector<Law> laws{
      distance(same, "the bus", m.burst_cycles(), then({{200, 0, 0}, {200, 1, 0}}), {RD, 0, 1}, {RD, 1, 1}),
      distance(same, "tCCD_L", m.t_ccd_l, then({{200, 0, 0}, {200, 4, 0}}), {RD, 0, 1}, {RD, 4, 1}),
      distance("read to write", "", m.t_rtw, then({{200, 0, 0}, {201, 1, 0, true}}), {RD, 0, 1}, {WR, 1}),
      distance(turn, "another bank group", write + m.t_wtr_s, then({{200, 0, 0, true}, {201, 1, 0}}), {WR, 0},
               {RD, 1, 1}),
      distance(turn, "the same", write + m.turnaround_cycles, then({{200, 0, 0, true}, {201, 4, 0}}), {WR, 0},
               {RD, 4, 1}),
      distance(activate, "tRCD", m.t_rcd, {{0, 0, 0}}, {ACT, 0}, {RD, 0}),
      distance(activate, "tRCD of a write", m.t_rcd, {{0, 0, 0, true}}, {ACT, 0}, {WR, 0}),
      distance(activate, "tRAS", m.t_ras, {{0, 0, 0}, {15, 0, 1}}, {ACT, 0}, {PRE, 0}),
      distance(activate, "tRC", rc, {{0, 0, 0}, {15, 0, 1}}, {ACT, 0}, {ACT, 0, 1}),
      distance(others, "tRRD_S", m.t_rrd_s, {{0, 0, 0}, {0, 1, 0}}, {ACT, 0}, {ACT, 1}),
      distance(others, "tRRD_L", m.t_rrd_l, {{0, 0, 0}, {0, 4, 0}}, {ACT, 0}, {ACT, 4}),
      distance(others, "tFAW", m.t_faw, {{0, 0, 0}, {0, 1, 0}, {0, 2, 0}, {0, 3, 0}, {0, 4, 0}}, {ACT, 0}, {ACT, 4}),
      distance(close, "tRTP", m.t_rtp, {{0, 0, 0}, {200, 0, 0}, {201, 0, 1}}, {RD, 0, 1}, {PRE, 0}),
      distance(close, "tWR", write + m.t_wr, {{0, 0, 0}, {200, 0, 0, true}, {201, 0, 1}}, {WR, 0}, {PRE, 0}),
      distance(ready, "tRP", m.t_rp, {{0, 0, 0}, {200, 0, 1}}, {PRE, 0}, {ACT, 0, 1}),
      distance(ready, "refresh", m.t_rp, {{0, 0, 0}, {600, 1, 0}}, {PRE, 0}, {REF, 0}, channel_spec(m)),
      distance("refresh to ACT of the bank", "tRFC", m.refresh_cycles, {{200, 1, 0}, {257, 0, 0}}, {REF, 0}, {ACT, 0},
               channel_spec(m)),
      distance("refresh to ACT of the bank", "of another one", m.t_rrd_s, {{200, 1, 0}, {257, 2, 0}}, {REF, 0},
               {ACT, 2}, channel_spec(m)),
  };
  laws.push_back(takes(same, "tCCD_S longer than a burst", 4, [=] {
    const std::vector<DramCommand> t = commands(wide, {{0, 0, 0}, {0, 1, 0}, {200, 0, 0}, {200, 1, 0}});
    return cycle_of(t, RD, 1, 1) - cycle_of(t, RD, 0, 1);
  }));
  laws.back().stated.clear();
  return laws;
}

/// How many commands of `kind` come before the first of `other`, from cycle 200 on.
uint64_t before_first(const std::vector<DramCommand>& trace, Kind kind, Kind other, uint32_t bank, uint64_t row) {
  uint64_t n = 0;
  for (const DramCommand& c : trace) {
    if (c.kind == other && c.bank == bank && c.row == row && c.cycle >= 200) return n;
    n += c.kind == kind && c.cycle >= 200;
  }
  FAIL("no such command");
  return 0;
}

std::vector<Law> order_laws() {
  const arch::Memory& m = psm1().memory;
  const std::string columns = "order of columns", rows = "order of rows", both = "commands";
  ChannelSpec one_bus = quiet();
  one_bus.command_buses = 1;
  const std::vector<Request> meet{{0, 0, 0}, {m.t_rcd, 1, 0}};
  // Both rows are open and the last burst was a write; then one read, a write, and more reads than may go before it.
  std::vector<Request> reads{{0, 0, 0}, {50, 1, 0}, {120, 1, 0, true}, {200, 0, 0}, {201, 1, 0, true}};
  std::vector<Request> hits{{0, 0, 0}, {200, 0, 1}};
  reads.insert(reads.end(), 100, {201, 0, 0});
  hits.insert(hits.end(), 100, {200, 0, 0});
  std::vector<Law> laws;
  laws.push_back(takes(both, "a row and a column command at once", m.t_rcd,
                       [=] { return cycle_of(commands(quiet(), meet), ACT, 1); }));
  laws.push_back(
      takes(both, "one bus for both", m.t_rcd + 1, [=] { return cycle_of(commands(one_bus, meet), ACT, 1); }));
  laws.push_back(stating(takes(columns, "reads while a write waits", 32,
                               [=] { return before_first(commands(quiet(), reads), RD, WR, 1, 0); }),
                         {32}));
  laws.push_back(stating(takes(columns, "hits before an older burst", 16,
                               [=] { return before_first(commands(quiet(), hits), RD, ACT, 0, 1); }),
                         {16}));
  laws.push_back(takes(rows, "the older of two", m.t_rrd_s,
                       [=] { return cycle_of(commands(quiet(), {{0, 3, 0}, {0, 2, 0}}), ACT, 2); }));
  for (const uint64_t n : {1, 2, 5})
    laws.push_back(stating(takes("refresh", fmt::format("number {}", n), n * m.refresh_interval,
                                 [=] {
                                   const auto trace = commands(channel_spec(psm1().memory), {{2500, 0, 0}});
                                   return cycle_of(trace, REF, static_cast<uint32_t>(n - 1));
                                 }),
                           {m.refresh_interval}));
  laws.push_back(
      takes("banks", "one row further", 1, [&m] { return uint64_t{ChannelMap(quiet()).place(m.row_bytes).bank}; }));
  laws.push_back(takes("banks", "as many rows further as there are banks", 1,
                       [&m] { return uint64_t{ChannelMap(quiet()).place(uint64_t{m.row_bytes} * m.banks).bank}; }));
  return laws;
}

/// When word `pc` issues of a program of tile 0 beside channel 0; s1 and s2 point to its two descriptors.
uint64_t program(const std::string& code, const std::string& descriptors, uint32_t pc) {
  return issue(
      one_tile(code + "halt", ".zero 0x0 0x1000\n.data 0x1000\n" + descriptors + ".end\n.memory\n.zero 0x0 0x1000\n",
               "s1=0x1000 s2=0x1080"),
      pc);
}

std::vector<Law> controller_laws() {
  const arch::Memory& m = psm1().memory;
  const uint64_t start = psm1().dma.start_cycles, way = 2 + psm1().network.hop_cycles;
  const std::string line = "dma memory_to_scratchpad run=64 source=0 destination=0x400 local=1,1\n";
  const uint64_t miss = start + 1 + way + m.miss_cycles + way + 1, hit = 1 + start + 1 + way + m.hit_cycles + way + 1;
  std::vector<Law> laws;
  laws.push_back(
      stating(takes("a reply leaves", "a lone hit", miss + hit,
                    [=] { return program("dma.start in0,s1\nwait #1,1\ndma.start in0,s1\nwait #1,1\n", line, 3); }),
              {m.hit_cycles}));
  laws.push_back(takes("a request is taken from the network", "eight bursts of one", miss + 7 * m.burst_cycles(), [=] {
    return program("dma.start in0,s1\nwait #1,1\n",
                   "dma memory_to_scratchpad run=512 source=0 destination=0x400 local=1,1\n", 1);
  }));
  for (const uint64_t lines : {1, 8})
    laws.push_back(
        takes("a write is accepted", fmt::format("{} lines", lines), start + 1 + way + lines + 1 + way + 1, [=] {
          return program("dma.start out0,s1\nwait #1,1\n",
                         fmt::format("dma to_memory run={} source=0 destination=0 remote=1,1\n", 64 * lines), 1);
        }));
  return laws;
}

}  // namespace

std::vector<Law> memory_laws() {
  std::vector<Law> laws;
  for (auto make : {latency_laws, distance_laws, order_laws, controller_laws})
    for (Law& law : make()) laws.push_back(std::move(law));
  return laws;
}

}  // namespace psmc::sim::test
