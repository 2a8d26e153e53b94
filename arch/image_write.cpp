// SPDX-License-Identifier: Apache-2.0
// Serialising a program image: write each section, place them, fill the table (arch/image_format.h). Equal images give
// equal bytes: everything has one order, and equal data is stored once, at the place of its first use.
#include "arch/image.h"

#include "arch/bytes.h"
#include "arch/hash.h"
#include "arch/image_format.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace psmc::arch {
namespace {

using format::Section;

uint64_t aligned(uint64_t at) { return (at + format::kAlignment - 1) / format::kAlignment * format::kAlignment; }

class Writer {
 public:
  explicit Writer(const Image& image) : image_(image) {}

  std::string run() {
    std::string sections[format::kSections - 1];
    sections[0] = image_.machine.json();
    sections[1] = code();
    sections[2] = tiles();
    sections[3] = memory();
    sections[4] = entries();
    sections[5] = debug();
    sections[6] = metadata();
    return assemble(sections);
  }

 private:
  std::string code();
  std::string tiles();
  std::string memory();
  std::string entries();
  std::string debug();
  std::string metadata();
  void put_symbol(ByteWriter& out, const Symbol& symbol);
  void put_segments(ByteWriter& out, const std::vector<Segment>& segments);
  uint64_t place(std::span<const std::byte> bytes);
  std::string assemble(const std::string (&sections)[format::kSections - 1]) const;

  struct Piece {
    std::span<const std::byte> bytes;
    uint64_t offset;  ///< in the data section
  };
  const Image& image_;
  std::vector<Piece> pieces_;
  uint64_t data_bytes_ = 0;
  std::multimap<uint64_t, std::pair<std::span<const std::byte>, uint64_t>> placed_;  ///< by hash
};

template <typename T>
void put_count(ByteWriter& out, const std::vector<T>& items) {
  out.put(static_cast<uint32_t>(items.size()));
}

std::string Writer::code() {
  ByteWriter out;
  put_count(out, image_.blobs);
  for (const CodeBlob& blob : image_.blobs) {
    out.text(blob.name);
    out.put(uint8_t{blob.overlay});
    out.put(blob.memory_address);
    out.put(blob.link_word);
    put_count(out, blob.words);
    out.raw(encode_code(blob.words));
    put_count(out, blob.kernels);
    for (const Kernel& kernel : blob.kernels) {
      out.text(kernel.name);
      out.put(kernel.first);
      out.put(kernel.words);
    }
    put_count(out, blob.lines);
    for (const DebugRange& range : blob.lines) {
      out.put(range.first);
      out.put(range.words);
      out.put(range.op.index);
    }
  }
  return out.take();
}

std::string Writer::tiles() {
  ByteWriter out;
  put_count(out, image_.tiles);
  for (const TileImage& tile : image_.tiles) {
    out.put(tile.tile);
    out.put(tile.code.index);
    put_segments(out, tile.segments);
    put_count(out, tile.steps);
    for (const StepRange& range : tile.steps) {
      out.put(range.address);
      out.put(range.op.index);
    }
  }
  return out.take();
}

std::string Writer::memory() {
  ByteWriter out;
  put_segments(out, image_.memory);
  return out.take();
}

void Writer::put_segments(ByteWriter& out, const std::vector<Segment>& segments) {
  put_count(out, segments);
  for (const Segment& segment : segments) {
    out.put(segment.address);
    out.put(segment.size);
    out.put(segment.bytes.empty() ? format::kZeros : place(segment.bytes));
  }
}

uint64_t Writer::place(std::span<const std::byte> bytes) {
  const uint64_t hash = hash64(bytes);
  for (auto [at, end] = placed_.equal_range(hash); at != end; ++at) {
    const auto& [other, offset] = at->second;
    if (other.size() == bytes.size() && std::memcmp(other.data(), bytes.data(), bytes.size()) == 0) return offset;
  }
  const uint64_t offset = aligned(data_bytes_);
  pieces_.push_back({bytes, offset});
  data_bytes_ = offset + bytes.size();
  placed_.emplace(hash, std::pair(bytes, offset));
  return offset;
}

std::string Writer::entries() {
  ByteWriter out;
  put_count(out, image_.entries);
  for (const Entry& entry : image_.entries) {
    out.text(entry.name);
    put_count(out, entry.tiles);
    for (const TileStart& start : entry.tiles) {
      out.put(start.tile);
      out.put(start.word);
      put_count(out, start.scalars);
      for (const auto& [reg, value] : start.scalars) {
        out.put(reg);
        out.put(value);
      }
    }
    put_count(out, entry.symbols);
    for (const Symbol& symbol : entry.symbols) put_symbol(out, symbol);
  }
  return out.take();
}

void Writer::put_symbol(ByteWriter& out, const Symbol& symbol) {
  out.put(static_cast<uint8_t>(symbol.kind));
  out.text(symbol.name);
  out.put(static_cast<uint8_t>(symbol.dtype));
  out.put(uint8_t{symbol.control});
  out.put(symbol.low);
  out.put(symbol.high);
  out.put(symbol.address);
  put_count(out, symbol.shape);
  for (size_t i = 0; i < symbol.shape.size(); ++i) {
    out.put(symbol.shape[i]);
    out.put(symbol.strides[i]);
  }
}

std::string Writer::debug() {
  ByteWriter out;
  out.put(image_.step_register);
  put_count(out, image_.ops);
  for (const DebugOp& op : image_.ops) {
    out.text(op.name);
    out.text(op.location);
  }
  return out.take();
}

std::string Writer::metadata() {
  ByteWriter out;
  put_count(out, image_.metadata);
  for (const auto& [key, text] : image_.metadata) {
    out.text(key);
    out.text(text);
  }
  return out.take();
}

/// The whole file is allocated once and filled: data can be gigabytes.
std::string Writer::assemble(const std::string (&sections)[format::kSections - 1]) const {
  uint64_t offsets[format::kSections];
  uint64_t end = format::kHeaderBytes + format::kRowBytes * format::kSections;
  const auto size_of = [&](uint32_t i) { return i + 1 < format::kSections ? sections[i].size() : data_bytes_; };
  for (uint32_t i = 0; i < format::kSections; ++i) {
    offsets[i] = aligned(end);
    end = offsets[i] + size_of(i);
  }
  std::string bytes(end, '\0');
  for (uint32_t i = 0; i + 1 < format::kSections; ++i)
    std::memcpy(bytes.data() + offsets[i], sections[i].data(), sections[i].size());
  char* data = bytes.data() + offsets[format::kSections - 1];
  for (const Piece& piece : pieces_) std::memcpy(data + piece.offset, piece.bytes.data(), piece.bytes.size());
  ByteWriter table;
  for (uint32_t i = 0; i < format::kSections; ++i) {
    table.put(i + 1);
    table.put(uint32_t{0});
    table.put(offsets[i]);
    table.put(uint64_t{size_of(i)});
    table.put(hash64(std::string_view(bytes).substr(offsets[i], size_of(i))));
  }
  const std::string rows = table.take();
  ByteWriter header;
  header.raw(std::as_bytes(std::span(format::kMagic)));
  header.put(format::kVersion);
  header.put(end);
  header.put(format::kSections);
  header.put(uint32_t{0});
  header.put(hash64(rows));
  const std::string head = header.take() + rows;
  std::memcpy(bytes.data(), head.data(), head.size());
  return bytes;
}

}  // namespace

Result<std::string> serialize(const Image& image) {
  PSMC_TRY(validate(image));
  return Writer(image).run();
}

Status write_image(const std::string& path, const Image& image) {
  PSMC_ASSIGN(const std::string bytes, serialize(image));
  return write_file(path, bytes);
}

}  // namespace psmc::arch
