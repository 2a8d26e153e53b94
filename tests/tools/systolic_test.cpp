// SPDX-License-Identifier: Apache-2.0
// The matrix unit and systolic arrays of other dataflows, one processing element and one cycle at a time.
#include <catch2/catch.hpp>

#include "arch/isa.h"
#include "base/file.h"
#include "tests/frontend/shared_data.h"
#include "tools/validate/systolic_cases.h"

using namespace psmc;
using namespace psmc::tools;

namespace {

constexpr std::array kDataflows = {Dataflow::output_stationary, Dataflow::output_stationary_drained,
                                   Dataflow::weight_stationary, Dataflow::weight_stationary_overlapped,
                                   Dataflow::input_stationary};

template <typename T>
Entry<T> entry(T value) {
  return {value, 1};
}

/// Two products of one matrix, `apart` cycles from each other.
uint64_t hazards_of_two(uint32_t step_cycles, uint32_t steps, uint64_t apart) {
  IssuedProduct<F32Step> first{0, Matrix<float>(16, steps), Matrix<float>(steps, 16)}, second = first;
  second.cycle = apart;
  return run_issued<F32Step>({16, 16}, step_cycles, Matrix<float>(16, 16), {first, second}).hazards;
}

}  // namespace

SCENARIO("10,000 random products on random arrays have the values of a plain product and the closed form's cycles") {
  for (const Dataflow flow : kDataflows) {
    const CaseCount count = random_products(flow, 10'000, 7);
    INFO(dataflow_name(flow) << ", first difference: " << count.first);
    CHECK(count.cases == 10'000);
    CHECK(count.mismatches == 0);
  }
}

SCENARIO("the closed forms, worked out by hand for an array of 3 x 2") {
  const ArrayShape array = {3, 2};
  CHECK(closed_form(Dataflow::output_stationary, array, {3, 2, 9}) == 12);
  CHECK(closed_form(Dataflow::output_stationary_drained, array, {3, 2, 9}) == 15);
  CHECK(closed_form(Dataflow::output_stationary, array, {4, 3, 9}) == 4 * 12);
  CHECK(closed_form(Dataflow::weight_stationary, array, {5, 2, 4}) == 2 * 11);
  CHECK(closed_form(Dataflow::weight_stationary_overlapped, array, {5, 2, 4}) == 3 + 5 + 5 + 3 + 2 - 2);
  CHECK(closed_form(Dataflow::input_stationary, array, {2, 5, 4}) == 2 * 11);
}

SCENARIO("an output-stationary element adds what meets in it, and passes both operands on") {
  OutputStationaryArray<I32Step> array({2, 2});
  const std::vector<Entry<int32_t>> none(2), left = {entry(3), {}}, top = {entry(5), {}};
  CHECK(array.cycle(left, top));
  CHECK(array.sum(0, 0) == 15);
  CHECK_FALSE(array.cycle(none, none));  // 3 is in column 1 now, 5 in row 1, and nothing meets them
  CHECK(array.hazards() == 1);
  CHECK(array.sum(0, 1) == 0);
}

SCENARIO("a weight-stationary element changes its weight with the first operand of a fold, not before") {
  using Array = WeightStationaryArray<I32Step>;
  Array array({1, 1});
  const std::vector<Entry<int32_t>> none(1), zero = {entry(0)}, weight_2 = {{2, 1}}, weight_3 = {{3, 1}},
                                             first = {{10, Array::kX | Array::kFirst}}, next = {{10, Array::kX}};
  array.cycle(none, none, weight_2);
  array.cycle(first, zero, weight_3);
  CHECK(array.out(0).value == 20);
  array.cycle(next, zero, none);
  CHECK(array.out(0).value == 20);
  array.cycle(first, zero, none);
  CHECK(array.out(0).value == 30);
  CHECK(array.hazards() == 0);
  array.cycle(first, zero, none);  // no weight waits
  CHECK(array.hazards() == 1);
}

SCENARIO("chains of mma have the values and cycles of an output-stationary array") {
  const arch::Machine machine = arch::preset("psm1").value();
  const CaseCount count = matrix_unit_chains(machine, 600, 3);
  INFO("first difference: " << count.first);
  CHECK(count.cases == 600);
  CHECK(count.mismatches == 0);
  const arch::TimingTable timing(machine);  // K steps of so many cycles, and the way to the last element
  CHECK(timing.of(arch::Opcode::mma_bf16).latency == 16 + 16 + 16 - 2);
  CHECK(timing.of(arch::Opcode::mma_i8).latency == 32 / 2 + 16 + 16 - 2);
  CHECK(timing.of(arch::Opcode::mma_f32).latency == 8 * 4 + 16 + 16 - 2);
}

SCENARIO("a product may follow another on the same accumulators after 16 cycles, not after 15") {
  CHECK(hazards_of_two(1, 16, 16) == 0);
  CHECK(hazards_of_two(1, 16, 15) > 0);
  CHECK(hazards_of_two(4, 8, 32) == 0);  // f32: the last step of the first one takes 4 cycles
  CHECK(hazards_of_two(4, 8, 31) > 0);
}

SCENARIO("a wrong latency or occupancy of the machine is noticed") {
  for (uint32_t arch::MatrixUnit::* field : {&arch::MatrixUnit::fill, &arch::MatrixUnit::f32_occupancy}) {
    arch::Machine machine = arch::preset("psm1").value();
    ++(machine.matrix.*field);
    CHECK(matrix_unit_chains(machine, 30, 3).mismatches > 0);
  }
}

SCENARIO("tables of other simulators: each row is repeated cycle by cycle") {
  for (const char* name : {"check.tsv", "scalesim_runs.tsv"}) {
    const std::optional<std::string> path = shared_data(std::string("systolic/") + name);
    if (!path) continue;
    const Result<std::string> text = read_file(*path, 1 << 20);
    REQUIRE(text.ok());
    const Result<CaseCount> count = table_products(name, *text);
    REQUIRE(count.ok());
    INFO(name << ", first difference: " << count->first);
    CHECK(count->cases > 30);
    CHECK(count->mismatches == 0);
  }
}

SCENARIO("a table is compared, not believed") {
  const std::string names = "dataflow\tR\tC\tT_or_K\tfolds\tcycles_simulated\n";
  CHECK(table_products("t", names + "ws\t3\t3\t17\t2\t48\n")->mismatches == 0);
  CHECK(table_products("t", names + "ws\t3\t3\t17\t2\t47\n")->mismatches == 1);
  CHECK(table_products("t", "array\tdf\tM\tN\tK\tscalesim_cycles\n16\tis\t1\t64\t64\t439\n")->mismatches == 0);
  CHECK(table_products("t", "array\tdf\tM\tN\tK\tscalesim_cycles\n16\tis\t1\t64\t64\t440\n")->mismatches == 1);
  for (const char* row : {"xs\t3\t3\t17\t2\t48", "is\t3\t3\t17\t2\t48", "ws\t0\t3\t17\t2\t48", "ws\t3\t9999\t17\t2\t48",
                          "os\t3\t3\t17\t2\t48", "ws\t3\t3\t17\t2", "ws\t1024\t1024\t65536\t64\t1"})
    CHECK_FALSE(table_products("t", names + row + "\n").ok());
}
