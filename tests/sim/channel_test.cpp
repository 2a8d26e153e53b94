// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/channel.h"

#include <catch2/catch.hpp>

#include <map>
#include <set>

#include "arch/dram.h"
#include "base/random.h"

namespace psmc::sim {
namespace {

ChannelSpec spec_of(const char* preset) { return channel_spec(arch::dram_preset(preset).value()); }

ChannelSpec quiet() {
  ChannelSpec s;
  s.t_refi = 0;
  return s;
}

/// An address of bank 0 of the channel that `quiet` makes.
uint64_t row_of_bank_0(uint64_t row) { return ChannelMap(quiet()).address(0, row); }

/// Ticks until the burst of `owner` is issued; its data is complete at the returned cycle.
Cycle done(Channel& channel, uint32_t owner, Cycle from) {
  for (Cycle now = from; now < from + 5000; ++now) {
    Issued issued;
    if (channel.tick(now, issued) && issued.burst.owner == owner) return issued.done;
  }
  FAIL("a burst is never issued");
  return 0;
}

SCENARIO("hit, miss and conflict of an idle channel take 17, 31 and 45 cycles") {
  Channel c(quiet());
  c.accept({0, false, 1, 0}, 100);
  CHECK(done(c, 1, 100) == 100 + 31);  // closed bank
  c.accept({64, false, 2, 0}, 200);
  CHECK(done(c, 2, 200) == 200 + 17);  // the row is open
  c.accept({row_of_bank_0(1), false, 3, 0}, 300);
  CHECK(done(c, 3, 300) == 300 + 45);  // another row of bank 0
  c.accept({2048, false, 4, 0}, 400);
  CHECK(done(c, 4, 400) == 400 + 31);  // bank 1
  CHECK(c.counters().hits == 1);
  CHECK(c.counters().misses == 2);
  CHECK(c.counters().conflicts == 1);
}

SCENARIO("the presets have the latencies of their DRAM") {
  const auto latencies = [](const char* name) {
    const ChannelSpec s = spec_of(name);
    return std::array{s.hit(), s.miss(), s.conflict()};
  };
  CHECK(latencies("ddr4-2400") == std::array{22u, 39u, 56u});
  CHECK(latencies("hbm2") == std::array{17u, 31u, 45u});
  CHECK(latencies("psm1") == std::array{17u, 31u, 45u});
  CHECK(latencies("psm1-lean") == std::array{17u, 31u, 45u});
}

SCENARIO("a place in a channel has an address, and that address the place") {
  for (const char* name : {"ddr4-2400", "psm1"}) {
    const ChannelSpec s = spec_of(name);
    const ChannelMap map(s);
    for (uint32_t bank = 0; bank < s.banks; ++bank) {
      CHECK(map.place(map.address(bank, 5)).bank == bank);
      CHECK(map.place(map.address(bank, 5)).row == 5);
    }
    std::map<std::pair<uint32_t, uint64_t>, uint64_t> bytes;
    for (uint64_t at = 0; at < uint64_t{3} * s.banks * s.row_bytes; at += s.burst_bytes)
      bytes[{map.place(at).bank, map.place(at).row}] += s.burst_bytes;
    CHECK(bytes.size() == 3 * s.banks);
    for (const auto& [place, size] : bytes) CHECK(size == s.row_bytes);
  }
  for (const char* name : {"ddr4-2400", "psm1"}) {  // a power of two apart, but not in the same bank
    const ChannelSpec s = spec_of(name);
    std::set<uint32_t> banks;
    for (uint64_t row = 0; row < s.banks; ++row) banks.insert(ChannelMap(s).place(row * s.banks * s.row_bytes).bank);
    CHECK(banks.size() == s.banks);
  }
  const ChannelMap ddr4(spec_of("ddr4-2400"));
  CHECK(ddr4.place(0).bank != ddr4.place(64).bank);  // one bank group alone cannot fill the bus
  const ChannelMap psm1(spec_of("psm1"));
  CHECK(psm1.place(0).bank == psm1.place(64).bank);
}

SCENARIO("a stream of hits delivers a burst every 2 cycles") {
  Channel c(quiet());
  Issued issued;
  std::vector<Cycle> times;
  uint64_t next = 0;
  for (Cycle now = 0; now < 1000; ++now) {
    while (c.room() > 0 && next < 256) c.accept({64 * next++, false, 0, 0}, now);
    if (c.tick(now, issued)) times.push_back(issued.done);
  }
  REQUIRE(times.size() == 256);
  CHECK(times.front() == 31);
  CHECK(times.back() == 31 + 2 * 255);  // the activations of the next banks hide behind the hits of this one
}

SCENARIO("a read after a write waits for its data and tWTR, a write after a read for tRTW") {
  Channel c(quiet());
  c.accept({0, true, 1, 0}, 0);
  CHECK(done(c, 1, 0) == 14 + 4 + 2 + 1);  // WR at 14, its data from 18 to 20
  c.accept({64, false, 2, 0}, 15);
  CHECK(done(c, 2, 15) == 14 + 4 + 2 + 8 + 17);
  c.accept({128, false, 3, 0}, 200);
  CHECK(done(c, 3, 200) == 200 + 17);
  c.accept({192, true, 4, 0}, 201);
  CHECK(done(c, 4, 201) == 200 + 14 + 4 + 2 + 1);
}

SCENARIO("the row of a bank is precharged tRTP after a read, tWR after a write's data, tRAS after it was opened") {
  const auto row_conflict = [](Cycle first, bool write) {  // a burst at `first` after the miss, then another row
    Channel c(quiet());
    c.accept({0, false, 1, 0}, 0);
    done(c, 1, 0);
    c.accept({64, write, 2, 0}, first);
    const Cycle issued = done(c, 2, first) - (write ? 7 : 17);
    c.accept({row_of_bank_0(1), false, 3, 0}, issued + 1);
    return done(c, 3, issued + 1) - issued;
  };
  CHECK(row_conflict(16, false) == 34 - 16 + 45);  // ACT at 0: tRAS
  CHECK(row_conflict(100, false) == 6 + 45);
  CHECK(row_conflict(100, true) == 4 + 2 + 16 + 45);
}

SCENARIO("the fifth bank that is opened waits for tFAW") {
  Channel c(quiet());
  std::vector<DramCommand> trace;
  c.trace_to(&trace);
  for (uint32_t bank = 0; bank < 6; ++bank) c.accept({bank * 2048u, false, bank, 0}, 0);
  done(c, 5, 0);
  std::vector<Cycle> activations;
  for (const DramCommand& command : trace)
    if (command.kind == DramCommandKind::activate) activations.push_back(command.cycle);
  CHECK(activations == std::vector<Cycle>{0, 4, 8, 12, 30, 34});
}

SCENARIO("refresh takes one bank every 256 cycles, idle banks first") {
  ChannelSpec s;
  Channel c(s);
  // Bank 0 is kept busy with hits, so the first refresh of a round goes to bank 1, and none to bank 0 for 15 rounds.
  uint64_t hits = 0;
  for (Cycle now = 0; now < 256 * 15; ++now) {
    Issued issued;
    if (c.room() == s.queue) c.accept({64 * (hits++ % 32), false, 0, 0}, now);
    c.tick(now, issued);
  }
  CHECK(c.counters().refreshes == 14);
  CHECK(c.counters().misses == 1);
  CHECK(c.counters().conflicts == 0);
}

SCENARIO("a burst that meets the refresh of its bank waits for tRFC and opens its row anew") {
  for (const char* name : {"psm1", "ddr4-2400"}) {
    const ChannelSpec s = spec_of(name);
    Channel c(s);
    const uint64_t one = ChannelMap(s).address(0, 0);
    c.accept({one, false, 1, 0}, 100);
    done(c, 1, 100);
    const Cycle closed = s.t_refi + s.t_rp;  // PRE in the cycle in which the refresh is due
    c.accept({one, false, 2, 0}, closed + 1);
    CHECK(done(c, 2, closed + 1) == closed + s.t_rfc + s.miss());
    CHECK(c.counters().refreshes == 1);
  }
}

SCENARIO("refreshes of an idle channel come when they are due, whenever somebody looks") {
  ChannelSpec s;
  std::array<std::vector<DramCommand>, 2> traces;
  for (const bool often : {false, true}) {
    Channel c(s);
    c.trace_to(&traces[often]);
    if (often)
      for (Cycle now = 0; now < 100'000; now += 7) c.catch_up(now);
    c.catch_up(100'000);
    CHECK(c.counters().refreshes == 100'000 / 256);
  }
  REQUIRE(traces[0].size() == traces[1].size());
  for (size_t i = 0; i < traces[0].size(); ++i) {
    CHECK(traces[0][i].cycle == 256 * (i + 1));
    CHECK(traces[1][i].cycle == 256 * (i + 1));
    CHECK(traces[0][i].bank == traces[1][i].bank);
  }
}

struct Request {
  Cycle at;
  Burst burst;
};

std::vector<Request> random_requests(uint64_t seed, uint32_t count) {
  Random random(seed);
  std::vector<Request> requests;
  Cycle at = 0;
  for (uint32_t i = 0; i < count; ++i) {
    at += random.below(random.chance(0.02) ? 6000 : 12);
    requests.push_back({at, {random.below(1 << 18) / 64 * 64, random.chance(0.3), i, 0}});
  }
  return requests;
}

/// When each burst is done, and all commands.
struct Outcome {
  std::map<uint32_t, Cycle> done;
  std::vector<std::tuple<Cycle, DramCommandKind, uint16_t, uint64_t>> commands;
  bool operator==(const Outcome&) const = default;
};

Outcome run(const ChannelSpec& spec, const std::vector<Request>& requests, bool skip) {
  Channel c(spec);
  Outcome outcome;
  std::vector<DramCommand> trace;
  c.trace_to(&trace);
  size_t next = 0;
  Cycle wake = 0;
  for (Cycle now = 0; now < requests.back().at + 20'000; ++now) {
    bool entered = false;
    for (; next < requests.size() && requests[next].at <= now && c.room() > 0; ++next) {
      c.accept(requests[next].burst, now);
      entered = true;
    }
    if (skip && !entered && now < wake) continue;
    Issued issued;
    if (c.tick(now, issued)) {
      REQUIRE(outcome.done.emplace(issued.burst.owner, issued.done).second);  // once
      REQUIRE(issued.burst.address == requests[issued.burst.owner].burst.address);
    }
    wake = c.next_event(now);
  }
  for (const DramCommand& command : trace)
    outcome.commands.push_back({command.cycle, command.kind, command.bank, command.row});
  return outcome;
}

SCENARIO("skipping over cycles in which nothing happens changes neither a command nor a result") {
  for (const char* name : {"psm1", "psm1-lean", "ddr4-2400", "hbm2"}) {
    ChannelSpec plain = spec_of(name);
    const ChannelSpec spec = plain;
    plain.every_cycle = true;
    for (uint64_t seed = 1; seed <= 10; ++seed) {
      const std::vector<Request> requests = random_requests(seed, 1000);
      const Outcome expected = run(plain, requests, false);
      REQUIRE(expected.done.size() == 1000);
      CHECK(expected == run(spec, requests, false));
      CHECK(expected == run(spec, requests, true));
    }
  }
}

SCENARIO("random parameters: every burst is served once, however time is skipped") {
  Random random(11);
  for (uint32_t round = 0; round < 60; ++round) {
    ChannelSpec s;
    const auto upto = [&](uint32_t n) { return 1 + static_cast<uint32_t>(random.below(n)); };
    s.queue = upto(40);
    s.banks = 1u << random.below(7);
    s.bank_groups = std::min(s.banks, 1u << random.below(4));
    s.burst_cycles = upto(4);
    s.command_buses = upto(2);
    s.refresh_all_banks = random.chance(0.5);
    s.cl = upto(20), s.cwl = upto(20), s.t_rcd = upto(20), s.t_rp = upto(20), s.t_ras = upto(40);
    s.t_ccd_s = upto(4), s.t_ccd_l = s.t_ccd_s + upto(4);
    s.t_rrd_s = upto(6), s.t_rrd_l = s.t_rrd_s + upto(4), s.t_faw = upto(40);
    s.t_wtr_s = upto(8), s.t_wtr_l = s.t_wtr_s + upto(4), s.t_rtw = upto(20) + s.cl + s.burst_cycles;
    s.t_rtp = upto(10), s.t_wr = upto(20), s.t_rfc = upto(300), s.t_refi = 600 + upto(1000);
    const std::vector<Request> requests = random_requests(round, 300);
    const Outcome skipping = run(s, requests, true);
    CHECK(skipping.done.size() == 300);
    s.every_cycle = true;
    CHECK(skipping == run(s, requests, false));
  }
}

SCENARIO("nobody waits for ever: one row and one direction are wanted all the time") {
  for (const char* name : {"psm1", "ddr4-2400"}) {
    const ChannelSpec s = spec_of(name);
    Channel c(s);
    const ChannelMap map(s);
    Random random(5);
    std::map<uint32_t, Cycle> waiting;
    Cycle longest = 0;
    uint32_t owner = 0;
    for (Cycle now = 0; now < 200'000; ++now) {
      Issued issued;
      while (c.room() > 0) {
        const bool odd = random.chance(0.01);  // a write to another row of the bank that all others read
        c.accept({odd ? map.address(0, 1 + random.below(100)) : map.address(0, 0), odd, owner, 0}, now);
        waiting[owner++] = now;
      }
      if (!c.tick(now, issued)) continue;
      longest = std::max(longest, now - waiting[issued.burst.owner]);
      waiting.erase(issued.burst.owner);
    }
    for (const auto& [id, since] : waiting) longest = std::max(longest, 200'000 - since);
    CHECK(longest < 3000);
    CHECK(owner > 20'000);
  }
}

SCENARIO("bursts to one address stay in order in each direction") {
  const ChannelSpec s;
  Channel c(s);
  Random random(9);
  std::map<std::pair<uint64_t, bool>, uint32_t> last;
  uint32_t owner = 0, served = 0;
  for (Cycle now = 0; now < 100'000; ++now) {
    Issued issued;
    if (c.room() > 0 && random.chance(0.4)) c.accept({random.below(64) * 4096, random.chance(0.4), ++owner, 0}, now);
    if (!c.tick(now, issued)) continue;
    uint32_t& before = last[{issued.burst.address, issued.burst.write}];
    REQUIRE(before < issued.burst.owner);
    before = issued.burst.owner;
    ++served;
  }
  CHECK(served + s.queue >= owner);
}

}  // namespace
}  // namespace psmc::sim
