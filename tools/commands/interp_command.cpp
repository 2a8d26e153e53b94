// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/interp_command.h"

#include "tools/commands/bindings.h"
#include "tools/driver/load.h"
#include "tools/validate/inputs.h"

#include "base/nearest.h"
#include "ir/interp/interpreter.h"

#include <fmt/format.h>

#include <cstdio>

namespace psmc::tools {
namespace {

std::string name_or(const ir::Module& module, ir::StrId name, std::string otherwise) {
  return name.valid() ? std::string(module.text(name)) : std::move(otherwise);
}

Result<ir::FuncId> choose_func(const ir::Module& module, const std::string& wanted) {
  std::vector<std::string_view> names;
  std::vector<ir::FuncId> found;
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    const ir::Func& func = module.func(ir::FuncId(i));
    if (func.erased) continue;
    if (!wanted.empty() && module.text(func.name) == wanted) return ir::FuncId(i);
    found.push_back(ir::FuncId(i));
    names.push_back(module.text(func.name));
  }
  if (wanted.empty() && found.size() == 1) return found[0];
  const std::vector<std::string> notes = names_there_are(wanted, names, "functions of the module");
  if (wanted.empty()) return error(Code::bad_option, "name the function with --func", notes);
  return error(Code::unknown_binding, fmt::format("the module has no function '{}'", wanted), notes);
}

Result<ir::SymbolValues> symbol_values(const ir::Module& module, ir::FuncId func,
                                       const std::vector<std::string>& texts) {
  PSMC_ASSIGN(const Bindings given, parse_bindings(texts, "--symbol"));
  ir::SymbolValues values;
  std::vector<std::string> names;
  for (const ir::Symbol& symbol : module.func(func).symbols) names.emplace_back(module.text(symbol.name));
  PSMC_TRY(check_names(given, "--symbol", names, "symbols of the function"));
  for (const auto& [name, text] : given) {
    PSMC_ASSIGN(const int64_t value, parse_integer(text, fmt::format("symbol '{}'", name)));
    values.emplace_back(module.find_str(name), value);
  }
  PSMC_TRY(ir::check_symbols(module, func, values));
  return values;
}

struct Arguments {
  std::vector<std::string> names;
  std::vector<ir::Array> arrays;
};

Result<Arguments> read_arguments(const ir::Module& module, ir::FuncId id, const std::vector<std::string>& texts,
                                 const ir::SymbolValues& symbols) {
  PSMC_ASSIGN(const Bindings given, parse_bindings(texts, "--input"));
  const ir::Func& func = module.func(id);
  Arguments arguments;
  const uint32_t count = module.block_data(func.body).num_args;
  for (uint32_t i = 0; i < count; ++i)
    arguments.names.push_back(
        name_or(module, module.value(module.block_arg(func.body, i)).name, fmt::format("arg{}", i)));
  PSMC_TRY(check_names(given, "--input", arguments.names, "arguments of the function"));
  for (uint32_t i = 0; i < count; ++i) {
    const ir::ValueId arg = module.block_arg(func.body, i);
    const ir::Type& type = module.value_type(arg);
    if (type.max_elements() > int64_t{1} << 32)
      return error(Code::too_large, fmt::format("argument {} has more elements than can be interpreted", i));
    const std::string& name = arguments.names[i];
    const std::vector<int64_t> shape = shape_at(type, symbols);
    const bool optional = type.is_buffer() || (i < func.arg_state.size() && func.arg_state[i].valid());
    const std::string* value = find_binding(given, name);
    if (!value && !optional)
      return error(Code::unknown_binding, fmt::format("input '{}' is not given", name),
                   {fmt::format("--input {}=FILE.npy", name),
                    fmt::format("arguments of the function: {}", fmt::join(arguments.names, ", "))});
    if (!value) {
      arguments.arrays.emplace_back(type.dtype, shape);
      continue;
    }
    PSMC_ASSIGN(ir::Array array,
                bound_array(*value, {fmt::format("input '{}'", name), type.dtype, shape, Code::interp_arguments}));
    arguments.arrays.push_back(std::move(array));
  }
  return arguments;
}

Status give(const InterpCommand& command, const std::string& name, const ir::Array& array) {
  if (!command.output.empty()) return write_array(command.output, name, array);
  std::fputs(array_text(name, array).c_str(), stdout);
  return {};
}

ir::InterpOptions options_of(const InterpCommand& command) {
  ir::InterpOptions options;
  options.max_steps = command.max_steps;
  return options;
}

Status with_hint(Status status) {
  if (status.ok() || status.diagnostic().code != Code::interp_limit) return status;
  Diagnostic limit = status.diagnostic();
  limit.notes.emplace_back("--max-steps allows more");
  return limit;
}

Status run_loops(const ir::Module& module, ir::FuncId func, const InterpCommand& command, Arguments arguments,
                 const ir::SymbolValues& symbols) {
  std::vector<ir::Array*> buffers;
  for (ir::Array& array : arguments.arrays) buffers.push_back(&array);
  PSMC_TRY(with_hint(ir::interpret_loops(module, func, buffers, symbols, options_of(command))));
  for (size_t i = 0; i < buffers.size(); ++i) PSMC_TRY(give(command, arguments.names[i], *buffers[i]));
  return {};
}

Status run_graph(const ir::Module& module, ir::FuncId id, const InterpCommand& command, const Arguments& arguments,
                 const ir::SymbolValues& symbols) {
  Result<std::vector<ir::Array>> ran = ir::interpret(module, id, arguments.arrays, symbols, options_of(command));
  if (!ran.ok()) return with_hint(ran.diagnostic());
  const std::vector<ir::Array>& results = *ran;
  const ir::Func& func = module.func(id);
  for (size_t i = 0; i < results.size(); ++i) {
    const ir::StrId state = i < func.result_state.size() ? func.result_state[i] : ir::StrId();
    const ir::StrId named = i < func.result_names.size() ? func.result_names[i] : ir::StrId();
    const std::string name = name_or(module, state.valid() ? state : named, fmt::format("result{}", i));
    PSMC_TRY(give(command, name, results[i]));
  }
  return {};
}

}  // namespace

Result<int> interp(const InterpCommand& command) {
  PSMC_ASSIGN(const ir::Module module, load_ir(command.in, command.reporting.max_errors));
  PSMC_ASSIGN(const ir::FuncId func, choose_func(module, command.func));
  PSMC_ASSIGN(const ir::SymbolValues symbols, symbol_values(module, func, command.symbols));
  PSMC_ASSIGN(Arguments arguments, read_arguments(module, func, command.inputs, symbols));
  const ir::BlockId body = module.func(func).body;
  bool loops = false;
  for (uint32_t i = 0; i < module.block_data(body).num_args; ++i)
    loops |= module.value_type(module.block_arg(body, i)).is_buffer();
  if (loops)
    PSMC_TRY(run_loops(module, func, command, std::move(arguments), symbols));
  else
    PSMC_TRY(run_graph(module, func, command, arguments, symbols));
  return 0;
}

}  // namespace psmc::tools
