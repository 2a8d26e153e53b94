// SPDX-License-Identifier: Apache-2.0
// Laws of every instruction, from the machine's table: latency, occupancy, write ports, what is read over many cycles.
#include <map>
#include <tuple>

#include "tests/sim/contract.h"
#include "tests/sim/words.h"

namespace psmc::sim::test {
namespace {

using arch::Inst;
using arch::Opcode;
using arch::OpTiming;
using arch::RegFile;

using Words = std::vector<std::pair<uint64_t, Inst>>;

Law words_apart(std::string row, Opcode op, uint64_t cycles, std::optional<TrapKind> early,
                std::function<Words(uint64_t)> words) {
  const auto run = [words](uint64_t n) {
    const std::optional<Trap> trap = run_words(words(n));
    return trap ? std::optional(trap->kind) : std::nullopt;
  };
  return {
      .row = std::move(row), .what = std::string(arch::info(op).name), .cycles = cycles, .early = early, .run = run};
}

/// The file of an opcode's result, if it has one.
std::optional<RegFile> result_of(Opcode op) {
  for (const arch::Operand& o : arch::info(op).operands)
    if (o.kind == arch::OperandKind::reg && o.field == arch::Field::d && o.access != arch::Access::read) return o.file;
  return std::nullopt;
}

/// A result of one cycle has no early side: all slots of a word read before any of them writes.
Law latency_law(Opcode op, RegFile file, const OpTiming& t) {
  return words_apart("its results may be read", op, t.latency,
                     t.latency > 1 ? std::optional(TrapKind::hazard) : std::nullopt,
                     [=](uint64_t n) { return Words{{0, instance(op)}, {n, reader(file)}}; });
}

Law occupancy_law(Opcode op, const OpTiming& t) {
  return words_apart("its unit takes another instruction", op, t.occupancy, TrapKind::unit, [=](uint64_t n) {
    Inst second = instance(op, arch::is_store(op) ? 1 : 5);
    if (arch::is_store(op)) second.imm = 2048;
    return Words{{0, instance(op)}, {n, second}};
  });
}

/// A fast instruction after a slow one of the same unit and file: their results must not come in one cycle.
Law port_law(Opcode slow, Opcode fast, uint64_t difference) {
  return words_apart("its result does not use the write port of an earlier one", slow, difference + 1, TrapKind::unit,
                     [=](uint64_t n) { return Words{{0, instance(slow)}, {n, instance(fast, 5)}}; });
}

/// A tile load into an operand of an mma begins to write `first` cycles after it issues.
Law window_law(Opcode mma, const OpTiming& t, uint64_t first) {
  return words_apart("a matrix operand changes", mma, t.read_window - first, TrapKind::hazard,
                     [=](uint64_t n) { return Words{{0, instance(mma)}, {n, {.op = Opcode::ld_t, .d = 3, .a = 2}}}; });
}

Law forwarding_law(Opcode mma, const OpTiming& t) {
  return stating(words_apart("`mma` again on the same accumulator", mma, t.occupancy, TrapKind::unit,
                             [=](uint64_t n) { return Words{{0, instance(mma)}, {n, instance(mma)}}; }),
                 {t.occupancy});
}

}  // namespace

std::vector<Law> instruction_laws() {
  const arch::TimingTable timing(arch::preset("lab4").value());
  const uint64_t tile_write = timing.of(Opcode::ld_t).first_write;
  std::vector<Law> laws;
  std::map<std::tuple<arch::Unit, RegFile, uint32_t>, Opcode> by_latency;  // one of each unit, file and latency
  for (size_t o = 1; o < arch::kOpcodes; ++o) {
    const auto op = static_cast<Opcode>(o);
    const OpTiming& t = timing.of(op);
    const std::optional<RegFile> file = result_of(op);
    if (file) laws.push_back(latency_law(op, *file, t));
    if (t.occupancy > 1) laws.push_back(occupancy_law(op, t));
    if (arch::is_mma(op)) laws.push_back(window_law(op, t, tile_write));
    if (op == Opcode::mma_bf16 || op == Opcode::mma_i8 || op == Opcode::mma_f32) laws.push_back(forwarding_law(op, t));
    if (file) by_latency.emplace(std::tuple(arch::info(op).unit, *file, t.latency), op);
  }
  for (const auto& [slow, slow_op] : by_latency)
    for (const auto& [fast, fast_op] : by_latency)
      if (std::get<0>(slow) == std::get<0>(fast) && std::get<1>(slow) == std::get<1>(fast) &&
          std::get<2>(slow) > std::get<2>(fast) && timing.of(slow_op).occupancy == 1)
        laws.push_back(port_law(slow_op, fast_op, std::get<2>(slow) - std::get<2>(fast)));
  return laws;
}

}  // namespace psmc::sim::test
