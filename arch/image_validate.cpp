// SPDX-License-Identifier: Apache-2.0
// What a program image must fulfil beyond its format: blobs -> tiles -> memory -> entries -> metadata. All lists are in
// the one order that makes images with equal contents equal in bytes.
#include "arch/image.h"

#include "arch/isa.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/utf8.h"

namespace psmc::arch {
namespace {

template <typename... Args>
Diagnostic bad(fmt::format_string<Args...> format, Args&&... args) {
  return error(Code::bad_image, fmt::format(format, std::forward<Args>(args)...));
}

/// [first, first + words) ranges: sorted, disjoint, inside `limit`, not empty.
template <typename Range>
Status check_ranges(const std::vector<Range>& ranges, size_t limit, std::string_view what, std::string_view blob) {
  uint64_t free = 0;
  for (const Range& range : ranges) {
    const uint64_t end = uint64_t{range.first} + range.words;
    if (range.words == 0 || range.first < free || end > limit) {
      return bad("{} of code {} at word {} are empty, unsorted, overlapping or outside", what, json::quote(blob),
                 range.first);
    }
    free = end;
  }
  return {};
}

Status check_segments(const std::vector<Segment>& segments, uint64_t limit, const std::string& where) {
  uint64_t free = 0;
  for (const Segment& s : segments) {
    if (s.size == 0 || s.address < free || s.address > limit || s.size > limit - s.address) {
      return bad("the segment at 0x{:x} of {} is empty, unsorted, overlapping or outside", s.address, where);
    }
    if (!s.bytes.empty() && s.bytes.size() != s.size) {
      return bad("the segment at 0x{:x} of {} has {} bytes for {}", s.address, where, s.bytes.size(), s.size);
    }
    free = s.address + s.size;
  }
  return {};
}

class Validator {
 public:
  explicit Validator(const Image& image) : image_(image), machine_(image.machine) {}

  Status run() {
    PSMC_TRY(check_texts());
    std::set<std::string_view> blobs;
    for (const CodeBlob& blob : image_.blobs) {
      if (blob.name.empty() || !blobs.insert(blob.name).second)
        return bad("code {} twice or without a name", json::quote(blob.name));
      PSMC_TRY(check_blob(blob));
    }
    PSMC_TRY(check_tiles());
    PSMC_TRY(check_memory());
    std::set<std::string_view> names;
    for (const Entry& entry : image_.entries) {
      if (entry.name.empty() || !names.insert(entry.name).second)
        return bad("entry {} twice or without a name", json::quote(entry.name));
      PSMC_TRY(check_entry(entry));
    }
    return check_metadata();
  }

 private:
  Status check_texts();
  Status check_text(std::string_view text);
  Status check_blob(const CodeBlob& blob);
  Status check_tiles();
  Status check_steps(const TileImage& tile);
  Status check_memory();
  Status check_entry(const Entry& entry);
  Status check_start(const Entry& entry, const TileStart& start);
  Status check_symbol(const Entry& entry, const Symbol& symbol);
  Status check_metadata();

  const Image& image_;
  const Machine& machine_;
};

/// Texts are UTF-8, so that every form of an image can hold them.
Status Validator::check_text(std::string_view text) {
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    if (length == 0) return bad("a name or text is not UTF-8");
    text.remove_prefix(length);
  }
  return {};
}

Status Validator::check_texts() {
  for (const CodeBlob& blob : image_.blobs) {
    PSMC_TRY(check_text(blob.name));
    for (const Kernel& kernel : blob.kernels) PSMC_TRY(check_text(kernel.name));
  }
  for (const Entry& entry : image_.entries) {
    PSMC_TRY(check_text(entry.name));
    for (const Symbol& symbol : entry.symbols) PSMC_TRY(check_text(symbol.name));
  }
  for (const DebugOp& op : image_.ops) {
    PSMC_TRY(check_text(op.name));
    PSMC_TRY(check_text(op.location));
  }
  for (const auto& [key, text] : image_.metadata) {
    PSMC_TRY(check_text(key));
    PSMC_TRY(check_text(text));
  }
  return {};
}

Status Validator::check_blob(const CodeBlob& blob) {
  const std::string name = json::quote(blob.name);
  if (blob.words.empty()) return bad("code {} is empty", name);
  if (!blob.overlay && (blob.link_word != 0 || blob.memory_address != 0))
    return bad("code {} has an address but is no overlay", name);
  if (blob.words.size() > machine_.code_words() || blob.link_word > machine_.code_words() - blob.words.size()) {
    return bad("code {} has {} words from word {}; code memory holds {}", name, blob.words.size(), blob.link_word,
               machine_.code_words());
  }
  for (size_t w = 0; w < blob.words.size(); ++w) {
    for (size_t s = 0; s < kSlots; ++s) {
      const std::string what = problem(blob.words[w].slots[s], static_cast<Slot>(s));
      if (!what.empty()) return bad("code {}, word {}: {}", name, w, what);
    }
  }
  PSMC_TRY(check_ranges(blob.kernels, blob.words.size(), "kernels", blob.name));
  PSMC_TRY(check_ranges(blob.lines, blob.words.size(), "debug ranges", blob.name));
  for (const DebugRange& range : blob.lines) {
    if (range.op.index >= image_.ops.size())
      return bad("code {}, word {}: op {} does not exist", name, range.first, range.op.index);
  }
  return {};
}

Status Validator::check_tiles() {
  uint64_t next = 0;
  for (const TileImage& tile : image_.tiles) {
    if (tile.tile < next || tile.tile >= machine_.tiles())
      return bad("tile {} is unsorted, doubled or not on the grid", tile.tile);
    next = uint64_t{tile.tile} + 1;
    if (tile.code.valid() && (tile.code.index >= image_.blobs.size() || image_.blobs[tile.code.index].overlay)) {
      return bad("the code of tile {} does not exist or is an overlay", tile.tile);
    }
    PSMC_TRY(check_segments(tile.segments, machine_.scratchpad.bytes, fmt::format("tile {}", tile.tile)));
    PSMC_TRY(check_steps(tile));
  }
  const bool steps =
      std::any_of(image_.tiles.begin(), image_.tiles.end(), [](const TileImage& t) { return !t.steps.empty(); });
  if (steps != (image_.step_register != 0) || image_.step_register >= machine_.core.scalar_registers)
    return bad("s{} cannot hold the address of the current step", image_.step_register);
  return {};
}

Status Validator::check_steps(const TileImage& tile) {
  uint64_t next = 0;
  for (const StepRange& range : tile.steps) {
    if (range.address < next || range.address >= machine_.scratchpad.bytes)
      return bad("the steps of tile {} at 0x{:x} are unsorted or outside", tile.tile, range.address);
    if (range.op.valid() && range.op.index >= image_.ops.size())
      return bad("tile {}, step 0x{:x}: op {} does not exist", tile.tile, range.address, range.op.index);
    next = range.address + 1;
  }
  return {};
}

Status Validator::check_memory() {
  PSMC_TRY(check_segments(image_.memory, machine_.memory.bytes, "memory"));
  std::vector<Segment> all = image_.memory;
  for (const CodeBlob& blob : image_.blobs) {
    if (blob.overlay) all.push_back({blob.memory_address, blob.words.size() * kWordBytes, {}});
  }
  std::sort(all.begin(), all.end(), [](const Segment& a, const Segment& b) { return a.address < b.address; });
  return check_segments(all, machine_.memory.bytes, "memory with overlays");
}

Status Validator::check_entry(const Entry& entry) {
  uint64_t next = 0;
  for (const TileStart& start : entry.tiles) {
    if (start.tile < next) return bad("the tiles of entry {} are not sorted", json::quote(entry.name));
    next = uint64_t{start.tile} + 1;
    PSMC_TRY(check_start(entry, start));
  }
  std::set<std::string_view> names;
  for (const Symbol& symbol : entry.symbols) {
    if (symbol.name.empty() || !names.insert(symbol.name).second) {
      return bad("symbol {} of entry {} is doubled or has no name", json::quote(symbol.name), json::quote(entry.name));
    }
    PSMC_TRY(check_symbol(entry, symbol));
  }
  return {};
}

Status Validator::check_start(const Entry& entry, const TileStart& start) {
  const TileImage* tile = image_.find_tile(start.tile);
  if (tile == nullptr || !tile->code.valid() || start.word >= image_.blobs[tile->code.index].words.size()) {
    return bad("entry {} starts tile {} at word {}, where it has no code", json::quote(entry.name), start.tile,
               start.word);
  }
  uint32_t next = 1;
  for (const auto& [reg, value] : start.scalars) {
    if (reg < next || reg >= machine_.core.scalar_registers) {
      return bad("entry {}, tile {}: initial value of s{}, which is unsorted or no register that can be set",
                 json::quote(entry.name), start.tile, reg);
    }
    next = reg + 1u;
  }
  return {};
}

Status Validator::check_symbol(const Entry& entry, const Symbol& symbol) {
  const std::string where = fmt::format("symbol {} of entry {}", json::quote(symbol.name), json::quote(entry.name));
  if (symbol.kind > SymbolKind::state || symbol.dtype > DType::index)
    return bad("{} has an unknown kind or type", where);
  const bool number = symbol.kind == SymbolKind::input && symbol.shape.empty() && is_integer(symbol.dtype);
  if (symbol.low > symbol.high || (symbol.has_range() && !number))
    return bad("{} has a range that is empty or has no meaning", where);
  if (symbol.strides.size() != symbol.shape.size() || symbol.shape.size() > 16)
    return bad("{} needs a stride for each dimension", where);
  __int128 end = static_cast<__int128>(symbol.address) + dtype_bytes(symbol.dtype);
  __int128 elements = 1;
  for (size_t i = 0; i < symbol.shape.size(); ++i) {
    if (symbol.shape[i] < 1 || symbol.strides[i] < 0)
      return bad("{} has an empty dimension or a negative stride", where);
    end += static_cast<__int128>(symbol.shape[i] - 1) * symbol.strides[i];
    elements *= symbol.shape[i];
    if (end > machine_.memory.bytes || elements > static_cast<__int128>(machine_.memory.bytes))
      return bad("{} leaves device memory", where);
  }
  return end > machine_.memory.bytes ? bad("{} leaves device memory", where) : Status{};
}

Status Validator::check_metadata() {
  const std::string* previous = nullptr;
  for (const auto& [key, text] : image_.metadata) {
    if (previous != nullptr && key <= *previous) return bad("metadata {} is unsorted or doubled", json::quote(key));
    previous = &key;
    if (!json::parse("metadata", text)) return bad("metadata {} is not JSON", json::quote(key));
  }
  return {};
}

}  // namespace

Status validate(const Image& image) { return Validator(image).run(); }

}  // namespace psmc::arch
