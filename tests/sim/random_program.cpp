// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/random_program.h"

#include "arch/dma.h"
#include "tests/arch/random_inst.h"

namespace psmc::sim::test {
namespace {

arch::Descriptor random_descriptor(Random& random) {
  arch::Descriptor d;
  d.kind = static_cast<arch::DmaKind>(1 + random.below(4));
  d.run = static_cast<uint32_t>(32 * (1 + random.below(30)));
  d.count = {static_cast<uint32_t>(1 + random.below(4)), static_cast<uint32_t>(1 + random.below(3)), 1};
  d.source = 32 * random.below(4000);
  d.destination = 32 * random.below(3000);
  for (size_t i = 0; i < 3; ++i) {
    d.source_stride[i] = random.range(0, 3000);
    d.destination_stride[i] = 32 * random.range(0, 90);
  }
  if (d.kind == arch::DmaKind::to_tiles) {
    d.x0 = static_cast<uint8_t>(random.below(2));
    d.y0 = static_cast<uint8_t>(random.below(2));
    d.x1 = static_cast<uint8_t>(d.x0 + random.below(2u - d.x0));
    d.y1 = static_cast<uint8_t>(d.y0 + random.below(2u - d.y0));
  }
  d.local_semaphore = static_cast<uint16_t>(random.below(4));
  d.local_amount = static_cast<uint16_t>(random.below(3));
  if (!arch::is_in(d.kind)) {
    d.remote_semaphore = static_cast<uint16_t>(random.below(4));
    d.remote_amount = static_cast<uint16_t>(random.below(3));
  }
  return d;
}

/// Mostly single instructions far apart, so that programs come beyond the first hazard.
std::vector<arch::Word> random_code(Random& random) {
  std::vector<arch::Word> words;
  while (words.size() < 400) {
    arch::Word w;
    switch (random.below(6)) {
      case 0:
        w[arch::Slot::T] = {.op = arch::Opcode::dma_start,
                            .a = static_cast<uint8_t>(1 + random.below(4)),
                            .c = static_cast<uint8_t>(random.below(2) * 8 + random.below(2))};
        break;
      case 1:
        w[arch::Slot::T] = {.op = arch::Opcode::post,
                            .a = static_cast<uint8_t>(8 + random.below(4)),
                            .c = static_cast<uint8_t>(random.below(4)),
                            .imm = static_cast<int32_t>(random.below(3))};
        break;
      case 2:
        w[arch::Slot::S] = {.op = arch::Opcode::wait,
                            .c = static_cast<uint8_t>(random.below(4)),
                            .imm = static_cast<int32_t>(random.below(3))};
        break;
      case 3:
        w[arch::Slot::M0] = {
            .op = arch::Opcode::st_v_f32, .d = 3, .a = 5, .imm = static_cast<int32_t>(64 * random.below(500))};
        break;
      case 4:
        w[arch::Slot::M1] = {.op = arch::Opcode::ld_t,
                             .d = static_cast<uint8_t>(random.below(16)),
                             .a = 5,
                             .imm = static_cast<int32_t>(64 * random.below(500))};
        break;
      default: w = arch::test::random_word(random, true); break;
    }
    words.push_back(w);
    words.resize(words.size() + random.below(14));
  }
  words.emplace_back();
  words.back()[arch::Slot::S].op = arch::Opcode::halt;
  return words;
}

}  // namespace

arch::Image random_image(Random& random) {
  arch::Image image;
  image.machine = arch::preset("lab4").value();
  image.blobs.push_back({"main", random_code(random), {}, {}, false, 0, 0});
  std::vector<std::byte> descriptors;
  for (int i = 0; i < 4; ++i) {
    const arch::DescriptorBytes bytes = arch::encode(random_descriptor(random));
    descriptors.insert(descriptors.end(), bytes.begin(), bytes.end());
  }
  const auto view = image.own(std::move(descriptors));
  const auto code = image.own(arch::encode_code(image.blobs[0].words));
  arch::Entry entry{"go", {}, {}};
  for (uint32_t t = 0; t < 4; ++t) {
    image.tiles.push_back({t, arch::BlobId(0), {{0, 0x20000, {}}, {0x3f000, 512, view}}});
    entry.tiles.push_back(
        {t,
         static_cast<uint32_t>(random.below(8)),
         {{1, 0x3f000}, {2, 0x3f080}, {3, 0x3f100}, {4, 0x3f180}, {5, 0x4000}, {8, 0}, {9, 1}, {10, 2}, {11, 3}}});
  }
  image.memory.push_back({0, code.size(), code});
  image.memory.push_back({0x10000, 0x20000, {}});
  image.entries.push_back(std::move(entry));
  return image;
}

}  // namespace psmc::sim::test
