// SPDX-License-Identifier: Apache-2.0
// Laws of the DMA unit, and of what it does for semaphores and code.
#include <fmt/format.h>

#include "tests/sim/contract.h"
#include "tests/sim/simulation.h"

namespace psmc::sim::test {
namespace {

/// Tiles 0 and 1 of a machine like lab4: tile 0 runs `code` with its descriptors from 0x8000 on (s1, s2 = s1 + 128, s9
/// = 1), tile 1 waits for semaphore 2 in word 0.
std::string transfers(const std::string& code, const std::string& descriptors, uint32_t outstanding = 16) {
  arch::Machine machine = arch::preset("lab4").value();
  machine.dma.outstanding = outstanding;
  return ".machine\n" + machine.json() + ".code \"a\"\n" + code + "halt\n.end\n.code \"b\"\nwait #2,1\nhalt\n.end\n" +
         ".tile 0 \"a\"\n.zero 0x0 0x8000\n.data 0x8000\n" + descriptors + ".end\n.tile 1 \"b\"\n.end\n" +
         ".memory\n.zero 0x0 0x10000\n.end\n.entry \"go\"\n.start 0 0 s1=0x8000 s2=0x8080 s9=1\n.start 1 0\n.end\n";
}

uint64_t start() { return psm1().dma.start_cycles; }
/// A packet of `flits` over `routers`.
uint64_t way(uint64_t flits, uint64_t routers) { return 2 + psm1().network.hop_cycles * routers + flits - 1; }
/// From dma.start to the wait: a line of the channel beside the tile, first in a closed row.
uint64_t read_line() { return start() + 1 + way(1, 1) + psm1().memory.miss_cycles + way(1, 1) + 1; }

/// When tile 1 has got what tile 0 pushes by this descriptor.
uint64_t pushed(const std::string& shape) {
  return issue(transfers("dma.start out0,s1\n", "dma to_tiles " + shape + " tiles=1,0,1,0 remote=2,1\n"), 0, 1);
}

/// When the wait of tile 0 issues, counted from its dma.start, by this descriptor of a read.
uint64_t read(const std::string& shape, uint32_t outstanding = 16) {
  return issue(transfers("post s9,#2,1\ndma.start in0,s1\nwait #1,1\n",
                         "dma memory_to_scratchpad " + shape + " local=1,1\n", outstanding),
               2) -
         1;
}

std::vector<Law> start_laws() {
  const std::string first = "first request (`in`) or packet (`out`) offered; leaves the tile";
  const std::string next = "the next descriptor of the engine begins its 16 cycles";
  std::vector<Law> laws;
  laws.push_back(takes("`dma.start` issues, the engine is free", "the next word", 1, [] {
    return issue(
        transfers("dma.start out0,s1\n", "dma to_tiles run=64 source=0 destination=0 tiles=1,0,1,0 remote=2,1\n"), 1);
  }));
  laws.push_back(
      stating(takes(first, "in", read_line(), [] { return read("run=64 source=0 destination=0x400"); }), {start()}));
  laws.push_back(
      stating(takes(first, "out", start() + 1 + way(2, 2) + 1, [] { return pushed("run=64 source=0 destination=0"); }),
              {start()}));
  laws.push_back(
      stating(takes(next, "out", 2 * start() + 1 + way(2, 2) + 1,
                    [] {
                      return issue(transfers("dma.start out0,s1\ndma.start out0,s2\n",
                                             "dma to_tiles run=64 source=0 destination=0 tiles=1,0,1,0\n"
                                             "dma to_tiles run=64 source=0 destination=64 tiles=1,0,1,0 remote=2,1\n"),
                                   0, 1);
                    }),
              {start()}));
  return laws;
}

std::vector<Law> shape_laws() {
  const std::string lines = "source lines", flits = "an arriving flit is committed", packets = "packets";
  const std::string runs = "runs of a descriptor", requests = "requests";
  const uint64_t line = start() + 1 + way(2, 2) + 1, request = psm1().dma.request_bytes;
  const arch::Memory& m = psm1().memory;
  const uint64_t full = psm1().network.packet_flits;
  std::vector<Law> laws;
  laws.push_back(takes(lines, "one", line, [] { return pushed("run=64 source=0 destination=0"); }));
  laws.push_back(takes(lines, "eight flits of two", start() + 1 + way(1 + full, 2) + 1 + full - 1,
                       [] { return pushed("run=512 source=32 destination=0"); }));
  laws.push_back(takes(packets, "a full one", start() + 1 + way(1 + full, 2) + 1,
                       [] { return pushed("run=512 source=0 destination=0"); }));
  laws.push_back(takes(packets, "a full one and one of a line", start() + 1 + way(1 + full + 2, 2) + 1,
                       [] { return pushed("run=576 source=0 destination=0"); }));
  laws.push_back(takes(packets, "cut at multiples of 512 at the destination", start() + 1 + way(2 + 2, 2) + 1,
                       [] { return pushed("run=128 source=0 destination=448"); }));
  laws.push_back(takes(runs, "eight that continue each other", start() + 1 + way(1 + full, 2) + 1, [] {
    return pushed("run=64 count=8,1,1 source=0 source_stride=64,0,0 destination=0 destination_stride=64,0,0");
  }));
  laws.push_back(takes(runs, "two that do not", start() + 1 + way(2 + 2, 2) + 1, [] {
    return pushed("run=64 count=2,1,1 source=0 source_stride=64,0,0 destination=0 destination_stride=128,0,0");
  }));
  laws.push_back(takes(flits, "one line", read_line(), [] { return read("run=64 source=0 destination=0x400"); }));
  laws.push_back(takes(flits, "two lines", read_line() + 1, [] { return read("run=64 source=0 destination=0x420"); }));
  laws.push_back(stating(takes(requests, "512 bytes", read_line() + m.burst_cycles() * (request / m.burst_bytes - 1),
                               [] { return read("run=512 source=0 destination=0x400"); }),
                         {request}));
  laws.push_back(stating(
      takes(requests, "two requests of one channel, one unanswered",
            read_line() + way(1, 1) + m.hit_cycles + way(1, 1) + 1,
            [] {
              return read(
                  "run=64 count=2,1,1 source=0 source_stride=1024,0,0 destination=0x400 destination_stride=64,0,0", 1);
            }),
      {psm1().dma.outstanding}));
  laws.push_back(takes(requests, "two requests of one channel, two unanswered", read_line() + 2, [] {
    return read("run=64 count=2,1,1 source=0 source_stride=1024,0,0 destination=0x400 destination_stride=64,0,0", 2);
  }));
  return laws;
}

std::vector<Law> order_laws() {
  const std::string between = "between `dma.start` and the acquiring wait", code = "code that a transfer brings";
  const std::string read =
      ".zero 0x0 0x100\n.data 0x100\ndma memory_to_scratchpad run=64 source=0 destination=0x400 local=1,1\n"
      ".end\n.memory\n.zero 0x0 0x1000\n";
  std::vector<Law> laws;
  laws.push_back(takes("a transfer posts", "its source has been read", start() + 1, [] {
    return issue(transfers("dma.start out0,s1\nwait #1,1\n",
                           "dma to_tiles run=64 source=0 destination=0 tiles=1,0,1,0 local=1,1 remote=2,1\n"),
                 1);
  }));
  const auto access = [=](const std::string& word) {
    return [=](uint64_t waits) {
      const std::string wait = "wait #1,1\n";
      return one_tile("dma.start in0,s1\n" + (waits ? wait + word : empty(100) + word + wait) + "halt", read,
                      "s1=0x100 s3=0x400");
    };
  };
  laws.push_back(apart(between, "a read of the destination", 1, TrapKind::race, access("ld.s.i64 s4,[s3]\n")));
  laws.push_back(apart(between, "a write of the destination", 1, TrapKind::race, access("st.s.i64 [s3],s4\n")));
  laws.push_back(apart(between, "a write of the source", 1, TrapKind::race, [](uint64_t waits) {
    const std::string wait = "wait #1,1\n", write = "st.s.i64 [s0],s4\n";
    return transfers("dma.start out0,s1\n" + (waits ? wait + write : write + wait),
                     "dma to_tiles run=64 source=0 destination=0 tiles=1,0,1,0 local=1,1 remote=2,1\n");
  }));
  const auto overlay = [](uint64_t n) {
    return ".machine \"lab4\"\n.code \"main\"\ndma.start in0,s1\n" + empty(n - 1) + "nop\n.end\n" +
           fmt::format(
               ".code \"late\" overlay 0x1000 link {}\nhalt\n.end\n.tile 0 \"main\"\n.data 0x0\n"
               "dma memory_to_code run=32 source=0x1000 destination={} local=1,1\n.end\n.entry \"go\"\n.start 0 "
               "0\n.end\n",
               n, 32 * n);
  };
  laws.push_back({.row = code,
                  .what = "runs without a wait",
                  .cycles = read_line(),
                  .early = TrapKind::code,
                  .run = [=](uint64_t n) { return trap_of(overlay(n), false); }});
  return laws;
}

}  // namespace

std::vector<Law> dma_laws() {
  std::vector<Law> laws;
  for (auto make : {start_laws, shape_laws, order_laws})
    for (Law& law : make()) laws.push_back(std::move(law));
  return laws;
}

std::vector<Law> semaphore_laws() {
  const auto self = [](const std::string& code, uint32_t pc) { return issue(one_tile(code + "halt"), pc); };
  const auto ends = [](const std::string& code, const std::string& scalars) {
    return one_tile(code + "halt", "", scalars);
  };
  const std::string posts = "`post` to another tile, to itself", waits = "a wait that is satisfied";
  const std::string takes_away = "a wait takes what it waits for", most = "a count";
  std::vector<Law> laws;
  laws.push_back(takes(posts, "to itself", 1, [=] { return self("post s0,#1,1\nwait #1,1\n", 1); }));
  laws.push_back(takes(posts, "to the neighbour", 1 + way(1, 2) + 1,
                       [] { return issue(transfers("post s9,#2,1\n", "space 128\n"), 0, 1); }));
  laws.push_back(takes(waits, "the next word", 2, [=] { return self("post s0,#1,1\nwait #1,1\n", 2); }));
  laws.push_back(apart(takes_away, "two and one of three", 3, TrapKind::deadlock, [=](uint64_t n) {
    return ends("post.n s0,#1,s1\nwait #1,2\nwait #1,1\n", fmt::format("s1={}", n));
  }));
  const uint64_t maximum = psm1().semaphores.maximum;
  laws.push_back(stating({.row = most,
                          .what = "one more",
                          .cycles = 1,
                          .early = TrapKind::semaphore,
                          .run =
                              [=](uint64_t less) {
                                return trap_of(
                                    ends("post.n s0,#1,s1\npost s0,#1,1\n", fmt::format("s1={}", maximum - less)));
                              }},
                         {maximum}));
  return laws;
}

}  // namespace psmc::sim::test
