// SPDX-License-Identifier: Apache-2.0
#include "tools/debug/debugger.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "tools/debug/show.h"

namespace psmc::tools::debug {
namespace {

constexpr uint64_t kMaxElements = 1 << 16;  // that one command shows
constexpr size_t kTilesAtStop = 8;          // a program of more tiles shows them when asked

Status show(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return {};
}

}  // namespace

std::span<const Debugger::Command> Debugger::commands() {
  using D = Debugger;
  static constexpr Command kCommands[] = {
      {"step", "s", "[N]", "runs N cycles (1)", &D::step},
      {"next", "n", "TILE", "runs until the tile has issued a word", &D::next},
      {"continue", "c", "", "runs until something stops it", &D::go_on},
      {"break", "b", "cycle N | tile T [WORD] | op NAME | address T|mem LOW[..HIGH]", "where to stop", &D::add_break},
      {"delete", "d", "[N]", "removes a breakpoint, or all", &D::remove_break},
      {"info", "i", "breaks", "lists the breakpoints", &D::info},
      {"where", "w", "[TILE]", "what each tile does", &D::where},
      {"regs", "r", "TILE", "scalars and masks that are not 0", &D::registers},
      {"print", "p", "TILE REGISTER [TYPE]", "s3, m1, v4, t2 or a0, as f32, bf16, f16, i8, i32 or i64", &D::print},
      {"x", "x", "TILE|mem ADDRESS [COUNT [TYPE]]", "elements of a scratchpad or of device memory", &D::examine},
      {"queues", "q", "TILE", "transfers at its engines, posts, semaphores", &D::queues},
      {"waits", "ww", "", "who waits on whom", &D::waits},
      {"list", "l", "TILE [WORD [COUNT]]", "code, around the next word if none is given", &D::list},
      {"stats", "st", "", "cycles by class until now", &D::stats},
      {"restart", "", "", "begins anew; breakpoints stay", &D::restart},
      {"help", "h", "", "this list", &D::help},
      {"quit", "", "", "ends", &D::quit},
  };
  return kCommands;
}

Result<bool> Debugger::execute(const SourcePlace& line) {
  Words words(line);
  const std::string name(words.next());
  if (name.empty() || name[0] == '#') return true;
  for (const Command& c : commands()) {
    if (name != c.name && (c.alias.empty() || name != c.alias)) continue;
    PSMC_TRY((this->*c.action)(words));
    return !quit_;
  }
  std::vector<std::string_view> names;
  for (const Command& c : commands()) names.push_back(c.name);
  return words.wrong(fmt::format("there is no command '{}'", name), names_there_are(name, names, "commands"));
}

Result<uint32_t> Debugger::tile(Words& words) const {
  PSMC_ASSIGN(const uint64_t tile, words.number("the tile", image_.machine.tiles()));
  return static_cast<uint32_t>(tile);
}

Result<DType> Debugger::dtype(Words& words, DType usual) const {
  if (!words.more()) return usual;
  const std::string name(words.next());
  const std::optional<DType> type = dtype_from_name(name);
  if (!type || *type == DType::index || *type == DType::boolean)
    return words.wrong(fmt::format("there is no element type '{}'", name),
                       {"there are: f32, bf16, f16, f64, i8, i32, i64"});
  return *type;
}

/// Runs, and says why it stopped and what the tiles do now.
Status Debugger::run(Cycle limit, const Words& words, const std::function<bool()>& until) {
  if (target_.chip().over()) return words.wrong("the launch is over", {"`restart` begins it anew"});
  target_.run(limit, until);
  show_stop();
  return {};
}

void Debugger::show_stop() {
  for (const std::string& hit : breaks_.hits()) fmt::print("{}\n", hit);
  sim::Chip& chip = target_.chip();
  for (const Breakpoint& b : breaks_.all())
    if (b.kind == Breakpoint::Kind::cycle && b.cycle == chip.now() && !chip.over())
      fmt::print("breakpoint {}: {}\n", b.number, b.what);
  if (chip.over() && chip.trap()) {
    fmt::print("{}\n", chip.trap()->diagnostic().message);
    for (const std::string& note : chip.trap()->diagnostic().notes) fmt::print("  {}\n", note);
  }
  if (chip.over())
    fmt::print("the launch is over after {} cycles\n", chip.now());
  else
    fmt::print("before cycle {}\n", chip.now());
  if (target_.entry().tiles.size() <= kTilesAtStop) std::fputs(where_text(target_).c_str(), stdout);
}

Status Debugger::step(Words& words) {
  PSMC_ASSIGN(const uint64_t cycles, words.number_or(1, "the number of cycles", uint64_t{1} << 60));
  PSMC_TRY(words.end());
  return run(target_.chip().now() + cycles, words);
}

Status Debugger::next(Words& words) {
  PSMC_ASSIGN(const uint32_t tile, this->tile(words));
  PSMC_TRY(words.end());
  const sim::Chip& chip = target_.chip();
  const Cycle from = chip.now();
  return run(sim::kNever, words, [this, tile, from] {
    const sim::TraceEvent* last = target_.last(tile);
    return last != nullptr && last->issued && last->cycle >= from;
  });
}

Status Debugger::go_on(Words& words) {
  PSMC_TRY(words.end());
  return run(sim::kNever, words);
}

Status Debugger::add_break(Words& words) {
  PSMC_ASSIGN(const Breakpoint* b, breaks_.add(words));
  return show(fmt::format("breakpoint {}: {}\n", b->number, b->what));
}

Status Debugger::remove_break(Words& words) {
  if (!words.more()) {
    breaks_.clear();
    return {};
  }
  PSMC_ASSIGN(const uint64_t number, words.number("the breakpoint", uint64_t{1} << 32));
  if (!breaks_.remove(static_cast<uint32_t>(number)))
    return words.wrong(fmt::format("there is no breakpoint {}", number), {"`info breaks` lists them"});
  return words.end();
}

Status Debugger::info(Words& words) {
  if (const std::string what(words.next()); what != "breaks")
    return words.wrong(
        what.empty() ? "it is not said about what" : fmt::format("there is no information about '{}'", what),
        {"info breaks"});
  for (const Breakpoint& b : breaks_.all()) fmt::print("breakpoint {}: {}\n", b.number, b.what);
  if (breaks_.all().empty()) fmt::print("no breakpoints\n");
  return words.end();
}

Status Debugger::where(Words& words) {
  if (!words.more()) return show(where_text(target_));
  PSMC_ASSIGN(const uint32_t tile, this->tile(words));
  PSMC_TRY(words.end());
  return show(where_text(target_, tile));
}

Status Debugger::registers(Words& words) {
  PSMC_ASSIGN(const uint32_t tile, this->tile(words));
  PSMC_TRY(words.end());
  return show(registers_text(target_, tile));
}

Status Debugger::print(Words& words) {
  PSMC_ASSIGN(const uint32_t tile, this->tile(words));
  const std::string name(words.next());
  const Words at_name = words;
  PSMC_ASSIGN(const DType type, dtype(words, DType::f32));
  PSMC_TRY(words.end());
  const std::optional<std::string> text = register_text(target_, tile, name, type);
  if (!text)
    return at_name.wrong(fmt::format("there is no register '{}'", name),
                         {"there are s0-s31, m0-m7, v0-v31, t0-t15, a0-a7"});
  return show(*text);
}

Status Debugger::examine(Words& words) {
  const bool memory = words.peek() == "mem";
  uint32_t tile = 0;
  if (memory) {
    words.next();
  } else {
    PSMC_ASSIGN(tile, this->tile(words));
  }
  const uint64_t size = memory ? image_.machine.memory.bytes : image_.machine.scratchpad.bytes;
  PSMC_ASSIGN(const uint64_t address, words.number("the address", size));
  const Words at_address = words;
  PSMC_ASSIGN(const uint64_t count, words.number_or(8, "the number of elements", kMaxElements));
  PSMC_ASSIGN(const DType type, dtype(words, DType::f32));
  PSMC_TRY(words.end());
  std::vector<std::byte> bytes(count * dtype_bytes(type));
  if (bytes.size() > size - address)
    return at_address.wrong(fmt::format("{} bytes from 0x{:x} on leave the memory", bytes.size(), address));
  if (memory)
    PSMC_TRY(target_.chip().read_memory(address, bytes));
  else
    std::copy_n(target_.chip().scratchpad(tile).at(address), bytes.size(), bytes.begin());
  return show(bytes_text(bytes, address, type));
}

Status Debugger::queues(Words& words) {
  PSMC_ASSIGN(const uint32_t tile, this->tile(words));
  PSMC_TRY(words.end());
  return show(queues_text(target_, tile));
}

Status Debugger::waits(Words& words) {
  PSMC_TRY(words.end());
  return show(waits_text(target_));
}

Status Debugger::list(Words& words) {
  PSMC_ASSIGN(const uint32_t tile, this->tile(words));
  const uint32_t next = target_.chip().core(tile).next_pc();
  PSMC_ASSIGN(const uint64_t first, words.number_or(next < 3 ? 0 : next - 3, "the word", image_.machine.code_words()));
  PSMC_ASSIGN(const uint64_t count, words.number_or(10, "the number of words", kMaxElements));
  PSMC_TRY(words.end());
  return show(list_text(target_, tile, static_cast<uint32_t>(first), static_cast<uint32_t>(count)));
}

Status Debugger::stats(Words& words) {
  PSMC_TRY(words.end());
  return show(stats_text(target_));
}

Status Debugger::restart(Words& words) {
  PSMC_TRY(words.end());
  PSMC_TRY(start());
  return show("before cycle 0\n" + where_text(target_));
}

Status Debugger::help(Words& words) {
  PSMC_TRY(words.end());
  for (const Command& c : commands()) {
    const std::string form = fmt::format("{}{}{} {}", c.name, c.alias.empty() || c.alias == c.name ? "" : ", ",
                                         c.alias == c.name ? "" : c.alias, c.operands);
    fmt::print("{:<36} {}\n", form, c.what);
  }
  return {};
}

Status Debugger::quit(Words& words) {
  quit_ = true;
  return words.end();
}

}  // namespace psmc::tools::debug
