// SPDX-License-Identifier: Apache-2.0
// The state of random_module: a pool of values to choose operands from, each with what is known of its elements.
#pragma once

#include <cmath>
#include <optional>

#include "ir/builder.h"
#include "ir/random/random_module.h"

namespace psmc::ir {

/// Elements of floats lie in [low, high]; integers too. `exact`: multiples of 1/16 that no rounding has touched.
struct Known {
  ValueId value;
  double low = -4, high = 4;
  bool exact = true;
  bool used = false;

  double magnitude() const { return std::max(std::abs(low), std::abs(high)); }
};

class Generator {
 public:
  Generator(Module& module, uint64_t seed, const RandomOptions& options);
  void run();

 private:
  // random_module.cpp
  void begin_function(std::string_view name, bool with_state);
  void add_callee();
  void finish_function();
  void add_extensions();
  ValueId make_static(const Known& known);
  bool one_op();
  bool allowed(OpKind kind) const;
  Type random_type(DType dtype, size_t min_rank = 0);
  int64_t random_extent();
  DType random_float();

  // pool.cpp
  template <typename Fits>
  std::optional<Known> pick(Fits fits);
  std::optional<Known> pick_float();
  Known like(const Known& x, bool broadcast);  ///< another operand for x: of its shape, or one that stretches to it
  Known constant(const Type& type, bool positive);
  bool is_float_tensor(const Known& k) const;
  const Type& type(const Known& k) const { return module_.value_type(k.value); }
  bool add(OpKind kind, std::initializer_list<Known> operands, AttrDict attrs, Known result);
  bool add(OpKind kind, std::span<const ValueId> operands, AttrDict attrs, Known result);
  Known note(ValueId value, double low, double high, bool exact) const { return {value, low, high, exact, false}; }

  // ops.cpp, moves.cpp
  bool unary();
  bool binary();
  bool compare();
  bool logic();
  bool select();
  bool cast();
  bool reduce();
  bool contract();
  bool reshape();
  bool transpose();
  bool slice();
  bool run_time_slice();
  bool concat();
  bool pad();
  bool broadcast();
  bool iota();
  bool symbol();
  bool gather();
  std::pair<Type, SymList> piece_of(const Type& whole);
  bool update();
  bool composite();
  bool group();
  bool call();
  bool new_constant();

  Module& module_;
  Builder builder_;
  Random random_;
  const RandomOptions& options_;
  FuncId func_;
  std::vector<Known> pool_;
  ValueId state_;  ///< the latest value of the state
  FuncId callee_;
};

template <typename Fits>
std::optional<Known> Generator::pick(Fits fits) {
  std::vector<size_t> found;
  for (size_t i = 0; i < pool_.size(); ++i) {
    if (fits(pool_[i])) found.push_back(i);
  }
  if (found.empty()) return std::nullopt;
  // Values that nothing uses yet, and late ones, are preferred, so that programs are deep rather than wide.
  size_t chosen = found[random_.below(found.size())];
  for (int tries = 0; tries < 2 && pool_[chosen].used; ++tries) {
    chosen = std::max(chosen, found[random_.below(found.size())]);
  }
  return pool_[chosen];
}

}  // namespace psmc::ir
