// SPDX-License-Identifier: Apache-2.0
// The hazard walk (arch/check.h). Words where paths meet or begin are leaders and keep a FlightState. A worklist walks
// from each leader whose state grew to the next leaders; when nothing grows any more, every leader is walked once again
// and the violations are collected. A walk that is inside the delay words of a branch passes leaders without joining
// them: those words belong to the branch's path.
#include "arch/check.h"

#include "arch/check_state.h"
#include "arch/check_structure.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "arch/print.h"

namespace psmc::arch {
namespace {

constexpr uint32_t kNone = 0xffffffffu;

bool may_stall(const Word& word) { return is_wait(word[Slot::S].op) || word[Slot::T].op != Opcode::nop; }

class HazardWalk {
 public:
  HazardWalk(const Machine& machine, std::span<const Word> words, const Structure& structure,
             std::span<const uint32_t> entries)
      : timing_(machine), words_(words), structure_(structure), entries_(entries) {}

  std::vector<Violation> run(size_t limit) {
    find_leaders();
    const FlightState empty(timing_.horizon());
    for (uint32_t entry : entries_) arrive(entry, empty);
    while (!work_.empty()) {
      const uint32_t leader = *work_.begin();
      work_.erase(work_.begin());
      walk(leader);
    }
    collecting_ = true;
    for (const auto& [leader, state] : states_) {
      if (state) walk(leader);
    }
    std::vector<Violation> all;
    for (const auto& [key, violation] : found_) {
      if (all.size() < limit) all.push_back(violation);
    }
    return all;
  }

 private:
  void find_leaders();
  void arrive(uint32_t leader, const FlightState& state);
  void walk(uint32_t leader);
  void leave(uint32_t word, const FlightState& state, uint32_t from);
  void exit_by_jump(uint32_t word, const FlightState& state);
  void issue(uint32_t word, FlightState& state);
  void check_inst(uint32_t word, Slot slot, const FlightState& state);
  void check_touch(uint32_t word, Slot slot, const RegAccess& access, const FlightState& state);
  void check_change(uint32_t word, Slot slot, const RegAccess& access, const FlightState& state);
  void apply_reads(uint32_t word, Slot slot, FlightState& state);
  void check_writes(uint32_t word, Slot slot, const FlightState& state);
  void apply_writes(uint32_t word, Slot slot, FlightState& state);
  void report(uint32_t word, Slot slot, std::string key, std::string message);
  std::string at(Origin origin) const {
    return fmt::format("`{}` of word {}", print(words_[origin.word][origin.slot]), origin.word);
  }

  TimingTable timing_;
  std::span<const Word> words_;
  const Structure& structure_;
  std::span<const uint32_t> entries_;
  std::map<uint32_t, std::optional<FlightState>> states_;  ///< by leader; empty while no path has reached it
  std::set<uint32_t> work_;
  std::map<std::tuple<uint32_t, Slot, std::string>, Violation> found_;
  std::vector<size_t> written_;  ///< places that the word at hand writes
  bool collecting_ = false;
};

void HazardWalk::find_leaders() {
  for (uint32_t entry : entries_) states_[entry];
  for (uint32_t w = 0; w < words_.size(); ++w) {
    const Inst& control = words_[w][Slot::S];
    if (is_branch(control.op) && control.op != Opcode::jr) states_[static_cast<uint32_t>(int64_t{w} + control.imm)];
    if (control.op == Opcode::bz || control.op == Opcode::bnz) {
      if (w + kBranchDelay + 1 < words_.size()) states_[w + kBranchDelay + 1];
    }
  }
  for (const LoopBody& loop : structure_.loops) {
    states_[loop.first];
    states_[loop.last + 1];
  }
}

void HazardWalk::arrive(uint32_t leader, const FlightState& state) {
  if (collecting_) return;
  std::optional<FlightState>& known = states_[leader];
  if (known && !known->join(state)) return;
  if (!known) known = state;
  work_.insert(leader);
}

/// Control leaves `from` for `word`.
void HazardWalk::leave(uint32_t word, const FlightState& state, uint32_t from) {
  if (word < words_.size()) return arrive(word, state);
  report(from, Slot::S, "end", "control runs off the end of the code");
}

void HazardWalk::walk(uint32_t leader) {
  FlightState state = *states_[leader];
  uint32_t branch = kNone;  // a branch whose delay words are running
  for (uint32_t w = leader;; ++w) {
    issue(w, state);
    const Inst& control = words_[w][Slot::S];
    if (control.op == Opcode::halt) return;
    state.advance();
    if (is_branch(control.op)) branch = w;
    if (branch != kNone && w == branch + kBranchDelay) {
      const Inst& taken = words_[branch][Slot::S];
      if (taken.op == Opcode::jr) return exit_by_jump(branch, state);
      leave(static_cast<uint32_t>(int64_t{branch} + taken.imm), state, w);
      if (taken.op != Opcode::jmp) leave(w + 1, state, w);
      return;
    }
    if (control.op == Opcode::loop) leave(w + 1 + static_cast<uint32_t>(control.imm), state, w);
    if (const int32_t loop = structure_.ends[w]; loop >= 0) {
      leave(structure_.loops[loop].first, state, w);
      return leave(w + 1, state, w);
    }
    if (w + 1 >= words_.size() || (branch == kNone && states_.count(w + 1) != 0)) return leave(w + 1, state, w);
  }
}

void HazardWalk::exit_by_jump(uint32_t word, const FlightState& state) {
  for (size_t place = 0; place < kFlightPlaces; ++place) {
    const uint16_t cycles = std::max(state.flight(place), state.reading(place));
    if (cycles == 0) continue;
    const Origin origin =
        state.flight(place) >= state.reading(place) ? state.flight_origin(place) : state.reading_origin(place);
    report(word, Slot::S, fmt::format("exit{}", place),
           fmt::format("{} is still in flight for {} cycles where control leaves by jr", at(origin), cycles));
  }
  for (size_t u = 0; u < kUnits; ++u) {
    const Unit unit = static_cast<Unit>(u);
    if (state.busy(unit) == 0) continue;
    report(word, Slot::S, fmt::format("exit unit {}", u),
           fmt::format("{} keeps its unit busy for {} cycles where control leaves by jr", at(state.busy_origin(unit)),
                       state.busy(unit)));
  }
}

void HazardWalk::issue(uint32_t word, FlightState& state) {
  for (size_t i = 0; i < kSlots; ++i) {
    if (words_[word].slots[i].op != Opcode::nop) check_inst(word, static_cast<Slot>(i), state);
  }
  written_.clear();
  for (size_t i = 0; i < kSlots; ++i) apply_reads(word, static_cast<Slot>(i), state);
  for (size_t i = 0; i < kSlots; ++i) check_writes(word, static_cast<Slot>(i), state);
  if (may_stall(words_[word])) state.stall();
  for (size_t i = 0; i < kSlots; ++i) apply_writes(word, static_cast<Slot>(i), state);
}

/// Everything that looks at earlier words only: registers in flight and busy units.
void HazardWalk::check_inst(uint32_t word, Slot slot, const FlightState& state) {
  const Inst& inst = words_[word][slot];
  const Unit unit = unit_of(inst, slot);
  if (unit != Unit::issue && state.busy(unit) > 0) {
    report(word, slot, "unit",
           fmt::format("the {} unit is busy with {} for {} more cycles", unit_name(unit), at(state.busy_origin(unit)),
                       state.busy(unit)));
  }
  for (const RegAccess& access : reg_accesses(timing_, inst, slot)) check_touch(word, slot, access, state);
}

void HazardWalk::check_touch(uint32_t word, Slot slot, const RegAccess& access, const FlightState& state) {
  const size_t first = flight_place(access.file, access.index);
  const size_t places = access.file == RegFile::a ? 4 : 1;
  for (size_t p = first; p < first + places; ++p) {
    const bool forwarded =
        access.accumulate && p - first == accumulator_kind(info(words_[word][slot].op).latency) && p - first < 3;
    if (state.flight(p) == 0 || forwarded) continue;
    report(word, slot, fmt::format("flight{}", p),
           fmt::format("{}{} is {} {} cycles before {} has written it", reg_file_prefix(access.file), access.index,
                       access.write ? "written" : "read", state.flight(p), at(state.flight_origin(p))));
  }
}

void HazardWalk::apply_reads(uint32_t word, Slot slot, FlightState& state) {
  const Inst& inst = words_[word][slot];
  if (inst.op == Opcode::nop) return;
  const Unit unit = unit_of(inst, slot);
  if (unit != Unit::issue) state.occupy(unit, timing_.of(inst.op).occupancy, {word, slot});
  for (const RegAccess& access : reg_accesses(timing_, inst, slot)) {
    if (!access.write) state.read(flight_place(access.file, access.index), access.end, {word, slot});
  }
}

/// Writes see the read windows of this word too, and each other.
void HazardWalk::check_writes(uint32_t word, Slot slot, const FlightState& state) {
  for (const RegAccess& access : reg_accesses(timing_, words_[word][slot], slot)) {
    if (access.write) check_change(word, slot, access, state);
  }
}

void HazardWalk::apply_writes(uint32_t word, Slot slot, FlightState& state) {
  const Inst& inst = words_[word][slot];
  for (const RegAccess& access : reg_accesses(timing_, inst, slot)) {
    if (!access.write) continue;
    state.use_port(access.port, access.begin, access.end);
    const size_t kind = access.file == RegFile::a ? accumulator_kind(info(inst.op).latency) : 0;
    state.fly(flight_place(access.file, access.index) + kind, access.end, {word, slot});
  }
}

void HazardWalk::check_change(uint32_t word, Slot slot, const RegAccess& access, const FlightState& state) {
  const size_t first = flight_place(access.file, access.index);
  const std::string name = fmt::format("{}{}", reg_file_prefix(access.file), access.index);
  if (state.reading(first) > access.begin) {
    report(word, slot, fmt::format("reading{}", first),
           fmt::format("{} changes {} cycles before {} has read it", name, state.reading(first) - access.begin,
                       at(state.reading_origin(first))));
  }
  if (std::find(written_.begin(), written_.end(), first) != written_.end()) {
    report(word, slot, fmt::format("twice{}", first), fmt::format("{} is written twice by this word", name));
  }
  written_.push_back(first);
  if (state.port_used(access.port, access.begin, access.end)) {
    report(
        word, slot, fmt::format("port{}", access.port),
        fmt::format("the result for {} needs its unit's write port in a cycle when an earlier result uses it", name));
  }
}

void HazardWalk::report(uint32_t word, Slot slot, std::string key, std::string message) {
  if (collecting_) found_.emplace(std::tuple(word, slot, std::move(key)), Violation{word, slot, std::move(message)});
}

}  // namespace

std::vector<Violation> check_code(const Machine& machine, std::span<const Word> words,
                                  std::span<const uint32_t> entries, size_t limit) {
  std::vector<Violation> violations;
  const Structure structure = check_structure(machine, words, entries, violations);
  if (!violations.empty()) {
    std::sort(violations.begin(), violations.end(), [](const Violation& a, const Violation& b) {
      return std::tie(a.word, a.slot, a.message) < std::tie(b.word, b.slot, b.message);
    });
    if (violations.size() > limit) violations.resize(limit);
    return violations;
  }
  return HazardWalk(machine, words, structure, entries).run(limit);
}

std::vector<Violation> check_blob(const Machine& machine, const CodeBlob& blob, std::span<const uint32_t> starts,
                                  size_t limit) {
  std::set<uint32_t> entries(starts.begin(), starts.end());
  for (const Kernel& kernel : blob.kernels) entries.insert(kernel.first);
  const std::vector<uint32_t> list(entries.begin(), entries.end());
  return check_code(machine, blob.words, list, limit);
}

Status check_image(const Image& image) {
  std::vector<std::set<uint32_t>> starts(image.blobs.size());
  for (const Entry& entry : image.entries) {
    for (const TileStart& start : entry.tiles) {
      const TileImage* tile = image.find_tile(start.tile);
      if (tile != nullptr && tile->code.index < starts.size()) starts[tile->code.index].insert(start.word);
    }
  }
  for (size_t b = 0; b < image.blobs.size(); ++b) {
    const CodeBlob& blob = image.blobs[b];
    const std::vector<uint32_t> list(starts[b].begin(), starts[b].end());
    const std::vector<Violation> violations = check_blob(image.machine, blob, list, 20);
    if (violations.empty()) continue;
    const OpId op = image.op_at(BlobId(static_cast<uint32_t>(b)), violations[0].word);
    std::vector<std::string> notes;
    for (const Violation& violation : std::span(violations).subspan(1)) notes.push_back(describe(blob, violation));
    if (op.valid())
      notes.push_back(fmt::format("made for {} ({})", image.ops[op.index].name, image.ops[op.index].location));
    return error(Code::hazard,
                 fmt::format("code {} breaks the contract of {}: {}", json::quote(blob.name), image.machine.name,
                             describe(blob, violations[0])),
                 std::move(notes));
  }
  return {};
}

std::string describe(const CodeBlob& blob, const Violation& violation) {
  const uint32_t word = violation.word;
  const std::string inst = word < blob.words.size() ? print(blob.words[word][violation.slot]) : "";
  return fmt::format("word {} slot {} `{}`: {}", word, slot_name(violation.slot), inst, violation.message);
}

std::string describe(const CodeBlob& blob, std::span<const Violation> violations) {
  std::string out;
  for (const Violation& violation : violations) out += describe(blob, violation) + "\n";
  return out;
}

}  // namespace psmc::arch
