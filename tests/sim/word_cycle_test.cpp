// SPDX-License-Identifier: Apache-2.0
// A word in which each instruction overwrites what another one reads: a load that fills v0 by an address in s11, a
// scalar instruction that makes the next s11 from s12, a vector instruction that takes s12 from v0. All read the old
// values.
#include <catch2/catch.hpp>

#include "arch/asm.h"
#include "sim/core/decode.h"

using namespace psmc;

SCENARIO("in a word whose registers form a circle every instruction reads what was there before the word") {
  const auto machine = arch::preset("psm1");
  const arch::TimingTable timing(*machine);
  const auto word = arch::assemble_word("shli s11,s12,6 | ldb.v.f32 v0,[s11+20] | vgets s12,v0");
  REQUIRE(word.ok());
  const sim::DecodedWord decoded = sim::WriteDecoder(*machine, timing).decode(*word);
  CHECK(decoded.snapshot);  // the scalars come from a copy
  size_t vector = 9, load = 9;
  for (size_t i = 0; i < decoded.instructions; ++i) {
    if (decoded.list[i].slot == arch::Slot::V) vector = i;
    if (decoded.list[i].slot == arch::Slot::M0) load = i;
  }
  CHECK(vector < load);  // v0 is read before it is filled
}
