// SPDX-License-Identifier: Apache-2.0
// What the host sees of a function: arguments and symbols in device memory, outputs stored there.
#include <fmt/format.h>

#include <algorithm>

#include "midend/plan/check_entry.h"
#include "midend/plan/entry_planner.h"

namespace psmc::midend {

using arch::CommandKind;
using ir::ValueId;

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
  constexpr uint32_t kBytes = 8 * arch::kMaxSymbols;
  const uint64_t memory = context_.take_memory(kBytes);
  context_.zeros.push_back({memory, kBytes, {}});
  const BufferId buffer = context_.buffers.add(
      {.what = "symbols", .bytes = kBytes, .live_from = context_.now, .live_to = context_.now, .address = 0});
  for (size_t i = 0; i < func_.symbols.size(); ++i)
    draft_.plan.symbols.push_back({.kind = arch::SymbolKind::input,
                                   .name = std::string(module().text(func_.symbols[i].name)),
                                   .dtype = DType::i64,
                                   .shape = {},
                                   .address = memory + 8 * i,
                                   .strides = {},
                                   .control = true,
                                   .low = func_.symbols[i].low,
                                   .high = func_.symbols[i].high});
  for (size_t t = 0; t < num_tiles(); ++t) {
    arch::Descriptor d;
    d.kind = arch::DmaKind::memory_to_scratchpad;
    d.run = kBytes;
    d.source = memory;
    start_dma(t, false, d, {.source = {}, .destination = {buffer, {}}, .remote = {}});
    wait_loads(t, 1);
    command(t, CommandKind::symbols, 0, {{0, Fixup{buffer, {}}}});
    record(MoveKind::from_memory, kBytes);
  }
  finish_moment();
}

Status EntryPlanner::deliver() {
  const ir::OpId ret = module().terminator(func_.body);
  current_op_ = ret;
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
    store_output(i, value);
  }
  for (size_t t = 0; t < num_tiles(); ++t) {
    drain_sends(t);
    drain_stores(t);
    command(t, CommandKind::halt, 0, {});
  }
  finish_moment();
  return {};
}

void EntryPlanner::store_output(uint32_t number, ValueId value) {
  const ir::Type& type = module().value_type(value);
  arch::Symbol symbol{.kind = arch::SymbolKind::output,
                      .name = result_name(module(), func_, number),
                      .dtype = type.dtype,
                      .shape = type.bounds(),
                      .address = 0,
                      .strides = {},
                      .control = false};
  auto bytes = static_cast<int64_t>(dtype_bytes(type.dtype));
  symbol.strides.resize(symbol.shape.size());
  for (size_t d = symbol.shape.size(); d-- > 0;) {
    symbol.strides[d] = bytes;
    bytes *= symbol.shape[d];
  }
  const auto done = stored_.find(value);
  symbol.address = done != stored_.end() ? done->second : context_.take_memory(static_cast<uint64_t>(bytes));
  draft_.plan.symbols.push_back(symbol);
  if (done != stored_.end()) return;
  std::vector<Box> whole(num_tiles(), Box::none());
  whole[0] = Box::whole(type.bounds());
  Placement from = placements_.at(value)[0];
  if (from.in_memory()) from = require(value, whole);  // an argument returned as it is
  context_.buffers.use(from.buffer, context_.now);
  store(from, symbol.address, type);
}

}  // namespace psmc::midend
