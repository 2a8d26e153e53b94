// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/entry_planner.h"

#include <fmt/format.h>

#include <limits>

#include "base/check.h"
#include "midend/partition/choices.h"
#include "midend/partition/partition.h"
#include "midend/poly/piece_nest.h"

namespace psmc::midend {

using arch::CommandKind;
using ir::ValueId;

namespace {

/// Semaphores that only their owner's DMA posts and that are waited for with exact counts: never shared, never moved.
constexpr uint32_t kSendSemaphore = 0, kLoadSemaphore = 1, kStoreSemaphore = 2;

std::string name_of(const ir::Module& module, ValueId value) {
  const ir::StrId name = module.value(value).name;
  return name ? std::string(module.text(name)) : fmt::format("{}", value.index);
}

/// The matrix unit reads and writes whole tiles; the buffers have the room.
void round_to_tiles(View& view) {
  for (int64_t& size : view.sizes)
    if (size > 1) size = (size + 15) / 16 * 16;
}

}  // namespace

EntryPlanner::EntryPlanner(ProgramContext& context, ir::FuncId func)
    : context_(context),
      func_(context.module.func(func)),
      func_id_(func),
      clocks_(context.tiles.size()),
      sends_(context.tiles.size(), 0),
      send_sources_(context.tiles.size()),
      next_engine_(context.tiles.size(), 0),
      first_moment_(context.now) {
  draft_.plan.name = std::string(module().text(func_.name));
  draft_.tiles.resize(num_tiles());
  for (size_t t = 0; t < num_tiles(); ++t) {
    draft_.tiles[t].program.tile = context.tiles[t];
    clocks_.advance(t, first_moment_ - 1);
  }
  for (size_t t = 0; t < num_tiles(); ++t)
    for (size_t u = 0; u < num_tiles(); ++u) clocks_.receive(t, clocks_.row(u));
}

Result<EntryDraft> EntryPlanner::run() {
  PSMC_ASSIGN(const std::vector<Node> nodes, nodes_of(module(), func_id_));
  place_arguments();
  load_symbols();
  std::vector<std::pair<ValueId, Layout>> states;
  for (const auto& [value, held] : placements_)
    if (!held[0].in_memory()) states.emplace_back(value, held[0].boxes);
  std::sort(states.begin(), states.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const std::vector<NodePlace> places = partition({.module = module(),
                                                   .machine = context_.machine,
                                                   .columns = context_.columns,
                                                   .rows = context_.rows,
                                                   .streamed = context_.stream_budget > 0,
                                                   .states = states},
                                                  func_id_, nodes);
  context_.partition += partition_text(module(), func_id_, nodes, places);
  for (size_t n = 0; n < nodes.size(); ++n) PSMC_TRY(run_node(nodes[n], places[n].points));
  PSMC_TRY(deliver());
  schedule_streams();
  return std::move(draft_);
}

void EntryPlanner::place_arguments() {
  const ir::BlockData& body = module().block_data(func_.body);
  for (uint32_t i = 0; i < body.num_args; ++i) {
    const ValueId value = module().block_arg(func_.body, i);
    if (func_.arg_state[i]) {
      placements_[value] = {context_.states.at(func_.arg_state[i])};
      continue;
    }
    const ir::Type& type = module().value_type(value);
    arch::Symbol symbol{.kind = arch::SymbolKind::input,
                        .name = name_of(module(), value),
                        .dtype = type.dtype,
                        .shape = type.bounds(),
                        .address = 0,
                        .strides = {},
                        .control = is_integer(type.dtype)};
    int64_t bytes = static_cast<int64_t>(dtype_bytes(type.dtype));
    symbol.strides.resize(symbol.shape.size());
    Placement placement{.buffer = {},
                        .memory = 0,
                        .dtype = type.dtype,
                        .boxes = {},
                        .strides = std::vector<int64_t>(symbol.shape.size())};
    for (size_t d = symbol.shape.size(); d-- > 0;) {
      symbol.strides[d] = bytes;
      placement.strides[d] = bytes / static_cast<int64_t>(dtype_bytes(type.dtype));
      bytes *= symbol.shape[d];
    }
    symbol.address = placement.memory = context_.take_memory(static_cast<uint64_t>(bytes));
    draft_.plan.symbols.push_back(std::move(symbol));
    placements_[value] = {std::move(placement)};
  }
}

/// Symbols are inputs like others: 64-bit integers in device memory, which every tile reads into its registers.
void EntryPlanner::load_symbols() {
  if (func_.symbols.empty()) return;
  current_op_ = module().block_data(func_.body).first;
  const uint64_t memory = context_.take_memory(32);
  context_.zeros.push_back({memory, 32, {}});
  const BufferId buffer = context_.buffers.add(
      {.what = "symbols", .bytes = 32, .live_from = context_.now, .live_to = context_.now, .address = 0});
  for (size_t i = 0; i < func_.symbols.size(); ++i)
    draft_.plan.symbols.push_back({.kind = arch::SymbolKind::input,
                                   .name = std::string(module().text(func_.symbols[i].name)),
                                   .dtype = DType::i64,
                                   .shape = {},
                                   .address = memory + 8 * i,
                                   .strides = {},
                                   .control = true});
  for (size_t t = 0; t < num_tiles(); ++t) {
    arch::Descriptor d;
    d.kind = arch::DmaKind::memory_to_scratchpad;
    d.run = 32;
    d.source = memory;
    start_dma(t, false, d, {.source = {}, .destination = {buffer, {}}, .remote = {}});
    wait_loads(t, 1);
    command(t, CommandKind::symbols, 0, {{0, Fixup{buffer, {}}}});
    record(MoveKind::from_memory, 32);
  }
  finish_moment();
}

Status EntryPlanner::run_node(const Node& node, const std::vector<Layout>& points) {
  current_op_ = node.op;
  // Every tile's share of the result.
  std::vector<Box> result(num_tiles(), Box::none());
  const ir::Type& type = module().value_type(node.outputs[0]);
  for (size_t p = 0; p < node.pieces.size(); ++p)
    for (size_t t = 0; t < num_tiles(); ++t)
      result[t] = hull(result[t], image(node.pieces[p].result, points[p][t], type.bounds(), func_.symbols));
  // Values that the node reads come to the tiles at once, constants piece by piece.
  std::vector<std::vector<Placement>> inputs(node.pieces.size());
  std::vector<bool> on_matrix;
  for (size_t p = 0; p < node.pieces.size(); ++p) {
    const NodePiece& piece = node.pieces[p];
    on_matrix.push_back(context_.decisions.use_matrix_unit &&
                        std::all_of(points[p].begin(), points[p].end(),
                                    [&](const Box& box) { return box.empty() || uses_matrix(module(), piece, box); }));
    for (const Leaf& leaf : piece.leaves)
      inputs[p].push_back(is_constant(leaf.value) ? Placement() : require(leaf.value, need_of(piece, leaf, points[p])));
  }
  // Outputs.
  std::vector<Placement> outputs;
  for (ValueId value : node.outputs) {
    if (node.is_update()) {
      const std::vector<Placement>& held = placements_.at(node.in_place);
      outputs.push_back(held[0]);
      context_.buffers.use(outputs[0].buffer, context_.now);
    } else {
      outputs.push_back(new_placement(name_of(module(), value), module().value_type(value).dtype, type.rank(), result));
    }
  }
  for (const std::vector<std::vector<Box>>& chunk : cut_for_streaming(node, points)) {
    for (size_t p = 0; p < node.pieces.size(); ++p) {
      const NodePiece& piece = node.pieces[p];
      std::vector<std::vector<Box>> needs;
      for (size_t l = 0; l < piece.leaves.size(); ++l) {
        needs.push_back(need_of(piece, piece.leaves[l], chunk[p]));
        if (is_constant(piece.leaves[l].value)) inputs[p][l] = pack_constant(piece, l, needs[l], on_matrix[p]);
      }
      run_piece(node, piece, chunk[p], needs, inputs[p], outputs, on_matrix[p]);
    }
    for (const Placement& output : outputs) context_.buffers.use(output.buffer, context_.now);
    finish_moment();
  }
  for (size_t o = 0; o < node.outputs.size(); ++o) placements_[node.outputs[o]] = {outputs[o]};
  return {};
}

std::vector<Box> EntryPlanner::need_of(const NodePiece& piece, const Leaf& leaf, const std::vector<Box>& points) const {
  std::vector<Box> need(points.size());
  for (size_t t = 0; t < points.size(); ++t)
    need[t] = image(leaf.map, whole_points(piece, points[t]), module().value_type(leaf.value).bounds(), func_.symbols);
  return need;
}

void EntryPlanner::run_piece(const Node& node, const NodePiece& piece, const std::vector<Box>& points,
                             const std::vector<std::vector<Box>>& needs, const std::vector<Placement>& inputs,
                             const std::vector<Placement>& outputs, bool matrix) {
  std::map<std::vector<int64_t>, uint32_t> known;  // equal shares of this node: one lowering
  for (const Placement& input : inputs)
    if (!input.in_memory()) context_.buffers.use(input.buffer, context_.now);
  for (size_t t = 0; t < num_tiles(); ++t) {
    if (points[t].empty()) continue;
    std::vector<View> leaves;
    std::vector<std::pair<int64_t, Fixup>> args;
    std::vector<int64_t> signature;
    for (const Range& r : points[t].dims) signature.push_back(r.size());
    for (size_t l = 0; l < inputs.size(); ++l) {
      leaves.push_back(inputs[l].view(t, needs[l][t]));
      if (matrix) round_to_tiles(leaves.back());
      args.emplace_back(inputs[l].offset(t, needs[l][t]) * static_cast<int64_t>(dtype_bytes(inputs[l].dtype)),
                        Fixup{inputs[l].buffer, {}});
      describe(piece.leaves[l].map, leaves.back(), points[t], signature);
    }
    const ir::Type& type = module().value_type(node.outputs[0]);
    const Box written =
        node.is_update() ? outputs[0].boxes[t] : image(piece.result, points[t], type.bounds(), func_.symbols);
    View view = outputs[0].view(t, written);
    if (matrix) round_to_tiles(view);
    describe(piece.result, view, points[t], signature);
    for (const Step& step : piece.steps)
      if (step.what == StepKind::affine)
        for (const auto& term : step.expr.terms)
          if (term.first < points[t].dims.size()) signature.push_back(points[t].dims[term.first].lo);
    for (const Placement& output : outputs)
      args.emplace_back(output.offset(t, written) * static_cast<int64_t>(dtype_bytes(output.dtype)),
                        Fixup{output.buffer, {}});
    signature.push_back(matrix);
    auto [at, is_new] = known.try_emplace(std::move(signature), 0);
    if (is_new) {
      const LoopPlan plan = allowed(choose_loops(module(), piece, points[t], leaves, view,
                                                 poly::dependences(nest_of(node, piece, points[t])), matrix),
                                    context_.decisions);
      at->second =
          context_.kernel(lower_piece(module(), func_.symbols, node, piece, points[t], leaves, view, plan), node.op);
    }
    command(t, CommandKind::run, at->second, args);
  }
}

void EntryPlanner::describe(const ir::AccessMap& map, const View& view, const Box& points,
                            std::vector<int64_t>& signature) const {
  signature.push_back(view.aligned);
  for (size_t d = 0; d < view.sizes.size(); ++d) {
    int64_t start = -view.origin[d];
    for (const auto& [dim, coefficient] : map.subscripts[d].terms)
      if (dim < points.dims.size()) start += coefficient * points.dims[dim].lo;
    signature.insert(signature.end(), {view.sizes[d], view.strides[d], start});
  }
}

Status EntryPlanner::deliver() {
  const ir::OpId ret = module().terminator(func_.body);
  current_op_ = ret;
  std::vector<int64_t> stores(num_tiles(), 0);
  for (uint32_t i = 0; i < module().op(ret).num_operands; ++i) {
    const ValueId value = module().operand(ret, i);
    if (func_.result_state[i]) {
      const auto held = placements_.find(value);
      if (held == placements_.end() || held->second[0].buffer != context_.states.at(func_.result_state[i]).buffer)
        return error(Code::state_not_in_place,
                     fmt::format("state '{}' of function '{}' cannot be updated in place",
                                 module().text(func_.result_state[i]), draft_.plan.name),
                     {"its new value must be made by `update` ops on its old value, which nothing reads afterwards"});
      continue;
    }
    store_output(i, value, stores);
  }
  for (size_t t = 0; t < num_tiles(); ++t) {
    drain_sends(t);
    if (stores[t] > 0) command(t, CommandKind::wait, 0, {{kStoreSemaphore, {}}, {stores[t], {}}});
    command(t, CommandKind::halt, 0, {});
  }
  finish_moment();
  return {};
}

void EntryPlanner::store_output(uint32_t number, ValueId value, std::vector<int64_t>& stores) {
  const ir::Type& type = module().value_type(value);
  const ir::StrId given = func_.result_names[number];
  arch::Symbol symbol{.kind = arch::SymbolKind::output,
                      .name = given ? std::string(module().text(given)) : fmt::format("result{}", number),
                      .dtype = type.dtype,
                      .shape = type.bounds(),
                      .address = 0,
                      .strides = {},
                      .control = false};
  const auto element = static_cast<int64_t>(dtype_bytes(type.dtype));
  Side memory{.address = 0, .strides = std::vector<int64_t>(symbol.shape.size())};
  int64_t elements = 1;
  symbol.strides.resize(symbol.shape.size());
  for (size_t d = symbol.shape.size(); d-- > 0;) {
    memory.strides[d] = elements;
    symbol.strides[d] = elements * element;
    elements *= symbol.shape[d];
  }
  symbol.address = context_.take_memory(static_cast<uint64_t>(elements * element));
  record(MoveKind::to_memory, elements * element);
  std::vector<Box> whole(num_tiles(), Box::none());
  whole[0] = Box::whole(type.bounds());
  Placement from = placements_.at(value)[0];
  if (from.in_memory()) from = require(value, whole);  // an argument returned as it is
  context_.buffers.use(from.buffer, context_.now);
  std::vector<Box> done;
  for (size_t t = 0; t < num_tiles(); ++t) {
    const Box& box = from.boxes[t];
    if (box.empty() || std::find(done.begin(), done.end(), box) != done.end()) continue;
    done.push_back(box);
    int64_t start = 0;
    std::vector<int64_t> sizes;
    for (size_t d = 0; d < box.dims.size(); ++d) {
      start += box.dims[d].lo * memory.strides[d];
      sizes.push_back(box.dims[d].size());
    }
    for (arch::Descriptor d : copy_box(sizes, element, {0, from.strides},
                                       {symbol.address + static_cast<uint64_t>(start * element), memory.strides})) {
      d.kind = arch::DmaKind::to_memory;
      d.remote_semaphore = kStoreSemaphore;
      d.remote_amount = 1;
      start_dma(t, true, d, {.source = {from.buffer, {}}, .destination = {}, .remote = {}});
      ++stores[t];
    }
    send_sources_[t].push_back(from.buffer);
  }
  draft_.plan.symbols.push_back(std::move(symbol));
}

// Commands.

void EntryPlanner::command(size_t tile, CommandKind kind, uint32_t index,
                           const std::vector<std::pair<int64_t, Fixup>>& args) {
  TileDraft& draft = draft_.tiles[tile];
  const auto first = static_cast<uint32_t>(draft.program.args.size());
  for (const auto& [value, fixup] : args) {
    draft.program.args.push_back(value);
    draft.args.push_back(fixup);
  }
  draft.program.commands.push_back(
      {kind, index, first, static_cast<uint32_t>(args.size()), context_.debug_op(current_op_)});
}

void EntryPlanner::start_dma(size_t tile, bool out, arch::Descriptor descriptor, TileDraft::DescriptorFixup fixup) {
  TileDraft& draft = draft_.tiles[tile];
  if (!fixup.local.event) descriptor.local_semaphore = out ? kSendSemaphore : kLoadSemaphore;
  descriptor.local_amount = 1;
  if (out) ++sends_[tile];
  draft.program.descriptors.push_back(descriptor);
  draft.descriptors.push_back(fixup);
  const uint32_t engines = out ? context_.machine.dma.out_engines : context_.machine.dma.in_engines;
  const uint32_t engine = (next_engine_[tile]++ % engines) + (out ? 8 : 0);
  command(tile, CommandKind::start, static_cast<uint32_t>(draft.program.descriptors.size() - 1), {{engine, {}}});
}

void EntryPlanner::wait(size_t tile, EventId event, int64_t amount) {
  command(tile, CommandKind::wait, 0, {{0, Fixup{{}, event}}, {amount, {}}});
  Event& e = context_.events[event.index];
  e.to = std::max(e.to, context_.now);
}

void EntryPlanner::wait_loads(size_t tile, int64_t amount) {
  command(tile, CommandKind::wait, 0, {{kLoadSemaphore, {}}, {amount, {}}});
}

void EntryPlanner::drain_sends(size_t tile) {
  for (BufferId source : send_sources_[tile]) context_.buffers.use(source, context_.now);
  send_sources_[tile].clear();
  if (sends_[tile] == 0) return;
  command(tile, CommandKind::wait, 0, {{kSendSemaphore, {}}, {sends_[tile], {}}});
  sends_[tile] = 0;
}

void EntryPlanner::finish_moment() {
  std::vector<size_t> commands;
  for (size_t t = 0; t < num_tiles(); ++t) {
    clocks_.advance(t, context_.now);
    commands.push_back(draft_.tiles[t].program.commands.size());
  }
  marks_.push_back(std::move(commands));
  ++context_.now;
}

void EntryPlanner::record(MoveKind kind, DType dtype, const std::vector<Box>& boxes) {
  int64_t elements = 0;
  for (const Box& box : boxes) elements += box.elements();
  record(kind, elements * static_cast<int64_t>(dtype_bytes(dtype)));
}

Placement EntryPlanner::new_placement(const std::string& what, DType dtype, size_t rank, std::vector<Box> boxes) {
  int64_t elements = 1;
  const std::vector<int64_t> sizes = largest(boxes, rank);
  const std::vector<int64_t> strides = padded_strides(sizes, {}, elements);
  elements = with_whole_tiles(sizes, {}, elements);
  const BufferId buffer = context_.buffers.add({.what = what,
                                                .bytes = static_cast<uint64_t>(elements) * dtype_bytes(dtype),
                                                .live_from = context_.now,
                                                .live_to = context_.now,
                                                .address = 0});
  return {.buffer = buffer, .memory = 0, .dtype = dtype, .boxes = std::move(boxes), .strides = strides};
}

}  // namespace psmc::midend
