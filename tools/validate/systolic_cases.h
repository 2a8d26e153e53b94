// SPDX-License-Identifier: Apache-2.0
// Where the PE-by-PE arrays, their closed forms, the machine's matrix unit and tables of other simulators must agree.
#pragma once

#include <optional>
#include <string>

#include "arch/machine.h"
#include "base/result.h"
#include "tools/validate/systolic.h"

namespace psmc::tools {

/// How many cases were tried, how many disagreed, and what the first of these was.
struct CaseCount {
  uint64_t cases = 0, mismatches = 0;
  std::string first = {};
  void see(bool equal, const std::string& what);
};

/// Seeded products on seeded arrays, in f32 and i32 by turns: values equal to a plain product over K upwards, bit by
/// bit, cycles equal to the closed form, no hazard.
CaseCount random_products(Dataflow flow, uint64_t cases, uint64_t seed);

/// Chains of `mma` on one accumulator, issued as often as the machine allows, as an output-stationary array of 16 x 16
/// computes them: values equal to the simulator's, each result after the machine's latency; and a cycle too early, the
/// array reports a hazard. An i8 step is two products; an f32 step takes 4 cycles.
CaseCount matrix_unit_chains(const arch::Machine& machine, uint64_t cases, uint64_t seed);

/// Rows of a table with tabs, each one simulated PE by PE (i32): cycles equal to the table's and the closed form's.
/// Columns: dataflow, R, C, T_or_K, folds, cycles_simulated; or those of SCALE-Sim: array, df, M, N, K,
/// scalesim_cycles. Errors: unknown_format, too_large.
Result<CaseCount> table_products(std::string_view file, std::string_view text);

}  // namespace psmc::tools
