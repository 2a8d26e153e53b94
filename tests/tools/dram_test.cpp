// SPDX-License-Identifier: Apache-2.0
// The checker of DRAM commands: each rule as a pair, one cycle early is told, on time is not. Then the controller under
// it: no violation with the DRAM's own numbers, some as soon as one of them is wrong.
#include <catch2/catch.hpp>

#include "arch/dram.h"
#include "tools/validate/dram_checker.h"
#include "tools/validate/dram_traffic.h"

namespace psmc::tools {
namespace {

using Kind = sim::DramCommandKind;
using Trace = std::vector<sim::DramCommand>;

constexpr Kind ACT = Kind::activate, PRE = Kind::precharge, RD = Kind::read, WR = Kind::write, REF = Kind::refresh;
constexpr uint16_t kAll = sim::DramCommand::kAllBanks;

/// HBM2's numbers without refresh: banks 0 and 4 share a bank group, 0 and 1 do not.
arch::Memory hbm2() {
  arch::Memory m = arch::dram_preset("psm1").value();
  m.refresh_interval = 0;
  return m;
}

arch::Memory ddr4() {
  arch::Memory m = arch::dram_preset("ddr4-2400").value();
  m.refresh_interval = 0;
  return m;
}

DramChecker checked(const arch::Memory& memory, const Trace& trace) {
  DramChecker checker(memory);
  for (const sim::DramCommand& c : trace) checker.check(c);
  return checker;
}

/// The last command is on time as given; one cycle earlier it breaks exactly this rule.
void is_law(const arch::Memory& memory, Trace trace, const char* rule) {
  INFO(rule);
  const DramChecker good = checked(memory, trace);
  INFO((good.messages().empty() ? std::string() : good.messages()[0]));
  CHECK(good.violations() == 0);
  --trace.back().cycle;
  const DramChecker bad = checked(memory, trace);
  REQUIRE(bad.violations() == 1);
  CHECK(bad.messages()[0].find(rule) != std::string::npos);
}

TEST_CASE("distances within a bank") {
  const arch::Memory m = hbm2();
  is_law(m, {{0, ACT, 3, 7}, {14, RD, 3, 7}}, "tRCD");
  is_law(m, {{0, ACT, 3, 7}, {14, WR, 3, 7}}, "tRCD");
  is_law(m, {{0, ACT, 3, 7}, {34, PRE, 3}}, "tRAS");
  is_law(m, {{0, ACT, 3, 7}, {100, RD, 3, 7}, {106, PRE, 3}}, "tRTP");
  is_law(m, {{0, ACT, 3, 7}, {100, WR, 3, 7}, {100 + 4 + 2 + 16, PRE, 3}}, "tWR");
  is_law(m, {{0, ACT, 3, 7}, {100, PRE, 3}, {114, ACT, 3, 8}}, "tRP");
  is_law(m, {{0, ACT, 3, 7}, {100, PRE, 3}, {114, REF, 3}}, "tRP");
  is_law(m, {{0, REF, 3}, {60, ACT, 3, 7}}, "tRFC");
  arch::Memory slow = m;  // tRAS + tRP is tRC, so a shorter way to the next ACT breaks tRAS or tRP as well
  const DramChecker c = checked(slow, {{0, ACT, 3, 7}, {33, PRE, 3}, {47, ACT, 3, 8}});
  CHECK(c.violations() == 2);
  CHECK(c.messages()[1].find("tRC") != std::string::npos);
}

TEST_CASE("distances between banks, by bank group") {
  const arch::Memory m = ddr4();
  is_law(m, {{0, ACT, 0, 7}, {4, ACT, 1, 7}}, "tRRD_S");
  is_law(m, {{0, ACT, 0, 7}, {6, ACT, 4, 7}}, "tRRD_L");
  const Trace open{{0, ACT, 0, 7}, {10, ACT, 1, 7}, {20, ACT, 4, 7}};
  const auto after = [&](std::initializer_list<sim::DramCommand> more) {
    Trace trace = open;
    trace.insert(trace.end(), more);
    return trace;
  };
  is_law(m, after({{100, RD, 0, 7}, {106, RD, 4, 7}}), "tCCD_L");
  is_law(m, after({{100, WR, 0, 7}, {106, WR, 0, 7}}), "tCCD_L");
  is_law(m, after({{100, WR, 0, 7}, {100 + 12 + 4 + 3, RD, 1, 7}}), "tWTR_S");
  is_law(m, after({{100, WR, 0, 7}, {100 + 12 + 4 + 9, RD, 4, 7}}), "tWTR_L");
  is_law(m, after({{100, RD, 0, 7}, {111, WR, 1, 7}}), "tRTW");
  // tCCD_S is BL/2 here, so one cycle early two bursts meet on the bus, too.
  CHECK(checked(m, after({{100, RD, 0, 7}, {104, RD, 1, 7}})).violations() == 0);
  const DramChecker early = checked(m, after({{100, RD, 0, 7}, {103, RD, 1, 7}}));
  REQUIRE(early.violations() == 2);
  CHECK(early.messages()[0].find("data bus") != std::string::npos);
  CHECK(early.messages()[1].find("tCCD_S") != std::string::npos);
}

TEST_CASE("four activations a window; the refresh of a bank is one") {
  is_law(hbm2(), {{0, ACT, 0, 1}, {5, ACT, 1, 1}, {10, ACT, 2, 1}, {15, ACT, 3, 1}, {30, ACT, 4, 1}}, "tFAW");
  is_law(hbm2(), {{0, ACT, 0, 1}, {5, ACT, 1, 1}, {10, REF, 2, 0}, {15, ACT, 3, 1}, {30, ACT, 4, 1}}, "tFAW");
  is_law(hbm2(), {{0, REF, 0, 0}, {4, ACT, 1, 1}}, "tRRD_S");
  is_law(hbm2(), {{0, ACT, 0, 1}, {6, REF, 4, 0}}, "tRRD_L");
  is_law(ddr4(), {{0, REF, kAll}, {420, ACT, 4, 1}}, "tRFC");
}

TEST_CASE("the data bus carries one burst at a time") {
  arch::Memory m = hbm2();
  m.t_rtw = 1;  // so that nothing else forbids it: RD at 100 has its data from 114 to 116, WR at t from t + 4 to t + 6
  const Trace open{{0, ACT, 0, 7}, {10, ACT, 1, 7}, {100, RD, 0, 7}};
  for (uint64_t at = 101; at < 130; ++at) {
    Trace trace = open;
    trace.push_back({at, WR, 1, 7});
    CHECK(checked(m, trace).violations() == (at + 6 > 114 && at + 4 < 116 ? 1 : 0));
  }
  is_law(m, {{0, ACT, 0, 7}, {10, ACT, 1, 7}, {100, RD, 0, 7}, {112, WR, 1, 7}}, "data bus");
}

TEST_CASE("one command a bus and cycle") {
  const Trace both{{0, ACT, 0, 7}, {100, ACT, 1, 7}, {100, RD, 0, 7}};
  CHECK(checked(hbm2(), both).violations() == 0);
  CHECK(checked(ddr4(), both).violations() == 1);
  CHECK(checked(hbm2(), {{0, ACT, 0, 7}, {100, ACT, 1, 7}, {100, PRE, 0}}).violations() == 1);
  CHECK(checked(hbm2(), {{100, ACT, 0, 7}, {50, ACT, 1, 7}}).violations() > 0);  // back in time
}

TEST_CASE("states of a bank") {
  const arch::Memory m = hbm2();
  CHECK(checked(m, {{50, RD, 0, 7}}).violations() == 1);                                // closed
  CHECK(checked(m, {{0, ACT, 0, 7}, {50, RD, 0, 8}}).violations() == 1);                // another row
  CHECK(checked(m, {{0, ACT, 0, 7}, {50, WR, 0, 8}}).violations() == 1);                //
  CHECK(checked(m, {{0, ACT, 0, 7}, {50, PRE, 0}, {60, RD, 0, 7}}).violations() == 1);  // closed again
  CHECK(checked(m, {{0, ACT, 0, 7}, {100, ACT, 0, 8}}).violations() == 1);              // open
  CHECK(checked(m, {{0, ACT, 0, 7}, {100, REF, 0}}).violations() == 1);                 //
  CHECK(checked(ddr4(), {{0, ACT, 9, 7}, {100, REF, kAll}}).violations() == 1);         //
  CHECK(checked(m, {{0, ACT, 16, 7}}).violations() == 1);                               // no such bank
  CHECK(checked(m, {{0, REF, kAll}}).violations() == 1);                                // not of this DRAM
  CHECK(checked(ddr4(), {{0, REF, 0}}).violations() == 1);                              //
}

TEST_CASE("refreshes come in time, and to each bank") {
  arch::Memory m = hbm2();
  m.refresh_interval = 256;
  const auto refreshed = [&](uint64_t first, uint32_t count, uint64_t end) {
    DramChecker checker(m);
    for (uint32_t i = 0; i < count; ++i) checker.check({first + 256 * i, REF, static_cast<uint16_t>(i % 16), 0});
    checker.finish(end);
    return checker.violations();
  };
  CHECK(refreshed(256, 40, 256 * 40) == 0);
  CHECK(refreshed(256 * 9 - 1, 40, 256 * 40) == 0);  // eight postponed
  CHECK(refreshed(256 * 9, 40, 256 * 40) == 40);     // nine
  CHECK(refreshed(256, 0, 256 * 9 - 1) == 0);
  CHECK(refreshed(256, 0, 256 * 9) == 1);  // none at all
  CHECK(refreshed(256, 40, 256 * 49) == 1);
  Trace early;
  for (uint16_t i = 0; i < 10; ++i) early.push_back({uint64_t{30} * i, REF, i, 0});
  CHECK(checked(m, early).violations() == 0);  // at 240 nine came before any was due, at 270 one is due
  early[9].cycle = 255;
  CHECK(checked(m, early).violations() == 1);
  CHECK(checked(m, {{256, REF, 0}, {512, REF, 1}, {768, REF, 0}}).violations() == 1);  // bank 2 is forgotten
}

/// Commands and violations of a channel that believes in `believed` under `truth`, over all patterns.
struct Verdict {
  uint64_t commands = 0, violations = 0;
  std::string messages;  ///< the first few of each run
};

Verdict judge(const arch::Memory& truth, const sim::ChannelSpec& believed, uint64_t commands) {
  Verdict verdict;
  for (const DramPattern pattern : kDramPatterns) {
    for (const double load : {1.0, 0.3}) {
      sim::Channel channel(believed);
      DramChecker checker(truth);
      Trace trace;
      channel.trace_to(&trace);
      const auto check_all = [&] {
        for (const sim::DramCommand& c : trace) checker.check(c);
        trace.clear();
      };
      const DramRun run = run_dram(channel, believed, {pattern, load, 3}, [&](const DramRun&) {
        check_all();
        return checker.commands() >= commands / 6;
      });
      channel.catch_up(run.cycles + 1'000'000);
      check_all();
      checker.finish(run.cycles + 1'000'000);
      verdict.commands += checker.commands();
      verdict.violations += checker.violations();
      for (const std::string& message : checker.messages()) verdict.messages += message + "\n";
    }
  }
  return verdict;
}

TEST_CASE("a million commands of each DRAM break no rule") {
  for (const char* name : {"ddr4-2400", "hbm2", "psm1", "psm1-lean"}) {
    const arch::Memory memory = arch::dram_preset(name).value();
    const Verdict verdict = judge(memory, sim::channel_spec(memory), 1'000'000);
    INFO(name << ": " << verdict.messages);
    CHECK(verdict.commands >= 1'000'000);
    CHECK(verdict.violations == 0);
  }
}

struct Mutation {
  uint32_t sim::ChannelSpec::* parameter;
  const char* rule;
};

TEST_CASE("a controller that is wrong about one parameter is found out under load") {
  using S = sim::ChannelSpec;
  const Mutation mutations[] = {{&S::t_rcd, "tRCD"},     {&S::t_rp, "tRP"},       {&S::t_ras, "tRAS"},
                                {&S::t_ccd_s, "tCCD_S"}, {&S::t_ccd_l, "tCCD_L"}, {&S::t_rrd_s, "tRRD_S"},
                                {&S::t_rrd_l, "tRRD_L"}, {&S::t_faw, "tFAW"},     {&S::t_wtr_s, "tWTR_S"},
                                {&S::t_wtr_l, "tWTR_L"}, {&S::t_rtw, "tRTW"},     {&S::t_rtp, "tRTP"},
                                {&S::t_wr, "tWR"},       {&S::t_rfc, "tRFC"}};
  for (const char* name : {"ddr4-2400", "psm1"}) {
    arch::Memory memory = arch::dram_preset(name).value();
    memory.t_ccd_s = memory.burst_cycles() + 1;  // so that it is what spaces bursts
    memory.t_ccd_l = memory.burst_cycles() + 2;
    for (const Mutation& mutation : mutations) {
      sim::ChannelSpec wrong = sim::channel_spec(memory);
      --(wrong.*mutation.parameter);
      const Verdict verdict = judge(memory, wrong, 60'000);
      INFO(name << " with " << mutation.rule << " one cycle short: " << verdict.messages);
      CHECK(verdict.violations > 0);  // perhaps of other rules, too: a shorter tRP makes tRC shorter
      CHECK(verdict.messages.find(mutation.rule) != std::string::npos);
    }
    sim::ChannelSpec lazy = sim::channel_spec(memory);
    lazy.t_refi += lazy.t_refi / 8;
    CHECK(judge(memory, lazy, 60'000).violations > 0);
    sim::ChannelSpec groupless = sim::channel_spec(memory);
    groupless.bank_groups = 1;
    groupless.t_rrd_l = groupless.t_rrd_s;
    groupless.t_ccd_l = groupless.t_ccd_s;
    CHECK(judge(memory, groupless, 60'000).violations > 0);
  }
}

TEST_CASE("a load below saturation is carried in full, and reads wait less") {
  const arch::Memory memory = arch::dram_preset("psm1").value();
  const sim::ChannelSpec spec = sim::channel_spec(memory);
  double before = 0;
  for (const double load : {0.05, 0.3, 1.0}) {
    sim::Channel channel(spec);
    const DramRun run =
        run_dram(channel, spec, {DramPattern::stream, load, 1}, [](const DramRun& r) { return r.cycles > 200'000; });
    const double carried = static_cast<double>(run.bursts * spec.burst_cycles) / static_cast<double>(run.cycles);
    const double latency = static_cast<double>(run.read_latency) / static_cast<double>(run.reads);
    CHECK(carried <= 1);
    CHECK((load < 1 ? std::abs(carried - load) < 0.02 : carried > 0.7));
    CHECK(latency > before);
    CHECK(latency >= spec.hit());
    before = latency;
  }
}

}  // namespace
}  // namespace psmc::tools
