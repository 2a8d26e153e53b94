// SPDX-License-Identifier: Apache-2.0
// The invariants of a module, each checked by the function named:
//   names       functions have distinct names, named constants too                                 (check_names)
//   constants   a constant is a tensor of static shape; bytes that are there are as many as it has (check_constants)
//   symbols     distinct, with a range that is not empty and within +-2^40                         (check_symbols)
//   signature   state arguments are distinct; each state result replaces a state argument of the same type, once;
//               argument types use declared symbols                                                (check_signature)
//   structure   links of blocks and ops agree in both directions; nothing erased is linked         (check_structure)
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
#include <set>
#include <unordered_set>

#include "ir/infer_checked.h"
#include "ir/limits.h"
#include "ir/op.h"
#include "ir/ops/in_function.h"
#include "ir/ops/infer.h"
#include "ir/text/print_type.h"

namespace psmc::ir {

namespace {

class Verifier {
 public:
  Verifier(const Module& module, const VerifyOptions& options)
      : module_(module), options_(options), defined_(module.num_values(), false) {}
  std::vector<Diagnostic> run();

 private:
  void check_names();
  void check_constants();
  void check_func(FuncId id);
  void check_symbols();
  void check_signature();
  void check_states();
  bool check_structure(BlockId block, uint32_t depth);
  bool check_links(BlockId block, OpId op, OpId prev);
  void check_block(BlockId block);
  void check_op(OpId op);
  bool check_operands(OpId op);
  void check_types(OpId op);
  void check_blocks_of(OpId op);
  bool check_block_end(BlockId block, OpId owner);
  void check_loop(OpId op);
  void check_yield(OpId op);
  void check_return(OpId op);
  void check_recursion();
  bool calls_itself(uint32_t func, std::vector<uint8_t>& state, uint32_t depth);

  void report(Code code, OpId op, std::string message, std::vector<std::string> notes = {});
  void report(const Diagnostic& diagnostic, OpId op) {
    report(diagnostic.code, op, diagnostic.message, diagnostic.notes);
  }
  std::string func_name() const { return "@" + std::string(module_.text(module_.func(func_).name)); }

  const Module& module_;
  VerifyOptions options_;
  std::vector<Diagnostic> errors_;
  FuncId func_;
  std::vector<bool> defined_;  ///< visible where we are
  std::vector<std::vector<FuncId>> callees_;
};

void Verifier::report(Code code, OpId op, std::string message, std::vector<std::string> notes) {
  if (errors_.size() >= options_.max_errors) return;
  Diagnostic diagnostic = error(code, std::move(message), std::move(notes));
  if (op.valid()) {
    diagnostic.place = place_of(module_, op);
    const std::string_view label = module_.text(module_.loc(module_.op(op).loc).label);
    if (!label.empty()) diagnostic.notes.push_back(fmt::format("this is \"{}\"", label));
  }
  if (diagnostic.place.file.empty()) diagnostic.place.file = module_.source;
  if (func_.valid()) diagnostic.notes.push_back("in function " + func_name());
  errors_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Verifier::run() {
  check_names();
  check_constants();
  callees_.resize(module_.num_funcs());
  for (uint32_t i = 0; i < module_.num_funcs(); ++i) {
    if (!module_.func(FuncId(i)).erased) check_func(FuncId(i));
  }
  func_ = FuncId();
  check_recursion();
  return std::move(errors_);
}

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

void Verifier::check_func(FuncId id) {
  func_ = id;
  const Func& func = module_.func(id);
  check_symbols();
  check_signature();
  check_states();
  const BlockData& body = module_.block_data(func.body);
  if (body.parent_func != id || body.parent_op.valid()) {
    return report(Code::ir_structure, OpId(), "the body does not belong to its function");
  }
  if (!check_structure(func.body, 0) || !check_block_end(func.body, OpId())) return;
  check_block(func.body);
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

bool Verifier::check_links(BlockId block, OpId op, OpId prev) {
  if (op.index >= module_.num_ops() || module_.op(op).erased || module_.op(op).parent != block ||
      module_.op(op).prev != prev) {
    report(Code::ir_structure, op.index < module_.num_ops() ? op : OpId(), "an op is not linked to its block");
    return false;
  }
  return true;
}

// False if the function cannot be walked.
bool Verifier::check_structure(BlockId block, uint32_t depth) {
  if (depth > kMaxNesting) {
    report(Code::ir_structure, OpId(), "blocks are nested too deeply");
    return false;
  }
  OpId prev;
  for (OpId op = module_.block_data(block).first; op.valid(); op = module_.op(op).next) {
    if (!check_links(block, op, prev)) return false;
    const OpData& data = module_.op(op);
    for (uint32_t i = 0; i < data.num_blocks; ++i) {
      if (module_.block_data(module_.block(op, i)).parent_op != op) {
        report(Code::ir_structure, op, "a block does not belong to its op");
        return false;
      }
      if (!check_structure(module_.block(op, i), depth + 1)) return false;
    }
    prev = op;
  }
  if (module_.block_data(block).last == prev) return true;
  report(Code::ir_structure, prev, "the last op of a block is not the one that it names");
  return false;
}

// `owner`: the op around the block; invalid for the body of a function.
bool Verifier::check_block_end(BlockId block, OpId owner) {
  const size_t before = errors_.size();
  const OpKind wanted = owner.valid() ? OpKind::yield : OpKind::return_;
  const OpId last = module_.terminator(block);
  for (OpId op : ops_of(module_, block)) {
    const OpDef& def = op_def(module_.kind(op));
    if (def.terminator && (op != last || def.kind != wanted)) {
      report(Code::ir_terminator, op, fmt::format("`{}` does not belong here", def.name));
    }
  }
  const bool ends = last.valid() && module_.kind(last) == wanted;
  const bool may_be_open = owner.valid() && module_.kind(owner) == OpKind::for_ && module_.op(owner).num_results == 0;
  if (!ends && !may_be_open) {
    report(Code::ir_terminator, last.valid() ? last : owner,
           fmt::format("the block must end with `{}`", op_def(wanted).name));
  }
  return errors_.size() == before;
}

void Verifier::check_block(BlockId block) {
  std::vector<ValueId> visible;
  auto define = [&](ValueId value) {
    defined_[value.index] = true;
    visible.push_back(value);
  };
  for (uint32_t i = 0; i < module_.block_data(block).num_args; ++i) define(module_.block_arg(block, i));
  for (OpId op : ops_of(module_, block)) {
    if (errors_.size() >= options_.max_errors) return;
    check_op(op);
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i) define(module_.result(op, i));
  }
  for (ValueId value : visible) defined_[value.index] = false;
}

void Verifier::check_op(OpId op) {
  if (!check_operands(op)) return;
  if (Status known = check_attr_names(module_, module_.kind(op), module_.op(op).attrs); !known.ok()) {
    report(known.diagnostic(), op);
  }
  check_types(op);
  check_blocks_of(op);
  if (module_.kind(op) == OpKind::return_) check_return(op);
  if (module_.kind(op) == OpKind::call) {
    const FuncId callee = module_.find_func(module_.str_attr(op, "callee"));
    if (callee.valid()) callees_[func_.index].push_back(callee);
  }
}

bool Verifier::check_operands(OpId op) {
  const auto operands = module_.operands(op);
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].index < module_.num_values() && defined_[operands[i].index]) continue;
    const StrId name = operands[i].index < module_.num_values() ? module_.value(operands[i]).name : StrId();
    const std::string shown = name.valid() ? fmt::format(" (%{})", module_.text(name)) : "";
    report(Code::ir_dominance, op,
           fmt::format("operand {}{} of `{}` is not computed before it", i + 1, shown, op_def(module_.kind(op)).name));
    return false;
  }
  return true;
}

void Verifier::check_types(OpId op) {
  const OpData& data = module_.op(op);
  const OpDef& def = op_def(data.kind);
  // Inference may intern a type; nothing that can be seen changes.
  const InferInput input{const_cast<Module&>(module_), data.kind, module_.operands(op), data.attrs};
  if (!def.infer) {
    if (Status fits = check_schema(input); !fits.ok()) report(fits.diagnostic(), op);
    return;
  }
  auto inferred = def.infer(input);
  if (!inferred.ok()) return report(inferred.diagnostic(), op);
  if (inferred->size() != data.num_results) {
    return report(Code::ir_type, op,
                  fmt::format("`{}` has {} results instead of {}", def.name, data.num_results, inferred->size()));
  }
  for (uint32_t i = 0; i < data.num_results; ++i) {
    const Type& type = module_.value_type(module_.result(op, i));
    if (type == (*inferred)[i]) continue;
    return report(Code::ir_type, op,
                  fmt::format("result {} of `{}` is {}, but must be {}", i + 1, def.name, print_type(module_, type),
                              print_type(module_, (*inferred)[i])));
  }
  if (Status inside = check_in_function(module_, func_, op); !inside.ok()) report(inside.diagnostic(), op);
}

void Verifier::check_blocks_of(OpId op) {
  const OpData& data = module_.op(op);
  const uint32_t wanted = data.kind == OpKind::for_ || data.kind == OpKind::group ? 1 : 0;
  if (data.num_blocks != wanted) {
    return report(Code::ir_blocks, op,
                  fmt::format("`{}` has {} blocks instead of {}", op_def(data.kind).name, data.num_blocks, wanted));
  }
  if (wanted == 0) return;
  const BlockId block = module_.block(op);
  if (data.kind == OpKind::for_)
    check_loop(op);
  else if (module_.block_data(block).num_args != 0)
    report(Code::ir_blocks, op, "the block of `group` has no arguments");
  if (!check_block_end(block, op)) return;
  check_block(block);
  check_yield(op);
}

// The counter and a block argument of the right type for each carried value.
void Verifier::check_loop(OpId op) {
  const OpData& data = module_.op(op);
  const BlockId block = module_.block(op);
  const uint32_t args = module_.block_data(block).num_args;
  if (args != 1u + data.num_results || !module_.value_type(module_.block_arg(block, 0)).is_index()) {
    return report(Code::ir_blocks, op, "the block of a loop has the counter and the carried values as arguments");
  }
  for (uint32_t i = 1; i < args; ++i) {
    if (module_.value(module_.block_arg(block, i)).type == module_.value(module_.result(op, i - 1)).type) continue;
    report(Code::ir_blocks, op, fmt::format("carried value {} has one type inside the loop and another outside", i));
  }
}

void Verifier::check_yield(OpId op) {
  const OpId last = module_.terminator(module_.block(op));
  if (!last.valid() || module_.kind(last) != OpKind::yield) return;
  const auto yielded = module_.operands(last);
  if (yielded.size() != module_.op(op).num_results) {
    return report(Code::ir_type, last,
                  fmt::format("{} values are yielded to {} results", yielded.size(), module_.op(op).num_results));
  }
  for (uint32_t i = 0; i < yielded.size(); ++i) {
    if (module_.value(yielded[i]).type == module_.value(module_.result(op, i)).type) continue;
    report(Code::ir_type, last,
           fmt::format("yielded value {} is {}, but the result is {}", i + 1,
                       print_type(module_, module_.value_type(yielded[i])),
                       print_type(module_, module_.value_type(module_.result(op, i)))));
  }
}

void Verifier::check_return(OpId op) {
  const Func& func = module_.func(func_);
  const auto operands = module_.operands(op);
  if (operands.size() != func.results.size()) {
    return report(Code::ir_results, op,
                  fmt::format("{} values are returned, but {} has {} results", operands.size(), func_name(),
                              func.results.size()));
  }
  for (size_t i = 0; i < operands.size(); ++i) {
    if (module_.value(operands[i]).type == func.results[i]) continue;
    report(Code::ir_results, op,
           fmt::format("returned value {} is {}, but the signature says {}", i + 1,
                       print_type(module_, module_.value_type(operands[i])),
                       print_type(module_, module_.type(func.results[i]))));
  }
}

void Verifier::check_recursion() {
  std::vector<uint8_t> state(module_.num_funcs(), 0);  // 0 new, 1 on the way, 2 done
  for (uint32_t i = 0; i < module_.num_funcs(); ++i) {
    if (!calls_itself(i, state, 0)) continue;
    return report(
        Code::ir_recursion, OpId(),
        fmt::format("@{} calls itself, or the chain of calls is too long", module_.text(module_.func(FuncId(i)).name)));
  }
}

bool Verifier::calls_itself(uint32_t func, std::vector<uint8_t>& state, uint32_t depth) {
  constexpr uint32_t kMaxCallDepth = 256;
  if (state[func] == 2) return false;
  if (state[func] == 1 || depth > kMaxCallDepth) return true;
  state[func] = 1;
  for (FuncId callee : callees_[func]) {
    if (calls_itself(callee.index, state, depth + 1)) return true;
  }
  state[func] = 2;
  return false;
}

}  // namespace

std::vector<Diagnostic> verify(const Module& module, const VerifyOptions& options) {
  return Verifier(module, options).run();
}

Status verify_status(const Module& module) {
  auto errors = verify(module, {1});
  if (errors.empty()) return {};
  return errors[0];
}

SourcePlace place_of(const Module& module, OpId op) {
  const Location& location = module.loc(module.op(op).loc);
  return {std::string(module.text(location.file)), location.line, location.column, ""};
}

}  // namespace psmc::ir
