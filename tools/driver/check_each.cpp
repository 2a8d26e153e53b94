// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/check_each.h"

#include <fmt/format.h>

#include <optional>

#include "ir/clone.h"
#include "ir/entry.h"
#include "ir/verify.h"
#include "tools/validate/difference.h"
#include "tools/validate/inputs.h"
#include "tools/validate/shrink.h"

namespace psmc::tools {
namespace {

struct Run {
  At symbols;
  Numbers numbers;
};
constexpr Run kRuns[] = {{At::low, Numbers::plain},       {At::high, Numbers::sparse},
                         {At::anywhere, Numbers::finite}, {At::anywhere, Numbers::plain},
                         {At::anywhere, Numbers::edges},  {At::low, Numbers::edges},
                         {At::high, Numbers::edges},      {At::anywhere, Numbers::sparse}};

/// Few elements meet few edge values, so small modules run more often: kRounds times all of kRuns.
constexpr double kLittleWork = 1 << 14;
constexpr int kRounds = 3;

constexpr uint64_t kMaxBytes = uint64_t{1} << 31;
/// A pass may make more work: an oracle that stops there would say nothing.
constexpr uint64_t kMoreSteps = 8;

bool is_loops(const ir::Module& module, ir::FuncId func) {
  const ir::BlockId body = module.func(func).body;
  const uint32_t args = module.block_data(body).num_args;
  return args > 0 && module.value_type(module.block_arg(body, 0)).is_buffer();
}

/// Results of a graph-level function; of one at loop level what its buffers hold afterwards.
Result<std::vector<ir::Array>> run(const ir::Module& module, ir::FuncId func, const std::vector<ir::Array>& args,
                                   const ir::SymbolValues& symbols, uint64_t steps) {
  ir::InterpOptions limits;
  limits.max_steps = steps;
  limits.max_bytes = kMaxBytes;
  if (!is_loops(module, func)) return ir::interpret(module, func, args, symbols, limits);
  std::vector<ir::Array> buffers = args;
  std::vector<ir::Array*> pointers;
  for (ir::Array& buffer : buffers) pointers.push_back(&buffer);
  PSMC_TRY(ir::interpret_loops(module, func, pointers, symbols, limits));
  return buffers;
}

/// Compares one function of two modules.
class FuncCheck {
 public:
  FuncCheck(const ir::Module& before, ir::FuncId func, const ir::Module& after, const CheckEachOptions& options)
      : before_(before), func_(func), after_(after), options_(options), random_(options.seed) {}

  Status run_all();
  /// Why some run was not compared; interp_limit: the function is too large.
  const std::optional<Diagnostic>& unchecked() const { return unchecked_; }

 private:
  std::string name() const { return std::string(before_.text(before_.func(func_).name)); }
  Status compare(const Run& kind);
  std::optional<std::vector<ir::Array>> draw(const ir::SymbolValues& symbols, Numbers numbers);
  Diagnostic describe(const TwoRuns& runs, const std::vector<ir::Array>& wanted, const std::vector<ir::Array>& got,
                      const Run& kind) const;

  const ir::Module& before_;
  ir::FuncId func_, other_;
  const ir::Module& after_;
  const CheckEachOptions& options_;
  Random random_;
  std::optional<Diagnostic> unchecked_;
};

Status FuncCheck::run_all() {
  other_ = after_.find_func(name());
  if (!other_.valid()) return error(Code::interp_arguments, fmt::format("@{} is gone", name()));
  for (int round = 0; round < (work_of(before_) < kLittleWork ? kRounds : 1); ++round) {
    for (const Run& kind : kRuns) {
      PSMC_TRY(compare(kind));
      if (unchecked_ && unchecked_->code == Code::interp_limit) return {};
    }
  }
  return {};
}

/// Nothing if the arguments are no arrays, or too large.
std::optional<std::vector<ir::Array>> FuncCheck::draw(const ir::SymbolValues& symbols, Numbers numbers) {
  const ir::BlockId body = before_.func(func_).body;
  uint64_t elements = 0;
  for (uint32_t i = 0; i < before_.block_data(body).num_args; ++i) {
    const ir::Type& type = before_.value_type(before_.block_arg(body, i));
    if (!type.is_tensor() && !type.is_buffer()) {
      unchecked_ = error(Code::interp_unsupported, "an argument is no array");
      return std::nullopt;
    }
    elements += static_cast<uint64_t>(std::min<int64_t>(type.max_elements(), INT32_MAX));
  }
  if (elements > options_.max_steps) {
    unchecked_ = error(Code::interp_limit, "the arguments are too large");
    return std::nullopt;
  }
  std::vector<ir::Array> args;
  for (uint32_t i = 0; i < before_.block_data(body).num_args; ++i) {
    const ir::Type& type = before_.value_type(before_.block_arg(body, i));
    args.push_back(draw_array(random_, type.dtype, shape_at(type, symbols), numbers));
  }
  return args;
}

Status FuncCheck::compare(const Run& kind) {
  const ir::SymbolValues symbols = draw_symbols(random_, before_.func(func_), kind.symbols);
  ir::SymbolValues others;
  for (const auto& [symbol, value] : symbols) others.emplace_back(after_.find_str(before_.text(symbol)), value);
  const auto args = draw(symbols, kind.numbers);
  if (!args) return {};
  const auto wanted = run(before_, func_, *args, symbols, options_.max_steps);
  if (!wanted.ok()) {
    unchecked_ = wanted.diagnostic();
    return {};
  }
  const auto got = run(after_, other_, *args, others, options_.max_steps * kMoreSteps);
  if (!got.ok() && got.diagnostic().code == Code::interp_limit) {
    unchecked_ = got.diagnostic();
    return {};
  }
  if (!got.ok()) return got.diagnostic();
  bool same = got->size() == wanted->size();
  for (size_t i = 0; same && i < got->size(); ++i) same = first_difference((*wanted)[i], (*got)[i]) == -1;
  if (same) return {};
  return describe({before_, func_, after_, other_, *args, symbols, others}, *wanted, *got, kind);
}

Diagnostic FuncCheck::describe(const TwoRuns& runs, const std::vector<ir::Array>& wanted,
                               const std::vector<ir::Array>& got, const Run& kind) const {
  const std::string head = fmt::format("@{} computes other results than before", name());
  if (wanted.size() != got.size())
    return error(Code::interp_arguments, fmt::format("{}: {} instead of {}", head, got.size(), wanted.size()));
  size_t i = 0;
  while (first_difference(wanted[i], got[i]) == -1) ++i;
  const auto& names = before_.func(func_).result_names;
  const std::string result =
      i < names.size() && names[i].valid() ? fmt::format("{} ({})", i, before_.text(names[i])) : std::to_string(i);
  Diagnostic wrong =
      error(Code::interp_arguments, fmt::format("{}: {} {} {}", head, is_loops(before_, func_) ? "buffer" : "result",
                                                result, difference_text(wanted[i], got[i])));
  ir::InterpOptions limits;
  limits.max_steps = options_.max_steps * kMoreSteps;
  limits.max_bytes = kMaxBytes;
  const auto op = is_loops(before_, func_) ? std::nullopt : first_wrong_op(runs, limits);
  if (op) wrong.notes.push_back(op->message);
  if (op) wrong.place = op->place;
  std::string at = fmt::format("inputs: {}, seed {}", text_of(kind.numbers), options_.seed);
  for (const auto& [symbol, value] : runs.symbols) at += fmt::format(", {} = {}", before_.text(symbol), value);
  wrong.notes.push_back(std::move(at));
  return wrong;
}

/// Compares all entries of two modules.
class ModuleCheck {
 public:
  explicit ModuleCheck(const CheckEachOptions& options) : options_(options) {}

  Status compare(const ir::Module& before, const ir::Module& after) {
    for (uint32_t i = 0; i < before.num_funcs(); ++i) {
      if (!ir::is_entry(before, ir::FuncId(i))) continue;
      FuncCheck check(before, ir::FuncId(i), after, options_);
      PSMC_TRY(check.run_all());
      if (!check.unchecked()) continue;
      too_large = too_large || check.unchecked()->code == Code::interp_limit;
      unchecked += fmt::format("{}@{} ({})", unchecked.empty() ? "" : ", ",
                               before.text(before.func(ir::FuncId(i)).name), check.unchecked()->message);
    }
    return {};
  }

  bool too_large = false;
  std::string unchecked;  ///< functions, and why; empty: none

 private:
  const CheckEachOptions& options_;
};

/// The pass on a smaller module. Whatever it does wrong there is wrong: the module is as good as any.
Status check_small(const ir::Module& before, const ir::PassRerun& rerun, const CheckEachOptions& options,
                   std::string& unchecked) {
  const auto small = shrink_extents(before, static_cast<double>(options.max_steps) / 16);
  if (!small) return {};
  ir::Module after = ir::clone_module(*small);
  if (!rerun(after)) return {};
  ModuleCheck check(options);
  Status same = ir::verify_status(after);
  if (same.ok()) same = check.compare(*small, after);
  unchecked = check.unchecked;
  if (same.ok()) return {};
  Diagnostic wrong = same.diagnostic();
  wrong.notes.push_back("found with smaller tensors: the module itself is too large to be interpreted");
  return wrong;
}

}  // namespace

ir::PassCheck same_results(CheckEachOptions options) {
  return [options = std::move(options)](const ir::Module& before, const ir::Module& after,
                                        const ir::PassRerun& rerun) -> Status {
    ModuleCheck check(options);
    PSMC_TRY(check.compare(before, after));
    if (check.too_large && rerun) PSMC_TRY(check_small(before, rerun, options, check.unchecked));
    if (!check.unchecked.empty() && options.note) options.note("not compared in full: " + check.unchecked);
    return {};
  };
}

}  // namespace psmc::tools
