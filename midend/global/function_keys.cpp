// SPDX-License-Identifier: Apache-2.0
#include "midend/global/function_keys.h"

#include "ir/entry.h"

namespace psmc::midend {
namespace {

constexpr uint32_t kEndOfBlock = 0xffffffffu;

}  // namespace

uint32_t FunctionKeys::number(ir::FuncId func) {
  key_.clear();
  defined_ = 0;
  add_signature(func);
  add_block(module_.func(func).body);
  return number_[func.index] = table_.number(key_);
}

void FunctionKeys::add_signature(ir::FuncId id) {
  key_.push_back(ir::attrs_but_private(module_, id).index);
  const ir::Func& func = module_.func(id);
  key_.push_back(static_cast<uint32_t>(func.symbols.size()));
  for (const ir::Symbol& symbol : func.symbols) {
    key_.push_back(symbol.name.index);
    for (const int64_t bound : {symbol.low, symbol.high}) {
      key_.push_back(static_cast<uint32_t>(bound));
      key_.push_back(static_cast<uint32_t>(static_cast<uint64_t>(bound) >> 32));
    }
  }
  key_.push_back(static_cast<uint32_t>(func.results.size()));
  for (const ir::TypeId type : func.results) key_.push_back(type.index);
  for (const ir::StrId state : func.result_state) key_.push_back(state.index);
  for (const ir::StrId state : func.arg_state) key_.push_back(state.index);
}

void FunctionKeys::define(ir::ValueId value) {
  local_[value.index] = defined_++;
  key_.push_back(module_.value(value).type.index);
}

void FunctionKeys::add_args(ir::BlockId block) {
  key_.push_back(module_.block_data(block).num_args);
  for (uint32_t i = 0; i < module_.block_data(block).num_args; ++i) define(module_.block_arg(block, i));
}

void FunctionKeys::add_block(ir::BlockId block) {
  add_args(block);
  for (const ir::OpId op : ir::ops_of(module_, block)) add_op(op);
  key_.push_back(kEndOfBlock);
}

void FunctionKeys::add_op(ir::OpId op) {
  const ir::OpData data = module_.op(op);
  key_.push_back(static_cast<uint32_t>(data.kind));
  key_.push_back(facts(op));
  key_.push_back(uint32_t{data.num_operands} << 16 | data.num_results);
  key_.push_back(data.num_blocks);
  for (const ir::ValueId operand : module_.operands(op)) key_.push_back(local_[operand.index]);
  for (uint32_t i = 0; i < data.num_results; ++i) define(module_.result(op, i));
  for (uint32_t i = 0; i < data.num_blocks; ++i) add_block(module_.block(op, i));
}

// The attributes; with the top bit set what stands for them: the contents of a constant, the number of the callee.
uint32_t FunctionKeys::facts(ir::OpId op) {
  const ir::AttrId own = module_.op(op).attrs;
  if (module_.kind(op) == ir::OpKind::constant && module_.find_attr(op, "id"))
    return 0x80000000u | constants_.first(static_cast<uint32_t>(module_.int_attr(op, "id")));
  const ir::FuncId callee = callee_of(module_, op);
  if (!callee.valid()) return own.index;
  key_.push_back(number_[callee.index]);
  ir::AttrDict dict = module_.attrs(own);
  std::erase_if(dict, [&](const ir::Attr& attr) { return module_.text(attr.name) == "callee"; });
  return 0x80000000u | module_.attrs(std::move(dict)).index;
}

}  // namespace psmc::midend
