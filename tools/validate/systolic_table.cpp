// SPDX-License-Identifier: Apache-2.0
// Tables of cycles that other simulators of systolic arrays have counted.
#include <fmt/format.h>

#include "base/random.h"
#include "tools/validate/systolic_cases.h"
#include "tools/validate/table.h"

namespace psmc::tools {
namespace {

constexpr uint64_t kMaxSide = 1024, kMaxExtent = 1u << 16;
constexpr double kMaxWork = 1u << 31;  ///< PEs times cycles of one row, and elements of its operands
constexpr double kCycle = 64;          ///< what a cycle costs beside its PEs

/// One row: what was simulated, and for how many cycles, in psmc's count.
struct Row {
  Dataflow flow{};
  ArrayShape array;
  ProductShape product;
  uint64_t cycles = 0;
};

Result<Dataflow> dataflow(const Table& table, size_t column, size_t known) {
  PSMC_ASSIGN(const std::string_view name, table.text(column));
  for (size_t i = 0; i < kDataflowNames.size(); ++i)
    if (kDataflowNames[i] == name && (known >> i & 1) != 0) return static_cast<Dataflow>(i);
  return table.at_field(column, fmt::format("'{}' is no dataflow of this table", name));
}

/// T_or_K is K (output-stationary; one fold) or T, the rows of `a` that stream through each of `folds` folds along K.
Result<Row> fold_row(const Table& table) {
  PSMC_ASSIGN(const Dataflow flow, dataflow(table, 0, 0b01111));
  PSMC_ASSIGN(const uint64_t rows, table.number(1, 1, kMaxSide));
  PSMC_ASSIGN(const uint64_t columns, table.number(2, 1, kMaxSide));
  PSMC_ASSIGN(const uint64_t length, table.number(3, 1, kMaxExtent));
  const bool os = flow == Dataflow::output_stationary || flow == Dataflow::output_stationary_drained;
  PSMC_ASSIGN(const uint64_t folds, table.number(4, 1, os ? 1 : kMaxExtent / rows));
  PSMC_ASSIGN(const uint64_t cycles, table.number(5, 0, ~uint64_t{0}));
  const auto r = static_cast<uint32_t>(rows), c = static_cast<uint32_t>(columns), t = static_cast<uint32_t>(length);
  const ProductShape product = os ? ProductShape{r, c, t} : ProductShape{t, c, static_cast<uint32_t>(rows * folds)};
  return Row{flow, {r, c}, product, cycles};
}

/// A square array; SCALE-Sim gives the number of the last cycle, from 0.
Result<Row> scale_sim_row(const Table& table) {
  PSMC_ASSIGN(const Dataflow flow, dataflow(table, 0, 0b10101));
  PSMC_ASSIGN(const uint64_t side, table.number(1, 1, kMaxSide));
  PSMC_ASSIGN(const uint64_t m, table.number(2, 1, kMaxExtent));
  PSMC_ASSIGN(const uint64_t n, table.number(3, 1, kMaxExtent));
  PSMC_ASSIGN(const uint64_t k, table.number(4, 1, kMaxExtent));
  PSMC_ASSIGN(const uint64_t last, table.number(5, 0, ~uint64_t{0} - 1));
  const auto r = static_cast<uint32_t>(side);
  return Row{flow, {r, r}, {static_cast<uint32_t>(m), static_cast<uint32_t>(n), static_cast<uint32_t>(k)}, last + 1};
}

double work_of(const Row& row) {
  const ProductShape& p = row.product;
  const double cycles = static_cast<double>(closed_form(row.flow, row.array, p));
  return cycles * (static_cast<double>(row.array.count()) + kCycle) +
         8.0 * (double{1} * p.m * p.k + double{1} * p.k * p.n + double{1} * p.m * p.n);
}

/// m v, wrapping.
std::vector<int32_t> times(const Matrix<int32_t>& m, const std::vector<int32_t>& v) {
  std::vector<int32_t> result(m.rows);
  for (uint32_t r = 0; r < m.rows; ++r)
    for (uint32_t c = 0; c < m.columns; ++c) result[r] = I32Step::add(m.at(r, c), v[c], result[r]);
  return result;
}

/// The values are checked with a random vector v: (a b) v is a (b v) (Freivalds, 1977).
void try_row(const Row& row, Random& random, CaseCount& count) {
  Matrix<int32_t> a(row.product.m, row.product.k), b(row.product.k, row.product.n);
  std::vector<int32_t> v(row.product.n);
  for (auto* values : {&a.values, &b.values, &v})
    for (int32_t& x : *values) x = static_cast<int32_t>(random.next());
  const ArrayRun<int32_t> run = run_array(row.flow, row.array, a, b);
  const uint64_t formula = closed_form(row.flow, row.array, row.product);
  const bool values = times(run.product, v) == times(a, times(b, v));
  count.see(run.cycles == row.cycles && run.cycles == formula && values && run.hazards == 0,
            fmt::format("{} of {}x{}x{} on {}x{}: {} cycles, {} in the table, {} by the closed form, values {}",
                        dataflow_name(row.flow), row.product.m, row.product.n, row.product.k, row.array.rows,
                        row.array.columns, run.cycles, row.cycles, formula, values ? "equal" : "different"));
}

}  // namespace

Result<CaseCount> table_products(std::string_view file, std::string_view text) {
  Table table(file, text);
  const bool scale_sim = table.has("scalesim_cycles");
  PSMC_TRY(scale_sim ? table.select({"df", "array", "M", "N", "K", "scalesim_cycles"})
                     : table.select({"dataflow", "R", "C", "T_or_K", "folds", "cycles_simulated"}));
  CaseCount count;
  Random random(1);
  while (table.next_row()) {
    PSMC_ASSIGN(const Row row, scale_sim ? scale_sim_row(table) : fold_row(table));
    if (work_of(row) > kMaxWork) return table.at_row(Code::too_large, "this array would take too long to simulate");
    try_row(row, random, count);
  }
  return count;
}

}  // namespace psmc::tools
