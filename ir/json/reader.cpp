// SPDX-License-Identifier: Apache-2.0
// Functions, blocks and ops of JSON-IR. Signatures are read before bodies, so that a call may come before its callee.
#include "ir/json/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/infer_checked.h"
#include "ir/limits.h"

namespace psmc::ir {

using json::Kind;

Result<Module> read_json(std::string file, std::string text) {
  PSMC_ASSIGN(const json::Document document, json::parse(file, std::move(text)));
  Module module;
  module.source = file;
  const size_t slash = file.rfind('/');
  if (slash != std::string::npos) module.folder = file.substr(0, slash + 1);
  PSMC_TRY(JsonReader(document, module).read());
  return module;
}

Status JsonReader::check_version(const Object& root) const {
  PSMC_ASSIGN(const json::Value* header, member(root, "psmc_ir", Kind::object));
  PSMC_ASSIGN(const std::string version, document_.get_string(*header, "version"));
  if (version == kJsonIrVersion) return {};
  return fail(Code::json_version, *header->find("version"),
              fmt::format("this is JSON-IR {}, but only {} can be read", json::quote(version), kJsonIrVersion));
}

Status JsonReader::read() {
  const json::Value& root = document_.root;
  PSMC_TRY(check_keys(root, {"psmc_ir", "constants", "functions"}));
  PSMC_TRY(check_version(root));
  if (root.find("constants")) {
    PSMC_ASSIGN(const json::Value* constants, member(root, "constants", Kind::array));
    for (const json::Value& value : constants->items) PSMC_TRY(read_constant(value));
  }
  PSMC_ASSIGN(const json::Value* functions, member(root, "functions", Kind::array));
  for (const json::Value& value : functions->items) PSMC_TRY(read_signature(value));
  for (uint32_t i = 0; i < module_.num_funcs(); ++i) PSMC_TRY(read_body(functions->items[i], FuncId(i)));
  return {};
}

Status JsonReader::read_symbols(const Object& value) {
  symbols_.clear();
  if (!value.find("symbols")) return {};
  PSMC_ASSIGN(const json::Value* list, member(value, "symbols", Kind::array));
  if (list->items.size() > kMaxSymbols) return fail(Code::bad_syntax, *list, "too many symbols");
  for (const json::Value& item : list->items) {
    PSMC_TRY(check_keys(item, {"name", "low", "high"}));
    PSMC_ASSIGN(const std::string name, document_.get_string(item, "name"));
    PSMC_ASSIGN(const int64_t low, document_.get_int(item, "low", -kMaxSymbol, kMaxSymbol));
    PSMC_ASSIGN(const int64_t high, document_.get_int(item, "high", low, kMaxSymbol));
    const StrId id = module_.str(name);
    if (name.empty() || std::any_of(symbols_.begin(), symbols_.end(), [&](const Symbol& s) { return s.name == id; })) {
      return fail(Code::redefined_name, item,
                  fmt::format("the symbol {} is declared twice or empty", json::quote(name)));
    }
    symbols_.push_back({id, low, high});
  }
  return {};
}

Status JsonReader::read_signature(const Object& value) {
  PSMC_TRY(check_keys(value, {"name", "symbols", "args", "results", "attrs", "body"}));
  PSMC_ASSIGN(const std::string name, document_.get_string(value, "name"));
  if (!func_names_.insert(name).second)
    return fail(Code::redefined_name, value, fmt::format("two functions are called {}", json::quote(name)));
  PSMC_TRY(read_symbols(value));
  PSMC_ASSIGN(const json::Value* args, member(value, "args", Kind::array));
  std::vector<TypeId> types;
  std::vector<StrId> states;
  for (const json::Value& arg : args->items) {
    PSMC_TRY(check_keys(arg, {"id", "name", "type", "state"}));
    PSMC_ASSIGN(const Type type, read_type(arg, "type"));
    PSMC_ASSIGN(const StrId state, optional_name(arg, "state"));
    types.push_back(module_.type(type));
    states.push_back(state);
  }
  Func& func = module_.func(module_.create_func(name, types));
  func.symbols = symbols_;
  func.arg_state = std::move(states);
  PSMC_ASSIGN(func.attrs, read_attrs(value));
  return read_results(value, func);
}

Status JsonReader::read_results(const Object& value, Func& func) {
  PSMC_ASSIGN(const json::Value* results, member(value, "results", Kind::array));
  for (const json::Value& result : results->items) {
    PSMC_TRY(check_keys(result, {"name", "type", "state"}));
    PSMC_ASSIGN(const Type type, read_type(result, "type"));
    PSMC_ASSIGN(const StrId name, optional_name(result, "name"));
    PSMC_ASSIGN(const StrId state, optional_name(result, "state"));
    func.results.push_back(module_.type(type));
    func.result_names.push_back(name);
    func.result_state.push_back(state);
  }
  return {};
}

Status JsonReader::read_body(const Object& value, FuncId func) {
  symbols_ = module_.func(func).symbols;
  values_.clear();
  scope_.clear();
  const auto& args = value.find("args")->items;
  const BlockId block = module_.func(func).body;
  for (uint32_t i = 0; i < args.size(); ++i) PSMC_TRY(define(args[i], module_.block_arg(block, i)));
  PSMC_ASSIGN(const json::Value* body, member(value, "body", Kind::array));
  return read_block(*body, block, 0);
}

// `value` has an "id" and may have a "name".
Status JsonReader::define(const Object& value, ValueId id) {
  PSMC_ASSIGN(const int64_t number, document_.get_int(value, "id", 0, std::numeric_limits<int64_t>::max()));
  if (!values_.emplace(number, id).second) {
    return fail(Code::redefined_name, value, fmt::format("the value {} is defined already", number));
  }
  scope_.push_back(number);
  PSMC_ASSIGN(const StrId name, optional_name(value, "name"));
  if (name.valid()) module_.set_name(id, module_.text(name));
  return {};
}

Status JsonReader::read_block(const json::Value& list, BlockId block, uint32_t depth) {
  if (depth > kMaxNesting) return fail(Code::too_deep, list, "blocks are nested too deeply");
  const size_t outer = scope_.size();
  for (const json::Value& op : list.items) PSMC_TRY(read_op(op, block, depth));
  for (; scope_.size() > outer; scope_.pop_back()) values_.erase(scope_.back());
  return {};
}

Status JsonReader::read_operands(const Object& value, std::vector<ValueId>& operands) const {
  if (!value.find("operands")) return {};
  PSMC_ASSIGN(const json::Value* list, member(value, "operands", Kind::array));
  if (list->items.size() > kMaxOperands) return fail(Code::bad_syntax, *list, "too many operands");
  for (const json::Value& item : list->items) {
    const auto known = item.kind == Kind::integer ? values_.find(item.integer) : values_.end();
    if (known == values_.end()) return fail(Code::undefined_name, item, "no value of this id is defined here");
    operands.push_back(known->second);
  }
  return {};
}

// Written types are checked against the inferred ones; they may be left out where the definition infers them.
Result<std::vector<TypeId>> JsonReader::result_types(const Object& value, OpKind kind,
                                                     std::span<const ValueId> operands, AttrId attrs) {
  std::vector<Type> written;
  size_t count = 0;
  if (value.find("results")) {
    PSMC_ASSIGN(const json::Value* results, member(value, "results", Kind::array));
    count = results->items.size();
    for (const json::Value& result : results->items) {
      PSMC_TRY(check_keys(result, {"id", "name", "type"}));
      if (!result.find("type")) continue;
      PSMC_ASSIGN(Type type, read_type(result, "type"));
      written.push_back(std::move(type));
    }
  }
  if (!written.empty() && written.size() != count)
    return fail(Code::json_type, value, "give all types of the results or none");
  if (kind == OpKind::group) {
    if (Status fits = check_op_attrs(module_, kind, operands, attrs); !fits.ok()) {
      return fail(fits.diagnostic().code, value, fits.diagnostic().message);
    }
    return std::vector<TypeId>(count, module_.type(Type()));
  }
  auto types = infer_checked(module_, kind, operands, attrs, written.empty() ? nullptr : &written, count);
  if (!types.ok()) return fail(types.diagnostic().code, value, types.diagnostic().message);
  return types;
}

Status JsonReader::read_op(const json::Value& value, BlockId block, uint32_t depth) {
  PSMC_TRY(check_keys(value, {"op", "operands", "results", "attrs", "blocks", "loc"}));
  PSMC_ASSIGN(const json::Value* name, member(value, "op", Kind::string));
  const OpDef* def = find_op_def(name->string);
  if (!def) return fail(Code::unknown_op, *name, fmt::format("there is no op {}", json::quote(name->string)));
  std::vector<ValueId> operands;
  PSMC_TRY(read_operands(value, operands));
  PSMC_ASSIGN(const AttrId attrs, read_attrs(value));
  PSMC_ASSIGN(const LocId loc, read_loc(value));
  PSMC_ASSIGN(const std::vector<TypeId> types, result_types(value, def->kind, operands, attrs));
  size_t blocks = 0;
  if (value.find("blocks")) {
    PSMC_ASSIGN(const json::Value* list, member(value, "blocks", Kind::array));
    blocks = list->items.size();
  }
  const size_t wanted = def->kind == OpKind::for_ || def->kind == OpKind::group ? 1 : 0;
  if (blocks != wanted)
    return fail(Code::bad_syntax, value, fmt::format("`{}` has {} blocks, not {}", def->name, wanted, blocks));
  const OpId op = module_.create(def->kind, operands, types, attrs, loc, static_cast<uint32_t>(wanted));
  module_.append(block, op);
  if (blocks > 0) PSMC_TRY(read_op_blocks(value, op, depth));
  if (def->kind == OpKind::group) PSMC_TRY(take_yielded_types(value, op));
  const json::Value* results = value.find("results");
  for (uint32_t i = 0; results && i < results->items.size(); ++i) {
    PSMC_TRY(define(results->items[i], module_.result(op, i)));
  }
  return {};
}

Status JsonReader::read_op_blocks(const Object& value, OpId op, uint32_t depth) {
  const json::Value& item = value.find("blocks")->items[0];
  PSMC_TRY(check_keys(item, {"args", "body"}));
  const size_t outer = scope_.size();
  if (item.find("args")) {
    PSMC_ASSIGN(const json::Value* args, member(item, "args", Kind::array));
    std::vector<TypeId> types;
    for (const json::Value& arg : args->items) {
      PSMC_TRY(check_keys(arg, {"id", "name", "type"}));
      PSMC_ASSIGN(const Type type, read_type(arg, "type"));
      types.push_back(module_.type(type));
    }
    module_.add_block_args(module_.block(op), types);
    for (uint32_t i = 0; i < types.size(); ++i)
      PSMC_TRY(define(args->items[i], module_.block_arg(module_.block(op), i)));
  }
  PSMC_ASSIGN(const json::Value* body, member(item, "body", Kind::array));
  PSMC_TRY(read_block(*body, module_.block(op), depth + 1));
  for (; scope_.size() > outer; scope_.pop_back()) values_.erase(scope_.back());
  return {};
}

Status JsonReader::take_yielded_types(const Object& value, OpId op) {
  const OpId last = module_.terminator(module_.block(op));
  const bool ends = last.valid() && module_.kind(last) == OpKind::yield;
  if (!ends || module_.op(last).num_operands != module_.op(op).num_results) {
    return fail(Code::bad_syntax, value, "the block must end with a `yield` of as many values as there are results");
  }
  for (uint32_t i = 0; i < module_.op(op).num_results; ++i) {
    const TypeId type = module_.value(module_.operand(last, i)).type;
    const json::Value& result = value.find("results")->items[i];
    if (result.find("type")) {
      PSMC_ASSIGN(const Type written, read_type(result, "type"));
      if (written != module_.type(type))
        return fail(types_differ(module_, OpKind::group, {module_.type(type)}).code, result,
                    "this is not the type that is yielded");
    }
    module_.set_value_type(module_.result(op, i), type);
  }
  return {};
}

}  // namespace psmc::ir
