// SPDX-License-Identifier: Apache-2.0
// The sentences between the tables of docs/isa.md.
#pragma once

#include <string_view>

namespace psmc::arch::manual {

inline constexpr std::string_view kHead = R"(# The instruction set

Printed from `arch/isa.def`, `arch/isa_patterns.h` and a machine file; `tests/arch/manual_test.cpp` compares. [psma.md](psma.md)
is the manual of the assembly and of the image.

)";

inline constexpr std::string_view kWord = R"(
Fewer registers may be there on other machines, never more. Reading s0 gives 0, m0 all lanes; writes to them are discarded.

## The word
32 bytes, little-endian, six slots from bit 0 upwards; a slot of zeros is `nop`. Bits that an instruction does not use are
zero: everything else is not an instruction. `imm` of S is 32 bits, of memory addresses 22 bits, both signed.

| slot | bits | number | fields (lowest bit, width) |
|---|---|---|---|
| S | 64 | 0,8 | d 8,5; a 13,5; b 18,5; c 23,6; imm 32,32 |
| M0, M1 | 48 each | 0,7 | d 7,5; base 12,5; stride b 17,5; m 22,3; post-increment 25,1; imm 26,22 |
| V | 40 | 0,8 | d 8,5; a 13,5; b 18,5; c 23,5; m 28,3; lane 31,4. `vli`: 7 in 0,3; d 3,5; imm 8,32 |
| X | 24 | 0,5 | vector 5,5; accumulator 10,3; row or first tile 13,4; second tile 17,4 |
| T | 32 | 0,6 | a 6,5; b 11,5; c 16,6; amount 22,10 |
)";

inline constexpr std::string_view kContract = R"(
## The timing contract
Nothing interlocks. `psmc` proves code free of hazards (`arch/check.h`) and the simulator traps on each. Cycles count from
the issue of a word; a stall moves everything by the same amount.
- A result may be read from its latency on. Until then the register is in flight: an instruction that reads or writes it is a
  hazard. All slots of a word read before any of them writes; two writes of one register in a word are a hazard.
- `mma.T` may accumulate on an accumulator that an earlier `mma.T` or `mmaz.T` of the same T has in flight. Nothing else is
  forwarded.
- The tiles of an `mma` are read during its whole occupancy, the tile of a `st.t` during its own; other sources when the word
  issues. A write into that window is a hazard. A tile load begins to change its register with its first row.
- A unit is busy for the occupancy. `M0` and `M1` are a port each; the special functions, the cross-lane unit and the
  accumulator rows are units beside the vector and the matrix unit.
- Each unit has one write port into each register file: two results of one unit into one file in one cycle are a hazard, such
  as a 4-cycle `vfma` followed two words later by a 2-cycle `viadd`.
- A post-incremented address is visible in the next word.

Control: `loop` runs the next words `a` times, at most 4 deep (`loop_depth`); a body ends strictly before the body around it
does. Branches have two delay words, which hold no branch, loop or halt. No branch in the last two words of a body, none
into or out of a body, no `jr` or `halt` inside one. Where control leaves by `jr`, nothing may be in flight or busy when the
second delay word has issued: kernels begin with a clean slate. Semaphores are waited for by `wait`, which stalls the word.
)";

inline constexpr std::string_view kScalar = R"(
Branch targets and loop lengths are relative to the instruction's own word, `jr` takes a word of the code memory. Amounts
from registers are their low 16 bits.
)";

inline constexpr std::string_view kMemory = R"(
Addresses are bytes of the tile's own scratchpad: `[s]`, `[s+imm]`, or `[s+=imm]`, which uses s and then adds. `m` is a mask,
m0 if left out. A vector access takes 16 consecutive elements, aligned to 16 elements; `ldb`, `st1` and scalar accesses are
aligned to one element; `ld.t` and `st.t` to 64 bytes; strided tile accesses, base and stride, to a row. Lanes outside the
mask load 0 and are not accessed; `st1.v` stores if lane 0 is in the mask. A transposing load reads rows along K, row k with
the 16 values of n, and leaves row n of the tile with its values along K, as the second operand of `mma` wants it.

A port moves up to its width a cycle, so an access holds it one cycle for each piece of each row, and a load's latency grows by
the cycles after the first. Line k of an access is at the scratchpad `access_stage` + k cycles after issue; accesses of one
line take effect in the order of these cycles. If one port would reach a line earlier than, or in the same cycle as, an
access on the other that was issued before it or with it, and one of them stores, the simulator traps. Two ports on
different lines of one bank cost one frozen cycle.

Stored floats are rounded to nearest even; every NaN is stored as the quiet NaN of the type. `e4m3` has no infinities and
saturates, `e5m2` overflows to infinity.
)";

inline constexpr std::string_view kVector = R"(
Results of float arithmetic that are NaN are the quiet NaN 0x7fc00000; moves, selections, `vneg` and `vabs` keep bits.
Subnormal numbers are kept. Sums over lanes go over the lanes in the mask in ascending order. `vexp2`, `vlog2` and `vrsqrt` are
computed in double and rounded once (`sim/core/special.h`), exact where the result is. `vrcp`, `vsqrt` and `vdiv` round as IEEE
754 says. These six share one unit of 8 lanes, which takes two cycles for a vector.
)";

inline constexpr std::string_view kMatrix = R"(
Both operands hold K along their rows of 32 bytes, the second one transposed (row n). Per element, `mma.bf16` and `mma.f32` add
over k upwards, one fused multiply-add a step rounded to nearest even; `mma.i8` adds i8 products to i32, wrapping. The
accumulator's rows are m, its columns n.
)";

inline constexpr std::string_view kTransfer = R"(
`dma.start` copies the 128-byte descriptor (`arch/dma.h`, [psma.md](psma.md)) as the stores of earlier words have left it;
on a full queue the word stalls. A `post` takes effect after the poster's earlier stores. Tiles are numbered y * columns + x.
)";

}  // namespace psmc::arch::manual
