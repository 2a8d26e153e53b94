// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/simulation.h"

namespace psmc::sim {
namespace {

using test::one_tile;
using test::Simulation;

SCENARIO("a word takes a cycle and halt ends the run") {
  Simulation s(one_tile("li s1,5\naddi s2,s1,7\nst.s.i64 [s3],s2\nhalt", "", "s3=256"));
  const RunStats stats = s.run();
  CHECK(stats.cycles == 4);
  CHECK(s.at<int64_t>(0, 256) == 12);
  CHECK(stats.words == 4);
  CHECK(test::cycles_in(stats, 0, CycleClass::vector_scalar) == 4);
  CHECK(test::cycles_in(stats, 1, CycleClass::finished) == 4);
}

SCENARIO("a transfer from memory to the scratchpad and back") {
  Simulation s(one_tile(R"(dma.start in0,s1
wait #1,1
ld.v.f32 v1,[s3]
nop
nop
nop
vadd v2,v1,v1
nop
nop
nop
st.v.f32 [s3],v2
dma.start out0,s2
wait #2,1
halt)",
                        R"(.data 0x0
dma memory_to_scratchpad run=64 source=0x1000 destination=0x400 local=1,1
.data 0x80
dma to_memory run=64 source=0x400 destination=0x2000 remote=2,1
)",
                        "s1=0 s2=128 s3=1024"));
  std::vector<float> in(16);
  for (int i = 0; i < 16; ++i) in[i] = static_cast<float>(i) + 0.5f;
  s.put_memory(0x1000, in);
  const RunStats stats = s.run();
  for (int i = 0; i < 16; ++i) CHECK(s.memory_at<float>(0x2000 + 4 * i) == 2 * in[i]);
  for (int i = 0; i < 16; ++i) CHECK(s.at<float>(0, 0x400 + 4 * i) == 2 * in[i]);
  CHECK(stats.cycles == s.run().cycles);
}

}  // namespace
}  // namespace psmc::sim
