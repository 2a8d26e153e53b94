// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "midend/plan/check_entry.h"
#include "midend/plan/entry_planner.h"
#include "midend/plan/fill_image.h"
#include "midend/plan/place_nodes.h"
#include "midend/plan/states.h"

namespace psmc::midend {

arch::OpId ProgramContext::debug_op(ir::OpId op) {
  const ir::OpData& data = module.op(op);
  std::string name{ir::op_def(data.kind).name}, place;
  if (data.loc) {
    const ir::Location& loc = module.loc(data.loc);
    if (loc.label) name = std::string(module.text(loc.label)) + ": " + name;
    if (loc.file) place = fmt::format("{}:{}:{}", module.text(loc.file), loc.line, loc.column);
  }
  const auto [at, is_new] = op_index.try_emplace(name + "\n" + place, static_cast<uint32_t>(ops.size()));
  if (is_new) ops.push_back({name, place});
  return arch::OpId(at->second);
}

uint32_t ProgramContext::kernel(const std::string& text, ir::OpId op) {
  const auto [at, is_new] = kernel_index.try_emplace(text, static_cast<uint32_t>(kernel_texts.size()));
  if (is_new) {
    kernel_names.push_back(fmt::format("k{}_{}", kernel_texts.size(), ir::op_def(module.kind(op)).name));
    std::string named = text;
    named.replace(named.find("@kernel"), 7, "@" + kernel_names.back());
    kernel_texts.push_back(std::move(named));
  }
  return at->second;
}

uint64_t ProgramContext::take_memory(uint64_t bytes) {
  const uint64_t at = memory_end;
  memory_end += (bytes + 63) / 64 * 64;
  return at;
}

EventId ProgramContext::event(int64_t from, int64_t to) {
  events.push_back({from, to, 0});
  return EventId(static_cast<uint32_t>(events.size() - 1));
}

namespace {

constexpr uint32_t kFirstEventSemaphore = 3;  ///< below: the DMA semaphores of EntryPlanner
constexpr uint32_t kSpillBytes = 8192;

/// Interval colouring in order of the start: one semaphore at a time for each event.
Status place_events(ProgramContext& context) {
  std::vector<uint32_t> order(context.events.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return context.events[a].from < context.events[b].from; });
  std::vector<int64_t> busy_until(context.machine.semaphores.count, -1);
  for (uint32_t id : order) {
    Event& event = context.events[id];
    uint32_t s = kFirstEventSemaphore;
    while (s < busy_until.size() && busy_until[s] >= event.from) ++s;
    if (s == busy_until.size())
      return error(Code::too_many_events,
                   fmt::format("the program needs more than the {} semaphores of a tile", busy_until.size()),
                   {"use a machine file with more semaphores"});
    busy_until[s] = event.to;
    event.semaphore = s;
  }
  return {};
}

void resolve(const ProgramContext& context, const Fixup& fixup, int64_t& value) {
  if (fixup.buffer) value += static_cast<int64_t>(context.buffers[fixup.buffer].address);
  if (fixup.event) value += context.events[fixup.event.index].semaphore;
}

arch::EntryPlan finish(const ProgramContext& context, EntryDraft draft) {
  for (TileDraft& tile : draft.tiles) {
    for (size_t i = 0; i < tile.args.size(); ++i) resolve(context, tile.args[i], tile.program.args[i]);
    for (size_t i = 0; i < tile.descriptors.size(); ++i) {
      arch::Descriptor& d = tile.program.descriptors[i];
      auto source = static_cast<int64_t>(d.source), destination = static_cast<int64_t>(d.destination);
      int64_t remote = d.remote_semaphore, local = d.local_semaphore;
      resolve(context, tile.descriptors[i].local, local);
      d.local_semaphore = static_cast<uint16_t>(local);
      resolve(context, tile.descriptors[i].source, source);
      resolve(context, tile.descriptors[i].destination, destination);
      resolve(context, tile.descriptors[i].remote, remote);
      d.source = static_cast<uint64_t>(source);
      d.destination = static_cast<uint64_t>(destination);
      d.remote_semaphore = static_cast<uint16_t>(remote);
    }
    draft.plan.tiles.push_back(std::move(tile.program));
  }
  return std::move(draft.plan);
}

struct Streaming {
  uint64_t budget = 0;  ///< bytes of a tile; 0: everything is resident
  bool weights = false;
};

/// Whether some argument or result might not fit a tile whole.
bool has_large_values(const ir::Module& module, const std::vector<std::string>& entries, uint64_t limit) {
  const auto large = [&](ir::ValueId value) {
    const ir::Type& type = module.value_type(value);
    return static_cast<uint64_t>(type.max_elements()) * dtype_bytes(type.dtype) > limit;
  };
  for (const std::string& name : entries) {
    const ir::Func& func = module.func(module.find_func(name));
    for (uint32_t i = 0; i < func.arg_state.size(); ++i)
      if (!func.arg_state[i] && large(module.block_arg(func.body, i))) return true;
    const ir::OpId ret = module.terminator(func.body);
    for (uint32_t i = 0; i < module.op(ret).num_operands; ++i)
      if (!func.result_state[i] && large(module.operand(ret, i))) return true;
  }
  return false;
}

/// What is tried, one after the other until the program fits: nothing, only inputs and results, weights as well.
std::vector<Streaming> ways_to_stream(const ir::Module& module, const std::vector<std::string>& entries,
                                      const arch::Machine& machine, const PlanOptions& options) {
  const uint64_t bytes = machine.scratchpad.bytes;
  std::vector<Streaming> ways;
  if (!options.stream_weights) {
    ways.push_back({});
    if (has_large_values(module, entries, bytes / 6))
      for (uint64_t part : {2, 4, 10}) ways.push_back({bytes / part, false});
  }
  for (uint64_t part : {2, 3, 4, 6, 10}) ways.push_back({bytes / part, true});
  return ways;
}

Result<Planned> plan_with(const ir::Module& module, const std::vector<std::string>& entries,
                          const arch::Machine& machine, const PlanOptions& options, const Streaming& streaming) {
  ProgramContext context{.module = module, .machine = machine};
  context.stream_budget = streaming.budget;
  context.stream_weights = streaming.weights;
  context.decisions = options.decisions;
  context.columns = options.columns ? options.columns : machine.grid.columns;
  context.rows = options.rows ? options.rows : machine.grid.rows;
  for (uint32_t y = 0; y < context.rows; ++y)
    for (uint32_t x = 0; x < context.columns; ++x)
      context.tiles.push_back(machine.grid.id({static_cast<uint16_t>(x), static_cast<uint16_t>(y)}));
  std::vector<FuncNodes> funcs;
  for (const std::string& name : entries) {
    const ir::FuncId func = module.find_func(name);
    PSMC_TRY(check_entry(module, func, machine));
    PSMC_ASSIGN(std::vector<Node> nodes, nodes_of(module, func));
    funcs.push_back({func, std::move(nodes)});
  }
  place_states(context, funcs);
  std::vector<EntryDraft> drafts;
  const auto assign = [&](size_t i, const std::vector<NodePlace>& places) -> Status {
    const FuncNodes& f = funcs[i];
    const TimeScope time(options.time, "assign", module.text(module.func(f.func).name));
    PSMC_ASSIGN(EntryDraft draft, EntryPlanner(context, f.func).run(f.nodes, places));
    drafts.push_back(std::move(draft));
    if (context.memory_end <= machine.memory.bytes) return {};
    return error(Code::too_large,
                 fmt::format("the tensors of function '{}' and those before it need {} bytes of "
                             "device memory, there are {}",
                             module.text(module.func(f.func).name), context.memory_end, machine.memory.bytes));
  };
  PSMC_TRY(place_nodes(context, funcs, options.threads, options.time, assign));
  uint64_t tables = 0;
  for (size_t t = 0; t < context.tiles.size(); ++t) {
    uint64_t bytes = 0;
    for (const EntryDraft& draft : drafts) bytes += arch::table_bytes(draft.tiles[t].program);
    tables = std::max(tables, bytes);
  }
  const uint64_t reserved = kSpillBytes + (tables + 255) / 128 * 128;
  if (reserved > machine.scratchpad.bytes)
    return error(Code::scratchpad_full, fmt::format("step tables of {} bytes do not fit the scratchpad", tables));
  PSMC_ASSIGN(const uint64_t end, context.buffers.place(0, machine.scratchpad.bytes - reserved));
  PSMC_TRY(place_events(context));
  Planned result;
  result.plan.machine = machine;
  for (size_t e = 0; e < drafts.size(); ++e) {
    for (Move& move : drafts[e].moves) {
      move.entry = e;
      result.moves.push_back(move);
    }
    result.plan.entries.push_back(finish(context, std::move(drafts[e])));
  }
  fill_scratchpads(context, end, result.plan);
  result.plan.kernels = context.kernel_names;
  result.plan.ops = context.ops;
  fill_memory(context, result.plan);
  result.plan.spill_address = static_cast<uint32_t>(end);
  result.plan.spill_bytes = kSpillBytes;
  result.plan.table_address = static_cast<uint32_t>((end + kSpillBytes + 127) / 128 * 128);
  result.kernel_texts = std::move(context.kernel_texts);
  result.partition = std::move(context.partition);
  return result;
}

}  // namespace

Result<Planned> plan_module(const ir::Module& module, const std::vector<std::string>& entries,
                            const arch::Machine& machine, const PlanOptions& options) {
  PSMC_TRY(check_request(module, entries, machine, options));
  const std::vector<Streaming> ways = ways_to_stream(module, entries, machine, options);
  std::optional<Diagnostic> refused;  // the last one that says which buffers are large
  for (const Streaming& way : ways) {
    Result<Planned> planned = plan_with(module, entries, machine, options, way);
    if (planned.ok() || planned.diagnostic().code != Code::scratchpad_full) return planned;
    if (!refused || !planned.diagnostic().notes.empty()) refused = planned.diagnostic();
  }
  return std::move(*refused);
}

}  // namespace psmc::midend
