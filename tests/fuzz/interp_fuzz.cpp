// SPDX-License-Identifier: Apache-2.0
// Any text as a module: what passes the verifier runs in the interpreter without crash or hang, at graph and at loop
// level, for the least and the largest values of its symbols, and has access maps where it says so.
#include <cstdint>

#include "ir/access.h"
#include "ir/interp/interpreter.h"
#include "ir/text/parser.h"
#include "ir/verify.h"

namespace {

using namespace psmc;
using namespace psmc::ir;

constexpr int64_t kMaxElementsHere = 1 << 16;

int64_t value_of(const SymExpr& expr, const SymbolValues& symbols) {
  int64_t value = expr.constant;
  for (const auto& [name, factor] : expr.terms) {
    for (const auto& [symbol, number] : symbols) value += symbol == name ? factor * number : 0;
  }
  return value;
}

bool make_args(const Module& module, FuncId func, const SymbolValues& symbols, std::vector<Array>& args) {
  const BlockId body = module.func(func).body;
  for (uint32_t i = 0; i < module.block_data(body).num_args; ++i) {
    const Type& type = module.value_type(module.block_arg(body, i));
    if ((!type.is_tensor() && !type.is_buffer()) || type.max_elements() > kMaxElementsHere) return false;
    std::vector<int64_t> shape;
    for (const Dim& dim : type.dims) shape.push_back(type.is_buffer() ? dim.bound : value_of(dim.size, symbols));
    Array array(type.dtype, shape);
    for (int64_t k = 0; k < array.elements(); ++k) array.set(k, static_cast<double>(k % 7) - 3);
    args.push_back(std::move(array));
  }
  return true;
}

void run(const Module& module, FuncId func, bool high) {
  SymbolValues symbols;
  for (const Symbol& symbol : module.func(func).symbols)
    symbols.emplace_back(symbol.name, high ? symbol.high : symbol.low);
  std::vector<Array> args;
  if (!make_args(module, func, symbols, args)) return;
  InterpOptions options;
  options.max_steps = 1 << 20;
  options.max_bytes = 1 << 24;
  (void)interpret(module, func, args, symbols, options);
  std::vector<Array*> buffers;
  for (Array& arg : args) buffers.push_back(&arg);
  (void)interpret_loops(module, func, buffers, symbols, options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto module = parse_text("fuzz.psm", std::string_view(reinterpret_cast<const char*>(data), size));
  if (!module.ok() || !verify_status(*module).ok()) return 0;
  for (uint32_t i = 0; i < module->num_ops(); ++i) {
    const OpId op(i);
    if (!module->op(op).erased && has_access(*module, op)) (void)access_of(*module, op);
  }
  for (uint32_t f = 0; f < module->num_funcs(); ++f) {
    if (module->func(FuncId(f)).erased) continue;
    run(*module, FuncId(f), false);
    run(*module, FuncId(f), true);
  }
  return 0;
}
