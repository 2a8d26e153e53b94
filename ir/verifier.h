// SPDX-License-Identifier: Apache-2.0
// Verifier: one walk over a module; for the files below alone. verify.cpp lists the invariants. One idea a file:
//   verify.cpp             the walk over functions, recursion, how a violation is told
//   verify_signature.cpp   names, constants, symbols, signatures, states
//   verify_blocks.cpp      structure, ends of blocks, blocks of ops
//   verify_ops.cpp         operands, attributes, types, returns
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/infer_memo.h"
#include "ir/verify.h"
#include "ir/verify_cases.h"

namespace psmc::ir {

class Verifier {
 public:
  Verifier(const Module& module, const VerifyOptions& options)
      : module_(module), options_(options), defined_(module.num_values(), 0) {}
  std::vector<Diagnostic> run();

 private:
  void check_names();
  void check_constants();
  void check_extensions();
  void check_func(FuncId id);
  void check_symbols();
  void check_signature();
  void check_states();
  void check_state_types();
  [[gnu::always_inline]] bool check_links(BlockId block, OpId op, OpId prev);
  bool check_block(BlockId block, OpId owner);
  bool check_ops(BlockId block, OpKind end);
  [[gnu::always_inline]] void define(ValueId first, uint32_t count);
  void hide(size_t ranges);
  [[gnu::always_inline]] bool is_plain(OpId op) const;
  bool is_visible(ValueId value) const { return value.index < defined_.size() && defined_[value.index] != 0; }
  [[gnu::always_inline]] PlainCases::Case case_of(OpId op) const;
  bool check_op(OpId op, OpKind end);
  bool check_operands(OpId op);
  bool is_known_case(OpId op) const;
  void check_case(OpId op);
  void check_types(OpId op);
  bool check_blocks_of(OpId op);
  void check_block_end(BlockId block, OpId owner);
  void check_loop(OpId op);
  void check_yield(OpId op);
  void check_return(OpId op);
  void check_recursion();
  bool follow_calls(FuncId func, std::vector<OpId>& chain);
  void report_chain(FuncId func, const std::vector<OpId>& chain);

  void report(Code code, OpId op, std::string message, std::vector<std::string> notes = {});
  void report(const Diagnostic& diagnostic, OpId op) {
    report(diagnostic.code, op, diagnostic.message, diagnostic.notes);
  }
  /// Adds places to what was reported last.
  void see_definition(ValueId value);
  void see_declaration();
  std::string func_name() const { return "@" + std::string(module_.text(module_.func(func_).name)); }

  const Module& module_;
  VerifyOptions options_;
  std::vector<Diagnostic> errors_;
  bool kept_ = false;  ///< whether the last report is in `errors_`
  FuncId func_;
  uint32_t nesting_ = 0;
  InferMemo memo_;                ///< ops of this function that were found right
  PlainCases plain_;              ///< the same, of all functions, for plain ops
  std::vector<uint8_t> defined_;  ///< by value: 1 if visible where we are
  struct Range {
    uint32_t begin, end;
  };
  std::vector<Range> visible_;            ///< the values that are, block by block
  std::vector<std::vector<OpId>> calls_;  ///< by function: of functions of the module, one of each kind at least
  std::vector<uint8_t> call_state_;       ///< by function: 0 new, 1 on the way, 2 done
};

// One or two operands without a branch: the first and the last one.
inline PlainCases::Case Verifier::case_of(OpId id) const {
  const OpData& op = module_.op(id);
  const TypeId result = module_.value(op.first_result).type;
  if (op.num_operands == 0) return PlainCases::case_of(func_, op, result, {}, {});
  const ValueId* operands = module_.operands(id).data();
  return PlainCases::case_of(func_, op, result, module_.value(operands[0]).type,
                             module_.value(operands[op.num_operands - 1]).type);
}

// Whether the op, as most are, uses what is visible and is a case that was found right: then there is no more to see.
inline bool Verifier::is_plain(OpId id) const {
  const OpData& op = module_.op(id);
  if (!PlainCases::fits(op)) return false;
  if (op.num_operands > 0) {
    const ValueId* operands = module_.operands(id).data();
    if (!is_visible(operands[0]) || !is_visible(operands[op.num_operands - 1])) return false;
  }
  return plain_.has(case_of(id));
}

}  // namespace psmc::ir
