// SPDX-License-Identifier: Apache-2.0
// Systolic arrays, one processing element (PE) and one clock cycle at a time: the matrix unit's independent reference.
//
// Output-stationary: each PE holds a sum. `a` enters on the left and moves right, `b` enters on top and moves down;
// where they meet the PE adds their product, and both go on in the next cycle. Weight-stationary: each PE holds a
// weight. `x` moves right, partial sums move down, and each PE adds x * weight to the sum that comes from above. The
// next weights travel down beside them, each with the number of its row, and wait in a second register until the first
// x of their fold comes by.
//
// Registers are planes of rows x columns. A cycle goes from the last row and column to the first, so that a PE still
// sees what its neighbours held before. What would be lost or read too early in hardware is counted as a hazard.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace psmc::tools {

/// What a PE does with two operands that meet. f32: a fused multiply-add, one rounding.
struct F32Step {
  using Operand = float;
  using Sum = float;
  static Sum add(Operand a, Operand b, Sum sum) { return std::fma(a, b, sum); }
  static Sum add_if(uint32_t mark, Operand a, Operand b, Sum sum) { return mark ? add(a, b, sum) : sum; }
};

/// i32, wrapping.
struct I32Step {
  using Operand = int32_t;
  using Sum = int32_t;
  static Sum add(Operand a, Operand b, Sum sum) {
    return static_cast<Sum>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b) + static_cast<uint32_t>(sum));
  }
  static Sum add_if(uint32_t mark, Operand a, Operand b, Sum sum) {  // without a branch, for vector instructions
    return add(a & -static_cast<int32_t>(mark != 0), b, sum);
  }
};

/// Two products of i8 a step into i32, wrapping.
struct I8PairStep {
  using Operand = std::array<int8_t, 2>;
  using Sum = int32_t;
  static Sum add(Operand a, Operand b, Sum sum) { return I32Step::add(a[1], b[1], I32Step::add(a[0], b[0], sum)); }
  static Sum add_if(uint32_t mark, Operand a, Operand b, Sum sum) { return mark ? add(a, b, sum) : sum; }
};

struct ArrayShape {
  uint32_t rows = 1, columns = 1;
  size_t count() const { return size_t{rows} * columns; }
};

/// What enters at an edge in a cycle; `mark` is 0 if nothing does.
template <typename T>
struct Entry {
  T value = {};
  uint32_t mark = 0;
};

/// A register of each PE, and whether it holds something.
template <typename T>
struct Plane {
  explicit Plane(ArrayShape shape) : columns(shape.columns), value(shape.count()), mark(shape.count()) {}

  void move_right(uint32_t row, const Entry<T>& enters) {
    T* v = value.data() + size_t{row} * columns;
    uint32_t* m = mark.data() + size_t{row} * columns;
    std::copy_backward(v, v + columns - 1, v + columns);
    std::copy_backward(m, m + columns - 1, m + columns);
    v[0] = enters.value;
    m[0] = enters.mark;
  }
  /// Row `row` takes what the row above holds, or what enters.
  void move_down(uint32_t row, const std::vector<Entry<T>>& enters) {
    const size_t at = size_t{row} * columns;
    if (row > 0) {
      std::copy_n(value.begin() + at - columns, columns, value.begin() + at);
      std::copy_n(mark.begin() + at - columns, columns, mark.begin() + at);
      return;
    }
    for (uint32_t c = 0; c < columns; ++c) {
      value[c] = enters[c].value;
      mark[c] = enters[c].mark;
    }
  }

  uint32_t columns;
  std::vector<T> value;
  std::vector<uint32_t> mark;
};

template <typename Step>
class OutputStationaryArray {
 public:
  using Operand = typename Step::Operand;
  using Sum = typename Step::Sum;

  /// A PE multiplies for `step_cycles`; another pair of operands must not reach it before.
  explicit OutputStationaryArray(ArrayShape shape, uint32_t step_cycles = 1)
      : shape_(shape), step_cycles_(step_cycles), a_(shape), b_(shape), sum_(shape.count()), free_at_(shape.count()) {}

  /// `left`: of each row; `top`: of each column. Returns whether any two operands met.
  bool cycle(const std::vector<Entry<Operand>>& left, const std::vector<Entry<Operand>>& top) {
    uint32_t met = 0, alone = 0;
    const uint32_t columns = shape_.columns;
    for (uint32_t row = shape_.rows; row-- > 0;) {
      a_.move_right(row, left[row]);
      b_.move_down(row, top);
      const size_t at = size_t{row} * columns;
      const Operand *a = a_.value.data() + at, *b = b_.value.data() + at;
      const uint32_t *am = a_.mark.data() + at, *bm = b_.mark.data() + at;
      Sum* __restrict sum = sum_.data() + at;  // apart from the others: the loop is made of vector instructions
      for (uint32_t c = 0; c < columns; ++c) {
        const uint32_t both = am[c] & bm[c];
        sum[c] = Step::add_if(both, a[c], b[c], sum[c]);
        met |= both;
        alone |= am[c] ^ bm[c];
      }
    }
    if (step_cycles_ > 1) occupy();
    hazards_ += alone != 0;
    ++now_;
    return met != 0;
  }

  /// Each sum moves down one row; those of the last row leave into `out`.
  void drain(std::vector<Sum>& out) {
    out.assign(sum_.end() - shape_.columns, sum_.end());
    std::copy_backward(sum_.begin(), sum_.end() - shape_.columns, sum_.end());
    ++now_;
  }

  Sum& sum(uint32_t row, uint32_t column) { return sum_[size_t{row} * shape_.columns + column]; }
  /// The mark of the operands that met in PE `index` in the last cycle, or 0.
  uint32_t meeting(size_t index) const { return a_.mark[index] & b_.mark[index]; }
  uint64_t hazards() const { return hazards_; }

 private:
  void occupy() {
    for (size_t i = 0; i < sum_.size(); ++i) {
      if (!a_.mark[i]) continue;
      hazards_ += now_ < free_at_[i];
      free_at_[i] = now_ + step_cycles_;
    }
  }

  ArrayShape shape_;
  uint32_t step_cycles_;
  uint64_t now_ = 0, hazards_ = 0;
  Plane<Operand> a_, b_;
  std::vector<Sum> sum_;
  std::vector<uint64_t> free_at_;
};

template <typename Step>
class WeightStationaryArray {
 public:
  using Operand = typename Step::Operand;
  using Sum = typename Step::Sum;
  static constexpr uint32_t kX = 1, kFirst = 2;  ///< marks of x; `kFirst`: of a fold, weights change here

  explicit WeightStationaryArray(ArrayShape shape)
      : shape_(shape), x_(shape), next_(shape), sum_(shape), weight_(shape.count()), waiting_(shape) {}

  /// `left`: x of each row. `sums`: partial sums from above, marked 1. `weights`: of each column, marked with their row
  /// + 1.
  void cycle(const std::vector<Entry<Operand>>& left, const std::vector<Entry<Sum>>& sums,
             const std::vector<Entry<Operand>>& weights) {
    const uint32_t columns = shape_.columns, path = shape_.rows + columns;
    ++now_;
    for (const Entry<Operand>& x : left)
      if (x.mark & kFirst) firsts_until_ = now_ + path;
    for (const Entry<Operand>& weight : weights)
      if (weight.mark) weights_until_ = now_ + path;
    for (uint32_t row = shape_.rows; row-- > 0;) {
      x_.move_right(row, left[row]);
      if (now_ < firsts_until_) change_weights(row);
      sum_.move_down(row, sums);
      const size_t at = size_t{row} * columns;
      const Operand *x = x_.value.data() + at, *weight = weight_.data() + at;
      const uint32_t *xm = x_.mark.data() + at, *sm = sum_.mark.data() + at;
      Sum* __restrict sum = sum_.value.data() + at;
      uint32_t alone = 0;
      for (uint32_t c = 0; c < columns; ++c) {
        sum[c] = Step::add_if(sm[c], x[c], weight[c], sum[c]);
        alone |= (xm[c] & kX) ^ sm[c];
      }
      hazards_ += alone != 0;
      if (now_ < weights_until_) {
        next_.move_down(row, weights);
        take_weights(row);
      }
    }
  }

  /// The partial sum that leaves below `column` at the end of the last cycle.
  Entry<Sum> out(uint32_t column) const {
    const size_t i = shape_.count() - shape_.columns + column;
    return {sum_.value[i], sum_.mark[i]};
  }
  uint64_t hazards() const { return hazards_; }

 private:
  void change_weights(uint32_t row) {
    const size_t begin = size_t{row} * shape_.columns, end = begin + shape_.columns;
    for (size_t i = begin; i < end; ++i) {
      if (!(x_.mark[i] & kFirst)) continue;
      hazards_ += !waiting_.mark[i];
      weight_[i] = waiting_.value[i];
      waiting_.mark[i] = 0;
    }
  }
  void take_weights(uint32_t row) {
    const size_t begin = size_t{row} * shape_.columns, end = begin + shape_.columns;
    for (size_t i = begin; i < end; ++i) {
      if (next_.mark[i] != row + 1) continue;
      hazards_ += waiting_.mark[i];
      waiting_.value[i] = next_.value[i];
      waiting_.mark[i] = 1;
    }
  }

  ArrayShape shape_;
  Plane<Operand> x_, next_;
  Plane<Sum> sum_;
  std::vector<Operand> weight_;
  Plane<Operand> waiting_;
  uint64_t now_ = 0, hazards_ = 0;
  uint64_t firsts_until_ = 0, weights_until_ = 0;  ///< by then none of them is in the array any more
};

}  // namespace psmc::tools
