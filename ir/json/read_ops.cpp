// SPDX-License-Identifier: Apache-2.0
// Blocks and ops of JSON-IR.
#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "ir/infer_checked.h"
#include "ir/json/reader.h"
#include "ir/limits.h"

namespace psmc::ir {

using json::Kind;

namespace {

enum OpField : size_t { kOp, kOperands, kResults, kAttrs, kBlocks, kLoc };
constexpr std::string_view kOpKeys[] = {"op", "operands", "results", "attrs", "blocks", "loc"};

Diagnostic with_ops_like(Diagnostic wrong, std::string_view name) {
  std::vector<std::string_view> names;
  for (const OpDef& def : all_op_defs()) names.push_back(def.name);
  const std::string_view near = nearest(name, names);
  if (!near.empty()) wrong.fixes.push_back({wrong.place, json::quote(near)});
  wrong.notes.emplace_back("`psmc --list-ops` shows all of them");
  return wrong;
}

}  // namespace

// At the list of ops.
Status JsonReader::read_block(BlockId block, uint32_t depth) {
  if (depth > kMaxNesting) return fail(Code::too_deep, cursor_.value_begin(), "blocks are nested too deeply");
  const size_t outer = scope_.size();
  PSMC_ASSIGN(json::Walk walk, cursor_.enter('['));
  for (;;) {
    PSMC_ASSIGN(const bool more, cursor_.next(walk));
    if (!more) break;
    const Before before = here();
    const Status done = read_op(block, depth);
    if (!done.ok()) PSMC_TRY(recover_op(before, done.diagnostic()));
  }
  leave(outer);
  return {};
}

Status JsonReader::read_operands(Ref list) {
  operands_.clear();
  if (!list) return {};
  PSMC_TRY(check_kind(list, "operands", Kind::array));
  if (list->count > kMaxOperands) return fail(Code::bad_syntax, list, "too many operands");
  for (const Ref item : list.items()) {
    const ValueId known = item.is_integer() ? visible(item->integer) : ValueId();
    if (!known.valid() && item.is_integer() && poisoned_.contains(item->integer)) return drop();
    if (!known.valid()) return fail(Code::undefined_name, item, "no value of this id is defined here");
    operands_.push_back(known);
  }
  return {};
}

// All or none of the results have a type written.
Status JsonReader::read_written_types(Ref results, std::vector<Type>& written) {
  if (!results) return {};
  for (const Ref result : results.items()) {
    const Ref type = result.find("type");
    if (!type) continue;
    PSMC_ASSIGN(const TypeId id, read_type(type));
    written.push_back(module_.type(id));
  }
  return {};
}

// Whether all types are written, and are `result_types_`, or none.
Result<bool> JsonReader::has_these_types(Ref results) {
  size_t i = 0, typed = 0;
  if (!results) return true;
  for (const Ref result : results.items()) {
    const TypeId wanted = result_types_[i++];
    const Ref type = result.find("type");
    if (!type) continue;
    PSMC_ASSIGN(const TypeId id, read_type(type));
    if (id != wanted) return false;
    ++typed;
  }
  return typed == 0 || typed == i;
}

// Written types are checked against the inferred ones; they may be left out where the definition infers them.
Status JsonReader::read_result_types(const Fields& op, OpKind kind, AttrId attrs) {
  const Ref results = op.value[kResults];
  const size_t count = results ? results->count : 0;
  result_types_.clear();
  if (kind == OpKind::group) {
    if (Status fits = check_op_attrs(module_, kind, operands_, attrs); !fits.ok())
      return fail(fits.diagnostic().code, op.begin, fits.diagnostic().message, fits.diagnostic().notes);
    result_types_.assign(count, module_.type(Type()));
    return {};
  }
  const auto known = memo_.find(module_, kind, operands_, attrs);
  if (known && known->size() == count) {
    result_types_.assign(known->begin(), known->end());
    PSMC_ASSIGN(const bool same, has_these_types(results));
    if (same) return {};
  }
  std::vector<Type> written;
  PSMC_TRY(read_written_types(results, written));
  if (!written.empty() && written.size() != count)
    return fail(Code::json_type, op.begin, "give all types of the results or none");
  auto types = infer_checked(module_, kind, operands_, attrs, written.empty() ? nullptr : &written, count);
  if (!types.ok()) return fail(types.diagnostic().code, op.begin, types.diagnostic().message, types.diagnostic().notes);
  result_types_ = std::move(*types);
  if (!known) memo_.remember(module_, kind, operands_, attrs, result_types_);
  return {};
}

Result<uint32_t> JsonReader::count_blocks(const Fields& fields) {
  if (fields.passed == 0) return uint32_t{0};
  const size_t end = cursor_.at();
  cursor_.move_to(fields.passed);
  if (!cursor_.is('[')) return fail(Code::json_type, fields.passed, "\"blocks\" has the wrong type");
  PSMC_ASSIGN(json::Walk walk, cursor_.enter('['));
  for (uint32_t count = 0;; ++count) {
    PSMC_ASSIGN(const bool more, cursor_.next(walk));
    if (!more || count == 2) {
      cursor_.move_to(end);
      return count;
    }
    PSMC_TRY(cursor_.skip());
  }
}

Status JsonReader::read_op(BlockId block, uint32_t depth) {
  Fields fields;
  PSMC_TRY(read_fields(kOpKeys, "blocks", fields));
  const Ref name = fields.value[kOp], results = fields.value[kResults];
  if (!name) return missing("op", fields.begin);
  PSMC_TRY(check_kind(name, "op", Kind::string));
  const OpDef* def = find_op_def(name->string);
  if (!def) {
    return with_ops_like(fail(Code::unknown_op, name, fmt::format("there is no op {}", json::quote(name->string))),
                         name->string);
  }
  PSMC_TRY(read_operands(fields.value[kOperands]));
  if (results) {
    PSMC_TRY(check_kind(results, "results", Kind::array));
    if (results->count > kMaxOperands) return fail(Code::bad_syntax, results, "too many results");
    uint32_t i = 0;
    for (const Ref result : results.items())
      PSMC_TRY(check_keys(result, {"id", "name", "type"}, &fields.extensions, "result", i++));
  }
  PSMC_ASSIGN(const AttrId own, read_attrs(fields.value[kAttrs]));
  PSMC_ASSIGN(const AttrId attrs, with_extensions(own, std::move(fields.extensions), fields.begin));
  PSMC_ASSIGN(const LocId loc, read_loc(fields.value[kLoc], fields.begin));
  if (uses_poisoned(def->kind, attrs)) return drop();
  PSMC_TRY(read_result_types(fields, def->kind, attrs));
  PSMC_ASSIGN(const uint32_t blocks, count_blocks(fields));
  const uint32_t wanted = def->kind == OpKind::for_ || def->kind == OpKind::group ? 1 : 0;
  if (blocks != wanted) {
    return fail(Code::bad_syntax, fields.begin,
                fmt::format("`{}` has {} blocks, not {}", def->name, wanted, blocks < 2 ? "one" : "more"));
  }
  const OpId op = module_.create(def->kind, operands_, result_types_, attrs, loc, wanted);
  module_.append(block, op);
  const size_t dropped = dropped_;
  if (blocks > 0) PSMC_TRY(read_op_block(fields, op, depth));
  if (dropped_ != dropped) return drop();
  if (def->kind == OpKind::group) PSMC_TRY(take_yielded_types(fields, op));
  if (results) {
    uint32_t i = 0;
    for (const Ref result : results.items()) PSMC_TRY(define(result, module_.result(op, i++)));
  }
  tape_.cut(fields.mark);
  return {};
}

Status JsonReader::read_op_block(const Fields& fields, OpId op, uint32_t depth) {
  static constexpr std::string_view kKeys[] = {"args", "body"};
  const size_t end = cursor_.at();
  cursor_.move_to(fields.passed);
  PSMC_TRY(cursor_.enter('['));
  Fields inner;
  PSMC_TRY(read_fields(kKeys, "body", inner));
  const size_t outer = scope_.size();
  for (const Attr& extension : inner.extensions) {
    const std::string name(module_.text(extension.name));
    module_.set_attr(op, "x.block." + name.substr(2), extension.value);
  }
  if (inner.value[0]) PSMC_TRY(read_block_args(inner.value[0], op));
  if (inner.passed == 0) return missing("body", inner.begin);
  cursor_.move_to(inner.passed);
  if (!cursor_.is('[')) return fail(Code::json_type, inner.passed, "\"body\" has the wrong type");
  PSMC_TRY(read_block(module_.block(op), depth + 1));
  leave(outer);
  cursor_.move_to(end);
  return {};
}

Status JsonReader::read_block_args(Ref list, OpId op) {
  PSMC_TRY(check_kind(list, "args", Kind::array));
  std::vector<TypeId> types;
  AttrDict extensions;
  for (const Ref arg : list.items()) {
    PSMC_TRY(check_keys(arg, {"id", "name", "type"}, &extensions, "block.arg", static_cast<uint32_t>(types.size())));
    PSMC_ASSIGN(const TypeId type, type_of(arg));
    types.push_back(type);
  }
  for (const Attr& extension : extensions) module_.set_attr(op, module_.text(extension.name), extension.value);
  module_.add_block_args(module_.block(op), types);
  uint32_t i = 0;
  for (const Ref arg : list.items()) PSMC_TRY(define(arg, module_.block_arg(module_.block(op), i++)));
  return {};
}

Status JsonReader::take_yielded_types(const Fields& fields, OpId op) {
  const OpId last = module_.terminator(module_.block(op));
  const bool ends = last.valid() && module_.kind(last) == OpKind::yield;
  if (!ends || module_.op(last).num_operands != module_.op(op).num_results) {
    return fail(Code::bad_syntax, fields.begin,
                "the block must end with a `yield` of as many values as there are results");
  }
  if (!fields.value[kResults]) return {};
  uint32_t i = 0;
  for (const Ref result : fields.value[kResults].items()) {
    const TypeId type = module_.value(module_.operand(last, i)).type;
    if (result.find("type")) {
      PSMC_ASSIGN(const TypeId written, type_of(result));
      if (written != type)
        return fail(types_differ(module_, OpKind::group, {module_.type(type)}).code, result,
                    "this is not the type that is yielded");
    }
    module_.set_value_type(module_.result(op, i++), type);
  }
  return {};
}

}  // namespace psmc::ir
