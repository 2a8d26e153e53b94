// SPDX-License-Identifier: Apache-2.0
// Reading a program image: header -> table (bounds, order, checksums) -> sections -> validate. Nothing is allocated by
// a size in the file before that many bytes are known to be there; segments stay where they are in the mapping.
#include "arch/image.h"

#include "arch/bytes.h"
#include "arch/hash.h"
#include "arch/image_format.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace psmc::arch {
namespace {

using format::Section;
using Bytes = std::span<const std::byte>;

constexpr std::string_view kSectionNames[] = {"machine", "code",  "tiles",    "memory",
                                              "entries", "debug", "metadata", "data"};

class ImageReader {
 public:
  ImageReader(const std::string& file, Bytes bytes, const OpenOptions& options)
      : file_(file), bytes_(bytes), options_(options) {}

  Result<Image> run() {
    PSMC_TRY(read_table());
    PSMC_TRY(read_machine_section());
    PSMC_TRY(read_code());
    PSMC_TRY(finish(Section::tiles, &ImageReader::read_tiles));
    PSMC_TRY(finish(Section::memory, &ImageReader::read_memory));
    PSMC_TRY(finish(Section::entries, &ImageReader::read_entries));
    PSMC_TRY(finish(Section::debug, &ImageReader::read_debug));
    PSMC_TRY(finish(Section::metadata, &ImageReader::read_metadata));
    PSMC_TRY(in_file(validate(image_)));
    return std::move(image_);
  }

 private:
  Status read_table();
  Status read_row(ByteReader& table, uint32_t index, uint64_t& free);
  Status read_machine_section();
  Status read_code();
  Status read_blob(ByteReader& in);
  void read_tiles(ByteReader& in);
  void read_memory(ByteReader& in) { image_.memory = read_segments(in); }
  void read_entries(ByteReader& in);
  void read_debug(ByteReader& in);
  void read_metadata(ByteReader& in);
  std::vector<Segment> read_segments(ByteReader& in);
  TileStart read_start(ByteReader& in);
  Symbol read_symbol(ByteReader& in);

  Bytes section(Section s) const { return sections_[static_cast<size_t>(s) - 1]; }
  Status finish(Section s, void (ImageReader::*read)(ByteReader&));
  Diagnostic bad_section(Section s, std::string_view why) const {
    return file_error(Code::image_section, file_,
                      fmt::format("section {} {}", kSectionNames[static_cast<size_t>(s) - 1], why));
  }
  /// Puts the file's name on a diagnostic without a place.
  Status in_file(const Status& status) const {
    if (status.ok()) return status;
    Diagnostic diagnostic = status.diagnostic();
    if (diagnostic.place.file.empty()) diagnostic.place.file = file_;
    return diagnostic;
  }

  const std::string& file_;
  Bytes bytes_;
  const OpenOptions& options_;
  std::array<Bytes, format::kSections> sections_;
  Image image_;
  bool malformed_ = false;  ///< an enumeration or offset out of range
};

Status ImageReader::read_table() {
  if (bytes_.size() < 4 || std::memcmp(bytes_.data(), format::kMagic, 4) != 0) {
    return file_error(Code::image_magic, file_, "this is not a program image: it does not begin with \"PSMX\"");
  }
  ByteReader in(bytes_.subspan(4));
  const uint32_t version = in.get<uint32_t>();
  const uint64_t size = in.get<uint64_t>();
  const uint32_t sections = in.get<uint32_t>();
  const uint32_t zero = in.get<uint32_t>();
  const uint64_t hash = in.get<uint64_t>();
  const Bytes rows = in.take(format::kRowBytes * format::kSections);
  if (!in.ok() && bytes_.size() < 8) return file_error(Code::image_truncated, file_, "the file ends inside its header");
  if (version != format::kVersion) {
    return file_error(Code::image_version, file_,
                      fmt::format("the image has version {}; this psmc reads version {}", version, format::kVersion),
                      {"compile the model again"});
  }
  if (!in.ok() || size != bytes_.size()) {
    return file_error(Code::image_truncated, file_,
                      fmt::format("the file has {} bytes; its header says {}", bytes_.size(), size));
  }
  if (sections != format::kSections || zero != 0) {
    return file_error(Code::image_section, file_,
                      fmt::format("the file has {} sections, not {}", sections, format::kSections));
  }
  if (hash64(rows) != hash)
    return file_error(Code::image_checksum, file_, "the table of sections does not match its checksum");
  ByteReader table(rows);
  uint64_t free = format::kHeaderBytes + format::kRowBytes * format::kSections;
  for (uint32_t i = 0; i < format::kSections; ++i) PSMC_TRY(read_row(table, i, free));
  if (free != bytes_.size()) return file_error(Code::image_truncated, file_, "bytes after the last section");
  return {};
}

Status ImageReader::read_row(ByteReader& table, uint32_t index, uint64_t& free) {
  const Section expected = static_cast<Section>(index + 1);
  const uint32_t kind = table.get<uint32_t>();
  const uint32_t zero = table.get<uint32_t>();
  const uint64_t offset = table.get<uint64_t>();
  const uint64_t size = table.get<uint64_t>();
  const uint64_t hash = table.get<uint64_t>();
  if (kind != index + 1 || zero != 0) return bad_section(expected, "is not where it should be");
  const uint64_t start = (free + format::kAlignment - 1) / format::kAlignment * format::kAlignment;
  if (offset != start || offset > bytes_.size() || size > bytes_.size() - offset) {
    return file_error(Code::image_truncated, file_, fmt::format("section {} leaves the file", kSectionNames[index]));
  }
  for (uint64_t i = free; i < offset; ++i) {
    if (bytes_[i] != std::byte{0}) return bad_section(expected, "follows padding that is not zero");
  }
  sections_[index] = bytes_.subspan(offset, size);
  free = offset + size;
  if (expected == Section::data && !options_.verify_data) return {};
  if (hash64(sections_[index]) == hash) return {};
  return file_error(Code::image_checksum, file_,
                    fmt::format("section {} does not match its checksum", kSectionNames[index]));
}

Status ImageReader::read_machine_section() {
  const Bytes bytes = section(Section::machine);
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  PSMC_ASSIGN(image_.machine, read_machine(file_ + ":machine", text));
  if (image_.machine.json() != text) return bad_section(Section::machine, "is not in canonical form");
  return {};
}

Status ImageReader::finish(Section s, void (ImageReader::*read)(ByteReader&)) {
  ByteReader in(section(s));
  (this->*read)(in);
  if (in.finished() && !malformed_) return {};
  return bad_section(s, "is malformed");
}

Status ImageReader::read_code() {
  ByteReader in(section(Section::code));
  const uint32_t blobs = in.count(29);
  for (uint32_t i = 0; i < blobs && in.ok(); ++i) PSMC_TRY(read_blob(in));
  if (in.finished() && !malformed_) return {};
  return bad_section(Section::code, "is malformed");
}

Status ImageReader::read_blob(ByteReader& in) {
  CodeBlob blob;
  blob.name = in.text();
  const uint8_t overlay = in.get<uint8_t>();
  malformed_ = malformed_ || overlay > 1;
  blob.overlay = overlay == 1;
  blob.memory_address = in.get<uint64_t>();
  blob.link_word = in.get<uint32_t>();
  const uint32_t words = in.count(kWordBytes);
  Result<std::vector<Word>> code = decode_code(in.take(uint64_t{words} * kWordBytes));
  if (!code) {
    Diagnostic diagnostic = code.diagnostic();
    diagnostic.place.file = file_;
    diagnostic.message = fmt::format("code {}: {}", json::quote(blob.name), diagnostic.message);
    return diagnostic;
  }
  blob.words = std::move(*code);
  for (uint32_t n = in.count(12); n > 0 && in.ok(); --n) {
    Kernel& kernel = blob.kernels.emplace_back();
    kernel.name = in.text();
    kernel.first = in.get<uint32_t>();
    kernel.words = in.get<uint32_t>();
  }
  for (uint32_t n = in.count(12); n > 0 && in.ok(); --n) {
    DebugRange& range = blob.lines.emplace_back();
    range.first = in.get<uint32_t>();
    range.words = in.get<uint32_t>();
    range.op = OpId(in.get<uint32_t>());
  }
  image_.blobs.push_back(std::move(blob));
  return {};
}

std::vector<Segment> ImageReader::read_segments(ByteReader& in) {
  const Bytes data = section(Section::data);
  std::vector<Segment> segments;
  for (uint32_t n = in.count(24); n > 0 && in.ok(); --n) {
    Segment& segment = segments.emplace_back();
    segment.address = in.get<uint64_t>();
    segment.size = in.get<uint64_t>();
    const uint64_t offset = in.get<uint64_t>();
    if (offset == format::kZeros) continue;
    if (segment.size == 0 || offset > data.size() || segment.size > data.size() - offset)
      malformed_ = true;
    else
      segment.bytes = data.subspan(offset, segment.size);
  }
  return segments;
}

void ImageReader::read_tiles(ByteReader& in) {
  for (uint32_t n = in.count(16); n > 0 && in.ok(); --n) {
    TileImage& tile = image_.tiles.emplace_back();
    tile.tile = in.get<uint32_t>();
    tile.code = BlobId(in.get<uint32_t>());
    tile.segments = read_segments(in);
    for (uint32_t k = in.count(12); k > 0 && in.ok(); --k) {
      StepRange& range = tile.steps.emplace_back();
      range.address = in.get<uint64_t>();
      range.op = OpId(in.get<uint32_t>());
    }
  }
}

TileStart ImageReader::read_start(ByteReader& in) {
  TileStart start;
  start.tile = in.get<uint32_t>();
  start.word = in.get<uint32_t>();
  for (uint32_t n = in.count(9); n > 0 && in.ok(); --n) {
    const uint8_t reg = in.get<uint8_t>();
    start.scalars.emplace_back(reg, in.get<int64_t>());
  }
  return start;
}

Symbol ImageReader::read_symbol(ByteReader& in) {
  Symbol symbol;
  const uint8_t kind = in.get<uint8_t>();
  symbol.name = in.text();
  const uint8_t dtype = in.get<uint8_t>();
  const uint8_t control = in.get<uint8_t>();
  if (kind > static_cast<uint8_t>(SymbolKind::state) || dtype > static_cast<uint8_t>(DType::index) || control > 1) {
    malformed_ = true;
    return symbol;
  }
  symbol.kind = static_cast<SymbolKind>(kind);
  symbol.dtype = static_cast<DType>(dtype);
  symbol.control = control == 1;
  symbol.low = in.get<int64_t>();
  symbol.high = in.get<int64_t>();
  symbol.address = in.get<uint64_t>();
  for (uint32_t n = in.count(16); n > 0 && in.ok(); --n) {
    symbol.shape.push_back(in.get<int64_t>());
    symbol.strides.push_back(in.get<int64_t>());
  }
  return symbol;
}

void ImageReader::read_entries(ByteReader& in) {
  for (uint32_t n = in.count(12); n > 0 && in.ok(); --n) {
    Entry& entry = image_.entries.emplace_back();
    entry.name = in.text();
    for (uint32_t k = in.count(12); k > 0 && in.ok(); --k) entry.tiles.push_back(read_start(in));
    for (uint32_t k = in.count(35); k > 0 && in.ok(); --k) entry.symbols.push_back(read_symbol(in));
  }
}

void ImageReader::read_debug(ByteReader& in) {
  image_.step_register = in.get<uint8_t>();
  for (uint32_t n = in.count(8); n > 0 && in.ok(); --n) {
    DebugOp& op = image_.ops.emplace_back();
    op.name = in.text();
    op.location = in.text();
  }
}

void ImageReader::read_metadata(ByteReader& in) {
  for (uint32_t n = in.count(8); n > 0 && in.ok(); --n) {
    std::string key = in.text();
    image_.metadata.emplace_back(std::move(key), in.text());
  }
}

}  // namespace

Result<Image> open_image(const std::string& path, const OpenOptions& options) {
  PSMC_ASSIGN(MappedFile mapping, MappedFile::open(path));
  PSMC_ASSIGN(Image image, ImageReader(path, mapping.bytes(), options).run());
  image.mapping = std::move(mapping);
  return image;
}

Result<Image> parse_image(const std::string& file, std::span<const std::byte> bytes, const OpenOptions& options) {
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  PSMC_ASSIGN(Image image, ImageReader(file, copy, options).run());
  image.owned.push_back(std::move(copy));
  return image;
}

}  // namespace psmc::arch
