// SPDX-License-Identifier: Apache-2.0
// The kernels of an image as the mutation checker sees them: their dataflow, what is live, what their records hold.
//
// Live is an instruction whose result reaches something that others can see: a store, a transfer, a wait, a branch, or
// a register that some kernel of the image reads before it writes it.
#pragma once

#include <memory>

#include "arch/image.h"
#include "tests/property/mutation_flow.h"

namespace psmc::test {

class KernelFlow {
 public:
  /// `jumps` of the whole blob.
  KernelFlow(const arch::Machine& machine, const arch::CodeBlob& blob, const arch::Kernel& kernel,
             const Flow::Jumps& jumps)
      : kernel_(kernel),
        code_(Code::of(std::span(blob.words).subspan(kernel.first, kernel.words))),
        jumps_(within(kernel, jumps)),
        flow_(machine, code_, &jumps_) {}

  const arch::Kernel& kernel() const { return kernel_; }
  const Code& code() const { return code_; }
  const Flow& flow() const { return flow_; }
  const Flow::Jumps& jumps() const { return jumps_; }
  const arch::Inst& inst(uint32_t id) const { return code_.words[id / arch::kSlots].slots[id % arch::kSlots]; }
  bool live(uint32_t id) const { return live_.contains(id); }
  const std::set<uint32_t>& users(uint32_t id) const {
    static const std::set<uint32_t> kNone;
    const auto found = users_.find(id);
    return found == users_.end() ? kNone : found->second;
  }
  /// Whether the dataflow itself breaks the timing contract somewhere.
  bool clean() const {
    for (const auto& [id, f] : flow_.insts()) {
      if (f.clobbers) return false;
      for (const Seen& seen : f.reads)
        if (seen.early) return false;
    }
    return true;
  }
  /// Registers that the kernel reads before it writes them, of those that kernels pass on.
  std::set<uint32_t> entry_places(const arch::TimingTable& timing) const {
    std::set<uint32_t> places;
    for (const auto& [id, f] : flow_.insts()) {
      size_t read = 0;
      for (const arch::RegAccess& access : arch::reg_accesses(timing, inst(id), static_cast<arch::Slot>(id % 6))) {
        if (access.write && !access.accumulate) continue;
        const uint32_t place = Flow::places(inst(id), access).first;
        if (f.reads[read++].producers.contains(kAtEntry) && place <= kLastPassed) places.insert(place);
      }
    }
    return places;
  }
  void find_live(const std::set<uint32_t>& wanted_at_exit) {
    std::vector<uint32_t> work;
    const auto want = [&](uint32_t id) {
      if (id != kAtEntry && live_.insert(id).second) work.push_back(id);
    };
    for (const auto& [id, f] : flow_.insts()) {
      const arch::Opcode op = inst(id).op;
      const arch::Unit unit = arch::info(op).unit;
      if (arch::is_store(op) || unit == arch::Unit::control || unit == arch::Unit::transfer) want(id);
      for (const Seen& seen : f.reads)
        for (uint32_t p : seen.producers) users_[p].insert(id);
    }
    for (uint32_t place : wanted_at_exit)
      for (uint32_t p : flow_.at_exit(place)) want(p);
    while (!work.empty()) {
      const uint32_t id = work.back();
      work.pop_back();
      for (const Seen& seen : flow_.insts().at(id).reads)
        for (uint32_t p : seen.producers) want(p);
    }
  }

  /// The value is the record's address at entry plus this, if the checker can tell.
  std::optional<int64_t> from_record(const Seen& seen) const {
    if (seen.producers.size() != 1) return std::nullopt;
    const uint32_t id = *seen.producers.begin();
    if (id == kAtEntry) return 0;
    const arch::Inst& by = inst(id);
    if (by.op != arch::Opcode::addi || by.d != kRecord || by.a != kRecord) return std::nullopt;
    const std::optional<int64_t> before = from_record(flow_.insts().at(id).reads[0]);
    if (!before) return std::nullopt;
    return *before + by.imm;
  }
  /// Where in the record a load reads.
  std::optional<int64_t> record_offset(uint32_t id) const {
    const arch::Inst& by = inst(id);
    if (by.op != arch::Opcode::ld_s_i64 || by.a != kRecord || by.post != 0) return std::nullopt;
    const std::optional<int64_t> base = from_record(flow_.insts().at(id).reads[0]);
    if (!base) return std::nullopt;
    return *base + by.imm;
  }
  /// Bytes from this record to the next one.
  std::optional<int64_t> record_length() const { return from_record({flow_.at_exit(kRecord), false}); }

  static constexpr uint8_t kRecord = 1;       ///< s1: the current record (docs/decisions/0002)
  static constexpr uint32_t kLastPassed = 5;  ///< s1..s5 belong to all kernels: the record, the symbols

 private:
  static Flow::Jumps within(const arch::Kernel& kernel, const Flow::Jumps& jumps) {
    Flow::Jumps inside;
    for (const auto& [from, to] : jumps)
      if (from >= kernel.first && from < kernel.first + kernel.words && to >= kernel.first)
        inside.insert({from - kernel.first, to - kernel.first});
    return inside;
  }

  arch::Kernel kernel_;
  Code code_;
  Flow::Jumps jumps_;
  Flow flow_;
  std::set<uint32_t> live_;
  std::map<uint32_t, std::set<uint32_t>> users_;
};

/// All kernels of a blob, with liveness across them.
inline std::vector<std::unique_ptr<KernelFlow>> kernel_flows(const arch::Machine& machine, const arch::CodeBlob& blob,
                                                             const Flow::Jumps& jumps) {
  std::vector<std::unique_ptr<KernelFlow>> flows;
  std::set<uint32_t> wanted;
  const arch::TimingTable timing(machine);
  for (const arch::Kernel& kernel : blob.kernels) {
    flows.push_back(std::make_unique<KernelFlow>(machine, blob, kernel, jumps));
    wanted.merge(flows.back()->entry_places(timing));
  }
  for (auto& flow : flows) flow->find_live(wanted);
  return flows;
}

}  // namespace psmc::test
