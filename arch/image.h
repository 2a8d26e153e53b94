// SPDX-License-Identifier: Apache-2.0
// The program image (.psmx): all that the simulator needs to run a program, and where compiler and simulator meet.
//
// Opening an image: each tile's code blob is put at word 0 of its code memory, scratchpad and memory segments are
// written (empty bytes: zeros), overlay blobs are written to device memory. Running an entry: the host writes the
// inputs, each listed tile sets its scalar registers and starts at its word; when all have halted the host reads the
// outputs. Scratchpads, memory and semaphores keep their contents from entry to entry: that is where state lives.
//
// Big data is not copied: segments of an opened file are spans into its mapping, which the image owns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "arch/machine.h"
#include "arch/program.h"
#include "base/dtype.h"
#include "base/file.h"
#include "base/ids.h"
#include "base/result.h"

namespace psmc::arch {

using OpId = Id<struct DebugOpTag>;
using BlobId = Id<struct CodeBlobTag>;

/// An op of the user's model, for reports and errors.
struct DebugOp {
  std::string name;
  std::string location;  ///< "model.py:12:3" or the node's name in the model
  bool operator==(const DebugOp&) const = default;
};

/// Words [first, first + words) of a blob were made for `op`. Ranges are sorted and do not overlap.
struct DebugRange {
  uint32_t first = 0;
  uint32_t words = 0;
  OpId op;
  bool operator==(const DebugRange&) const = default;
};

/// Words [first, first + words) form a kernel; other code enters it at `first` only, with nothing in flight.
struct Kernel {
  std::string name;
  uint32_t first = 0;
  uint32_t words = 0;
  bool operator==(const Kernel&) const = default;
};

/// Code, shared by the tiles that run it. Branches are relative; jr takes word addresses of the code memory.
struct CodeBlob {
  std::string name;
  std::vector<Word> words;
  std::vector<Kernel> kernels;  ///< sorted, not overlapping
  std::vector<DebugRange> lines;
  bool overlay = false;         ///< written to device memory, and from there to code memory by DMA
  uint64_t memory_address = 0;  ///< overlay: where in device memory
  uint32_t link_word = 0;       ///< code memory word where it will run; 0 unless overlay
  bool operator==(const CodeBlob&) const = default;
};

/// `size` bytes at `address`; all zero if `bytes` is empty, else bytes.size() == size.
struct Segment {
  uint64_t address = 0;
  uint64_t size = 0;
  std::span<const std::byte> bytes;
};

/// Steps whose address is this or higher, up to the next range's address, serve `op`; an invalid op: none.
struct StepRange {
  uint64_t address = 0;
  OpId op;
  bool operator==(const StepRange&) const = default;
};

/// What a tile holds when the image is opened. Tiles without code never run.
struct TileImage {
  uint32_t tile = 0;
  BlobId code;                        ///< may be invalid
  std::vector<Segment> segments;      ///< of the scratchpad, sorted, not overlapping
  std::vector<StepRange> steps = {};  ///< which op a step is for, sorted; for reports only (Image::step_register)
};

enum class SymbolKind : uint8_t { input, output, state };
std::string_view symbol_kind_name(SymbolKind kind);

/// A tensor in device memory that the host reads or writes.
struct Symbol {
  SymbolKind kind = SymbolKind::input;
  std::string name;
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  uint64_t address = 0;
  std::vector<int64_t> strides;  ///< bytes, one a dimension
  bool control = false;          ///< reaches an address, trip count or branch: timing may depend on it
  /// Of an integer input without dimensions: the values that the program is made for, both ends included.
  int64_t low = INT64_MIN, high = INT64_MAX;
  bool has_range() const { return low != INT64_MIN || high != INT64_MAX; }
  bool operator==(const Symbol&) const = default;
};

struct TileStart {
  uint32_t tile = 0;
  uint32_t word = 0;
  std::vector<std::pair<uint8_t, int64_t>> scalars;  ///< (register, value), ascending
  bool operator==(const TileStart&) const = default;
};

struct Entry {
  std::string name;
  std::vector<TileStart> tiles;  ///< ascending; tiles not listed stay idle
  std::vector<Symbol> symbols;
  bool operator==(const Entry&) const = default;
};

/// Movable, not copyable (it may own a mapping).
struct Image {
  Machine machine;
  std::vector<CodeBlob> blobs;
  std::vector<TileImage> tiles;  ///< ascending by tile, each at most once
  std::vector<Segment> memory;   ///< device memory, sorted, not overlapping
  std::vector<Entry> entries;
  std::vector<DebugOp> ops;
  /// A program whose kernels are shared by ops runs a list of steps; this scalar register holds the address of the
  /// current one whenever control enters a kernel by `jr` or at the start. 0: there are no steps.
  uint8_t step_register = 0;
  std::vector<std::pair<std::string, std::string>> metadata;  ///< key, JSON text; sorted by key

  /// Keeps `bytes` alive with the image and returns a view that stays valid when the image is moved.
  std::span<const std::byte> own(std::vector<std::byte> bytes);

  const Entry* find_entry(std::string_view name) const;
  const TileImage* find_tile(uint32_t tile) const;
  /// The op of a word of a blob, or an invalid id.
  OpId op_at(BlobId blob, uint32_t word) const;

  Image() = default;
  Image(Image&&) = default;
  Image& operator=(Image&&) = default;

  std::vector<std::vector<std::byte>> owned;
  std::optional<MappedFile> mapping;
};

/// Semantic rules: everything inside its space, sorted, ids valid, names unique. Errors: bad_image.
Status validate(const Image& image);

struct OpenOptions {
  bool verify_data = true;  ///< check the checksum of the data section (reads all of it)
};

/// Validates and serialises; the same image gives the same bytes. Errors: bad_image.
Result<std::string> serialize(const Image& image);
/// Errors: those of validate, and of write_file.
Status write_image(const std::string& path, const Image& image);
/// Maps and checks a .psmx. Errors: cannot_read, image_magic, image_version, image_truncated, image_checksum,
/// image_section, bad_encoding, bad_image, and those of machine files.
Result<Image> open_image(const std::string& path, const OpenOptions& options = {});
/// The same from memory; data is copied.
Result<Image> parse_image(const std::string& file, std::span<const std::byte> bytes, const OpenOptions& options = {});

}  // namespace psmc::arch
