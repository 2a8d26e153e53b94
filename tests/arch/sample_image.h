// SPDX-License-Identifier: Apache-2.0
// A small image that uses every part of the format.
#pragma once

#include "arch/asm.h"
#include "arch/dma.h"
#include "base/random.h"
#include "tests/arch/random_inst.h"

namespace psmc::arch::test {

inline std::vector<std::byte> random_bytes(Random& random, size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random.below(256));
  return bytes;
}

inline CodeBlob sample_blob(Random& random, std::string name, uint32_t words) {
  CodeBlob blob;
  blob.name = std::move(name);
  for (uint32_t w = 0; w < words; ++w) blob.words.push_back(random_word(random, true));
  blob.words[1][Slot::S] = Inst{.op = Opcode::bz, .a = 3, .imm = 5};
  blob.words[2][Slot::S] = Inst{.op = Opcode::loop, .a = 4, .imm = static_cast<int32_t>(words) - 4};
  blob.words[words - 1][Slot::S] = Inst{.op = Opcode::halt};
  blob.kernels = {{"first \"kernel\"", 0, 4}, {"second", 6, words - 6}};
  blob.lines = {{0, 2, OpId(1)}, {2, 1, OpId(1)}, {5, words - 5, OpId(0)}};
  return blob;
}

inline Image sample_image(uint64_t seed, std::string_view machine = "lab4") {
  Random random(seed);
  Image image;
  image.machine = preset(machine).value();
  image.ops = {{"ffn ; not a comment", "model.json:3:7"}, {"attention\n\"line\"", "\xc3\xa4"}};
  image.blobs.push_back(sample_blob(random, "main", 12 + static_cast<uint32_t>(random.below(20))));
  image.blobs.push_back(sample_blob(random, "late", 10));
  image.blobs[1].overlay = true;
  image.blobs[1].memory_address = 0x2000;
  image.blobs[1].link_word = 512;
  const auto shared = image.own(random_bytes(random, 200));
  const auto own = image.own(random_bytes(random, 33));
  image.tiles.resize(3);
  image.tiles[0] = {0, BlobId(0), {{64, 200, shared}, {1024, 4096, {}}}};
  image.tiles[1] = {1, BlobId(0), {{128, 200, shared}, {512, 33, own}}};
  image.tiles[2] = {3, BlobId(), {}};
  image.step_register = 7;
  image.tiles[0].steps = {{64, OpId(0)}, {80, OpId(1)}, {128, OpId()}};
  image.memory = {{0, 33, own}, {0x1000, 0x800, {}}, {0x4000, 200, shared}};
  Entry entry{"run", {{0, 0, {{1, 7}, {31, INT64_MIN}}}, {1, 6, {}}}, {}};
  entry.symbols.push_back({SymbolKind::input, "token", DType::i32, {}, 0x1000, {}, true, -3, 31});
  entry.symbols.push_back({SymbolKind::output, "logits", DType::f32, {2, 5}, 0x1100, {32, 4}, false});
  entry.symbols.push_back({SymbolKind::state, "cache", DType::bf16, {4, 8, 2}, 0x1400, {32, 4, 2}, false});
  image.entries.push_back(std::move(entry));
  image.entries.push_back({"idle", {}, {}});
  image.metadata = {{"a", "{\"x\": [1, 2]}"}, {"model", "\"tiny\""}};
  return image;
}

}  // namespace psmc::arch::test
