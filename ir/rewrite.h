// SPDX-License-Identifier: Apache-2.0
// Pattern rewriting: a worklist of ops, patterns tried on each until none applies anywhere.
//
// Most patterns are *rules*, which read like the rewrite:
//   const Term x = var(0), c = constant_var(1);
//   const Pattern kPatterns[] = {
//     rule("neg-neg", t_neg(t_neg(x)), x),
//     rule("add-zero", t_add(x, num(0)), x),
//     rule("sub-self", t_sub(x, x), num(0)),
//     match("permuted-sum", t_reduce(t_transpose(x)), permuted_sum), // bool permuted_sum(Match&)
//     {"fold-concats", OpKind::concat, 1, fold_concats},             // bool fold_concats(Rewriter&, OpId)
//   };
//   RewriteReport report = rewrite(module, kPatterns);
//
// Replacing a value does not touch its users: it is *forwarded*, and an op's operands are brought up to date when the
// rewriter next hands the op out. So a replacement costs what its users cost, once, however long the chain becomes.
// Reads are counted as ops come and go, so whether a value is dead or read by one op alone is known without looking at
// its readers, of which there may be very many. Hence ops are replaced, never changed in place.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/builder.h"
#include "ir/uses.h"

namespace psmc::ir {

/// What a pattern may use. Ops reached through it have up-to-date operands; new ops go before the matched one.
class Rewriter {
 public:
  explicit Rewriter(Module& module) : builder_(module), module_(module) {}

  Module& module() { return module_; }
  const Module& module() const { return module_; }
  /// Inserts before the op that is being rewritten, with its location.
  Builder& build() { return builder_; }

  /// The op that computes `value`, or invalid for an argument.
  OpId def(ValueId value);
  /// The same if it is of this kind, else invalid.
  OpId def(ValueId value, OpKind kind);
  ValueId operand(OpId op, uint32_t i);
  /// What `value` has been replaced by, or itself.
  ValueId resolve(ValueId value) {
    return value.index >= facts_.size() || !facts_[value.index].forward.valid() ? value : follow(value);
  }
  bool is_used(ValueId value);
  /// Whether one op alone reads `value`. An op that reads it more often than kFewReads times counts as several.
  bool has_one_user(ValueId value);

  /// The results of `op` are `values` from now on; the op goes.
  void replace(OpId op, std::span<const ValueId> values);
  void replace(OpId op, ValueId value) { replace(op, std::span<const ValueId>(&value, 1)); }
  /// An op without used results goes.
  void erase(OpId op);

 private:
  friend class RewriteDriver;
  static constexpr uint32_t kFewReads = 8;
  ValueId follow(ValueId value);
  void prepare(OpId op);
  void refresh(OpId op);
  void add_new_ops();
  void add_reads(OpId op);
  void remove_reads(OpId op);
  void forward(ValueId from, ValueId to);
  void enqueue(OpId op);
  bool wait_for(ValueId value);
  void wake(ValueId value);
  void enqueue_operand_defs(OpId op);

  Builder builder_;
  Module& module_;
  static constexpr uint32_t kEnd = 0xffffffffu;
  /// What is known of a value. Its readers are a list that may hold ops that have been erased.
  struct Facts {
    ValueId forward;           ///< invalid: the value itself
    uint32_t readers = kEnd;   ///< the first one, in `uses_`
    uint32_t reads : 31 = 0;   ///< operands that are this value now
    uint32_t awaited : 1 = 0;  ///< an op waits for a reader to go: in `waiting_`
  };
  struct ListedUse {
    OpId op;
    uint32_t next;
  };

  std::vector<Facts> facts_;     ///< per value
  std::vector<ListedUse> uses_;  ///< those of an op stand in a row, in the order of its operands
  std::vector<bool> outdated_;   ///< per op: an operand may have been forwarded
  std::vector<OpId> queue_;
  size_t next_ = 0;
  OpId visited_;                                             ///< the op whose patterns are tried
  std::unordered_map<uint32_t, std::vector<OpId>> waiting_;  ///< by value: who asked for one user when there were more
  std::vector<bool> queued_;                                 ///< per op
  uint32_t known_ops_ = 0;
  bool any_change_ = false;
  int64_t steps_ = 0;
};

struct Pattern {
  std::string name;
  OpKind root;
  int benefit = 1;                             ///< higher is tried first; equal ones in the order of the list
  std::function<bool(Rewriter&, OpId)> apply;  ///< false: does not match, and nothing was changed
  // What is looked at before `apply` is called.
  uint64_t operand_kinds = 0;       ///< a bit for each kind of op that must compute one of the operands
  uint64_t some_operand_kinds = 0;  ///< a bit for each kind of which one must compute an operand; 0: any op may
  bool equal_operands = false;      ///< the first two operands must be one value
  // For the list of rules.
  std::string form = "";  ///< "before => after"; of a rule it is written by itself
  std::string why = "";   ///< when it holds, and why not a bit changes

  Pattern because(std::string reason) && {
    why = std::move(reason);
    return std::move(*this);
  }
  Pattern says(std::string before_and_after, std::string reason) && {
    form = std::move(before_and_after);
    return std::move(*this).because(std::move(reason));
  }
};

static_assert(kNumOpKinds <= 64, "Pattern::operand_kinds has a bit for each");
constexpr uint64_t kind_bit(OpKind kind) { return uint64_t{1} << static_cast<uint32_t>(kind); }

struct RewriteOptions {
  bool erase_dead = true;    ///< pure ops without users go
  int64_t max_rewrites = 0;  ///< 0: a generous multiple of the number of ops
  size_t max_places = 0;     ///< so many places are reported for each pattern
};

struct RewriteReport {
  bool changed = false;
  bool converged = true;                   ///< false: the limit was reached (patterns undo each other)
  int64_t steps = 0;                       ///< ops visited, operands and readers looked at: what the time goes into
  std::map<std::string, int64_t> applied;  ///< by pattern; "dead" for erased ops
  std::map<std::string, std::vector<LocId>> places;  ///< of the first ops that a pattern was applied to
};

RewriteReport rewrite(Module& module, std::span<const Pattern> patterns, const RewriteOptions& options = {});
RewriteReport rewrite(Module& module, FuncId func, std::span<const Pattern> patterns,
                      const RewriteOptions& options = {});

// Terms of rules.

/// A piece of a pattern or of what replaces it. Build with the functions below.
struct Term {
  enum class Kind : uint8_t { var, constant_var, number, op } kind = Kind::var;
  int index = 0;  ///< of a variable; equal indices must be equal values
  double number = 0;
  OpKind op{};
  std::vector<Term> args;
};

Term var(int index);
/// Matches only a value that is a `constant`.
Term constant_var(int index);
/// Matches a constant all of whose elements are `value`; as a replacement, a rank-0 constant of the result's dtype.
Term num(double value);
Term term(OpKind op, std::vector<Term> args);

#define PSMC_UNARY_TERM(name, kind) \
  inline Term name(Term a) { return term(OpKind::kind, {std::move(a)}); }
#define PSMC_BINARY_TERM(name, kind) \
  inline Term name(Term a, Term b) { return term(OpKind::kind, {std::move(a), std::move(b)}); }
PSMC_UNARY_TERM(t_neg, neg)
PSMC_UNARY_TERM(t_abs, abs)
PSMC_UNARY_TERM(t_exp, exp)
PSMC_UNARY_TERM(t_log, log)
PSMC_UNARY_TERM(t_sqrt, sqrt)
PSMC_UNARY_TERM(t_rsqrt, rsqrt)
PSMC_UNARY_TERM(t_recip, recip)
PSMC_UNARY_TERM(t_not, not_)
PSMC_UNARY_TERM(t_floor, floor)
PSMC_UNARY_TERM(t_cast, cast)
PSMC_UNARY_TERM(t_reshape, reshape)
PSMC_UNARY_TERM(t_transpose, transpose)
PSMC_UNARY_TERM(t_broadcast, broadcast)
PSMC_UNARY_TERM(t_slice, slice)
PSMC_UNARY_TERM(t_pad, pad)
PSMC_UNARY_TERM(t_reduce, reduce)
PSMC_BINARY_TERM(t_add, add)
PSMC_BINARY_TERM(t_sub, sub)
PSMC_BINARY_TERM(t_mul, mul)
PSMC_BINARY_TERM(t_div, div)
PSMC_BINARY_TERM(t_max, max)
PSMC_BINARY_TERM(t_min, min)
PSMC_BINARY_TERM(t_and, and_)
PSMC_BINARY_TERM(t_or, or_)
PSMC_BINARY_TERM(t_contract, contract)
PSMC_BINARY_TERM(t_update, update)
PSMC_BINARY_TERM(t_gather, gather)
#undef PSMC_UNARY_TERM
#undef PSMC_BINARY_TERM

/// What a rule has matched, for its condition.
struct Match {
  static constexpr size_t kMaxVars = 8;
  Rewriter& rewriter;
  OpId root;
  std::array<ValueId, kMaxVars> vars{};
  std::array<OpId, kMaxVars> ops{};  ///< those of the term, outer ones first, from left to right; ops[0] is the root
  size_t num_ops = 0;
  ValueId operator[](size_t i) const { return vars[i]; }
  const Type& type(size_t i) const { return rewriter.module().value_type(vars[i]); }
};

/// `from` becomes `to` where `where` holds. Applies only if the replacement has the type of the result (a broadcast is
/// added if only the shape differs). Commutative ops match in either order.
Pattern rule(std::string name, Term from, Term to, std::function<bool(const Match&)> where = nullptr, int benefit = 1);

/// Where `from` is matched, `then` may replace the root: for ops with attributes, which a term leaves open. False: does
/// not apply, and nothing was changed.
Pattern match(std::string name, Term from, std::function<bool(Match&)> then, int benefit = 1);

/// "add(x, neg(y))".
std::string term_text(const Term& term);

/// The number that all elements of `value` are, if it is a constant with at most 65536 elements there in memory.
std::optional<double> uniform_constant(const Module& module, ValueId value);

}  // namespace psmc::ir
