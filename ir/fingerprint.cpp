// SPDX-License-Identifier: Apache-2.0
#include "ir/fingerprint.h"

namespace psmc::ir {

namespace {

void add_func(Hasher& hasher, const Module& module, const Func& func) {
  hasher.add(func.name.index);
  hasher.add(func.attrs.index);
  for (TypeId type : func.results) hasher.add(type.index);
  for (StrId state : func.result_state) hasher.add(state.index);
  for (const Symbol& symbol : func.symbols) hasher.add(symbol.name.index);
  walk(module, func.body, [&](OpId op) {
    const OpData& data = module.op(op);
    hasher.add(uint64_t{static_cast<uint32_t>(data.kind)} << 32 | data.attrs.index);
    hasher.add(uint64_t{op.index} << 32 | data.parent.index);
    for (ValueId operand : module.operands(op)) hasher.add(operand.index);
    for (uint32_t i = 0; i < data.num_results; ++i) {
      const ValueData& value = module.value(module.result(op, i));
      hasher.add(uint64_t{value.type.index} << 32 | value.name.index);
    }
  });
}

}  // namespace

uint64_t fingerprint(const Module& module) {
  Hasher hasher;
  hasher.add(module.num_constants());
  for (uint32_t i = 0; i < module.num_constants(); ++i) hasher.add(module.constant(ConstId(i)).type.index);
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    const Func& func = module.func(FuncId(i));
    hasher.add(func.erased);
    if (!func.erased) add_func(hasher, module, func);
  }
  return hasher.value();
}

}  // namespace psmc::ir
