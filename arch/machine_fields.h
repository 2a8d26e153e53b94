// SPDX-License-Identifier: Apache-2.0
// The numbers of a machine in the order of its JSON form, with the range that each may have: reading, writing, the
// schema and what is shown visit these lists. `visit(section, key, reference, low, high, unit)`. A list takes whatever
// has the members that it names: a Machine, or the part of a Description (a node, a network) that they stand in.
#pragma once

#include "arch/machine.h"

namespace psmc::arch {

inline constexpr uint32_t kMaxCycles = 4096;

template <typename MachineType, typename Visit>
void visit_grid(MachineType& m, Visit&& visit) {
  visit("grid", "columns", m.grid.columns, 1, 64, "nodes");
  visit("grid", "rows", m.grid.rows, 1, 64, "nodes");
}

template <typename NodeType, typename Visit>
void visit_core(NodeType& m, Visit&& visit) {
  visit("core", "scalar_registers", m.core.scalar_registers, 16, 32, "");
  visit("core", "vector_registers", m.core.vector_registers, 8, 32, "");
  visit("core", "mask_registers", m.core.mask_registers, 2, 8, "");
  visit("core", "tile_registers", m.core.tile_registers, 4, 16, "");
  visit("core", "accumulators", m.core.accumulators, 1, 8, "");
  visit("core", "code_bytes", m.core.code_bytes, 4096, 1u << 24, "B");
  visit("core", "loop_depth", m.core.loop_depth, 1, 8, "");
  for (size_t i = 1; i < static_cast<size_t>(LatencyClass::mma_bf16); ++i) {
    visit("latency", latency_class_name(static_cast<LatencyClass>(i)), m.latency.cycles[i], 1, 256, "cycles");
  }
  visit("latency", "special_occupancy", m.latency.special_occupancy, 1, 64, "cycles");
  visit("latency", "access_stage", m.latency.access_stage, 1, 64, "cycles");
}

/// An output-stationary matrix unit of 16 x 16, the one of the instruction set.
template <typename NodeType, typename Visit>
void visit_matrix(NodeType& m, Visit&& visit) {
  visit("matrix", "bf16_occupancy", m.matrix.bf16_occupancy, 1, 256, "cycles");
  visit("matrix", "i8_occupancy", m.matrix.i8_occupancy, 1, 256, "cycles");
  visit("matrix", "f32_occupancy", m.matrix.f32_occupancy, 1, 256, "cycles");
  visit("matrix", "fill", m.matrix.fill, 0, 256, "cycles");
}

/// A weight-stationary matrix unit (Description only).
template <typename NodeType, typename Visit>
void visit_weight_matrix(NodeType& m, Visit&& visit) {
  visit("matrix", "rows", m.weights.rows, 1, 1024, "");
  visit("matrix", "columns", m.weights.columns, 1, 1024, "");
  visit("matrix", "bf16_macs", m.weights.bf16_macs, 0, 1u << 20, "a cycle");
  visit("matrix", "i8_macs", m.weights.i8_macs, 0, 1u << 20, "a cycle");
  visit("matrix", "f32_macs", m.weights.f32_macs, 0, 1u << 20, "a cycle");
}

template <typename NodeType, typename Visit>
void visit_scratchpad(NodeType& m, Visit&& visit) {
  visit("scratchpad", "bytes", m.scratchpad.bytes, 16384, 1u << 26, "B");
  visit("scratchpad", "banks", m.scratchpad.banks, 1, 64, "");
  visit("scratchpad", "port_bytes", m.scratchpad.port_bytes, 16, 1024, "B/cycle");
}

template <typename NodeType, typename Visit>
void visit_dma(NodeType& m, Visit&& visit) {
  visit("dma", "in_engines", m.dma.in_engines, 1, 8, "");
  visit("dma", "out_engines", m.dma.out_engines, 1, 8, "");
  visit("dma", "queue", m.dma.queue, 1, 64, "descriptors");
  visit("dma", "start_cycles", m.dma.start_cycles, 1, kMaxCycles, "cycles");
  visit("dma", "outstanding", m.dma.outstanding, 1, 256, "requests");
  visit("dma", "request_bytes", m.dma.request_bytes, 64, 4096, "B");
}

template <typename NetworkType, typename Visit>
void visit_network(NetworkType& m, Visit&& visit) {
  visit("network", "link_bytes", m.network.link_bytes, 16, 64, "B/cycle");
  visit("network", "hop_cycles", m.network.hop_cycles, 1, 64, "cycles");
  visit("network", "packet_flits", m.network.packet_flits, 1, 64, "flits");
  visit("network", "buffer_flits", m.network.buffer_flits, 2, 1024, "flits");
  visit("network", "multicast", m.network.multicast, 0, 1, "");
}

template <typename MachineType, typename Visit>
void visit_memory(MachineType& m, Visit&& visit) {
  visit("memory", "bytes", m.memory.bytes, 1u << 20, uint64_t{1} << 40, "B");
  visit("memory", "channel_bytes_per_cycle", m.memory.channel_bytes_per_cycle, 4, 64, "B/cycle");
  visit("memory", "interleave", m.memory.interleave, 64, 1u << 20, "B");
  visit("memory", "burst_bytes", m.memory.burst_bytes, 32, 64, "B");
  visit("memory", "queue_bursts", m.memory.queue_bursts, 1, 1024, "bursts");
  visit("memory", "banks", m.memory.banks, 1, 64, "");
  visit("memory", "row_bytes", m.memory.row_bytes, 256, 65536, "B");
  visit("memory", "hit_cycles", m.memory.hit_cycles, 1, kMaxCycles, "cycles");
  visit("memory", "miss_cycles", m.memory.miss_cycles, 1, kMaxCycles, "cycles");
  visit("memory", "conflict_cycles", m.memory.conflict_cycles, 1, kMaxCycles, "cycles");
  visit("memory", "refresh_interval", m.memory.refresh_interval, 0, 1u << 20, "cycles");
  visit("memory", "refresh_cycles", m.memory.refresh_cycles, 0, kMaxCycles, "cycles");
  visit("memory", "turnaround_cycles", m.memory.turnaround_cycles, 0, kMaxCycles, "cycles");
  visit("memory", "bank_groups", m.memory.bank_groups, 1, 64, "");
  visit("memory", "command_buses", m.memory.command_buses, 1, 2, "");
  visit("memory", "refresh_all_banks", m.memory.refresh_all_banks, 0, 1, "");
  visit("memory", "cl", m.memory.cl, 1, kMaxCycles, "cycles");
  visit("memory", "cwl", m.memory.cwl, 1, kMaxCycles, "cycles");
  visit("memory", "t_rcd", m.memory.t_rcd, 1, kMaxCycles, "cycles");
  visit("memory", "t_rp", m.memory.t_rp, 1, kMaxCycles, "cycles");
  visit("memory", "t_ras", m.memory.t_ras, 1, kMaxCycles, "cycles");
  visit("memory", "t_ccd_s", m.memory.t_ccd_s, 1, kMaxCycles, "cycles");
  visit("memory", "t_ccd_l", m.memory.t_ccd_l, 1, kMaxCycles, "cycles");
  visit("memory", "t_rrd_s", m.memory.t_rrd_s, 1, kMaxCycles, "cycles");
  visit("memory", "t_rrd_l", m.memory.t_rrd_l, 1, kMaxCycles, "cycles");
  visit("memory", "t_faw", m.memory.t_faw, 1, kMaxCycles, "cycles");
  visit("memory", "t_wtr_s", m.memory.t_wtr_s, 0, kMaxCycles, "cycles");
  visit("memory", "t_rtw", m.memory.t_rtw, 1, kMaxCycles, "cycles");
  visit("memory", "t_rtp", m.memory.t_rtp, 1, kMaxCycles, "cycles");
  visit("memory", "t_wr", m.memory.t_wr, 1, kMaxCycles, "cycles");
}

template <typename MachineType, typename Visit>
void visit_chip_links(MachineType& m, Visit&& visit) {
  visit("chip_links", "count", m.chip_links.count, 0, 16, "");
  visit("chip_links", "bytes_per_cycle", m.chip_links.bytes_per_cycle, 1, 64, "B/cycle");
  visit("chip_links", "latency_cycles", m.chip_links.latency_cycles, 1, 1u << 20, "cycles");
}

template <typename MachineType, typename Visit>
void visit_host(MachineType& m, Visit&& visit) {
  visit("host", "bytes_per_cycle", m.host.bytes_per_cycle, 1, 4096, "B/cycle");
  visit("host", "latency_cycles", m.host.latency_cycles, 1, 1u << 24, "cycles");
}

template <typename NodeType, typename Visit>
void visit_semaphores(NodeType& m, Visit&& visit) {
  visit("semaphores", "count", m.semaphores.count, 8, 64, "");
  visit("semaphores", "maximum", m.semaphores.maximum, 255, 65535, "");
}

/// The numbers of all parts of a node but its matrix unit.
template <typename NodeType, typename Visit>
void visit_node(NodeType& m, Visit&& visit) {
  visit_core(m, visit);
  visit_scratchpad(m, visit);
  visit_dma(m, visit);
  visit_semaphores(m, visit);
}

}  // namespace psmc::arch
