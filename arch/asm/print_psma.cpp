// SPDX-License-Identifier: Apache-2.0
// An image as assembly, in the order in which arch/asm/assemble.cpp wants it: machine, metadata, ops, code, tiles,
// memory, entries.
#include "arch/asm.h"
#include "arch/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.h"

namespace psmc::arch {
namespace {

class PsmaPrinter {
 public:
  explicit PsmaPrinter(const Image& image) : image_(image) {}

  std::string run() {
    const Result<Machine> known = preset(image_.machine.name);
    if (known && *known == image_.machine)
      out_ += fmt::format(".machine {}\n", json::quote(image_.machine.name));
    else
      out_ += ".machine\n" + image_.machine.json();
    for (const auto& [key, text] : image_.metadata)
      out_ += fmt::format(".meta {} {}\n", json::quote(key), json::quote(text));
    for (const DebugOp& op : image_.ops)
      out_ += fmt::format(".op {} {}\n", json::quote(op.name), json::quote(op.location));
    if (image_.step_register != 0) out_ += fmt::format(".steps s{}\n", image_.step_register);
    for (const CodeBlob& blob : image_.blobs) print_code(blob);
    for (const TileImage& tile : image_.tiles) print_tile(tile);
    if (!image_.memory.empty()) {
      print_segments(".memory", image_.memory);
      out_ += ".end\n";
    }
    for (const Entry& entry : image_.entries) print_entry(entry);
    return std::move(out_);
  }

 private:
  void print_code(const CodeBlob& blob);
  void print_ranges(const CodeBlob& blob, uint32_t word, size_t& kernel, size_t& range);
  void print_tile(const TileImage& tile);
  void print_segments(const std::string& head, const std::vector<Segment>& segments);
  void print_entry(const Entry& entry);
  void print_symbol(const Symbol& symbol);
  static std::set<int64_t> targets(const CodeBlob& blob);

  const Image& image_;
  std::string out_;
};

std::set<int64_t> PsmaPrinter::targets(const CodeBlob& blob) {
  std::set<int64_t> found;
  for (size_t w = 0; w < blob.words.size(); ++w) {
    const Inst& inst = blob.words[w][Slot::S];
    if (inst.op != Opcode::loop && (!is_branch(inst.op) || inst.op == Opcode::jr)) continue;
    const int64_t target = static_cast<int64_t>(w) + inst.imm + (inst.op == Opcode::loop ? 1 : 0);
    if (target >= 0 && target <= static_cast<int64_t>(blob.words.size())) found.insert(target);
  }
  return found;
}

/// Directives before `word` (or behind the last one): kernels and debug ranges that end, then those that begin.
void PsmaPrinter::print_ranges(const CodeBlob& blob, uint32_t word, size_t& kernel, size_t& range) {
  if (kernel < blob.kernels.size() && blob.kernels[kernel].first + blob.kernels[kernel].words == word) {
    out_ += ".endkernel\n";
    ++kernel;
  }
  if (kernel < blob.kernels.size() && blob.kernels[kernel].first == word) {
    out_ += fmt::format(".kernel {}\n", json::quote(blob.kernels[kernel].name));
  }
  const bool ends = range < blob.lines.size() && blob.lines[range].first + blob.lines[range].words == word;
  if (ends) ++range;
  if (range < blob.lines.size() && blob.lines[range].first == word) {
    const OpId op = blob.lines[range].op;
    out_ += fmt::format(".line {}", op.index);
    out_ += op.index < image_.ops.size() ? fmt::format("  ; {}\n", json::quote(image_.ops[op.index].name)) : "\n";
  } else if (ends && word < blob.words.size()) {
    out_ += ".line none\n";
  }
}

void PsmaPrinter::print_code(const CodeBlob& blob) {
  out_ += fmt::format("\n.code {}", json::quote(blob.name));
  if (blob.overlay) out_ += fmt::format(" overlay 0x{:x} link {}", blob.memory_address, blob.link_word);
  out_ += '\n';
  const std::set<int64_t> labels = targets(blob);
  size_t kernel = 0;
  size_t range = 0;
  for (uint32_t w = 0; w < blob.words.size(); ++w) {
    print_ranges(blob, w, kernel, range);
    const std::string label = labels.count(w) != 0 ? fmt::format("L{}:", w) : "";
    const auto target = [&](int64_t offset) {
      const int64_t at = w + offset;
      return labels.count(at) != 0 ? fmt::format("L{}", at) : fmt::format(".{:+}", offset);
    };
    out_ += fmt::format("{:<6} {}\n", label, print(blob.words[w], target));
  }
  const uint32_t end = static_cast<uint32_t>(blob.words.size());
  print_ranges(blob, end, kernel, range);
  if (labels.count(end) != 0) out_ += fmt::format("L{}:\n", end);
  out_ += ".end\n";
}

void PsmaPrinter::print_tile(const TileImage& tile) {
  std::string head = fmt::format(".tile {}", tile.tile);
  if (tile.code.index < image_.blobs.size()) head += ' ' + json::quote(image_.blobs[tile.code.index].name);
  print_segments(head, tile.segments);
  for (const StepRange& range : tile.steps) {
    out_ += fmt::format(".step 0x{:x} ", range.address);
    out_ += range.op.index < image_.ops.size()
                ? fmt::format("{}  ; {}\n", range.op.index, json::quote(image_.ops[range.op.index].name))
                : "none\n";
  }
  out_ += ".end\n";
}

void PsmaPrinter::print_segments(const std::string& head, const std::vector<Segment>& segments) {
  constexpr size_t kBytesPerLine = 32;
  constexpr char kDigits[] = "0123456789abcdef";
  out_ += '\n' + head + '\n';
  for (const Segment& segment : segments) {
    if (segment.bytes.empty()) {
      out_ += fmt::format(".zero 0x{:x} {}\n", segment.address, segment.size);
      continue;
    }
    out_ += fmt::format(".data 0x{:x}\n", segment.address);
    for (size_t at = 0; at < segment.bytes.size(); at += kBytesPerLine) {
      out_ += "hex ";
      for (size_t i = at; i < std::min(at + kBytesPerLine, segment.bytes.size()); ++i) {
        const unsigned value = static_cast<unsigned>(segment.bytes[i]);
        out_ += kDigits[value >> 4];
        out_ += kDigits[value & 15];
      }
      out_ += '\n';
    }
  }
}

void PsmaPrinter::print_entry(const Entry& entry) {
  out_ += fmt::format("\n.entry {}\n", json::quote(entry.name));
  for (const TileStart& start : entry.tiles) {
    out_ += fmt::format(".start {} {}", start.tile, start.word);
    for (const auto& [reg, value] : start.scalars) out_ += fmt::format(" s{}={}", reg, value);
    out_ += '\n';
  }
  for (const Symbol& symbol : entry.symbols) print_symbol(symbol);
  out_ += ".end\n";
}

void PsmaPrinter::print_symbol(const Symbol& symbol) {
  out_ += fmt::format(".symbol {} {} {} [{}] at 0x{:x} strides [{}]{}{}\n", symbol_kind_name(symbol.kind),
                      json::quote(symbol.name), dtype_name(symbol.dtype), fmt::join(symbol.shape, ","), symbol.address,
                      fmt::join(symbol.strides, ","), symbol.control ? " control" : "",
                      symbol.has_range() ? fmt::format(" range [{},{}]", symbol.low, symbol.high) : "");
}

}  // namespace

std::string print_psma(const Image& image) { return PsmaPrinter(image).run(); }

}  // namespace psmc::arch
