// SPDX-License-Identifier: Apache-2.0
#include "tools/reduce/reduce.h"

#include <algorithm>
#include <unordered_set>

#include "tools/reduce/edit.h"
#include "tools/reduce/moves.h"

#include "ir/text/printer.h"
#include "ir/verify.h"

namespace psmc::tools {
namespace {

class Search {
 public:
  Search(const ir::Module& module, const std::function<Result<bool>(ir::Module&)>& interesting,
         const ReduceOptions& options)
      : interesting_(interesting), options_(options), best_(ir::clone_module(module)), size_(size_of(module)) {}

  Status run() {
    for (bool changed = true; changed && !stopped_;) {
      changed = false;
      for (const Move& move : all_moves()) {
        PSMC_ASSIGN(const bool moved, exhaust(move));
        changed |= moved;
      }
    }
    return {};
  }

  Reduced result(const ir::Module& start) && { return {std::move(best_), size_of(start), size_, tests_, !stopped_}; }

 private:
  /// The move at ever smaller ranges of sites. Where it succeeded the sites that follow have moved up.
  Result<bool> exhaust(const Move& move) {
    bool changed = false;
    size_t sites = move.count(best_);
    for (size_t chunk = sites; chunk > 0; chunk = chunk == 1 ? 0 : (chunk + 1) / 2) {
      for (size_t at = 0; at < sites && !stopped_;) {
        PSMC_ASSIGN(const bool accepted, accept(move.apply(best_, {at, std::min(at + chunk, sites)})));
        const size_t before = sites;
        if (accepted) sites = move.count(best_);
        if (!accepted || sites >= before) at += chunk;
        changed |= accepted;
      }
      chunk = std::min(chunk, std::max<size_t>(sites, 1));
    }
    return changed;
  }

  Result<bool> accept(ir::Module candidate) {
    const ModuleSize size = size_of(candidate);
    if (size >= size_ || !ir::verify_status(candidate).ok()) return false;
    if (!seen_.insert(std::hash<std::string>()(ir::print_module(candidate))).second) return false;
    stopped_ = tests_ >= options_.max_tests || options_.stop();
    if (stopped_) return false;
    ++tests_;
    PSMC_ASSIGN(const bool is_interesting, interesting_(candidate));
    if (is_interesting) {
      best_ = std::move(candidate);
      size_ = size;
    }
    options_.progress(tests_, size_);
    return is_interesting;
  }

  const std::function<Result<bool>(ir::Module&)>& interesting_;
  const ReduceOptions& options_;
  ir::Module best_;
  ModuleSize size_;
  std::unordered_set<size_t> seen_;  ///< hashes of texts; a candidate that looks seen and is not is lost, no more
  size_t tests_ = 0;
  bool stopped_ = false;
};

}  // namespace

ModuleSize size_of(const ir::Module& module) {
  ModuleSize size;
  const auto add_value = [&](ir::ValueId value) {
    const auto more = static_cast<size_t>(module.value_type(value).max_elements());
    size.elements = more > SIZE_MAX / 2 - std::min(size.elements, SIZE_MAX / 2) ? SIZE_MAX / 2 : size.elements + more;
  };
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    const ir::Func& func = module.func(ir::FuncId(i));
    if (func.erased) continue;
    const uint32_t args = module.block_data(func.body).num_args;
    for (uint32_t arg = 0; arg < args; ++arg) add_value(module.block_arg(func.body, arg));
    const auto states =
        std::count_if(func.arg_state.begin(), func.arg_state.end(), [](ir::StrId state) { return state.valid(); });
    size.parts += 1 + args + func.results.size() + func.symbols.size() + static_cast<size_t>(states);
  }
  for (uint32_t i = 0; i < module.num_constants(); ++i) size.parts += module.constant(ir::ConstId(i)).name.valid();
  each_op(module, [&](ir::FuncId, ir::OpId op) {
    const bool is_constant = module.kind(op) == ir::OpKind::constant;
    ++(is_constant ? size.parts : size.ops);
    for (uint32_t i = 0; i < module.op(op).num_results; ++i) add_value(module.result(op, i));
  });
  size.text = ir::print_module(module).size();
  return size;
}

Result<Reduced> reduce(const ir::Module& module, const std::function<Result<bool>(ir::Module&)>& interesting,
                       const ReduceOptions& options) {
  Search search(module, interesting, options);
  PSMC_TRY(search.run());
  return std::move(search).result(module);
}

}  // namespace psmc::tools
