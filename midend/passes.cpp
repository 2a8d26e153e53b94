// SPDX-License-Identifier: Apache-2.0
#include "midend/passes.h"

#include <algorithm>

#include "base/nearest.h"
#include "midend/decisions.h"
#include "midend/fuse/fuse_elementwise.h"
#include "midend/global/gvn.h"
#include "midend/global/hoist_invariants.h"
#include "midend/global/outline_repeats.h"
#include "midend/global/propagate_constants.h"
#include "midend/global/remove_unused_symbols.h"
#include "midend/simplify/canonicalize.h"
#include "midend/simplify/copy_before_update.h"
#include "midend/simplify/cse.h"
#include "midend/simplify/dce.h"
#include "midend/simplify/fold_constants.h"
#include "midend/simplify/inline_composites.h"
#include "midend/simplify/inline_functions.h"
#include "midend/simplify/split_reshapes.h"

namespace psmc::midend {
namespace {

constexpr std::span<const ir::PassOption> kNoOptions;
constexpr ir::PassUnit kByFunction = ir::PassUnit::function;

constexpr ir::PassOrder kOrders[] = {
    {"inline", "copy-before-update", "what a call does with a state shows only in its definition"},
    {"inline", "fuse-elementwise", "a call cannot be in a group"},
    {"inline-composites", "fuse-elementwise", "a call cannot be in a group"},
    {"inline-composites", "copy-before-update", "what a call does with a state shows only in its definition"},
    {"split-reshapes", "fuse-elementwise", "whether a reshape is a view depends on its access maps"},
    {"canonicalize", "copy-before-update", "it takes out copies that change no value"},
    {"cse", "copy-before-update", "it may merge copies made at different times"},
    {"gvn", "copy-before-update", "it may merge copies made at different times"},
    {"outline-repeats", "copy-before-update", "what a call does with a state shows only in its definition"},
    {"outline-repeats", "fuse-elementwise", "it leaves groups alone"},
    {"canonicalize", "fuse-elementwise", "it would put constants into groups"},
    {"copy-before-update", "fuse-elementwise", "it looks for updates in the body of a function alone"},
};

constexpr ir::PassPreset kPresets[] = {
    {"none", "", "nothing"},
    {"flatten", "inline,inline-composites,split-reshapes", "no calls and no composites are left"},
    {"simplify", "canonicalize,fold-constants,canonicalize,cse,dce", "what computes the same with less"},
    {"default", kDefaultPipeline, "what compiling needs: the usual pipeline"},
};

}  // namespace

std::span<const ir::PassInfo> passes() {
  static const ir::PassInfo kPasses[] = {
      {"inline", "calls of functions become their ops", inline_functions, inline_functions_options(), true},
      {"inline-composites", "softmax, attention ... become core ops", inline_composites, kNoOptions, true, kByFunction},
      {"split-reshapes", "reshapes without access maps go through the flat shape", split_reshapes, kNoOptions, true,
       kByFunction},
      {"canonicalize", "exact rewrites to plainer ops", canonicalize, canonicalize_options(), false, kByFunction},
      {"fold-constants", "ops on constants become constants", fold_constants, fold_constants_options(), false,
       kByFunction},
      {"propagate-constants", "what is constant on every run, through calls and loops", propagate_constants,
       propagate_constants_options()},
      {"cse", "equal ops are computed once", cse, kNoOptions, false, kByFunction},
      {"gvn", "equal values are computed once, those of loops and groups too", gvn, kNoOptions, false, kByFunction},
      {"dce", "unused ops go", dce, kNoOptions, false, kByFunction},
      {"hoist-invariants", "what no iteration changes is computed before the loop", hoist_invariants, kNoOptions, false,
       kByFunction},
      {"remove-unused-symbols", "what nobody calls or reads goes, equal functions and constants become one",
       remove_unused_symbols},
      {"outline-repeats", "layers that repeat become calls of one function", outline_repeats,
       outline_repeats_options()},
      {"copy-before-update", "what an update overwrites is copied if it is needed later", copy_before_update,
       kNoOptions, true, kByFunction},
      {"fuse-elementwise", "elementwise ops join the op before them in a group", fuse_elementwise,
       fuse_elementwise_options(), false, kByFunction},
  };
  return kPasses;
}

std::span<const ir::PassOrder> pass_orders() { return kOrders; }
std::span<const ir::PassPreset> presets() { return kPresets; }

Status check_disabled(std::span<const std::string> names) {
  for (const std::string& name : names) {
    const auto is_named = [&](const auto& info) { return info.name == name; };
    if (std::ranges::any_of(passes(), is_named) || std::ranges::any_of(decisions(), is_named)) continue;
    std::vector<std::string_view> known;
    for (const ir::PassInfo& pass : passes()) known.push_back(pass.name);
    for (const DecisionInfo& decision : decisions()) known.push_back(decision.name);
    return error(Code::bad_pipeline, "there is no pass or decision `" + name + "`", names_there_are(name, known));
  }
  return {};
}

Result<ir::Pipeline> read_passes(std::string_view text, const ir::PipelineOptions& options) {
  PSMC_ASSIGN(ir::Pipeline pipeline, ir::parse_pipeline(text.empty() ? kDefaultPipeline : text, passes(), kPresets));
  PSMC_TRY(ir::check_order(pipeline, kOrders));
  PSMC_TRY(check_disabled(options.disabled));
  PSMC_TRY(ir::check_printed(pipeline, options));
  return pipeline;
}

Result<std::vector<ir::PassReport>> run_passes(ir::Module& module, std::string_view text,
                                               const ir::PipelineOptions& options, ir::PassContext& context) {
  PSMC_ASSIGN(const ir::Pipeline pipeline, read_passes(text, options));
  return ir::run_pipeline(module, pipeline, options, context);
}

}  // namespace psmc::midend
