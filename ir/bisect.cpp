// SPDX-License-Identifier: Apache-2.0
#include "ir/bisect.h"

#include <fmt/format.h>

#include "ir/pass_dumps.h"
#include "ir/text/names.h"

namespace psmc::ir {

bool Bisect::admits(const Module& module, PassStep& step) {
  if (!options_.bisect_limit) return true;
  if (step.pass->unit == PassUnit::module) return admits_run(*step.pass, {});
  bool any = false;
  step.left_out.assign(module.num_funcs(), false);
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    const Func& func = module.func(FuncId(i));
    if (func.erased) continue;
    step.left_out[i] = !admits_run(*step.pass, " on " + print_name('@', module.text(func.name)));
    any |= !step.left_out[i];
  }
  return any;
}

bool Bisect::admits_run(const PassInfo& pass, std::string_view on) {
  const bool beyond = ++runs_ > *options_.bisect_limit, left_out = beyond && !pass.required;
  print_dump(options_, fmt::format("bisect: {} pass ({}) {}{}{}\n", left_out ? "leaving out" : "running", runs_,
                                   pass.name, on, beyond && !left_out ? ", which is needed" : ""));
  return !left_out;
}

}  // namespace psmc::ir
