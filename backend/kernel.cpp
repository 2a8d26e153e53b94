// SPDX-License-Identifier: Apache-2.0
// The order of the stages:
//   select -> remove_dead -> coalesce_moves -> schedule and allocate -> encode
//
// Scheduling comes first, on virtual registers and with a limit on how many may be alive; registers are then coloured
// on the exact schedule, so that their reuse costs no cycle. If a file does not suffice, the limit is lowered; if that
// does not help, values are spilled in the order of the code, which always ends, and the code with physical registers
// is scheduled once more.
#include "backend/kernel.h"

#include <algorithm>

#include <fmt/format.h>

#include "arch/check.h"
#include "backend/allocate/allocate.h"
#include "backend/encode/encode.h"
#include "backend/mir/cleanup.h"
#include "backend/mir/print.h"
#include "backend/schedule/pipeline.h"
#include "backend/schedule/schedule.h"
#include "backend/select/selector.h"

namespace psmc::backend {
namespace {

using arch::RegFile;

constexpr uint32_t kLimitSteps[] = {0, 1, 3, 6};  ///< by how much the limits are lowered, attempt by attempt
constexpr int kMaxSpillRounds = 40;

/// A schedule and the registers for it.
struct Assigned {
  Schedule schedule;
  Allocation allocation;
};

class Compiler {
 public:
  Compiler(const arch::Machine& machine, MFunc func, const KernelOptions& options)
      : machine_(machine), model_(machine), func_(std::move(func)), options_(options) {}

  Result<KernelCode> run() {
    dump("select");
    {
      const TimeScope time(options_.time, "clean up");
      remove_dead(func_);
      coalesce_moves(func_);
      remove_dead(func_);
    }
    dump("coalesce");
    PSMC_ASSIGN(const Assigned assigned, assign());
    const TimeScope time(options_.time, "encode");
    EncodedKernel encoded = encode_kernel(func_, assigned.schedule, assigned.allocation.physical);
    KernelCode code;
    code.words = std::move(encoded.words);
    code.op_of_word = std::move(encoded.op_of_word);
    code.spill_bytes = func_.spill_bytes;
    code.attempts = attempts_;
    code.cycles = cycles_of(assigned.schedule);
    for (size_t f = 0; f < code.files.size(); ++f) {
      code.files[f] = {assigned.allocation.files[f].max_live, spilled_[f].spilled, spilled_[f].stores,
                       spilled_[f].reloads};
    }
    if (options_.dump) options_.dump("words", listing(code.words));
    if (options_.verify) verify(code.words);
    return code;
  }

 private:
  Result<Assigned> assign();
  Pressure pressure(uint32_t less) const;
  std::optional<Assigned> try_limits(uint32_t first_step);
  Result<Assigned> spill();
  double cycles_of(const Schedule& schedule) const;
  void verify(const std::vector<arch::Word>& words) const;
  static std::string listing(const std::vector<arch::Word>& words);
  void dump(std::string_view stage) const {
    if (options_.dump) options_.dump(stage, print(func_));
  }

  const arch::Machine& machine_;
  Model model_;
  MFunc func_;
  const KernelOptions& options_;
  std::array<FileReport, 6> spilled_{};
  uint32_t attempts_ = 0;
};

Pressure Compiler::pressure(uint32_t less) const {
  Pressure pressure;
  for (const RegFile file : {RegFile::s, RegFile::v, RegFile::m, RegFile::t}) {
    const uint32_t all = model_.allocatable(file);
    pressure.limit[static_cast<size_t>(file)] = std::max(1u, all - std::min(all, less));
  }
  return pressure;
}

/// Schedules with fewer and fewer registers until the colouring succeeds.
std::optional<Assigned> Compiler::try_limits(uint32_t first_step) {
  const std::vector<BlockLive> live = liveness(func_);
  const std::vector<uint32_t> places = own_places(func_);
  const std::vector<double> no_cost(func_.regs.size(), 1);
  for (uint32_t step = first_step; step < std::size(kLimitSteps); ++step) {
    ++attempts_;
    Assigned made;
    TimeScope scheduling(options_.time, "schedule");
    made.schedule = schedule(model_, func_, places, pressure(kLimitSteps[step]), live);
    scheduling.stop();
    const TimeScope allocating(options_.time, "allocate");
    made.allocation = allocate(model_, func_, live_intervals(&model_, func_, made.schedule, live), no_cost);
    if (made.allocation.ok()) return made;
  }
  return std::nullopt;
}

/// With its loops pipelined if registers suffice, else with plain loops, else with spills.
Result<Assigned> Compiler::assign() {
  if (options_.pipeline && options_.cycles_per_word < KernelOptions::kCompact) {
    for (const uint32_t less : {1u, 3u}) {
      MFunc plain = func_;
      TimeScope time(options_.time, "pipeline loops");
      if (!pipeline_loops(model_, func_, pressure(less), options_.cycles_per_word)) break;
      time.stop();
      if (std::optional<Assigned> made = try_limits(0)) {
        dump("pipeline");
        return std::move(*made);
      }
      func_ = std::move(plain);
    }
  }
  if (std::optional<Assigned> made = try_limits(0)) return std::move(*made);
  return spill();
}

/// Spills in the order of the code until it can be coloured; with physical registers the schedule cannot fail.
Result<Assigned> Compiler::spill() {
  const TimeScope time(options_.time, "spill");
  for (int round = 0; round < kMaxSpillRounds; ++round) {
    const std::vector<IntervalList> intervals = live_intervals(nullptr, func_, order_of_code(func_), liveness(func_));
    Allocation allocation = allocate(model_, func_, intervals, spill_costs(func_));
    if (!allocation.ok()) {
      if (insert_spills(func_, allocation.uncolored, spilled_)) continue;
      break;
    }
    dump("spill");
    // With the spills in place the exact way may work after all, and gives a better schedule.
    if (std::optional<Assigned> made = try_limits(1)) return std::move(*made);
    std::vector<uint32_t> places(func_.regs.size());
    for (Reg reg = 0; reg < places.size(); ++reg)
      places[reg] = static_cast<uint32_t>(func_.regs[reg].file) * 64 + allocation.physical[reg];
    ++attempts_;
    Assigned made;
    made.schedule = schedule(model_, func_, places, {}, {});
    made.allocation = std::move(allocation);
    return made;
  }
  return error(Code::kernel_registers,
               fmt::format("the machine {} has too few registers for kernel @{}", machine_.name, func_.name),
               {"process fewer groups of lanes or tiles at a time (jam, accumulators)"});
}

/// Words times how often they run: the lengths of the blocks, times the trips of the loops around each.
double Compiler::cycles_of(const Schedule& schedule) const {
  double cycles = 0;
  for (size_t b = 0; b < func_.blocks.size(); ++b) {
    double runs = 1;
    for (uint32_t l = func_.blocks[b].loop; l != kNone; l = func_.loops[l].parent)
      runs *= func_.loops[l].trip < 0 ? func_.loops[l].expected : static_cast<double>(func_.loops[l].trip);
    cycles += runs * schedule.blocks[b].length;
  }
  return cycles;
}

void Compiler::verify(const std::vector<arch::Word>& words) const {
  const uint32_t entry = 0;
  const std::vector<arch::Violation> violations = arch::check_code(machine_, words, std::span(&entry, 1), 5);
  if (violations.empty()) return;
  arch::CodeBlob blob;
  blob.words = words;
  PSMC_CHECK(false, fmt::format("kernel @{} breaks the machine's contract:\n{}{}", func_.name,
                                arch::describe(blob, violations), listing(words)));
}

std::string Compiler::listing(const std::vector<arch::Word>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) text += fmt::format("{:4}: {}\n", i, arch::print(words[i]));
  return text;
}

}  // namespace

Result<KernelCode> compile_kernel(const ir::Module& module, ir::FuncId func, const arch::Machine& machine,
                                  const KernelOptions& options) {
  SelectOptions select;
  select.compact = options.cycles_per_word >= KernelOptions::kCompact;
  select.flat = options.cycles_per_word <= 1 ? 96 : options.cycles_per_word <= 4 ? 48 : 0;
  TimeScope time(options.time, "select");
  PSMC_ASSIGN(MFunc selected, select_kernel(module, func, machine, select));
  time.stop();
  return Compiler(machine, std::move(selected), options).run();
}

}  // namespace psmc::backend
