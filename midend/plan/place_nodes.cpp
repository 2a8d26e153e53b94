// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/place_nodes.h"

#include <unordered_set>

#include "base/parallel.h"
#include "ir/verify.h"
#include "midend/plan/in_order.h"

namespace psmc::midend {
namespace {

using ir::ValueId;

/// What updates write into must be an argument or another node's result: copy-before-update sees to it.
Status check_updates(const ir::Module& module, const FuncNodes& f) {
  std::unordered_set<ValueId> placed;
  const ir::BlockId body = module.func(f.func).body;
  for (uint32_t i = 0; i < module.block_data(body).num_args; ++i) placed.insert(module.block_arg(body, i));
  for (const Node& node : f.nodes) {
    if (node.is_update() && !placed.contains(node.in_place)) {
      Diagnostic refused = error(Code::unsupported_op, "an update writes into a value that has no place of its own",
                                 {"constants and views are copied before by the pass `copy-before-update`"});
      refused.place = ir::place_of(module, node.op);
      return refused;
    }
    placed.insert(node.outputs.begin(), node.outputs.end());
  }
  return {};
}

std::vector<NodePlace> places_of(const ProgramContext& context, const FuncNodes& f) {
  const ir::Func& func = context.module.func(f.func);
  std::vector<std::pair<ValueId, Layout>> states;
  for (uint32_t i = 0; i < func.arg_state.size(); ++i)
    if (func.arg_state[i])
      states.emplace_back(context.module.block_arg(func.body, i), context.states.at(func.arg_state[i]).boxes);
  return partition({.module = context.module,
                    .machine = context.machine,
                    .columns = context.columns,
                    .rows = context.rows,
                    .streamed = context.stream_weights,
                    .input_limit = context.chunk_limit(),
                    .states = states},
                   f.func, f.nodes);
}

}  // namespace

Status place_nodes(const ProgramContext& context, const std::vector<FuncNodes>& funcs, unsigned threads,
                   const TimeScope* time, const UsePlaces& use) {
  for (const FuncNodes& f : funcs) PSMC_TRY(check_updates(context.module, f));
  std::vector<std::vector<NodePlace>> places(funcs.size());
  InOrder uses(funcs.size(), [&](size_t i) { return use(i, places[i]); });
  parallel_for(funcs.size(), threads, [&](size_t i) {
    {
      const TimeScope one(time, "partition", context.module.text(context.module.func(funcs[i].func).name));
      places[i] = places_of(context, funcs[i]);
    }
    uses.ready(i);
  });
  return uses.take_status();
}

}  // namespace psmc::midend
