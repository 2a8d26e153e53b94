// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <map>

#include "base/random.h"
#include "sim/memory/channel.h"
#include "sim/memory/store.h"

namespace psmc::sim {
namespace {

ChannelSpec quiet() {
  ChannelSpec s;
  s.refresh_interval = 0;
  return s;
}

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
  c.accept({2048 * 16, false, 3, 0}, 300);
  CHECK(done(c, 3, 300) == 300 + 45);  // another row of bank 0
  c.accept({2048, false, 4, 0}, 400);
  CHECK(done(c, 4, 400) == 400 + 31);  // bank 1
  CHECK(c.counters().hits == 1);
  CHECK(c.counters().misses == 2);
  CHECK(c.counters().conflicts == 1);
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

SCENARIO("a read after a write waits for the bus to turn") {
  Channel c(quiet());
  c.accept({0, true, 1, 0}, 0);
  CHECK(done(c, 1, 0) == 31);  // column command at 14
  c.accept({64, false, 2, 0}, 15);
  CHECK(done(c, 2, 15) == 14 + 2 + 8 + 17);
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

SCENARIO("skipping over idle cycles changes nothing") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    struct Request {
      Cycle at;
      Burst burst;
    };
    std::vector<Request> requests;
    Cycle at = 0;
    for (uint32_t i = 0; i < 300; ++i) {
      at += random.below(random.chance(0.1) ? 600 : 12);
      requests.push_back({at, {random.below(1 << 18) / 64 * 64, random.chance(0.3), i, 0}});
    }
    const auto run = [&](bool skip) {
      Channel c(ChannelSpec{});
      std::map<uint32_t, Cycle> done;
      size_t next = 0;
      Cycle wake = 0;
      for (Cycle now = 0; now < at + 5000; ++now) {
        bool entered = false;
        for (; next < requests.size() && requests[next].at <= now && c.room() > 0; ++next) {
          c.accept(requests[next].burst, now);
          entered = true;
        }
        if (skip && !entered && now < wake) continue;
        Issued issued;
        if (c.tick(now, issued)) done[issued.burst.owner] = issued.done;
        wake = c.next_event(now);
      }
      return done;
    };
    const auto plain = run(false);
    CHECK(plain.size() == 300);
    CHECK(plain == run(true));
  }
}

/// An independent look at the issued bursts: the data bus carries one at a time, and a bank has one row open.
SCENARIO("no timing rule is broken under random load") {
  Random random(7);
  const ChannelSpec s;
  Channel c(s);
  std::map<uint32_t, std::pair<Cycle, Burst>> sent;
  Cycle last_column = 0;
  bool last_write = false, first = true;
  std::map<uint64_t, std::pair<uint64_t, Cycle>> bank_row;
  uint32_t owner = 0;
  for (Cycle now = 0; now < 60000; ++now) {
    if (c.room() > 0 && random.chance(0.4)) {
      const Burst b{random.below(1 << 16) / 64 * 64, random.chance(0.4), owner, 0};
      c.accept(b, now);
      sent[owner++] = {now, b};
    }
    Issued issued;
    if (!c.tick(now, issued)) continue;
    const auto [arrived, burst] = sent[issued.burst.owner];
    sent.erase(issued.burst.owner);
    REQUIRE(issued.done == now + s.hit);
    REQUIRE(issued.done >= arrived + s.hit);
    if (!first) {
      REQUIRE(now >= last_column + s.burst_cycles);
      if (last_write && !burst.write) REQUIRE(now >= last_column + s.burst_cycles + s.turnaround);
    }
    const uint64_t bank = burst.address / s.row_bytes % s.banks, row = burst.address / s.row_bytes / s.banks;
    const auto open = bank_row.find(bank);
    if (open != bank_row.end() && open->second.first != row)
      REQUIRE(now >= open->second.second + (s.conflict - s.hit) - 0);  // precharge and activate lie between
    bank_row[bank] = {row, now};
    last_column = now;
    last_write = burst.write;
    first = false;
  }
  for (const auto& [id, entry] : sent) CHECK(entry.first + 3000 > 60000);  // nobody starves
}

SCENARIO("device memory keeps bytes and which of them were written") {
  DeviceMemory m(1 << 20);
  std::vector<std::byte> page(3 * 4096, std::byte{7});
  m.map(4096 - 100, page.size(), page);
  std::vector<std::byte> out(300);
  std::vector<uint64_t> written(5);
  m.read(4096 - 200, out, written);
  for (uint32_t i = 0; i < 300; ++i) {
    CHECK(out[i] == (i < 100 ? std::byte{0} : std::byte{7}));
    CHECK(get_bit(written, i) == (i >= 100));
  }
  Random random(3);
  std::vector<std::byte> image(1 << 14);
  std::vector<bool> known(1 << 14, false);
  DeviceMemory other(1 << 14);
  for (int i = 0; i < 500; ++i) {
    const uint64_t size = 1 + random.below(700), at = random.below(image.size() - size + 1);
    std::vector<std::byte> bytes(size);
    std::vector<uint64_t> mask(size / 64 + 1);
    for (uint64_t k = 0; k < size; ++k) {
      bytes[k] = static_cast<std::byte>(random.below(256));
      if (random.chance(0.9)) set_bits(mask, k, 1, true);
    }
    other.write(at, bytes, mask);
    for (uint64_t k = 0; k < size; ++k) {
      image[at + k] = bytes[k];
      known[at + k] = get_bit(mask, k);
    }
  }
  std::vector<std::byte> all(image.size());
  std::vector<uint64_t> bits(image.size() / 64);
  other.read(0, all, bits);
  CHECK(all == image);
  for (uint64_t k = 0; k < image.size(); ++k) REQUIRE(get_bit(bits, k) == known[k]);
}

}  // namespace
}  // namespace psmc::sim
