// SPDX-License-Identifier: Apache-2.0
// Matrix products on systolic arrays (`systolic_array.h`), any size by folds, and the closed forms of their cycles.
//
// A fold is what the array does at once; operands that are shorter are filled up with zeros. With an array of R x C and
// a product of M x K by K x N:
//
// | form                    | rows, columns, fold goes through | cycles of F folds                   | F            |
// |-------------------------|----------------------------------|-------------------------------------|--------------|
// | output-stationary       | M, N, K                          | F (K + R + C - 2)                   | M/R * N/C    |
// |  with drain             |                                  | F (K + 2R + C - 2)                  |              |
// | weight-stationary       | K, N, M                          | F (2R + C + M - 2)                  | K/R * N/C    |
// |  with overlapped loads  |                                  | R + (F-1) max(M, R) + M + R + C - 2 |              |
// | input-stationary        | K, M, N                          | F (2R + C + N - 2)                  | K/R * M/C    |
//
// (quotients rounded up). Drain: after a fold the sums leave below, a row a cycle. Overlapped: the next fold's weights
// enter while this one's operands stream. SCALE-Sim (Samajdar et al., ISPASS 2020) reports the number of the last cycle
// from 0, thus one less, of the forms without drain and overlap.
#pragma once

#include <string_view>

#include "tools/validate/systolic_array.h"

namespace psmc::tools {

enum class Dataflow : uint8_t {
  output_stationary,
  output_stationary_drained,
  weight_stationary,
  weight_stationary_overlapped,
  input_stationary,
};
inline constexpr std::array<std::string_view, 5> kDataflowNames = {"os", "os+drain", "ws", "ws_overlap", "is"};
std::string_view dataflow_name(Dataflow flow);

/// M x K by K x N.
struct ProductShape {
  uint32_t m = 1, n = 1, k = 1;
};

/// Of the table above.
uint64_t closed_form(Dataflow flow, ArrayShape array, ProductShape product);

/// Row-major.
template <typename T>
struct Matrix {
  Matrix() = default;
  Matrix(uint32_t rows, uint32_t columns) : rows(rows), columns(columns), values(size_t{rows} * columns) {}
  T& at(uint32_t row, uint32_t column) { return values[size_t{row} * columns + column]; }
  const T& at(uint32_t row, uint32_t column) const { return values[size_t{row} * columns + column]; }
  /// Zero outside.
  T padded(uint64_t row, uint64_t column) const {
    return row < rows && column < columns ? values[row * columns + column] : T{};
  }
  uint32_t rows = 0, columns = 0;
  std::vector<T> values;
};

template <typename T>
struct ArrayRun {
  Matrix<T> product;
  uint64_t cycles = 0;
  uint64_t hazards = 0;  ///< 0, or the array was driven wrongly
};

/// The product a b, computed by the PEs. For float (F32Step) and int32_t (I32Step).
template <typename T>
ArrayRun<T> run_array(Dataflow flow, ArrayShape array, const Matrix<T>& a, const Matrix<T>& b);

/// One step a row and column: a[m][k] and b[k][n] of a product that fits the array. `sums` are added to.
template <typename Step>
struct IssuedProduct {
  uint64_t cycle = 0;  ///< of its first step; products are in this order
  Matrix<typename Step::Operand> a, b;
};

template <typename Sum>
struct IssuedRun {
  Matrix<Sum> sums;
  std::vector<uint64_t> done;  ///< of each product: cycles until its last sum is there
  uint64_t hazards = 0;        ///< steps at one port in one cycle, or operands at a PE that still multiplies
};

/// Products issued one after the other to the same accumulators of an output-stationary array; a PE takes `step_cycles`
/// for each step, and operands enter as often. For F32Step and I8PairStep.
template <typename Step>
IssuedRun<typename Step::Sum> run_issued(ArrayShape array, uint32_t step_cycles, const Matrix<typename Step::Sum>& sums,
                                         const std::vector<IssuedProduct<Step>>& products);

}  // namespace psmc::tools
