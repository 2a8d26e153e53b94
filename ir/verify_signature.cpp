// SPDX-License-Identifier: Apache-2.0
// What stands outside of function bodies: names, constants, symbols, signatures, states.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ir/entry.h"
#include "ir/json/extensions.h"
#include "ir/limits.h"
#include "ir/ops/in_function.h"
#include "ir/text/print_type.h"
#include "ir/verifier.h"

namespace psmc::ir {

void Verifier::check_names() {
  std::set<StrId> funcs, constants;
  for (uint32_t i = 0; i < module_.num_funcs(); ++i) {
    const Func& func = module_.func(FuncId(i));
    if (func.erased) continue;
    if (!func.name.valid() || module_.text(func.name).empty()) {
      report(Code::ir_name, OpId(), "a function has no name");
    } else if (!funcs.insert(func.name).second) {
      report(Code::ir_name, OpId(), fmt::format("two functions are called @{}", module_.text(func.name)));
    }
  }
  for (uint32_t i = 0; i < module_.num_constants(); ++i) {
    const StrId name = module_.constant(ConstId(i)).name;
    if (name.valid() && !constants.insert(name).second) {
      report(Code::ir_name, OpId(), fmt::format("two constants are called @{}", module_.text(name)));
    }
  }
}

void Verifier::check_constants() {
  for (uint32_t i = 0; i < module_.num_constants(); ++i) {
    const Constant& constant = module_.constant(ConstId(i));
    const std::string name =
        constant.name.valid() ? "@" + std::string(module_.text(constant.name)) : fmt::format("number {}", i);
    const Type& type = module_.type(constant.type);
    if (!type.is_tensor() || !type.has_static_shape() || type.max_elements() > kMaxElements) {
      report(Code::ir_constant, OpId(), fmt::format("constant {} is no tensor of a static shape", name));
      continue;
    }
    const bool absent = constant.bytes().empty() && !constant.file.empty();
    const auto wanted = static_cast<uint64_t>(type.max_elements()) * dtype_bytes(type.dtype);
    if (!absent && constant.bytes().size() != wanted) {
      report(Code::ir_constant, OpId(),
             fmt::format("constant {} has {} bytes, but {} takes {}", name, constant.bytes().size(),
                         print_type(module_, type), wanted));
    }
  }
}

void Verifier::check_extensions() {
  const auto check = [&](AttrId attrs) {
    const std::string_view ordinary = first_ordinary(module_, module_.attrs(attrs));
    if (!ordinary.empty()) report(Code::bad_attribute, OpId(), ordinary_message(ordinary));
  };
  check(module_.own_attrs);
  for (uint32_t i = 0; i < module_.num_constants(); ++i) check(module_.constant(ConstId(i)).attrs);
}

void Verifier::check_symbols() {
  const Func& func = module_.func(func_);
  std::set<StrId> seen;
  if (func.symbols.size() > kMaxSymbols) report(Code::ir_symbols, OpId(), "the function declares too many symbols");
  for (const Symbol& symbol : func.symbols) {
    const std::string_view name = module_.text(symbol.name);
    if (name.empty() || !seen.insert(symbol.name).second) {
      report(Code::ir_symbols, OpId(), fmt::format("the symbol `{}` is declared twice or has no name", name));
    }
    if (symbol.low > symbol.high || symbol.low < -kMaxSymbol || symbol.high > kMaxSymbol) {
      report(Code::ir_symbols, OpId(),
             fmt::format("the range {}..{} of the symbol `{}` is empty or too large", symbol.low, symbol.high, name));
    }
  }
}

void Verifier::check_signature() {
  const Func& func = module_.func(func_);
  auto check = [&](TypeId type) {
    if (Status good = check_type_in_function(module_, func_, module_.type(type)); !good.ok()) {
      report(good.diagnostic(), OpId());
    }
  };
  for (uint32_t i = 0; i < module_.block_data(func.body).num_args; ++i) {
    check(module_.value(module_.block_arg(func.body, i)).type);
  }
  for (TypeId type : func.results) check(type);
  for (const Attr& attr : module_.attrs(func.attrs)) {
    if (module_.text(attr.name) == kPrivate && !std::holds_alternative<bool>(attr.value))
      report(Code::bad_attribute, OpId(), "the attribute `private` of a function must be true or false");
  }
}

void Verifier::check_states() {
  const Func& func = module_.func(func_);
  const uint32_t args = module_.block_data(func.body).num_args;
  if (func.arg_state.size() != args || func.result_state.size() != func.results.size() ||
      func.result_names.size() != func.results.size()) {
    return report(Code::ir_state, OpId(), "the lists of states and names are not as long as the arguments and results");
  }
  std::set<StrId> read, replaced;
  for (StrId state : func.arg_state) {
    if (state.valid() && !read.insert(state).second) {
      report(Code::ir_state, OpId(), fmt::format("two arguments read the state @{}", module_.text(state)));
    }
  }
  for (size_t i = 0; i < func.results.size(); ++i) {
    const StrId state = func.result_state[i];
    if (!state.valid()) continue;
    const auto arg = std::find(func.arg_state.begin(), func.arg_state.end(), state) - func.arg_state.begin();
    if (!read.contains(state)) {
      report(Code::ir_state, OpId(),
             fmt::format("no argument reads the state @{} that a result replaces", module_.text(state)));
    } else if (!replaced.insert(state).second) {
      report(Code::ir_state, OpId(), fmt::format("two results replace the state @{}", module_.text(state)));
    } else if (module_.value(module_.block_arg(func.body, static_cast<uint32_t>(arg))).type != func.results[i]) {
      report(Code::ir_state, OpId(), fmt::format("the state @{} changes its type", module_.text(state)));
    }
  }
}

void Verifier::check_state_types() {
  struct First {
    TypeId type;
    FuncId func;
  };
  std::map<StrId, First> first;
  for (uint32_t f = 0; f < module_.num_funcs(); ++f) {
    const Func& func = module_.func(FuncId(f));
    if (func.erased) continue;
    const uint32_t args = module_.block_data(func.body).num_args;
    for (uint32_t i = 0; i < std::min<size_t>(args, func.arg_state.size()); ++i) {
      const StrId state = func.arg_state[i];
      if (!state.valid()) continue;
      const TypeId type = module_.value(module_.block_arg(func.body, i)).type;
      const auto [at, is_new] = first.try_emplace(state, First{type, FuncId(f)});
      if (is_new || at->second.type == type) continue;
      func_ = FuncId(f);
      report(Code::ir_state, OpId(),
             fmt::format("the state @{} is {} here, but {} in @{}", module_.text(state),
                         print_type(module_, module_.type(type)), print_type(module_, module_.type(at->second.type)),
                         module_.text(module_.func(at->second.func).name)),
             {"all functions see the same state, so it has one type"});
    }
  }
  func_ = FuncId();
}

}  // namespace psmc::ir
