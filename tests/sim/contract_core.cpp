// SPDX-License-Identifier: Apache-2.0
// Laws of the core: issue, ports and banks, stalls, branches, loops. Instructions have their own file.
#include <fmt/format.h>

#include "tests/sim/contract.h"
#include "tests/sim/simulation.h"

namespace psmc::sim::test {
namespace {

const std::string kZeros = ".zero 0x0 0x8000\n";
/// Descriptors that read a line of memory (s1) and send 512 bytes to tile 1 (s4).
const std::string kTransfers = kZeros +
                               ".data 0x8000\ndma memory_to_scratchpad run=64 source=0 destination=0x400 local=1,1\n"
                               "dma to_tiles run=512 source=0 destination=0x400 tiles=1,0,1,0 local=2,1\n";

uint64_t halts(const std::string& code, uint32_t pc, const std::string& start = "") {
  return issue(one_tile(code + "halt", kTransfers, "s1=0x8000 s4=0x8080 " + start), pc);
}

const std::string kBank = "both ports want different lines of one bank";

std::vector<Law> port_laws() {
  const uint64_t stage = psm1().latency.access_stage;
  std::vector<Law> laws;
  for (uint64_t line = 0; line < 8; ++line)  // of a store; a load of that line comes to it in its own first cycle
    laws.push_back(stating(
        apart("line k of a load or store is at its port", fmt::format("k = {}", line), line + 1, TrapKind::hazard,
              [=](uint64_t n) {
                const std::string load = fmt::format("ld.v.f32 v5,[s2+{}]\nhalt", 64 * line);
                const std::string words = n == 0 ? "" : "\n" + empty(n - 1) + "-";
                return one_tile("st.t [s2],t1" + words + " | " + load, kZeros, "s2=0x1000");
              }),
        {stage}));
  const auto second = [](const char* where) {
    return halts(fmt::format("ld.v.f32 v1,[s0] | ld.v.f32 v2,[s0{}]\n{}", where, empty(3)), 4);
  };
  laws.push_back(takes(kBank, "a line that is 16 lines away", 4 + 1, [=] { return second("+1024"); }));
  laws.push_back(takes(kBank, "the line in the next bank", 4, [=] { return second("+64"); }));
  laws.push_back(takes(kBank, "the same line", 4, [=] { return second(""); }));
  laws.push_back(apart(kBank, "the clock stands still", 4, TrapKind::hazard, [](uint64_t n) {
    return one_tile("vadd v9,v8,v8 | ld.v.f32 v1,[s0] | ld.v.f32 v2,[s0+1024]\n" + empty(n - 1) + "vmov v10,v9\nhalt",
                    kZeros);
  }));
  laws.push_back(apart("a matrix operand changes", "st.t", 4, TrapKind::hazard, [](uint64_t n) {
    return one_tile("st.t [s2],t1\n" + empty(n - 1) + "- | ld.t t1,[s3]\nhalt", kZeros, "s2=0x1000 s3=0x2000");
  }));
  return laws;
}

const std::string kStalls =
    "a wait that is not satisfied, `dma.start` on a full queue, `post` with 4 posts waiting to leave";

std::vector<Law> stall_laws() {
  std::vector<Law> laws;
  // The product is read in the word after the wait: too early, unless the wait has stalled.
  laws.push_back(apart(kStalls, "the clock goes on", 1, TrapKind::hazard, [](uint64_t stalls) {
    const std::string before = stalls ? "dma.start in0,s1\n" : "post s0,#1,1\n";
    return one_tile(before + "vadd v2,v1,v1\nwait #1,1\nvmov v3,v2\nhalt", kTransfers, "s1=0x8000");
  }));
  const auto repeated = [](const char* word, uint32_t times) {
    std::string code;
    for (uint32_t i = 0; i < times; ++i) code += std::string(word) + "\n";
    return code;
  };
  const arch::Dma& dma = psm1().dma;
  laws.push_back(takes(kStalls, "the first descriptor that does not fit", dma.start_cycles + 1, [=] {
    return halts(repeated("dma.start in0,s1", dma.queue + 1) + fmt::format("wait #1,{}\n", dma.queue + 1), dma.queue);
  }));
  laws.push_back(takes(kStalls, "after the last descriptor that fits", dma.queue, [=] {
    return halts(repeated("dma.start in0,s1", dma.queue) + fmt::format("nop\nwait #1,{}\n", dma.queue), dma.queue);
  }));
  laws.push_back(
      takes(kStalls, "posts that nothing holds up", 9, [=] { return halts(repeated("post s9,#3,1", 9), 9, "s9=1"); }));
  // A packet of nine flits leaves from 17 to 25. One post waits in the network's port, four in the unit, the sixth
  // here.
  const uint64_t left = dma.start_cycles + psm1().network.packet_flits + 1;
  laws.push_back(stating(takes(kStalls, "posts behind a packet", left + 1,
                               [=] {
                                 return halts("dma.start out0,s4\n" + empty(dma.start_cycles) +
                                                  repeated("post s9,#3,1", dma.queue + 2),
                                              dma.start_cycles + dma.queue + 2, "s9=1");
                               }),
                         {dma.queue}));
  return laws;
}

std::vector<Law> control_laws() {
  std::vector<Law> laws;
  laws.push_back(takes("a word issues", "the fourth of four", 3, [] { return halts("nop\nnop\nnop\n", 3); }));
  for (const char* branch : {"jmp .+5", "bz s0,.+5", "bnz s1,.+5", "jr s9"})
    laws.push_back(stating(takes("a branch", branch, 1 + arch::kBranchDelay + 1,
                                 [=] { return halts(fmt::format("nop\n{}\n{}", branch, empty(4)), 6, "s9=6"); }),
                           {arch::kBranchDelay, arch::kBranchDelay + 1}));
  laws.push_back(takes("a branch", "its delay words", 3, [] { return halts("nop\njmp .+5\n" + empty(4), 3); }));
  laws.push_back(takes("a branch", "not taken", 2, [] { return halts("nop\nbnz s0,.+5\n" + empty(4), 2); }));
  laws.push_back(takes("a loop", "its body", 2, [] { return halts("nop\nloop s9,end\nnop\nend: nop\n", 2, "s9=3"); }));
  for (uint64_t rounds : {1, 2, 7})
    laws.push_back(takes("a loop", fmt::format("{} rounds", rounds), 2 + 3 * rounds, [=] {
      return halts("nop\nloop s9,end\nnop\nnop\nnop\nend: nop\n", 5, fmt::format("s9={}", rounds));
    }));
  laws.push_back(takes("a loop", "0 rounds", 2, [] { return halts("nop\nloop s9,end\nnop\nnop\nend: nop\n", 4); }));
  laws.push_back(takes("a loop", "in a loop", 1 + 2 * (2 + 3),
                       [] { return halts("loop s9,out\nloop s8,in\nnop\nin: nop\nout: nop\n", 4, "s8=3 s9=2"); }));
  return laws;
}

}  // namespace

std::vector<Law> core_laws() {
  std::vector<Law> laws;
  for (auto make : {control_laws, port_laws, stall_laws})
    for (Law& law : make()) laws.push_back(std::move(law));
  return laws;
}

}  // namespace psmc::sim::test
