// SPDX-License-Identifier: Apache-2.0
// The static hazard checker: proves that code obeys the contract of the tile (arch/isa.h, MACHINE.md) on every path.
//
// check_structure   encoding problems, registers that the machine lacks, branch and loop rules:
//                   targets inside the blob and inside the same innermost loop body; no branch, loop or halt in delay
//                   words; no branch, jr or halt in a body's last two words; jr and halt not inside a loop; bodies
//                   nest properly, at most `loop_depth` deep, no two end on the same word; control never runs off the
//                   end.
// check_hazards     walks all paths from each entry with the set of registers in flight, read windows, busy units and
//                   write ports; states at joins are merged by taking the longest remaining time. Loop back-edges are
//                   walked like branches. A stall only lengthens distances, so the stall-free walk is the worst case,
//                   save for write ports: behind a word that may stall, a port reserved r cycles ahead counts as
//                   reserved in each of those cycles. A word itself is judged when it is first attempted.
// At a jr everything must have drained when its second delay word has issued: kernels start with nothing in flight.
//
// Needs: decoded words. Ensures: an empty list means that no hazard can occur at run time, except those that depend on
// addresses (two accesses of one line in one word), which the simulator traps. Cost: linear in words x horizon for code
// without joins of different states; each word is walked again only while its state still grows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "arch/image.h"
#include "arch/isa.h"
#include "arch/program.h"

namespace psmc::arch {

struct Violation {
  uint32_t word = 0;  ///< where the offending instruction issues
  Slot slot = Slot::S;
  std::string message;  ///< "v3 is read 2 cycles before `vadd v3,v1,v2` of word 12 has written it"
};

/// Control may enter `words` at each of `entries` with nothing in flight. At most `limit` violations, sorted by word.
std::vector<Violation> check_code(const Machine& machine, std::span<const Word> words,
                                  std::span<const uint32_t> entries, size_t limit = 100);
/// The same for a blob: entries are its kernels and `starts`.
std::vector<Violation> check_blob(const Machine& machine, const CodeBlob& blob, std::span<const uint32_t> starts = {},
                                  size_t limit = 100);
/// All blobs of an image, with the entries' start words. Error: hazard, naming blob, word, instruction and op.
Status check_image(const Image& image);
/// One line a violation with the word's text.
std::string describe(const CodeBlob& blob, const Violation& violation);
std::string describe(const CodeBlob& blob, std::span<const Violation> violations);

}  // namespace psmc::arch
