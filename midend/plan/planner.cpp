// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "midend/plan/entry_planner.h"
#include "midend/plan/fill_image.h"

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
constexpr int64_t kForever = std::numeric_limits<int64_t>::max();

/// Dimensions of a state along which it may be spread over tiles: all readers and writers move through them one by one
/// with a parallel dimension of theirs, without run-time offsets.
class StateUses {
 public:
  StateUses(const ir::Module& module, ir::StrId name, size_t rank) : module_(module), name_(name), free_(rank, true) {}

  void look_at(ir::FuncId func, const std::vector<Node>& nodes) {
    std::vector<ir::ValueId> aliases;
    const ir::Func& f = module_.func(func);
    for (uint32_t i = 0; i < f.arg_state.size(); ++i)
      if (f.arg_state[i] == name_) aliases.push_back(module_.block_arg(f.body, i));
    const auto is_alias = [&](ir::ValueId v) { return std::find(aliases.begin(), aliases.end(), v) != aliases.end(); };
    for (const Node& node : nodes) {
      for (const NodePiece& piece : node.pieces) {
        for (const Leaf& leaf : piece.leaves)
          if (is_alias(leaf.value)) restrict_by(piece, leaf.map, f.symbols);
        if (node.is_update() && is_alias(node.in_place)) restrict_by(piece, piece.result, f.symbols);
      }
      if (node.is_update() && is_alias(node.in_place)) aliases.push_back(node.outputs[0]);
    }
  }
  const std::vector<bool>& free() const { return free_; }

 private:
  void restrict_by(const NodePiece& piece, const ir::AccessMap& map, const std::vector<ir::Symbol>&) {
    for (size_t d = 0; d < free_.size(); ++d) {
      const ir::Subscript& s = map.subscripts[d];
      const bool plain = !s.indirect && s.offset == ir::SymExpr() && s.terms.size() == 1 && s.terms[0].second == 1 &&
                         s.terms[0].first < piece.parallel && piece.space[s.terms[0].first].extent.is_static();
      free_[d] = free_[d] && plain;
    }
  }

  const ir::Module& module_;
  ir::StrId name_;
  std::vector<bool> free_;
};

struct FuncNodes {
  ir::FuncId func;
  std::vector<Node> nodes;
};

/// Gives each state its buffer: spread over the tiles along the first dimension that allows it, with replicas.
void place_states(ProgramContext& context, const std::vector<FuncNodes>& funcs) {
  for (const FuncNodes& f : funcs) {
    const ir::Func& func = context.module.func(f.func);
    for (uint32_t i = 0; i < func.arg_state.size(); ++i) {
      const ir::StrId name = func.arg_state[i];
      if (!name || context.states.contains(name)) continue;
      const ir::Type& type = context.module.value_type(context.module.block_arg(func.body, i));
      StateUses uses(context.module, name, type.rank());
      for (const FuncNodes& other : funcs) uses.look_at(other.func, other.nodes);
      const std::vector<int64_t> space = type.bounds();
      const auto tiles = static_cast<int64_t>(context.tiles.size());
      Sharding sharding = replicated(space.size(), space, tiles);
      for (uint32_t d = 0; d < space.size(); ++d)
        if (uses.free()[d] && space[d] > 1) {
          sharding = split(space, d, tiles, 1);
          sharding.replicas = tiles / sharding.total_parts();
          break;
        }
      Placement placement{.buffer = {}, .memory = 0, .dtype = type.dtype, .boxes = {}, .strides = {}};
      for (int64_t t = 0; t < tiles; ++t) placement.boxes.push_back(sharding.box(space, t));
      int64_t elements = 1;
      placement.strides = padded_strides(largest(placement.boxes, space.size()), {}, elements);
      placement.buffer = context.buffers.add({.what = "state " + std::string(context.module.text(name)),
                                              .bytes = static_cast<uint64_t>(elements) * dtype_bytes(type.dtype),
                                              .live_from = 0,
                                              .live_to = kForever,
                                              .address = 0});
      context.states.emplace(name, std::move(placement));
    }
  }
}

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

Result<Planned> plan_with(const ir::Module& module, const std::vector<std::string>& entries,
                          const arch::Machine& machine, const PlanOptions& options, uint64_t stream_budget) {
  ProgramContext context{.module = module, .machine = machine};
  context.stream_budget = stream_budget;
  context.decisions = options.decisions;
  context.columns = options.columns ? options.columns : machine.grid.columns;
  context.rows = options.rows ? options.rows : machine.grid.rows;
  for (uint32_t y = 0; y < context.rows; ++y)
    for (uint32_t x = 0; x < context.columns; ++x)
      context.tiles.push_back(machine.grid.id({static_cast<uint16_t>(x), static_cast<uint16_t>(y)}));
  std::vector<FuncNodes> funcs;
  for (const std::string& name : entries) {
    const ir::FuncId func = module.find_func(name);
    PSMC_ASSIGN(std::vector<Node> nodes, nodes_of(module, func));
    funcs.push_back({func, std::move(nodes)});
  }
  place_states(context, funcs);
  std::vector<EntryDraft> drafts;
  for (const FuncNodes& f : funcs) {
    PSMC_ASSIGN(EntryDraft draft, EntryPlanner(context, f.func).run());
    drafts.push_back(std::move(draft));
  }
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
  std::vector<uint64_t> budgets;
  if (!options.stream_weights) budgets.push_back(0);
  for (uint64_t part : {2, 3, 4, 6, 10}) budgets.push_back(machine.scratchpad.bytes / part);
  for (size_t i = 0;; ++i) {
    Result<Planned> planned = plan_with(module, entries, machine, options, budgets[i]);
    if (planned.ok() || planned.diagnostic().code != Code::scratchpad_full || i + 1 == budgets.size()) return planned;
  }
}

}  // namespace psmc::midend
