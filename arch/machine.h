// SPDX-License-Identifier: Apache-2.0
// The machine: every number of the hardware that is not fixed by the instruction set (arch/isa.h). A machine is read
// from one JSON file, or is a preset embedded in the binary; compiler, simulator, assembler, checker and manual all
// read it here. A file may describe more than that (arch/description.h): a machine is what all of them can use.
//
// The grid is `columns` x `rows` equal tiles; tile (x, y) has the linear id y * columns + x. Memory channels sit at the
// edges beside a tile. Device memory is one linear address space, interleaved over the channels: byte address p is in
// channel (p / interleave) % channels, so a strided descriptor can pin data to the channel nearest to its reader.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace psmc::arch {

using Cycles = uint64_t;

/// A linear tile id: y * columns + x.
struct TileCoord {
  uint16_t x = 0;
  uint16_t y = 0;
  auto operator<=>(const TileCoord&) const = default;
};

struct Grid {
  uint32_t columns = 0;
  uint32_t rows = 0;
  uint32_t tiles() const { return columns * rows; }
  uint32_t id(TileCoord at) const { return at.y * columns + at.x; }
  TileCoord coord(uint32_t id) const {
    return {static_cast<uint16_t>(id % columns), static_cast<uint16_t>(id / columns)};
  }
  bool operator==(const Grid&) const = default;
};

/// Sizes of the register files (upper bounds are those of the encoding) and of the code memory.
struct Core {
  uint32_t scalar_registers = 32;
  uint32_t vector_registers = 32;
  uint32_t mask_registers = 8;
  uint32_t tile_registers = 16;
  uint32_t accumulators = 8;
  uint32_t code_bytes = 131072;
  uint32_t loop_depth = 4;
  bool operator==(const Core&) const = default;
};

/// What an instruction's latency is looked up by. `load` is the first line of a load; a multi-cycle access adds its
/// remaining port cycles. Matrix multiplication has its own numbers in MatrixUnit.
enum class LatencyClass : uint8_t {
  none,               ///< writes no register
  scalar,             ///< integer add, logic, compare, shift; address post-increment
  scalar_multiply,    ///
  mask,               ///< mask registers from scalars and masks
  mask_to_scalar,     ///
  load,               ///< scratchpad to scalar, vector or tile register, conversion included
  vector_alu,         ///< integer, logic, min/max, compare, select, move, immediate, broadcast
  vector_fma,         ///< f32 add, subtract, multiply, fused multiply-add; i32 multiply
  vector_convert,     ///< float <-> integer, rounding
  vector_special,     ///< exp2, log2, reciprocal, rsqrt, sqrt, divide
  vector_reduce,      ///< across lanes
  vector_permute,     ///< across lanes
  vector_to_scalar,   ///
  accumulator_read,   ///< one accumulator row to a vector
  accumulator_write,  ///< one vector to an accumulator row
  mma_bf16,           ///< from MatrixUnit
  mma_i8,             ///< from MatrixUnit
  mma_f32,            ///< from MatrixUnit
};
inline constexpr size_t kLatencyClasses = static_cast<size_t>(LatencyClass::mma_f32) + 1;
std::string_view latency_class_name(LatencyClass c);

/// Cycles from issue until the result may be read.
struct LatencyTable {
  std::array<uint32_t, kLatencyClasses> cycles{};
  uint32_t special_occupancy = 2;  ///< cycles a special function holds its unit: 16 lanes at 8 a cycle
  uint32_t access_stage = 2;       ///< cycles from issue of a load or store until its first line is read or written
  uint32_t of(LatencyClass c) const { return cycles[static_cast<size_t>(c)]; }
  bool operator==(const LatencyTable&) const = default;
};

/// Output-stationary array of 16 x 16: result after occupancy + fill cycles (K + R + C - 2 in closed form).
struct MatrixUnit {
  uint32_t bf16_occupancy = 16;
  uint32_t i8_occupancy = 16;
  uint32_t f32_occupancy = 32;
  uint32_t fill = 30;  ///< R + C - 2
  bool operator==(const MatrixUnit&) const = default;
};

struct Scratchpad {
  uint32_t bytes = 0;
  uint32_t banks = 16;       ///< bank of line p / line: (p / 64) % banks
  uint32_t port_bytes = 64;  ///< each of the two ports, a cycle
  bool operator==(const Scratchpad&) const = default;
};

struct Dma {
  uint32_t in_engines = 2;
  uint32_t out_engines = 2;
  uint32_t queue = 4;          ///< descriptors waiting in each engine, the running one included
  uint32_t start_cycles = 16;  ///< from the head of the queue to the first request
  uint32_t outstanding = 16;   ///< requests in flight an engine
  uint32_t request_bytes = 512;
  bool operator==(const Dma&) const = default;
};

struct Network {
  uint32_t link_bytes = 64;  ///< a cycle and direction: one flit
  uint32_t hop_cycles = 3;
  uint32_t packet_flits = 8;   ///< payload flits of a packet, beside its header flit
  uint32_t buffer_flits = 18;  ///< input buffer of a router for each virtual channel: two packets
  bool multicast = true;
  bool operator==(const Network&) const = default;
};

enum class Side : uint8_t { west, east, north, south };

/// A memory channel is attached to the router of tile (x, y) through that router's port to `side`.
struct Channel {
  TileCoord at;
  Side side = Side::west;
  bool operator==(const Channel&) const = default;
};

struct Memory {
  uint64_t bytes = 0;  ///< of the whole device
  std::vector<Channel> channels;
  uint32_t channel_bytes_per_cycle = 32;
  uint32_t interleave = 512;  ///< consecutive bytes of the address space in one channel
  uint32_t burst_bytes = 64;
  uint32_t queue_bursts = 32;
  uint32_t banks = 16;              ///< of one channel
  uint32_t row_bytes = 2048;        ///< of one bank
  uint32_t hit_cycles = 17;         ///< open row: cl + burst_cycles() + 1
  uint32_t miss_cycles = 31;        ///< closed bank: t_rcd more
  uint32_t conflict_cycles = 45;    ///< another row open: t_rp more
  uint32_t refresh_interval = 256;  ///< tREFI: one bank (or all) every so many cycles, idle banks first; 0: no refresh
  uint32_t refresh_cycles = 60;     ///< tRFC: until the bank may be activated again
  uint32_t turnaround_cycles = 8;   ///< tWTR_L: end of a write's data to a read command of the same bank group

  // The rest of the DRAM by the names of its standards (JESD79-4, JESD235), in cycles of the channel; a file may leave
  // them out. Defaults are those of HBM2 at 1 GHz (arch/README.md); cl, t_rcd and t_rp follow from the three latencies.
  uint32_t bank_groups = 4;        ///< bank b is in group b % bank_groups
  uint32_t command_buses = 2;      ///< 2: row and column commands have one each (HBM); 1: they share one (DDR4)
  bool refresh_all_banks = false;  ///< else one bank at a time
  uint32_t cl = 14;                ///< RD to the first data
  uint32_t cwl = 4;                ///< WR to the first data
  uint32_t t_rcd = 14;             ///< ACT to RD or WR
  uint32_t t_rp = 14;              ///< PRE to ACT or REF
  uint32_t t_ras = 34;             ///< ACT to PRE; tRC is t_ras + t_rp
  uint32_t t_ccd_s = 1;            ///< RD to RD, WR to WR of another bank group
  uint32_t t_ccd_l = 2;            ///< of the same one
  uint32_t t_rrd_s = 4;            ///< ACT to ACT of another bank group
  uint32_t t_rrd_l = 6;            ///< of the same one
  uint32_t t_faw = 30;             ///< five ACT take longer than this
  uint32_t t_wtr_s = 6;            ///< as turnaround_cycles, of another bank group
  uint32_t t_rtw = 14;             ///< RD to WR
  uint32_t t_rtp = 6;              ///< RD to PRE
  uint32_t t_wr = 16;              ///< end of a write's data to PRE

  /// The data bus is busy: BL/2.
  uint32_t burst_cycles() const {
    return (burst_bytes - 1) / channel_bytes_per_cycle + 1;  // whole cycles
  }
  bool operator==(const Memory&) const = default;
};

struct ChipLinks {
  uint32_t count = 4;
  uint32_t bytes_per_cycle = 32;
  uint32_t latency_cycles = 200;
  bool operator==(const ChipLinks&) const = default;
};

struct Host {
  uint32_t bytes_per_cycle = 32;
  uint32_t latency_cycles = 1000;
  bool operator==(const Host&) const = default;
};

struct Semaphores {
  uint32_t count = 64;
  uint32_t maximum = 65535;  ///< a post beyond it traps
  bool operator==(const Semaphores&) const = default;
};

struct Machine {
  std::string name;
  uint32_t clock_mhz = 1000;
  Grid grid;
  Core core;
  LatencyTable latency;
  MatrixUnit matrix;
  Scratchpad scratchpad;
  Dma dma;
  Network network;
  Memory memory;
  ChipLinks chip_links;
  Host host;
  Semaphores semaphores;
  bool operator==(const Machine&) const = default;

  uint32_t tiles() const { return grid.tiles(); }
  uint32_t code_words() const { return core.code_bytes / 32; }
  uint32_t memory_bytes_per_cycle() const {
    return static_cast<uint32_t>(memory.channels.size()) * memory.channel_bytes_per_cycle;
  }
  uint32_t channel_of(uint64_t address) const {
    return static_cast<uint32_t>(address / memory.interleave % memory.channels.size());
  }
  /// Dense bf16 multiply-adds of the whole chip in a cycle.
  double bf16_macs_per_cycle() const { return tiles() * 4096.0 / matrix.bf16_occupancy; }

  /// The canonical machine file of it: all keys, fixed order, two-space indent, newline at the end.
  /// read_machine(json()) == *this.
  std::string json() const;
  /// A hash of json(): images carry it.
  uint64_t hash() const;
};

/// Reads a machine file. Errors: bad_json, json_type, machine_unknown_key, machine_range, machine_shape,
/// machine_unsupported; several.
Result<Machine> read_machine(const std::string& file, std::string text);
/// Names of the embedded presets, in a fixed order: psm1 first.
std::vector<std::string_view> preset_names();
/// The JSON text of a preset, empty if there is none of that name.
std::string_view preset_json(std::string_view name);
/// A preset by name. Errors: machine_unknown, machine_unsupported.
Result<Machine> preset(std::string_view name);
/// What `--arch X` means: a preset's name, else the path of a machine file.
Result<Machine> load_machine(const std::string& name_or_file);

}  // namespace psmc::arch
