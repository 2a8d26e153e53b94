// SPDX-License-Identifier: Apache-2.0
// What follows from the numbers of a machine: peaks, ridge points, totals; and the grid as a drawing.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "arch/description.h"

namespace psmc::arch {

inline constexpr std::array<std::string_view, 3> kPeakDtypes = {"bf16", "i8", "f32"};

/// Rates are of the whole machine, a cycle.
struct Summary {
  uint32_t cores = 0, matrix_units = 0;
  std::array<double, 3> macs{};       ///< dense multiply-adds, by kPeakDtypes; 0: no unit can
  uint64_t scratchpad_bytes = 0;      ///< of all nodes
  uint64_t scratchpad_rate = 0;       ///< bytes through both ports of all scratchpads
  uint64_t memory_bytes = 0;          ///< of all channels
  uint64_t memory_rate = 0;           ///< bytes
  uint64_t bisection_rate = 0;        ///< bytes from one half of the grid to the other, all networks; 0: one node
  std::array<double, 3> ridge{};      ///< flop a byte of memory from which on the matrix units limit; 0: no memory
  std::array<double, 3> intensity{};  ///< multiply-adds a byte through scratchpad ports; 0: no scratchpads
};

/// A product of tiles is 16 x 16 x K with K = 16 (bf16), 32 (i8), 8 (f32) and takes its occupancy; a weight-stationary
/// unit says its rate. A mesh is cut across its longer side: as many links as the other has nodes, twice in a torus.
Summary summarize(const Description& description);

/// Cycles of one fold of a weight-stationary array: `weights` goes in row by row, `inputs` rows follow, and the last
/// sum leaves: rows + (inputs + rows + columns - 2), the fill and drain of a systolic array.
inline uint64_t fold_cycles(const WeightStationary& weights, uint64_t inputs) {
  return inputs + 2 * uint64_t{weights.rows} + weights.columns - 2;
}

/// One number of a machine file: its path in `sources`, and its unit.
struct Number {
  std::string path;
  uint64_t value = 0;
  std::string_view unit;
};
/// All numbers in the order of the file; channels and ports are none.
std::vector<Number> numbers_of(const Description& description);

/// A letter for each kind of node: the first of its name if that is free.
std::vector<char> kind_letters(const Description& description);
/// Nodes with the links between them; c0, c1, ...: memory channels at their sides; lines end without blanks.
std::string draw_grid(const Description& description);

}  // namespace psmc::arch
