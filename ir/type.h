// SPDX-License-Identifier: Apache-2.0
// Types of values at all three levels, and the run-time symbols that dimensions and offsets may depend on.
//
// A *symbol* is an integer that a function receives when it is called (a position, a count), declared with its range:
//   func @decode[pos: 0..511](...)
// A *SymExpr* is an affine expression over symbols ("pos + 1"). A dimension is either static (its extent) or a SymExpr
// with a static upper bound; slices and updates take SymExprs as offsets. So every run-time size in psmc is affine and
// bounded, which is what lets loops, footprints and schedules stay exact.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/dtype.h"
#include "base/ids.h"

namespace psmc::ir {

using StrId = Id<struct StrTag>;    ///< an interned string of the module
using TypeId = Id<struct TypeTag>;  ///< an interned type of the module

/// constant + sum of coefficient * symbol; terms sorted by symbol, no zero coefficients.
struct SymExpr {
  int64_t constant = 0;
  std::vector<std::pair<StrId, int64_t>> terms;

  SymExpr() = default;
  SymExpr(int64_t c) : constant(c) {}  // NOLINT: a number is an expression
  static SymExpr symbol(StrId name, int64_t offset = 0);
  bool is_constant() const { return terms.empty(); }
  SymExpr operator+(const SymExpr& other) const;
  SymExpr operator*(int64_t factor) const;
  SymExpr operator-(const SymExpr& other) const { return *this + other * -1; }
  bool operator==(const SymExpr&) const = default;
};

/// One dimension: `bound` elements at most; exactly `bound` if static, else `size` elements at run time (0..bound).
struct Dim {
  int64_t bound = 0;
  SymExpr size;  ///< for a static dimension: the constant `bound`

  Dim() = default;
  Dim(int64_t extent) : bound(extent), size(extent) {}  // NOLINT: a number is a dimension
  Dim(SymExpr run_time_size, int64_t upper) : bound(upper), size(std::move(run_time_size)) {}
  bool is_static() const { return size.is_constant(); }
  bool operator==(const Dim&) const = default;
};

enum class TypeKind : uint8_t {
  none,    ///< no value
  tensor,  ///< graph level: an immutable array
  scalar,  ///< one element; dtype index for loop counters and addresses
  buffer,  ///< loop level: a mutable array in a memory space
  token,   ///< order of effects
  vreg,
  mreg,
  treg,
  areg,
  sreg,  ///< tile level: virtual vector, mask, matrix, accumulator and scalar registers
};

enum class Space : uint8_t { none, scratchpad, memory, accumulator };

struct Type {
  TypeKind kind = TypeKind::none;
  DType dtype = DType::f32;
  Space space = Space::none;     ///< buffers only
  std::vector<Dim> dims;         ///< tensors and buffers
  std::vector<int64_t> strides;  ///< buffers only: elements between neighbours along each dimension, padding included

  bool operator==(const Type&) const = default;
  size_t rank() const { return dims.size(); }
  bool is_tensor() const { return kind == TypeKind::tensor; }
  bool is_buffer() const { return kind == TypeKind::buffer; }
  bool is_scalar() const { return kind == TypeKind::scalar; }
  bool is_index() const { return kind == TypeKind::scalar && dtype == DType::index; }
  bool has_static_shape() const;
  /// Product of the bounds; saturates at INT64_MAX.
  int64_t max_elements() const;
  std::vector<int64_t> bounds() const;
};

Type tensor_type(DType dtype, std::vector<Dim> dims);
Type scalar_type(DType dtype);
inline Type index_type() { return scalar_type(DType::index); }
/// Row-major strides over the bounds when `strides` is empty.
Type buffer_type(DType dtype, std::vector<Dim> dims, Space space, std::vector<int64_t> strides = {});

}  // namespace psmc::ir
