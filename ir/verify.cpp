// SPDX-License-Identifier: Apache-2.0
// The invariants of a module, each checked by the function named:
//   names       functions have distinct names, named constants too                                 (check_names)
//   constants   a constant is a tensor of static shape; bytes that are there are as many as it has (check_constants)
//   extensions  constants and the module as a whole have no other attributes                      (check_extensions)
//   symbols     distinct, with a range that is not empty and within +-2^40                         (check_symbols)
//   signature   state arguments are distinct; each state result replaces a state argument of the same type, once;
//               argument types use declared symbols; the attribute `private` is true or false      (check_signature)
//   states      a state has the same type in all functions                                        (check_state_types)
//   structure   links of blocks and ops agree in both directions; nothing erased is linked         (check_links)
//   blocks      `for` has one block with a counter and the carried values, `group` one; no other op has any;
//               a block ends with its only terminator: `return` in a function, `yield` in an op (a loop that carries
//               nothing may do without)                                                            (check_block_end)
//   dominance   an operand is defined before its user in the same block or in a block around it    (check_operands)
//   types       results have the types that the definition infers; what is yielded and returned fits
//                                                                                                  (check_types)
//   attributes  known to the definition, of the right kind (in inference)                          (check_attr_names)
//   ranges      symbols are declared; slices and updates stay inside                               (check_in_function)
//   recursion   no function calls itself, directly or not                                          (check_recursion)
// All violations are collected. Checks that would trip over a broken structure are left out for that function.
#include "ir/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/verifier.h"

namespace psmc::ir {

void Verifier::report(Code code, OpId op, std::string message, std::vector<std::string> notes) {
  kept_ = errors_.size() < options_.max_errors;
  if (!kept_) return;
  Diagnostic diagnostic = error(code, std::move(message), std::move(notes));
  if (op.valid()) {
    diagnostic.place = place_of(module_, op);
    const std::string_view label = module_.text(module_.loc(module_.op(op).loc).label);
    if (!label.empty()) diagnostic.notes.push_back(fmt::format("this is \"{}\"", label));
  }
  if (!op.valid() && func_.valid()) diagnostic.place = place_of(module_, module_.func(func_).loc);
  if (diagnostic.place.file.empty()) diagnostic.place.file = module_.source;
  if (func_.valid()) diagnostic.notes.push_back("in function " + func_name());
  errors_.push_back(std::move(diagnostic));
}

void Verifier::see_definition(ValueId value) {
  const OpId def = module_.value(value).def();
  SourcePlace place = def.valid() ? place_of(module_, def) : SourcePlace();
  if (kept_ && place.line != 0) errors_.back().related.push_back({"the value is defined here", std::move(place)});
}

void Verifier::see_declaration() {
  SourcePlace place = place_of(module_, module_.func(func_).loc);
  if (kept_ && place.line != 0) errors_.back().related.push_back({func_name() + " is declared here", std::move(place)});
}

std::vector<Diagnostic> Verifier::run() {
  check_names();
  check_constants();
  check_extensions();
  check_state_types();
  calls_.resize(module_.num_funcs());
  for (uint32_t i = 0; i < module_.num_funcs(); ++i) {
    if (!module_.func(FuncId(i)).erased) check_func(FuncId(i));
  }
  func_ = FuncId();
  check_recursion();
  return std::move(errors_);
}

void Verifier::check_func(FuncId id) {
  func_ = id;
  memo_.clear();
  const Func& func = module_.func(id);
  check_symbols();
  check_signature();
  check_states();
  const BlockData& body = module_.block_data(func.body);
  if (body.parent_func != id || body.parent_op.valid()) {
    return report(Code::ir_structure, OpId(), "the body does not belong to its function");
  }
  visible_.clear();
  nesting_ = 0;
  check_block(func.body, OpId());
}

void Verifier::check_recursion() {
  call_state_.assign(module_.num_funcs(), 0);
  std::vector<OpId> chain;
  for (uint32_t i = 0; i < module_.num_funcs(); ++i)
    if (!follow_calls(FuncId(i), chain)) return;
}

// `chain`: the calls that lead here. False if a call in it closes a cycle or the chain is too long: reported.
bool Verifier::follow_calls(FuncId func, std::vector<OpId>& chain) {
  constexpr size_t kMaxCallDepth = 256;
  if (call_state_[func.index] == 2) return true;
  if (call_state_[func.index] == 1 || chain.size() > kMaxCallDepth) {
    report_chain(func, chain);
    return false;
  }
  call_state_[func.index] = 1;
  for (const OpId call : calls_[func.index]) {
    chain.push_back(call);
    if (!follow_calls(module_.find_func(module_.str_attr(call, "callee")), chain)) return false;
    chain.pop_back();
  }
  call_state_[func.index] = 2;
  return true;
}

void Verifier::report_chain(FuncId func, const std::vector<OpId>& chain) {
  report(Code::ir_recursion, chain.back(), recursion_message(module_, func, chain));
}

std::vector<Diagnostic> verify(const Module& module, const VerifyOptions& options) {
  return Verifier(module, options).run();
}

Status verify_status(const Module& module) {
  auto errors = verify(module, {1});
  if (errors.empty()) return {};
  return errors[0];
}

std::string recursion_message(const Module& module, FuncId func, std::span<const OpId> chain) {
  const std::string name = "@" + std::string(module.text(module.func(func).name));
  const auto caller = [&](OpId call) {
    BlockId block = module.op(call).parent;
    while (module.block_data(block).parent_op.valid()) block = module.op(module.block_data(block).parent_op).parent;
    return module.block_data(block).parent_func;
  };
  const auto first = std::ranges::find_if(chain, [&](OpId call) { return caller(call) == func; });
  if (first == chain.end())
    return fmt::format("the chain of {} calls that leads to {} is too long", chain.size(), name);
  std::string cycle = name;
  for (auto call = first; call != chain.end(); ++call)
    cycle += fmt::format(" calls @{}", module.str_attr(*call, "callee"));
  return fmt::format("{} calls itself: {}", name, cycle);
}

SourcePlace place_of(const Module& module, OpId op) { return place_of(module, module.op(op).loc); }

SourcePlace place_of(const Module& module, LocId loc) {
  const Location& location = module.loc(loc);
  return {std::string(module.text(location.file)), location.line, location.column, ""};
}

}  // namespace psmc::ir
