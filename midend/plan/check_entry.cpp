// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/check_entry.h"

#include <fmt/format.h>

#include <set>

#include "arch/plan.h"
#include "midend/plan/entry_planner.h"

namespace psmc::midend {
namespace {

class EntryChecker {
 public:
  EntryChecker(const ir::Module& module, ir::FuncId func, const arch::Machine& machine)
      : module_(module), func_(module.func(func)), machine_(machine) {}

  Status run() {
    if (func_.symbols.size() > arch::kMaxSymbols)
      return error(Code::unsupported_op, fmt::format("function '{}' has {} symbols, a tile has registers for {}",
                                                     name(), func_.symbols.size(), arch::kMaxSymbols));
    for (const ir::Symbol& symbol : func_.symbols) PSMC_TRY(claim("symbol", std::string(module_.text(symbol.name))));
    const ir::BlockData& body = module_.block_data(func_.body);
    for (uint32_t i = 0; i < body.num_args; ++i) {
      const ir::ValueId value = module_.block_arg(func_.body, i);
      const std::string argument = name_of(module_, value);
      PSMC_TRY(check_tensor("argument", argument, module_.value_type(value)));
      if (!func_.arg_state[i]) PSMC_TRY(claim("argument", argument));
    }
    for (uint32_t i = 0; i < func_.results.size(); ++i) {
      const std::string result = result_name(module_, func_, i);
      PSMC_TRY(check_tensor("result", result, module_.type(func_.results[i])));
      if (!func_.result_state[i]) PSMC_TRY(claim("result", result));
    }
    return {};
  }

 private:
  std::string_view name() const { return module_.text(func_.name); }

  /// The host tells tensors of an entry apart by their names.
  Status claim(std::string_view what, const std::string& tensor) {
    if (names_.insert(tensor).second) return {};
    return error(Code::redefined_name,
                 fmt::format("{} '{}' of function '{}' has the name of another argument, symbol or result", what,
                             tensor, name()),
                 {"rename one of them"});
  }

  Status check_tensor(std::string_view what, const std::string& tensor, const ir::Type& type) {
    __int128 bytes = dtype_bytes(type.dtype);
    for (const int64_t extent : type.bounds()) {
      if (extent == 0)
        return error(Code::unsupported_op,
                     fmt::format("{} '{}' of function '{}' has no elements", what, tensor, name()),
                     {"psmc compiles functions of tensors with at least one element"});
      bytes *= extent;
      if (bytes > machine_.memory.bytes)
        return error(Code::too_large,
                     fmt::format("{} '{}' of function '{}' is larger than the device memory of {} bytes", what, tensor,
                                 name(), machine_.memory.bytes));
    }
    return {};
  }

  const ir::Module& module_;
  const ir::Func& func_;
  const arch::Machine& machine_;
  std::set<std::string> names_;
};

}  // namespace

std::string result_name(const ir::Module& module, const ir::Func& func, uint32_t number) {
  const ir::StrId given = func.result_names[number];
  return given ? std::string(module.text(given)) : fmt::format("result{}", number);
}

Status check_entry(const ir::Module& module, ir::FuncId func, const arch::Machine& machine) {
  return EntryChecker(module, func, machine).run();
}

}  // namespace psmc::midend
