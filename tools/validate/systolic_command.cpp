// SPDX-License-Identifier: Apache-2.0
// validate systolic: the matrix unit and systolic arrays of other dataflows, PE by PE, against closed forms.
#include <fmt/format.h>

#include "base/file.h"
#include "tools/commands/validate_command.h"
#include "tools/validate/systolic_cases.h"

namespace psmc::tools {
namespace {

constexpr size_t kMaxTable = size_t{1} << 26;

/// Whether all cases agree, and there was one.
bool show(std::string_view name, const CaseCount& count) {
  if (count.mismatches > 0) fmt::print("first difference: {}\n", count.first);
  fmt::print("RESULT systolic.{}.cases {}\nRESULT systolic.{}.mismatches {}\n", name, count.cases, name,
             count.mismatches);
  return count.cases > 0 && count.mismatches == 0;
}

}  // namespace

Result<int> validate_systolic(const ValidateSystolic& options) {
  CaseCount table;
  if (!options.table.empty()) {  // first, for its errors are the user's
    PSMC_ASSIGN(const std::string text, read_file(options.table, kMaxTable));
    PSMC_ASSIGN(table, table_products(options.table, text));
  }
  bool good = true;
  for (size_t i = 0; i < kDataflowNames.size(); ++i)
    good &= show(kDataflowNames[i], random_products(static_cast<Dataflow>(i), options.cases, options.seed + i));
  PSMC_ASSIGN(const arch::Machine machine, arch::preset("psm1"));
  good &= show("mma", matrix_unit_chains(machine, options.cases, options.seed));
  if (!options.table.empty()) good &= show("table", table);
  return good ? 0 : 3;
}

}  // namespace psmc::tools
