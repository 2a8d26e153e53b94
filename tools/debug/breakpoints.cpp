// SPDX-License-Identifier: Apache-2.0
#include "tools/debug/breakpoints.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "tools/trace/scope.h"

namespace psmc::tools::debug {
namespace {

/// Whether the transfer writes a byte of the range at its destination.
bool writes(const arch::Descriptor& d, const Words::Range& range) {
  for (sim::PieceCursor at(d); !at.done();) {
    const sim::Piece piece = at.peek();
    if (piece.destination <= range.high && piece.destination + piece.bytes > range.low) return true;
    at.advance(piece.bytes);
  }
  return false;
}

/// Addresses around what the transfer writes: a quick no.
bool may_write(const arch::Descriptor& d, const Words::Range& range) {
  int64_t low = 0, high = d.run;
  for (size_t i = 0; i < 3; ++i) {
    const int64_t reach = d.destination_stride[i] * static_cast<int64_t>(d.count[i] - 1);
    (reach < 0 ? low : high) += reach;
  }
  return d.destination + static_cast<uint64_t>(low) <= range.high &&
         d.destination + static_cast<uint64_t>(high) > range.low;
}

}  // namespace

Result<const Breakpoint*> Breakpoints::add(Words& words) {
  PSMC_ASSIGN(Breakpoint b, parse(words));
  PSMC_TRY(words.end());
  b.number = ++numbers_;
  all_.push_back(std::move(b));
  return &all_.back();
}

Result<Breakpoint> Breakpoints::parse(Words& words) const {
  Breakpoint b;
  const std::string kind(words.next());
  if (kind == "op") return parse_op(words);
  if (kind == "address") return parse_address(words);
  if (kind == "cycle") {
    PSMC_ASSIGN(b.cycle, words.number("the cycle"));
    b.what = fmt::format("cycle {}", b.cycle);
    return b;
  }
  if (kind != "tile")
    return words.wrong(kind.empty() ? "it is not said where to break" : fmt::format("nothing breaks at '{}'", kind),
                       {"break cycle N, break tile T [WORD], break op NAME, break address T|mem LOW[..HIGH]"});
  b.kind = Breakpoint::Kind::word;
  PSMC_ASSIGN(const uint64_t tile, words.number("the tile", image_.machine.tiles()));
  b.tile = static_cast<uint32_t>(tile);
  b.what = fmt::format("tile {} issues a word", tile);
  if (!words.more()) return b;
  PSMC_ASSIGN(const uint64_t word, words.number("the word", image_.machine.code_words()));
  b.word = static_cast<uint32_t>(word);
  b.what = fmt::format("tile {} issues word {}", tile, word);
  return b;
}

Result<Breakpoint> Breakpoints::parse_op(Words& words) const {
  Breakpoint b;
  b.kind = Breakpoint::Kind::op;
  const std::string name(words.rest());
  const auto op = std::find_if(image_.ops.begin(), image_.ops.end(), [&](const auto& o) { return o.name == name; });
  if (op == image_.ops.end()) {
    std::vector<std::string_view> names;
    for (const arch::DebugOp& o : image_.ops) names.push_back(o.name);
    return words.wrong(fmt::format("the program has no op '{}'", name), names_there_are(name, names));
  }
  b.op = static_cast<uint32_t>(op - image_.ops.begin());
  b.what = fmt::format("a tile comes to op {}", name);
  return b;
}

Result<Breakpoint> Breakpoints::parse_address(Words& words) const {
  Breakpoint b;
  const bool memory = words.peek() == "mem";
  b.kind = memory ? Breakpoint::Kind::memory : Breakpoint::Kind::scratchpad;
  if (memory) {
    words.next();
  } else {
    PSMC_ASSIGN(const uint64_t tile, words.number("the tile", image_.machine.tiles()));
    b.tile = static_cast<uint32_t>(tile);
  }
  PSMC_ASSIGN(b.range, words.range("where to break"));
  const std::string where = memory ? "device memory" : fmt::format("tile {}", b.tile);
  b.what = fmt::format("a write to 0x{:x}..0x{:x} of {}", b.range.low, b.range.high, where);
  return b;
}

bool Breakpoints::remove(uint32_t number) {
  return std::erase_if(all_, [&](const Breakpoint& b) { return b.number == number; }) != 0;
}

Cycle Breakpoints::next_cycle(Cycle now) const {
  Cycle next = sim::kNever;
  for (const Breakpoint& b : all_)
    if (b.kind == Breakpoint::Kind::cycle && b.cycle > now) next = std::min(next, b.cycle);
  return next;
}

bool Breakpoints::watches() const {
  return std::any_of(all_.begin(), all_.end(), [](const Breakpoint& b) { return b.kind != Breakpoint::Kind::cycle; });
}

void Breakpoints::hit(const Breakpoint& b, std::string how) {
  std::string text = fmt::format("breakpoint {}: {}", b.number, how);
  if (std::find(hits_.begin(), hits_.end(), text) == hits_.end()) hits_.push_back(std::move(text));
}

void Breakpoints::core(const sim::TraceEvent& e) {
  const bool new_op = op_of_[e.tile] != e.op;
  op_of_[e.tile] = e.op;
  for (const Breakpoint& b : all_) {
    if (b.kind == Breakpoint::Kind::word && e.issued && b.tile == e.tile && b.word.value_or(e.pc) == e.pc)
      hit(b, fmt::format("tile {} issues word {} in cycle {}", e.tile, e.pc, e.cycle));
    if (b.kind == Breakpoint::Kind::op && new_op && b.op == e.op)
      hit(b, fmt::format("tile {} comes to op {} at word {} in cycle {}", e.tile, trace::op_name(image_, e.op), e.pc,
                         e.cycle));
  }
}

/// Memory is known to be written when it has accepted the whole transfer.
void Breakpoints::transfer(const sim::TransferEvent& e) {
  const sim::Transfer& t = e.transfer;
  if (e.step != sim::TransferStep::done || t.descriptor.kind != arch::DmaKind::to_memory) return;
  for (const Breakpoint& b : all_)
    if (b.kind == Breakpoint::Kind::memory && may_write(t.descriptor, b.range) && writes(t.descriptor, b.range))
      hit(b, fmt::format("the transfer of tile {} word {} has written there in cycle {}", t.tile, t.pc, e.cycle));
}

void Breakpoints::write(const sim::WriteEvent& e) {
  for (const Breakpoint& b : all_) {
    if (b.kind != Breakpoint::Kind::scratchpad || b.tile != e.tile) continue;
    bool inside = false;
    for (uint32_t i = 0; i < 64; ++i)
      inside |= (e.mask >> i & 1u) && e.line + i >= b.range.low && e.line + i <= b.range.high;
    if (!inside) continue;
    if (e.transfer == nullptr)
      hit(b, fmt::format("the core of tile {} writes there", e.tile));
    else
      hit(b, fmt::format("the transfer of tile {} word {} writes there", e.transfer->tile, e.transfer->pc));
  }
}

void Breakpoints::forget() {
  std::fill(op_of_.begin(), op_of_.end(), kNoOp);
  hits_.clear();
}

}  // namespace psmc::tools::debug
