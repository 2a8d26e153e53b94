// SPDX-License-Identifier: Apache-2.0
#include "ir/fingerprint.h"

namespace psmc::ir {

namespace {

/// One multiplication a word, and none waits for another: nobody makes two modules with equal fingerprints on purpose.
class WordHasher {
 public:
  void add(uint64_t word) {
    sum_ += (word + 1) * factor_;
    factor_ += 0xbea225f9eb34556dull << 1;  // stays odd, so no word is lost
  }
  uint64_t value() const {
    const uint64_t mixed = (sum_ ^ sum_ >> 32) * 0xd6e8feb86659fd93ull;
    return mixed ^ mixed >> 32;
  }

 private:
  uint64_t sum_ = 0, factor_ = 0x9e3779b97f4a7c15ull;
};

void add_value(WordHasher& hasher, const Module& module, ValueId value) {
  const ValueData& data = module.value(value);
  hasher.add(uint64_t{data.type.index} << 32 | data.name.index);
}

void add_args(WordHasher& hasher, const Module& module, BlockId block) {
  hasher.add(module.block_data(block).num_args);
  for (uint32_t i = 0; i < module.block_data(block).num_args; ++i)
    add_value(hasher, module, module.block_arg(block, i));
}

void add_func(WordHasher& hasher, const Module& module, const Func& func) {
  hasher.add(func.name.index);
  hasher.add(func.attrs.index);
  for (TypeId type : func.results) hasher.add(type.index);
  for (const auto* names : {&func.arg_state, &func.result_state, &func.result_names}) {
    hasher.add(names->size());
    for (StrId name : *names) hasher.add(name.index);
  }
  for (const Symbol& symbol : func.symbols) {
    hasher.add(symbol.name.index);
    hasher.add(static_cast<uint64_t>(symbol.low));
    hasher.add(static_cast<uint64_t>(symbol.high));
  }
  add_args(hasher, module, func.body);
}

/// Of one op and its place. Ops are added up, so that their hashes do not wait for each other.
uint64_t hash_of(const Module& module, OpId op) {
  const OpData& data = module.op(op);
  WordHasher hasher;
  hasher.add(uint64_t{static_cast<uint32_t>(data.kind)} << 32 | data.attrs.index);
  hasher.add(uint64_t{op.index} << 32 | data.parent.index);
  hasher.add(uint64_t{data.next.index} << 32 | uint64_t{data.num_operands} << 16 | data.num_results);
  for (ValueId operand : module.operands(op)) hasher.add(operand.index);
  for (uint32_t i = 0; i < data.num_results; ++i) add_value(hasher, module, module.result(op, i));
  for (uint32_t i = 0; i < data.num_blocks; ++i) add_args(hasher, module, module.block(op, i));
  return hasher.value();
}

}  // namespace

uint64_t fingerprint(const Module& module) {
  WordHasher hasher;
  hasher.add(module.num_constants());
  hasher.add(module.own_attrs.index);
  for (uint32_t i = 0; i < module.num_constants(); ++i) {
    const Constant& constant = module.constant(ConstId(i));
    hasher.add(uint64_t{constant.type.index} << 32 | constant.attrs.index);
  }
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    const Func& func = module.func(FuncId(i));
    hasher.add(func.erased);
    if (!func.erased) add_func(hasher, module, func);
  }
  uint64_t ops = 0;
  for (uint32_t i = 0; i < module.num_ops(); ++i) {
    const OpData& op = module.op(OpId(i));
    if (!op.erased && op.parent.valid()) ops += hash_of(module, OpId(i));  // others were tried and left
  }
  hasher.add(ops);
  return hasher.value();
}

}  // namespace psmc::ir
