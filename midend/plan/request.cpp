// SPDX-License-Identifier: Apache-2.0
// check_request: what a user may ask of the planner, before anything is made.
#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "midend/plan/planner.h"

namespace psmc::midend {
namespace {

Status check_extent(std::string_view what, uint32_t wanted, uint32_t there_are) {
  if (wanted <= there_are) return {};
  return error(Code::bad_option, fmt::format("{} {} of tiles are more than the machine has", wanted, what),
               {fmt::format("its grid has {}", there_are)});
}

Status check_entries(const ir::Module& module, const std::vector<std::string>& entries) {
  std::vector<std::string_view> names;
  for (uint32_t i = 0; i < module.num_funcs(); ++i)
    if (!module.func(ir::FuncId(i)).erased) names.push_back(module.text(module.func(ir::FuncId(i)).name));
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
    if (std::find(names.begin(), names.end(), *entry) == names.end())
      return error(Code::bad_option, fmt::format("the model has no function '{}'", *entry),
                   names_there_are(*entry, names, "its functions"));
    if (std::find(entries.begin(), entry, *entry) != entry)
      return error(Code::bad_option, fmt::format("the entry '{}' is asked for twice", *entry));
  }
  return {};
}

}  // namespace

Status check_request(const ir::Module& module, const std::vector<std::string>& entries, const arch::Machine& machine,
                     const PlanOptions& options) {
  PSMC_TRY(check_extent("columns", options.columns, machine.grid.columns));
  PSMC_TRY(check_extent("rows", options.rows, machine.grid.rows));
  return check_entries(module, entries);
}

}  // namespace psmc::midend
