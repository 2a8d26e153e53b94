// SPDX-License-Identifier: Apache-2.0
// Any bytes as damage of a good checkpoint whose checksums are put right: an error, or a run that ends. Input: a byte
// for the program, one for the cycle of the checkpoint, then patches of four bytes: 24 bits of place, the new byte.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "sim/chip.h"
#include "tests/sim/checkpoints.h"
#include "tests/sim/random_program.h"

namespace {

using namespace psmc;

sim::Options fuzz_options() {
  sim::Options options;
  options.max_cycles = 5000;
  return options;
}

std::string checkpoint_of(const arch::Image& image, uint32_t cycle) {
  auto chip = sim::Chip::open(image, fuzz_options());
  if (!chip.ok() || !(*chip)->begin(0).ok() || !(*chip)->run_until(cycle)) return {};
  return (*chip)->checkpoint();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 6 || size > 4096) return 0;
  Random random(1 + data[0] % 16);
  const arch::Image image = sim::test::random_image(random);
  std::string bytes = checkpoint_of(image, data[1] * 4u);
  if (bytes.empty()) return 0;
  for (size_t i = 2; i + 4 <= size; i += 4)
    bytes[(data[i] | data[i + 1] << 8u | data[i + 2] << 16u) % bytes.size()] = static_cast<char>(data[i + 3]);
  sim::test::reseal_checkpoint(bytes);
  auto chip = sim::Chip::resume(image, fuzz_options(), "fuzz.psmk", std::as_bytes(std::span(bytes)));
  if (!chip.ok()) return 0;
  (*chip)->run_until(sim::kNever);
  return 0;
}
