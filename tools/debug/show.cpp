// SPDX-License-Identifier: Apache-2.0
#include "tools/debug/show.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <iterator>

#include "arch/program.h"
#include "ir/array.h"
#include "tools/commands/bindings.h"
#include "tools/trace/scope.h"

namespace psmc::tools::debug {
namespace {

std::string word_text(Target& target, uint32_t tile, uint32_t word) {
  const sim::CodeMemory& code = target.chip().code(tile);
  const sim::DecodedWord* decoded = word < code.words() ? code.slot(word).word : nullptr;
  return decoded != nullptr ? arch::print(decoded->word) : "(no code)";
}

std::string state_text(Target& target, uint32_t tile) {
  const sim::TraceEvent* last = target.last(tile);
  const sim::Chip& chip = target.chip();
  if (chip.over() && chip.trap() && chip.trap()->tile == tile) return "trapped";
  if (chip.core(tile).halted()) return "halted";
  if (last == nullptr) return "starts";
  if (last->issued) return "issued";
  const bool frozen = last->cycle_class == sim::CycleClass::bank_conflict;
  return fmt::format("{}{}", frozen ? "" : "waits: ", sim::cycle_class_name(last->cycle_class));
}

bool posts(const arch::Machine& machine, const sim::Transfer& t, uint32_t tile, uint32_t semaphore) {
  const arch::Descriptor& d = t.descriptor;
  if (t.tile == tile && d.local_amount > 0 && d.local_semaphore == semaphore) return true;
  if (d.remote_amount == 0 || d.remote_semaphore != semaphore) return false;
  if (d.kind == arch::DmaKind::to_memory) return t.tile == tile;
  const arch::TileCoord at = machine.grid.coord(tile);
  return d.kind == arch::DmaKind::to_tiles && at.x >= d.x0 && at.x <= d.x1 && at.y >= d.y0 && at.y <= d.y1;
}

std::string transfer_text(Target& target, const HeldTransfer& held) {
  const sim::Transfer& t = held.transfer;
  const arch::Descriptor& d = t.descriptor;
  constexpr std::string_view kSteps[] = {"queued", "at the engine", "on its way", "done"};
  std::string text = fmt::format("{}, {} B from 0x{:x} to 0x{:x}", trace::transfer_kind_name(d.kind), d.total_bytes(),
                                 d.source, d.destination);
  if (d.kind == arch::DmaKind::to_tiles) text += fmt::format(" of tiles ({},{}) to ({},{})", d.x0, d.y0, d.x1, d.y1);
  return text + fmt::format(", word {}, for {}: {} since cycle {}", t.pc, trace::op_name(target.image(), t.op),
                            kSteps[static_cast<size_t>(held.step)], held.since);
}

}  // namespace

std::string op_text(const arch::Image& image, uint32_t op) {
  const std::string_view location = trace::op_location(image, op);
  return fmt::format("{}{}", trace::op_name(image, op), location.empty() ? "" : fmt::format(" ({})", location));
}

std::string where_text(Target& target, uint32_t tile) {
  const sim::Core& core = target.chip().core(tile);
  const uint32_t word = target.last(tile) != nullptr ? core.pc() : core.next_pc();
  const std::string op = target.last(tile) != nullptr ? op_text(target.image(), target.last(tile)->op) : "";
  return fmt::format("{:<13} {:<17} word {:<5} {:<28} {}\n", trace::tile_name(target.image().machine, tile),
                     state_text(target, tile), word, op, word_text(target, tile, word));
}

std::string where_text(Target& target) {
  std::string text;
  for (const arch::TileStart& start : target.entry().tiles) text += where_text(target, start.tile);
  return text;
}

std::string registers_text(Target& target, uint32_t tile) {
  const sim::Registers& r = target.chip().core(tile).registers();
  std::string text = fmt::format("tile {}: next word {}\n", tile, target.chip().core(tile).next_pc());
  for (size_t i = 1; i < r.s.size(); ++i)
    if (r.s[i] != 0) text += fmt::format("s{} = {} = 0x{:x}\n", i, r.s[i], static_cast<uint64_t>(r.s[i]));
  for (size_t i = 1; i < r.m.size(); ++i)
    if (r.m[i] != 0) text += fmt::format("m{} = 0x{:04x}\n", i, r.m[i]);
  return text + "all other scalars and masks are 0\n";
}

std::optional<std::string> register_text(Target& target, uint32_t tile, std::string_view name, DType dtype) {
  const sim::Registers& r = target.chip().core(tile).registers();
  uint32_t i = 0;
  if (name.size() < 2) return std::nullopt;
  const auto [end, wrong] = std::from_chars(name.data() + 1, name.data() + name.size(), i);
  if (wrong != std::errc() || end != name.data() + name.size()) return std::nullopt;
  const auto elements = [&](const auto& files) -> std::optional<std::string> {
    if (i >= files.size()) return std::nullopt;
    return bytes_text(std::as_bytes(std::span(files[i])), 0, dtype);
  };
  switch (name[0]) {
    case 's':
      if (i >= r.s.size()) return std::nullopt;
      return fmt::format("s{} = {} = 0x{:x}\n", i, r.s[i], static_cast<uint64_t>(r.s[i]));
    case 'm':
      if (i >= r.m.size()) return std::nullopt;
      return fmt::format("m{} = 0x{:04x}\n", i, i == 0 ? 0xffff : r.m[i]);
    case 'v': return elements(r.v);
    case 't': return elements(r.t);
    case 'a': return elements(r.a);
    default: return std::nullopt;
  }
}

std::string bytes_text(std::span<const std::byte> bytes, uint64_t address, DType dtype) {
  const size_t line = 8 * dtype_bytes(dtype);
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += line) {
    const auto part = bytes.subspan(at, std::min(line, bytes.size() - at));
    ir::Array array(dtype, {static_cast<int64_t>(part.size() / dtype_bytes(dtype))});
    std::memcpy(array.bytes.data(), part.data(), array.bytes.size());
    text += array_text(fmt::format("0x{:x}", address + at), array);
  }
  return text;
}

std::string queues_text(Target& target, uint32_t tile) {
  const arch::Machine& machine = target.image().machine;
  const sim::DmaUnit& dma = target.chip().dma(tile);
  std::string text;
  const uint32_t engines = machine.dma.in_engines + machine.dma.out_engines;
  for (uint32_t e = 0; e < engines; ++e) {
    const bool out = e >= machine.dma.in_engines;
    text += fmt::format("{}{}: {} packets without answer\n", out ? "out" : "in", out ? e - machine.dma.in_engines : e,
                        dma.outstanding(e));
    for (const auto& [tag, held] : target.transfers())
      if (held.transfer.tile == tile && held.transfer.engine == e)
        text += fmt::format("  {}\n", transfer_text(target, held));
  }
  text += fmt::format("posts that wait to leave: {}\n", dma.posts());
  for (uint32_t s = 0; s < machine.semaphores.count; ++s)
    if (const uint32_t value = target.chip().semaphore(tile, s); value != 0)
      text += fmt::format("semaphore #{} holds {}\n", s, value);
  return text;
}

std::string waits_text(Target& target) {
  std::string text;
  for (const std::string& line : target.chip().wait_graph()) text += line + "\n";
  if (text.empty()) return "no tile waits\n";
  for (const arch::TileStart& start : target.entry().tiles) {
    const auto wait = target.chip().core(start.tile).waiting();
    for (const auto& [tag, held] : target.transfers())
      if (wait && posts(target.image().machine, held.transfer, start.tile, wait->semaphore))
        text += fmt::format("tile {} will get #{} from tile {}: {}\n", start.tile, wait->semaphore, held.transfer.tile,
                            transfer_text(target, held));
  }
  return text;
}

std::string list_text(Target& target, uint32_t tile, uint32_t first, uint32_t count) {
  const sim::CodeMemory& code = target.chip().code(tile);
  const uint32_t next = target.chip().core(tile).next_pc();
  std::string text;
  for (uint32_t w = first; w < code.words() && w - first < count; ++w) {
    if (code.slot(w).word == nullptr) continue;
    const std::string op = code.slot(w).op < target.image().ops.size() ? target.image().ops[code.slot(w).op].name : "";
    text += fmt::format("{} {:>5}  {:<50} {}", w == next ? "=>" : "  ", w, word_text(target, tile, w), op);
    text.erase(text.find_last_not_of(' ') + 1);
    text += "\n";
  }
  return text.empty() ? "no code there\n" : text;
}

std::string stats_text(Target& target) {
  const sim::RunStats& stats = target.chip().stats();
  std::string text = fmt::format("{} cycles, {} words issued\n", target.chip().now(), stats.words);
  for (const arch::TileStart& start : target.entry().tiles) {
    text += fmt::format("tile {}:", start.tile);
    for (size_t c = 0; c < sim::kCycleClasses; ++c)
      if (const uint64_t cycles = stats.tiles[start.tile][c]; cycles != 0)
        text += fmt::format(" {} {}", sim::cycle_class_name(static_cast<sim::CycleClass>(c)), cycles);
    text += "\n";
  }
  return text;
}

}  // namespace psmc::tools::debug
