// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/systolic_cases.h"

#include <fmt/format.h>

#include <cstring>

#include "arch/isa.h"
#include "base/dtype.h"
#include "base/random.h"
#include "sim/core/fma.h"

namespace psmc::tools {
namespace {

constexpr ArrayShape kUnit = {16, 16};

float draw(Random& random, const float&) { return random.uniform(-2, 2); }
int32_t draw(Random& random, const int32_t&) { return static_cast<int32_t>(random.next()); }
std::array<int8_t, 2> draw(Random& random, const std::array<int8_t, 2>&) {
  const uint64_t bits = random.next();
  return {static_cast<int8_t>(bits), static_cast<int8_t>(bits >> 8)};
}

template <typename T>
Matrix<T> random_matrix(Random& random, uint32_t rows, uint32_t columns) {
  Matrix<T> m(rows, columns);
  for (T& x : m.values) x = draw(random, x);
  return m;
}

template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// The oracle of values: K upwards, from zero.
template <typename Step, typename T>
Matrix<T> plain_product(const Matrix<T>& a, const Matrix<T>& b) {
  Matrix<T> product(a.rows, b.columns);
  for (uint32_t m = 0; m < a.rows; ++m)
    for (uint32_t n = 0; n < b.columns; ++n)
      for (uint32_t k = 0; k < a.columns; ++k) product.at(m, n) = Step::add(a.at(m, k), b.at(k, n), product.at(m, n));
  return product;
}

template <typename Step>
void try_product(Dataflow flow, ArrayShape array, ProductShape p, Random& random, CaseCount& count) {
  using T = typename Step::Sum;
  const Matrix<T> a = random_matrix<T>(random, p.m, p.k), b = random_matrix<T>(random, p.k, p.n);
  const ArrayRun<T> run = run_array(flow, array, a, b);
  const uint64_t formula = closed_form(flow, array, p);
  const bool values = same_bits(run.product.values, plain_product<Step>(a, b).values);
  count.see(values && run.cycles == formula && run.hazards == 0,
            fmt::format("{} of {}x{}x{} on {}x{}: {} cycles, {} by the closed form, values {}, {} hazards",
                        dataflow_name(flow), p.m, p.n, p.k, array.rows, array.columns, run.cycles, formula,
                        values ? "equal" : "different", run.hazards));
}

/// One kind of `mma`: its timing, the steps along K, and the simulator's own computation of the values.
template <typename Step>
struct Unit {
  arch::Opcode op;
  uint32_t steps;
  void (*simulate)(Matrix<typename Step::Sum>& sums, const IssuedProduct<Step>& product);
};

template <typename Step>
IssuedProduct<Step> random_issue(Random& random, uint64_t cycle, uint32_t steps, bool bf16) {
  using T = typename Step::Operand;
  IssuedProduct<Step> p{cycle, random_matrix<T>(random, 16, steps), random_matrix<T>(random, steps, 16)};
  if constexpr (std::is_same_v<T, float>) {
    if (bf16)
      for (auto* m : {&p.a, &p.b})
        for (float& x : m->values) x = round_to(DType::bf16, x);
  }
  return p;
}

template <typename Step>
void try_chain(const Unit<Step>& unit, const arch::OpTiming& timing, Random& random, CaseCount& count) {
  using Sum = typename Step::Sum;
  const Matrix<Sum> start = random_matrix<Sum>(random, 16, 16);
  Matrix<Sum> expected = start;
  std::vector<IssuedProduct<Step>> products;
  for (uint64_t i = 0, length = 1 + random.below(4); i < length; ++i) {
    products.push_back(random_issue<Step>(random, i * timing.occupancy, unit.steps, unit.op == arch::Opcode::mma_bf16));
    unit.simulate(expected, products.back());
  }
  const uint32_t step_cycles = timing.occupancy / unit.steps;
  const IssuedRun<Sum> run = run_issued(kUnit, step_cycles, start, products);
  bool good = run.hazards == 0 && same_bits(run.sums.values, expected.values);
  for (const uint64_t done : run.done) good = good && done == timing.latency;
  products.resize(1);
  products.push_back(products.front());
  products.back().cycle = timing.occupancy - 1;
  const uint64_t early = run_issued(kUnit, step_cycles, start, products).hazards;
  count.see(good && early > 0,
            fmt::format("{}: done after {} cycles, not {}; {} hazards; {} a cycle too early", arch::info(unit.op).name,
                        run.done.back(), timing.latency, run.hazards, early));
}

void simulate_f32(Matrix<float>& sums, const IssuedProduct<F32Step>& p) {
  const uint32_t k = p.a.columns;
  std::vector<float> b(size_t{16} * k);  // held by columns
  for (uint32_t n = 0; n < 16; ++n)
    for (uint32_t i = 0; i < k; ++i) b[n * k + i] = p.b.at(i, n);
  sim::mma_f32(sums.values.data(), p.a.values.data(), b.data(), k);
}

void simulate_i8(Matrix<int32_t>& sums, const IssuedProduct<I8PairStep>& p) {
  const uint32_t k = 2 * p.a.columns;
  std::vector<int8_t> a(size_t{16} * k), b(size_t{16} * k);
  for (uint32_t r = 0; r < 16; ++r)
    for (uint32_t i = 0; i < k; ++i) {
      a[r * k + i] = p.a.at(r, i / 2)[i % 2];
      b[r * k + i] = p.b.at(i / 2, r)[i % 2];
    }
  sim::mma_i32(sums.values.data(), a.data(), b.data(), k);
}

}  // namespace

void CaseCount::see(bool equal, const std::string& what) {
  ++cases;
  if (equal) return;
  if (mismatches++ == 0) first = what;
}

CaseCount random_products(Dataflow flow, uint64_t cases, uint64_t seed) {
  CaseCount count;
  Random random(seed);
  for (uint64_t i = 0; i < cases; ++i) {
    const auto draw_size = [&](uint64_t most) { return static_cast<uint32_t>(1 + random.below(most)); };
    const ArrayShape array = {draw_size(10), draw_size(10)};
    const ProductShape product = {draw_size(24), draw_size(24), draw_size(24)};
    if (i % 2 == 0) {
      try_product<F32Step>(flow, array, product, random, count);
    } else {
      try_product<I32Step>(flow, array, product, random, count);
    }
  }
  return count;
}

CaseCount matrix_unit_chains(const arch::Machine& machine, uint64_t cases, uint64_t seed) {
  const Unit<F32Step> bf16{arch::Opcode::mma_bf16, 16, simulate_f32}, f32{arch::Opcode::mma_f32, 8, simulate_f32};
  const Unit<I8PairStep> i8{arch::Opcode::mma_i8, 16, simulate_i8};
  const arch::TimingTable timing(machine);
  CaseCount count;
  Random random(seed);
  for (uint64_t i = 0; i < cases; ++i) {
    if (i % 3 == 0) try_chain(bf16, timing.of(bf16.op), random, count);
    if (i % 3 == 1) try_chain(i8, timing.of(i8.op), random, count);
    if (i % 3 == 2) try_chain(f32, timing.of(f32.op), random, count);
  }
  return count;
}

}  // namespace psmc::tools
