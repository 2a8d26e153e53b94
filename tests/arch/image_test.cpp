// SPDX-License-Identifier: Apache-2.0
#include "arch/image.h"

#include "arch/hash.h"
#include "arch/image_format.h"
#include "tests/arch/sample_image.h"
#include "tests/base/temporary_folder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <functional>

namespace psmc::arch {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

Code failure(const std::string& bytes) {
  const Result<Image> image = parse_image("t.psmx", bytes_of(bytes));
  REQUIRE(!image.ok());
  return image.diagnostic().code;
}

/// Recomputes the checksums, so that damage reaches what lies behind them.
void reseal(std::string& bytes) {
  if (bytes.size() < format::kHeaderBytes + format::kSections * format::kRowBytes) return;
  for (uint32_t i = 0; i < format::kSections; ++i) {
    char* row = bytes.data() + format::kHeaderBytes + i * format::kRowBytes;
    uint64_t offset = 0;
    uint64_t size = 0;
    std::memcpy(&offset, row + 8, 8);
    std::memcpy(&size, row + 16, 8);
    if (offset > bytes.size() || size > bytes.size() - offset) continue;
    const uint64_t hash = hash64(std::string_view(bytes).substr(offset, size));
    std::memcpy(row + 24, &hash, 8);
  }
  const uint64_t hash =
      hash64(std::string_view(bytes).substr(format::kHeaderBytes, format::kSections * format::kRowBytes));
  std::memcpy(bytes.data() + 24, &hash, 8);
}

TEST_CASE("an image survives writing and reading, and writing is deterministic") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Image image = test::sample_image(seed);
    const std::string bytes = serialize(image).value();
    CHECK(serialize(test::sample_image(seed)).value() == bytes);
    const Result<Image> back = parse_image("t.psmx", bytes_of(bytes));
    if (!back) UNSCOPED_INFO(back.diagnostic().render());
    REQUIRE(back.ok());
    CHECK(back->machine == image.machine);
    CHECK(back->blobs == image.blobs);
    CHECK(back->entries == image.entries);
    CHECK(back->ops == image.ops);
    CHECK(back->metadata == image.metadata);
    REQUIRE(back->tiles.size() == image.tiles.size());
    CHECK(std::ranges::equal(back->tiles[1].segments[1].bytes, image.tiles[1].segments[1].bytes));
    CHECK(serialize(*back).value() == bytes);
  }
}

TEST_CASE("equal data is stored once") {
  const std::string bytes = serialize(test::sample_image(1)).value();
  const Image image = parse_image("t.psmx", bytes_of(bytes)).value();
  CHECK(image.tiles[0].segments[0].bytes.data() == image.tiles[1].segments[0].bytes.data());
  CHECK(image.tiles[0].segments[0].bytes.data() == image.memory[2].bytes.data());
}

TEST_CASE("an opened file is mapped, and its views survive moving the image") {
  const psmc::test::TemporaryFolder folder;
  const std::string path = folder.file("m.psmx");
  REQUIRE(write_image(path, test::sample_image(3)).ok());
  Image first = open_image(path).value();
  const Image moved = std::move(first);
  CHECK(serialize(moved).value() == serialize(test::sample_image(3)).value());
  CHECK(open_image(folder.file("missing.psmx")).diagnostic().code == Code::cannot_read);
}

TEST_CASE("lookups") {
  const Image image = test::sample_image(1);
  CHECK(image.find_entry("run") != nullptr);
  CHECK(image.find_entry("walk") == nullptr);
  CHECK(image.find_tile(3)->tile == 3);
  CHECK(image.find_tile(2) == nullptr);
  CHECK(image.op_at(BlobId(0), 1) == OpId(1));
  CHECK(!image.op_at(BlobId(0), 3).valid());
  CHECK(image.op_at(BlobId(0), 5) == OpId(0));
  CHECK(!image.op_at(BlobId(0), 10000).valid());
  CHECK(!image.op_at(BlobId(9), 0).valid());
}

TEST_CASE("each kind of damage has its code") {
  const std::string good = serialize(test::sample_image(1)).value();
  CHECK(failure("") == Code::image_magic);
  CHECK(failure("ELF is not it") == Code::image_magic);
  CHECK(failure("PSMX") == Code::image_truncated);
  std::string bytes = good;
  for (const uint32_t version : {format::kVersion - 1, format::kVersion + 1}) {
    bytes[4] = static_cast<char>(version);
    CHECK(failure(bytes) == Code::image_version);
  }
  CHECK(failure(good.substr(0, good.size() - 1)) == Code::image_truncated);
  CHECK(failure(good + '\0') == Code::image_truncated);
  bytes = good;
  bytes[16] = 7;
  CHECK(failure(bytes) == Code::image_section);
  bytes = good;
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  CHECK(failure(bytes) == Code::image_checksum);
  CHECK(parse_image("t.psmx", bytes_of(bytes), {.verify_data = false}).ok());
  bytes = good;
  bytes[format::kHeaderBytes + 3] = 1;
  CHECK(failure(bytes) == Code::image_checksum);
  reseal(bytes);
  CHECK(failure(bytes) == Code::image_section);
}

TEST_CASE("every single truncation is an error") {
  const std::string good = serialize(test::sample_image(1)).value();
  for (size_t size = 0; size < good.size(); size += size < 400 ? 1 : 37) {
    std::string bytes = good.substr(0, size);
    CHECK(!parse_image("t.psmx", bytes_of(bytes)).ok());
  }
}

TEST_CASE("random flips are caught by the checksums") {
  const std::string good = serialize(test::sample_image(2)).value();
  Random random(11);
  for (int n = 0; n < 3000; ++n) {
    std::string bytes = good;
    bytes[random.below(bytes.size())] ^= static_cast<char>(1u << random.below(8));
    CHECK(!parse_image("t.psmx", bytes_of(bytes)).ok());
  }
}

TEST_CASE("damage behind good checksums is an error or an image that can be written again") {
  const std::string good = serialize(test::sample_image(2)).value();
  Random random(12);
  int accepted = 0;
  for (int n = 0; n < 20000; ++n) {
    std::string bytes = good;
    const size_t limit = random.chance(0.3) ? 320 : bytes.size();
    for (uint64_t k = random.below(3) + 1; k > 0; --k) {
      const size_t at = random.below(limit);
      if (random.chance(0.5))
        bytes[at] ^= static_cast<char>(1u << random.below(8));
      else
        bytes[at] = static_cast<char>(random.chance(0.5) ? 0xff : random.below(256));
    }
    reseal(bytes);
    const Result<Image> image = parse_image("t.psmx", bytes_of(bytes));
    if (!image) continue;
    ++accepted;
    CHECK(serialize(*image).ok());
  }
  CHECK(accepted > 0);
}

TEST_CASE("contents that contradict each other") {
  const auto broken = [](const std::function<void(Image&)>& breaks) {
    Image image = test::sample_image(1);
    breaks(image);
    const Result<std::string> bytes = serialize(image);
    return !bytes.ok() && bytes.diagnostic().code == Code::bad_image;
  };
  CHECK(!broken([](Image&) {}));
  CHECK(broken([](Image& i) { i.blobs[0].words.clear(); }));
  CHECK(broken([](Image& i) { i.blobs[0].words.resize(4097); }));
  CHECK(broken([](Image& i) { i.blobs[1].name = "main"; }));
  CHECK(broken([](Image& i) { i.blobs[0].link_word = 1; }));
  CHECK(broken([](Image& i) { i.blobs[1].link_word = 4090; }));
  CHECK(broken([](Image& i) { i.blobs[1].memory_address = 0x1000; }));
  CHECK(broken([](Image& i) { i.blobs[0].words[3][Slot::V] = Inst{.op = Opcode::halt}; }));
  CHECK(broken([](Image& i) { i.blobs[0].kernels[1].first = 2; }));
  CHECK(broken([](Image& i) { i.blobs[0].kernels[1].words = 0xffffffff; }));
  CHECK(broken([](Image& i) { i.blobs[0].lines[0].op = OpId(2); }));
  CHECK(broken([](Image& i) { i.blobs[0].name = "\xff"; }));
  CHECK(broken([](Image& i) { i.tiles[0].code = BlobId(1); }));
  CHECK(broken([](Image& i) { i.tiles[2].tile = 4; }));
  CHECK(broken([](Image& i) { i.step_register = 0; }));
  CHECK(broken([](Image& i) { i.step_register = 32; }));
  CHECK(broken([](Image& i) { i.tiles[0].steps.clear(); }));
  CHECK(broken([](Image& i) { i.tiles[0].steps[1].address = 64; }));
  CHECK(broken([](Image& i) { i.tiles[0].steps[2].address = i.machine.scratchpad.bytes; }));
  CHECK(broken([](Image& i) { i.tiles[0].steps[0].op = OpId(2); }));
  CHECK(broken([](Image& i) { i.entries[0].symbols[0].low = 32; }));
  CHECK(broken([](Image& i) { i.entries[0].symbols[1].low = 0; }));
  CHECK(broken([](Image& i) { i.tiles[2].tile = 1; }));
  CHECK(broken([](Image& i) { i.tiles[0].segments[0].address = (1 << 18) - 199; }));
  CHECK(broken([](Image& i) { i.tiles[0].segments[1].address = 100; }));
  CHECK(broken([](Image& i) { i.tiles[0].segments[1].size = UINT64_MAX; }));
  CHECK(broken([](Image& i) { i.memory[0].size = 32; }));
  CHECK(broken([](Image& i) { i.memory[2].address = uint64_t{1} << 28; }));
  CHECK(broken([](Image& i) { i.entries[1].name = "run"; }));
  CHECK(broken([](Image& i) { i.entries[0].tiles[1].tile = 3; }));
  CHECK(broken([](Image& i) { i.entries[0].tiles[1].word = 4000; }));
  CHECK(broken([](Image& i) { i.entries[0].tiles[0].scalars[0].first = 0; }));
  CHECK(broken([](Image& i) { i.entries[0].tiles[0].scalars[0].first = 32; }));
  CHECK(broken([](Image& i) { i.entries[0].symbols[1].shape[0] = INT64_MAX; }));
  CHECK(broken([](Image& i) { i.entries[0].symbols[1].strides[0] = -4; }));
  CHECK(broken([](Image& i) { i.entries[0].symbols[1].strides.pop_back(); }));
  CHECK(broken([](Image& i) { i.entries[0].symbols[1].address = UINT64_MAX; }));
  CHECK(broken([](Image& i) { i.entries[0].symbols[1].name = "token"; }));
  CHECK(broken([](Image& i) { i.metadata[0].first = "z"; }));
  CHECK(broken([](Image& i) { i.metadata[0].second = "{"; }));
}

}  // namespace
}  // namespace psmc::arch
