// SPDX-License-Identifier: Apache-2.0
// Draws changes of an image that the checker calls illegal: some live instruction then sees another producer, a value
// that is not ready, another address; or a wait is gone.
//
//   early       an instruction issues one word sooner
//   register    one register operand names another register
//   address     the offset or step of a load or store, or a number that an address is made of
//   argument    a number in a step table's record
//   descriptor  where a transfer reads or writes
//   wait        a wait of a step table, or of a kernel, is taken out
//
// What the checker can tell to be no change is not drawn; `excluded` counts that by reason.
#pragma once

#include <fmt/format.h>

#include "arch/dma.h"
#include "arch/print.h"
#include "base/random.h"
#include "tests/property/mutation_slice.h"
#include "tests/property/mutation_tables.h"

namespace psmc::test {

struct Mutation {
  std::string kind, text;
  std::vector<std::pair<uint32_t, arch::Word>> words;  ///< of blob 0
  uint32_t tile = 0;
  uint64_t address = 0;
  std::vector<std::byte> bytes;  ///< new contents of the tile's scratchpad from `address` on
};

class Mutations {
 public:
  static constexpr std::array kKinds = {"early", "register", "address", "argument", "descriptor", "wait"};

  /// `executed`: words of blob 0 that run; `jumps`: the transitions between them that are not to the next word;
  /// `slice`: what of the run reaches an output.
  Mutations(const arch::Image& image, std::set<uint32_t> executed, const Flow::Jumps& jumps, const Slice& slice)
      : image_(image),
        slice_(slice),
        executed_(std::move(executed)),
        kernels_(kernel_flows(image.machine, image.blobs[0], jumps)),
        tables_(image, kernels_) {
    for (uint32_t k = 0; k < kernels_.size(); ++k)
      for (const auto& [id, flow] : kernels_[k]->flow().insts())
        if (executed_.contains(kernels_[k]->kernel().first + id / arch::kSlots)) insts_.emplace_back(k, id);
    for (const Record& r : tables_.records())
      for (const RecordNumber& n : tables_.layout(r.kernel).numbers) numbers_.emplace_back(r, n);
  }

  /// What is wrong with the image as it is; empty if nothing is.
  std::string report() const {
    for (const auto& k : kernels_)
      if (!k->clean()) return fmt::format("kernel {} breaks the timing contract", k->kernel().name);
    return tables_.complete() ? "" : "a step table cannot be followed";
  }

  Mutation draw(Random& random) {
    const std::string kind = kKinds[random.below(kKinds.size())];
    for (;;) {
      std::optional<Mutation> m = kind == "early"      ? early(random)
                                  : kind == "register" ? other_register(random)
                                  : kind == "address"  ? other_address(random)
                                  : kind == "wait"     ? no_wait(random)
                                                       : other_number(random, kind);
      if (!m) continue;
      m->kind = kind;
      return *m;
    }
  }

  std::map<std::string, uint64_t> excluded;

 private:
  using Picked = std::pair<uint32_t, uint32_t>;  // kernel, instruction

  const KernelFlow& kernel(const Picked& p) const { return *kernels_[p.first]; }
  bool needed(const KernelFlow& k, uint32_t id) const {
    return k.live(id) && slice_.needs(k.kernel().first + id / arch::kSlots, id % arch::kSlots);
  }

  std::optional<Mutation> skip(const char* reason) {
    ++excluded[reason];
    return std::nullopt;
  }
  std::string place(const Picked& p) const {
    const arch::Kernel& k = kernel(p).kernel();
    return fmt::format("{} word {}: `{}`", k.name, p.second / arch::kSlots, arch::print(kernel(p).inst(p.second)));
  }

  /// Whether some instruction of the kernel that an output needs sees something else in `code`.
  bool illegal(const KernelFlow& k, const Code& code) const {
    const Flow after(image_.machine, code, &k.jumps());
    for (const auto& [id, flow] : k.flow().insts()) {
      const auto found = after.insts().find(id);
      if (needed(k, id) && (found == after.insts().end() || !(found->second == flow))) return true;
    }
    return false;
  }
  Mutation changed(const KernelFlow& k, const Code& code) const {
    Mutation m;
    for (uint32_t w = 0; w < code.words.size(); ++w)
      if (!(code.words[w] == k.code().words[w])) m.words.emplace_back(k.kernel().first + w, code.words[w]);
    return m;
  }

  std::optional<Mutation> early(Random& random) {
    const Picked p = insts_[random.below(insts_.size())];
    const KernelFlow& k = kernel(p);
    const uint32_t w = p.second / arch::kSlots, s = p.second % arch::kSlots;
    if (w == 0 || arch::info(k.inst(p.second).op).unit == arch::Unit::control) return std::nullopt;
    if (k.code().words[w - 1].slots[s].op != arch::Opcode::nop) return std::nullopt;
    Code code = k.code();
    std::swap(code.words[w].slots[s], code.words[w - 1].slots[s]);
    std::swap(code.ids[w][s], code.ids[w - 1][s]);
    if (!illegal(k, code)) return skip("issuing sooner changes nothing that an output needs");
    Mutation m = changed(k, code);
    m.text = place(p) + " a word sooner";
    return m;
  }

  static uint8_t* field(arch::Inst& inst, arch::Field f) {
    switch (f) {
      case arch::Field::d: return &inst.d;
      case arch::Field::a: return &inst.a;
      case arch::Field::b: return &inst.b;
      case arch::Field::c: return &inst.c;
      case arch::Field::m: return &inst.m;
      default: return nullptr;
    }
  }

  /// x = min(x, limit) and the like.
  static bool is_bound(const arch::Inst& inst) {
    using enum arch::Opcode;
    const arch::Opcode kinds[] = {min, max, mini, maxi, vmin, vmax, vimin, vimax};
    return std::find(std::begin(kinds), std::end(kinds), inst.op) != std::end(kinds) && inst.d == inst.a;
  }

  std::optional<Mutation> other_register(Random& random) {
    const Picked p = insts_[random.below(insts_.size())];
    const KernelFlow& k = kernel(p);
    std::vector<arch::Operand> registers;
    for (const arch::Operand& o : arch::info(k.inst(p.second).op).operands)
      if (o.file != arch::RegFile::none) registers.push_back(o);
    if (registers.empty()) return std::nullopt;
    const arch::Operand o = registers[random.below(registers.size())];
    Code code = k.code();
    arch::Inst& inst = code.words[p.second / arch::kSlots].slots[p.second % arch::kSlots];
    if (is_bound(inst)) return skip("the instruction is a bound that need not bind");
    uint8_t& number = *field(inst, o.field);
    const uint8_t before = number;
    number = static_cast<uint8_t>(random.below(arch::reg_count(image_.machine, o.file)));
    if (number == before) return std::nullopt;
    if (!illegal(k, code)) return skip("no output needs the register's value");
    Mutation m = changed(k, code);
    m.text = fmt::format("{} becomes `{}`", place(p), arch::print(inst));
    return m;
  }

  std::optional<Mutation> other_address(Random& random) {
    const Picked p = insts_[random.below(insts_.size())];
    const KernelFlow& k = kernel(p);
    Code code = k.code();
    arch::Inst& inst = code.words[p.second / arch::kSlots].slots[p.second % arch::kSlots];
    int64_t unit = arch::mem_shape(inst.op).alignment;
    if (arch::mem_shape(inst.op).rows == 0) {
      if (inst.op != arch::Opcode::addi && inst.op != arch::Opcode::li) return std::nullopt;
      unit = 0;
      for (uint32_t user : k.users(p.second))
        if (const arch::Inst& by = k.inst(user); arch::mem_shape(by.op).rows != 0 && by.a == inst.d)
          unit = std::max<int64_t>(unit, arch::mem_shape(by.op).alignment);
      if (unit == 0) return std::nullopt;
    }
    if (!needed(k, p.second)) return skip("no output needs what is loaded or stored");
    inst.imm += static_cast<int32_t>(unit * random.range(1, 4) * (random.chance(0.5) ? 1 : -1));
    if (!arch::problem(inst, static_cast<arch::Slot>(p.second % arch::kSlots)).empty()) return std::nullopt;
    Mutation m = changed(k, code);
    m.text = fmt::format("{} becomes `{}`", place(p), arch::print(inst));
    return m;
  }

  std::optional<Mutation> other_number(Random& random, const std::string& kind) {
    const auto& [record, number] = numbers_[random.below(numbers_.size())];
    const uint64_t address = record.address + static_cast<uint64_t>(number.offset);
    const std::string name = kernels_[record.kernel]->kernel().name;
    const std::optional<int64_t> value = tables_.number_at(record.tile, address);
    if (!value) return std::nullopt;
    if (kind == "descriptor") return other_descriptor(random, record, number, static_cast<uint64_t>(*value));
    if (!slice_.needs_bytes(record.tile, address, 8)) return skip("no output needs the record's number");
    if (number.role == Role::clamp) return skip("the record's number is a bound that need not bind");
    if (number.role != Role::number) return std::nullopt;
    Mutation m;
    const int64_t other = *value + 64 * random.range(1, 4) * (random.chance(0.5) ? 1 : -1);
    m.text = fmt::format("tile {}, record of {} at 0x{:x}: the number at {} becomes {} instead of {}", record.tile,
                         name, record.address, number.offset, other, *value);
    m.tile = record.tile;
    m.address = address;
    m.bytes.resize(8);
    std::memcpy(m.bytes.data(), &other, 8);
    return m;
  }

  std::optional<Mutation> other_descriptor(Random& random, const Record& record, const RecordNumber& number,
                                           uint64_t address) {
    if (number.role != Role::descriptor || tables_.layout(record.kernel).writes) return std::nullopt;
    std::optional<arch::Descriptor> d = descriptor_at(record.tile, static_cast<int64_t>(address));
    if (!d) return std::nullopt;
    if (!slice_.needs_transfer(record.tile, address)) return skip("no output needs what is transferred");
    const bool source = random.chance(0.5);
    uint64_t& which = source ? d->source : d->destination;
    const uint64_t before = which;
    which += static_cast<uint64_t>(int64_t{4} << random.below(5)) * (random.chance(0.5) ? 1 : ~uint64_t{0});
    Mutation m;
    m.text = fmt::format("tile {}, transfer of {} bytes described at 0x{:x}: {} 0x{:x} instead of 0x{:x}", record.tile,
                         d->total_bytes(), address, source ? "source" : "destination", which, before);
    m.tile = record.tile;
    m.address = address;
    const arch::DescriptorBytes raw = arch::encode(*d);
    m.bytes.assign(raw.begin(), raw.end());
    return m;
  }

  bool only_waits_follow(const Record& wait) const {
    for (const auto& [record, number] : numbers_) {
      if (record.tile != wait.tile || record.end != wait.end || record.address <= wait.address) continue;
      if (number.role != Role::link && number.role != Role::semaphore && number.role != Role::amount) return false;
    }
    return true;
  }

  std::optional<arch::Descriptor> descriptor_at(uint32_t tile, int64_t address) const {
    const std::vector<std::byte> bytes = tables_.bytes_at(tile, static_cast<uint64_t>(address), arch::kDescriptorBytes);
    if (bytes.empty()) return std::nullopt;
    arch::DescriptorBytes raw;
    std::copy(bytes.begin(), bytes.end(), raw.begin());
    Result<arch::Descriptor> d = arch::decode_descriptor(raw);
    if (!d.ok()) return std::nullopt;
    return *d;
  }

  /// Whether all that is posted to the wait's semaphore says that a source of this tile has been read, by transfers
  /// that also post to this tile when they have arrived.
  bool seen_by_another_wait(const Record& wait) const {
    std::optional<int64_t> semaphore;
    for (const RecordNumber& n : tables_.layout(wait.kernel).numbers)
      if (n.role == Role::semaphore)
        semaphore = tables_.number_at(wait.tile, wait.address + static_cast<uint64_t>(n.offset));
    const arch::TileCoord at = image_.machine.grid.coord(wait.tile);
    for (const auto& [record, number] : numbers_) {
      if (number.role != Role::descriptor) continue;
      const std::optional<int64_t> address =
          tables_.number_at(record.tile, record.address + static_cast<uint64_t>(number.offset));
      const std::optional<arch::Descriptor> d = address ? descriptor_at(record.tile, *address) : std::nullopt;
      if (!d || !semaphore) return false;
      const bool mine = record.tile == wait.tile;
      const bool here = d->kind == arch::DmaKind::to_memory ? mine
                                                            : d->kind == arch::DmaKind::to_tiles && at.x >= d->x0 &&
                                                                  at.x <= d->x1 && at.y >= d->y0 && at.y <= d->y1;
      if (here && d->remote_amount > 0 && d->remote_semaphore == *semaphore) return false;
      if (!mine || d->local_amount == 0 || d->local_semaphore != *semaphore) continue;
      if (!here || d->remote_amount == 0) return false;
    }
    return true;
  }

  /// Most waits are records; those written into kernels are a few words.
  std::optional<Mutation> no_wait(Random& random) {
    if (random.chance(0.1)) {
      const Picked p = insts_[random.below(insts_.size())];
      if (!arch::is_wait(kernel(p).inst(p.second).op)) return std::nullopt;
      Code code = kernel(p).code();
      code.words[p.second / arch::kSlots][arch::Slot::S] = {};
      Mutation m = changed(kernel(p), code);
      m.text = place(p) + " is gone";
      return m;
    }
    const auto& [record, number] = numbers_[random.below(numbers_.size())];
    if (number.role != Role::amount || record.first) return std::nullopt;
    if (only_waits_follow(record)) return skip("nothing but other waits and the end follows the wait");
    if (seen_by_another_wait(record)) return skip("another wait of the tile is for the arrival of the same transfers");
    const auto length = static_cast<uint64_t>(tables_.layout(record.kernel).length);
    Mutation m;
    m.text = fmt::format("tile {}: the wait for {} of the record at 0x{:x} is gone", record.tile,
                         *tables_.number_at(record.tile, record.address + static_cast<uint64_t>(number.offset)),
                         record.address);
    m.tile = record.tile;
    m.address = record.address;
    m.bytes = tables_.bytes_at(record.tile, record.address + length, record.end - record.address - length);
    if (m.bytes.empty()) return std::nullopt;
    return m;
  }

  const arch::Image& image_;
  const Slice& slice_;
  std::set<uint32_t> executed_;
  Tables::Kernels kernels_;
  Tables tables_;
  std::vector<Picked> insts_;
  std::vector<std::pair<Record, RecordNumber>> numbers_;
};

}  // namespace psmc::test
