// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/systolic.h"

namespace psmc::tools {
namespace {

uint64_t folds_of(uint64_t extent, uint64_t size) { return (extent + size - 1) / size; }

template <typename T>
Matrix<T> transposed(const Matrix<T>& from) {
  Matrix<T> to(from.columns, from.rows);
  for (uint32_t r = 0; r < from.rows; ++r)
    for (uint32_t c = 0; c < from.columns; ++c) to.at(c, r) = from.at(r, c);
  return to;
}

template <typename T>
struct StepOf;
template <>
struct StepOf<float> {
  using Type = F32Step;
};
template <>
struct StepOf<int32_t> {
  using Type = I32Step;
};

/// The R x C results from (row, column) on: row m of `a` enters m cycles late, column n of `b` n cycles.
template <typename T>
void output_stationary_fold(ArrayShape shape, bool drained, const Matrix<T>& a, const Matrix<T>& b, uint64_t row,
                            uint64_t column, ArrayRun<T>& run) {
  OutputStationaryArray<typename StepOf<T>::Type> array(shape);
  std::vector<Entry<T>> left(shape.rows), top(shape.columns);
  const auto enters = [&](uint64_t step) { return step < a.columns; };  // of an earlier cycle than the first: huge
  for (uint64_t now = 0;; ++now) {
    for (uint64_t m = 0; m < shape.rows; ++m)
      left[m] = enters(now - m) ? Entry<T>{a.padded(row + m, now - m), 1} : Entry<T>{};
    for (uint64_t n = 0; n < shape.columns; ++n)
      top[n] = enters(now - n) ? Entry<T>{b.padded(now - n, column + n), 1} : Entry<T>{};
    if (!array.cycle(left, top)) break;
    ++run.cycles;
  }
  std::vector<T> out;
  for (uint32_t m = shape.rows; m-- > 0;) {
    if (drained) {
      array.drain(out);
      ++run.cycles;
    }
    for (uint32_t n = 0; n < shape.columns; ++n) {
      if (row + m >= a.rows || column + n >= b.columns) continue;
      run.product.at(static_cast<uint32_t>(row) + m, static_cast<uint32_t>(column) + n) =
          drained ? out[n] : array.sum(m, n);
    }
  }
  run.hazards += array.hazards();
}

template <typename T>
ArrayRun<T> output_stationary(ArrayShape shape, bool drained, const Matrix<T>& a, const Matrix<T>& b) {
  ArrayRun<T> run{Matrix<T>(a.rows, b.columns), 0, 0};
  for (uint64_t row = 0; row < a.rows; row += shape.rows)
    for (uint64_t column = 0; column < b.columns; column += shape.columns)
      output_stationary_fold(shape, drained, a, b, row, column, run);
  return run;
}

/// The edges of a weight-stationary array: which weights and operands enter when. Times are those of row 0 and column
/// 0; row r and column c follow r and c cycles later.
template <typename T>
class WeightStationaryRun {
 public:
  WeightStationaryRun(ArrayShape shape, bool overlapped, const Matrix<T>& a, const Matrix<T>& b)
      : shape_(shape),
        overlapped_(overlapped),
        a_(a),
        b_(b),
        k_folds_(folds_of(a.columns, shape.rows)),
        folds_(k_folds_ * folds_of(b.columns, shape.columns)),
        array_(shape),
        partial_(a.rows, static_cast<uint32_t>(folds_ / k_folds_) * shape.columns),
        added_(partial_.rows, partial_.columns),
        left_(shape.rows),
        weights_(shape.columns),
        sums_(shape.columns),
        outs_(shape.columns) {}

  ArrayRun<T> run() {
    uint64_t cycles = 0;
    for (uint64_t now = 0; finished_ < folds_; cycles = ++now) {
      decide();
      enter(now);
      array_.cycle(left_, sums_, weights_);
      collect();
    }
    ArrayRun<T> result{Matrix<T>(a_.rows, b_.columns), cycles, hazards_ + array_.hazards()};
    for (uint32_t m = 0; m < a_.rows; ++m)
      for (uint32_t n = 0; n < b_.columns; ++n) result.product.at(m, n) = partial_.at(m, n);
    return result;
  }

 private:
  static constexpr uint64_t kNothing = ~uint64_t{0};

  /// A row of weights enters if the previous fold has begun (overlapped) or is done; a fold begins when all its weights
  /// have entered and the operands of the one before have.
  void decide() {
    const bool stream = streamed_ % a_.rows != 0 || streamed_ / a_.rows < loaded_ / shape_.rows;
    x_at_.push_back(stream ? streamed_ : kNothing);
    if (stream) ++streamed_;
    const uint64_t fold = loaded_ / shape_.rows, begun = folds_of(streamed_, a_.rows);
    const bool load = fold < folds_ && fold <= (overlapped_ ? begun : finished_);
    weight_at_.push_back(load ? loaded_ : kNothing);
    if (load) ++loaded_;
  }

  static uint64_t delayed(const std::vector<uint64_t>& events, uint64_t now, uint64_t delay) {
    return now < delay ? kNothing : events[now - delay];
  }

  void enter(uint64_t now) {
    using Array = WeightStationaryArray<typename StepOf<T>::Type>;
    for (uint32_t r = 0; r < shape_.rows; ++r) {
      const uint64_t x = delayed(x_at_, now, r);
      left_[r] = {};
      if (x == kNothing) continue;
      const uint64_t row = x % a_.rows, k = x / a_.rows % k_folds_ * shape_.rows + r;
      left_[r] = {a_.padded(row, k), Array::kX | (row == 0 ? Array::kFirst : 0)};
    }
    for (uint32_t c = 0; c < shape_.columns; ++c) {
      enter_weight(c, delayed(weight_at_, now, c));
      enter_sum(c, delayed(x_at_, now, c));
    }
  }

  void enter_weight(uint32_t c, uint64_t weight) {
    weights_[c] = {};
    if (weight == kNothing) return;
    const uint64_t fold = weight / shape_.rows, row = weight % shape_.rows;
    weights_[c] = {b_.padded(fold % k_folds_ * shape_.rows + row, fold / k_folds_ * shape_.columns + c),
                   static_cast<uint32_t>(row) + 1};
  }

  /// What the earlier folds along K have made of the sum; they must have.
  void enter_sum(uint32_t c, uint64_t x) {
    sums_[c] = {};
    if (x == kNothing) return;
    const uint64_t fold = x / a_.rows;
    const auto row = static_cast<uint32_t>(x % a_.rows), column = place(fold, c);
    hazards_ += added_.at(row, column) != fold % k_folds_;
    sums_[c] = {partial_.at(row, column), 1};
  }

  /// Sums leave each column in the order in which they entered.
  void collect() {
    for (uint32_t c = 0; c < shape_.columns; ++c) {
      const Entry<T> out = array_.out(c);
      if (!out.mark) continue;
      const uint64_t x = outs_[c]++;
      const auto row = static_cast<uint32_t>(x % a_.rows), column = place(x / a_.rows, c);
      partial_.at(row, column) = out.value;
      ++added_.at(row, column);
    }
    finished_ = outs_.back() / a_.rows;
  }

  uint32_t place(uint64_t fold, uint32_t c) const {
    return static_cast<uint32_t>(fold / k_folds_) * shape_.columns + c;
  }

  ArrayShape shape_;
  bool overlapped_;
  const Matrix<T>& a_;
  const Matrix<T>& b_;
  uint64_t k_folds_, folds_;
  WeightStationaryArray<typename StepOf<T>::Type> array_;
  Matrix<T> partial_;
  Matrix<uint32_t> added_;                  ///< folds that are in a partial sum
  std::vector<uint64_t> x_at_, weight_at_;  ///< by cycle: fold * M + row of x, fold * R + row of weights
  uint64_t streamed_ = 0, loaded_ = 0, finished_ = 0, hazards_ = 0;
  std::vector<Entry<T>> left_, weights_, sums_;
  std::vector<uint64_t> outs_;
};

/// What of the products enters in this cycle, marked with their number + 1. Returns how many entries found their port
/// taken.
template <typename Step>
uint64_t issue(const std::vector<IssuedProduct<Step>>& products, uint64_t now, uint32_t step_cycles,
               std::vector<Entry<typename Step::Operand>>& left, std::vector<Entry<typename Step::Operand>>& top) {
  uint64_t taken = 0;
  std::fill(left.begin(), left.end(), Entry<typename Step::Operand>{});
  std::fill(top.begin(), top.end(), Entry<typename Step::Operand>{});
  for (uint32_t i = 0; i < products.size(); ++i) {
    const IssuedProduct<Step>& p = products[i];
    const auto enter = [&](auto& ports, bool columns) {
      for (uint64_t port = 0; port < ports.size() && p.cycle + port <= now; ++port) {
        const uint64_t since = now - p.cycle - port, step = since / step_cycles;
        if (since % step_cycles != 0 || step >= p.a.columns) continue;
        taken += ports[port].mark != 0;
        ports[port] = {columns ? p.b.padded(step, port) : p.a.padded(port, step), i + 1};
      }
    };
    enter(left, false);
    enter(top, true);
  }
  return taken;
}

}  // namespace

std::string_view dataflow_name(Dataflow flow) { return kDataflowNames[static_cast<size_t>(flow)]; }

uint64_t closed_form(Dataflow flow, ArrayShape array, ProductShape p) {
  const uint64_t rows = array.rows, columns = array.columns;
  const uint64_t os = folds_of(p.m, rows) * folds_of(p.n, columns), ws = folds_of(p.k, rows) * folds_of(p.n, columns);
  switch (flow) {
    case Dataflow::output_stationary: return os * (p.k + rows + columns - 2);
    case Dataflow::output_stationary_drained: return os * (p.k + 2 * rows + columns - 2);
    case Dataflow::weight_stationary: return ws * (2 * rows + columns + p.m - 2);
    case Dataflow::weight_stationary_overlapped:
      return rows + (ws - 1) * std::max<uint64_t>(p.m, rows) + p.m + rows + columns - 2;
    case Dataflow::input_stationary: break;
  }
  return closed_form(Dataflow::weight_stationary, array, {p.n, p.m, p.k});
}

template <typename T>
ArrayRun<T> run_array(Dataflow flow, ArrayShape array, const Matrix<T>& a, const Matrix<T>& b) {
  switch (flow) {
    case Dataflow::output_stationary: return output_stationary(array, false, a, b);
    case Dataflow::output_stationary_drained: return output_stationary(array, true, a, b);
    case Dataflow::weight_stationary: return WeightStationaryRun<T>(array, false, a, b).run();
    case Dataflow::weight_stationary_overlapped: return WeightStationaryRun<T>(array, true, a, b).run();
    case Dataflow::input_stationary: break;
  }
  const Matrix<T> weights = transposed(a), streamed = transposed(b);  // the same array, the operands exchanged
  ArrayRun<T> run = WeightStationaryRun<T>(array, false, streamed, weights).run();
  run.product = transposed(run.product);
  return run;
}

template ArrayRun<float> run_array(Dataflow, ArrayShape, const Matrix<float>&, const Matrix<float>&);
template ArrayRun<int32_t> run_array(Dataflow, ArrayShape, const Matrix<int32_t>&, const Matrix<int32_t>&);

template <typename Step>
IssuedRun<typename Step::Sum> run_issued(ArrayShape shape, uint32_t step_cycles, const Matrix<typename Step::Sum>& sums,
                                         const std::vector<IssuedProduct<Step>>& products) {
  IssuedRun<typename Step::Sum> run{sums, std::vector<uint64_t>(products.size()), 0};
  OutputStationaryArray<Step> array(shape, step_cycles);
  for (uint32_t m = 0; m < shape.rows; ++m)
    for (uint32_t n = 0; n < shape.columns; ++n) array.sum(m, n) = sums.at(m, n);
  std::vector<Entry<typename Step::Operand>> left(shape.rows), top(shape.columns);
  const uint64_t last = products.back().cycle + uint64_t{step_cycles} * products.back().a.columns;
  bool met = true;
  for (uint64_t now = 0; met || now < last; ++now) {
    run.hazards += issue(products, now, step_cycles, left, top);
    met = array.cycle(left, top);
    for (size_t i = 0; i < shape.count(); ++i)
      if (const uint32_t mark = array.meeting(i)) run.done[mark - 1] = now + step_cycles - products[mark - 1].cycle;
  }
  run.hazards += array.hazards();
  for (uint32_t m = 0; m < shape.rows; ++m)
    for (uint32_t n = 0; n < shape.columns; ++n) run.sums.at(m, n) = array.sum(m, n);
  return run;
}

template IssuedRun<float> run_issued(ArrayShape, uint32_t, const Matrix<float>&,
                                     const std::vector<IssuedProduct<F32Step>>&);
template IssuedRun<int32_t> run_issued(ArrayShape, uint32_t, const Matrix<int32_t>&,
                                       const std::vector<IssuedProduct<I8PairStep>>&);

}  // namespace psmc::tools
