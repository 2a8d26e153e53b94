// SPDX-License-Identifier: Apache-2.0
#include "tools/bench/bound.h"

#include <algorithm>

namespace psmc::tools {
namespace {

constexpr double kLanes = 16;
constexpr double kMatrixSide = 16;    // rows and columns of an accumulator
constexpr double kPorts = 2;          // of a scratchpad
constexpr double kTileRowBytes = 32;  // of a matrix register along K

double latency_chain(const arch::Machine& machine, const Work& work) {
  double cycles = 0;
  if (work.bytes_in > 0)
    cycles += machine.dma.start_cycles + 2.0 * machine.network.hop_cycles + machine.memory.miss_cycles;
  if (work.macs() > 0 || work.vector_elements > 0) cycles += machine.latency.of(arch::LatencyClass::vector_alu);
  if (work.bytes_out > 0) cycles += machine.dma.start_cycles + machine.network.hop_cycles;
  return cycles;
}

}  // namespace

void Work::add(const Work& other) {
  macs_bf16 += other.macs_bf16;
  macs_f32 += other.macs_f32;
  macs_i8 += other.macs_i8;
  widest = std::max(widest, other.widest);
  vector_elements += other.vector_elements;
  scratchpad_bytes += other.scratchpad_bytes;
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
}

void Work::add_macs(DType dtype, double count, double rows, double columns) {
  if (count > 0) widest = std::max(widest, std::min({rows, columns, kMatrixSide}));
  if (dtype == DType::bf16)
    macs_bf16 += count;
  else if (dtype == DType::i8)
    macs_i8 += count;
  else
    macs_f32 += count;
}

double peak_macs(const arch::Machine& machine, DType dtype) {
  const double element = dtype == DType::bf16 || dtype == DType::i8 ? static_cast<double>(dtype_bytes(dtype)) : 4;
  const double macs = kMatrixSide * kMatrixSide * kTileRowBytes / element;
  const uint32_t occupancy = dtype == DType::bf16 ? machine.matrix.bf16_occupancy
                             : dtype == DType::i8 ? machine.matrix.i8_occupancy
                                                  : machine.matrix.f32_occupancy;
  return machine.tiles() * macs / occupancy;
}

namespace {

/// What matrix and vector units can do a cycle of this work, all tiles.
double arithmetic_rate(const arch::Machine& machine, const Work& work) {
  double matrix = 0;
  if (work.macs_bf16 > 0) matrix = std::max(matrix, peak_macs(machine, DType::bf16));
  if (work.macs_f32 > 0) matrix = std::max(matrix, peak_macs(machine, DType::f32));
  if (work.macs_i8 > 0) matrix = std::max(matrix, peak_macs(machine, DType::i8));
  return machine.tiles() * kLanes + matrix * work.widest / kMatrixSide;
}

}  // namespace

Bound tile_bound(const arch::Machine& machine, const Work& work) {
  const double matrix = work.macs_bf16 / peak_macs(machine, DType::bf16) +
                        work.macs_f32 / peak_macs(machine, DType::f32) + work.macs_i8 / peak_macs(machine, DType::i8);
  const Bound bounds[] = {
      {matrix, "matrix"},
      {work.vector_elements / (machine.tiles() * kLanes), "vector"},
      {(work.macs() + work.vector_elements) / arithmetic_rate(machine, work), "arithmetic"},
      {work.scratchpad_bytes / (machine.tiles() * kPorts * machine.scratchpad.port_bytes), "scratchpad"}};
  return *std::max_element(std::begin(bounds), std::end(bounds),
                           [](const Bound& a, const Bound& b) { return a.cycles < b.cycles; });
}

Bound lower_bound(const arch::Machine& machine, const Work& work) {
  Bound most = tile_bound(machine, work);
  for (const Bound other : {Bound{memory_cycles(machine, work), "memory"}, {latency_chain(machine, work), "latency"}})
    if (most.cycles < other.cycles) most = other;
  return most;
}

double memory_cycles(const arch::Machine& machine, const Work& work) {
  return (work.bytes_in + work.bytes_out) / machine.memory_bytes_per_cycle();
}

}  // namespace psmc::tools
