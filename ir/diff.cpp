// SPDX-License-Identifier: Apache-2.0
// Two modules side by side, without aligning their texts.
//
// Each op gets a number such that equal numbers mean: the same kind, attributes and result types on operands of equal
// numbers, with equal blocks. Both modules share the table, so an op of one has a partner in the other exactly if its
// number stands there as often. (Value numbering, with the words spelled out instead of hashed: no collisions.)
//   - A constant is numbered by its bytes, a block argument by its depth and place, an argument by its place.
//   - An op with effects and results (load, alloc) is one of its own: the first with such a key, the second ...
//   - The order of ops with effects is compared where all else is equal.
// Of the ops without partner those are told whose operands have partners: they are the causes, the rest follows from
// them.
#include "ir/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "ir/op.h"
#include "ir/sha256.h"
#include "ir/text/print_type.h"
#include "ir/text/printer.h"
#include "ir/verify.h"

namespace psmc::ir {
namespace {

using Numbers = std::unordered_map<std::string, uint32_t>;

uint32_t number_of(Numbers& numbers, const std::string& key) {
  return numbers.try_emplace(key, static_cast<uint32_t>(numbers.size())).first->second;
}

struct NumberedOp {
  OpId op;
  uint32_t number = 0;
  uint32_t last_inside = 0;  ///< ops from the next one up to this index are in its blocks
};

/// The ops of one function, numbered.
class Shape {
 public:
  Shape(const Module& module, FuncId func, Numbers& numbers) : module_(module), numbers_(numbers) {
    block(module.func(func).body, 0);
  }
  std::vector<NumberedOp> ops;    ///< outer before inner
  std::vector<uint32_t> effects;  ///< of ops with effects, in order
  uint32_t value(ValueId id) const { return values_.at(id); }

 private:
  std::string block(BlockId block, uint32_t depth);
  uint32_t op(OpId id, uint32_t depth);
  std::string attrs(OpId id) const;
  std::string constant(ConstId id) const;

  const Module& module_;
  Numbers& numbers_;
  std::unordered_map<ValueId, uint32_t> values_;
  std::map<std::string, uint32_t> times_;  ///< an op with effects and results of this key was seen
};

std::string Shape::constant(ConstId id) const {
  const Constant& constant = module_.constant(id);
  const std::string type = print_type(module_, module_.type(constant.type)) + print_attrs(module_, constant.attrs);
  if (constant.bytes().empty() && !constant.file.empty()) return type + " " + constant.file + " " + constant.entry;
  return type + " " + sha256_hex(constant.bytes());
}

std::string Shape::attrs(OpId id) const {
  if (module_.kind(id) != OpKind::constant || !module_.find_attr(id, "id"))
    return print_attrs(module_, module_.op(id).attrs);
  const auto index = static_cast<uint32_t>(module_.int_attr(id, "id"));
  return print_attrs(module_, module_.op(id).attrs, {"id"}) + " " + constant(ConstId(index));
}

/// A text that is equal for equal blocks, whatever the order of ops without effects.
std::string Shape::block(BlockId block, uint32_t depth) {
  for (uint32_t i = 0; i < module_.block_data(block).num_args; ++i) {
    const ValueId arg = module_.block_arg(block, i);
    values_[arg] =
        number_of(numbers_, fmt::format("arg {} {} {}", depth, i, print_type(module_, module_.value_type(arg))));
  }
  std::vector<uint32_t> pure, effectful;
  for (OpId id : ops_of(module_, block)) (op_def(module_.kind(id)).pure ? pure : effectful).push_back(op(id, depth));
  std::sort(pure.begin(), pure.end());
  return fmt::format("{{{} | {}}}", fmt::join(pure, " "), fmt::join(effectful, " "));
}

uint32_t Shape::op(OpId id, uint32_t depth) {
  const OpData& data = module_.op(id);
  const OpDef& def = op_def(data.kind);
  const size_t index = ops.size();
  ops.push_back({id});
  std::string key = fmt::format("{} {}", def.name, attrs(id));
  for (const ValueId operand : module_.operands(id)) key += fmt::format(" {}", value(operand));
  for (uint32_t i = 0; i < data.num_results; ++i)
    key += " : " + print_type(module_, module_.value_type(module_.result(id, i)));
  for (uint32_t i = 0; i < data.num_blocks; ++i) key += block(module_.block(id, i), depth + 1);
  if (!def.pure && data.num_results > 0) key += fmt::format(" #{}", times_[key]++);
  ops[index].number = number_of(numbers_, key);
  ops[index].last_inside = static_cast<uint32_t>(ops.size());
  for (uint32_t i = 0; i < data.num_results; ++i)
    values_[module_.result(id, i)] = number_of(numbers_, fmt::format("result {} {}", ops[index].number, i));
  if (!def.pure) effects.push_back(ops[index].number);
  return ops[index].number;
}

/// How often each number stands among the ops.
std::map<uint32_t, size_t> counts(const Shape& shape) {
  std::map<uint32_t, size_t> result;
  for (const NumberedOp& op : shape.ops) ++result[op.number];
  return result;
}

std::string signature(const Module& module, FuncId id) {
  const Func& func = module.func(id);
  std::vector<std::string> symbols, args, results;
  const auto with_state = [&](TypeId type, const std::vector<StrId>& states, size_t i) {
    const bool has = i < states.size() && states[i].valid();
    return print_type(module, module.type(type)) + (has ? " state @" + std::string(module.text(states[i])) : "");
  };
  for (const Symbol& s : func.symbols) symbols.push_back(fmt::format("{}: {}..{}", module.text(s.name), s.low, s.high));
  for (uint32_t i = 0; i < module.block_data(func.body).num_args; ++i)
    args.push_back(with_state(module.value(module.block_arg(func.body, i)).type, func.arg_state, i));
  for (size_t i = 0; i < func.results.size(); ++i) results.push_back(with_state(func.results[i], func.result_state, i));
  return fmt::format("[{}]({}) -> ({}) {}", fmt::join(symbols, ", "), fmt::join(args, ", "), fmt::join(results, ", "),
                     print_attrs(module, func.attrs));
}

/// One of the two modules.
struct Side {
  const Module& module;
  std::string_view name;
  char sign;
};

std::string op_line(const Side& side, OpId op) {
  const std::string text = print_op(side.module, op);
  const size_t line_end = text.find('\n');
  return fmt::format("  {} {}:{}: {}{}\n", side.sign, side.name, place_of(side.module, op).line,
                     text.substr(0, line_end), line_end == std::string::npos ? "" : " ...");
}

class FuncDiff {
 public:
  FuncDiff(const DiffOptions& options, const Side& first, const Side& second)
      : options_(options), first_(first), second_(second) {}
  std::string run(FuncId first, FuncId second);

 private:
  std::string causes(const Side& side, const Shape& shape, const Shape& other) const;

  const DiffOptions& options_;
  Side first_, second_;
  Numbers numbers_;
};

std::string FuncDiff::run(FuncId first, FuncId second) {
  std::string out;
  const std::string one = signature(first_.module, first), two = signature(second_.module, second);
  if (one != two) out += fmt::format("  - {}\n  + {}\n", one, two);
  const Shape a(first_.module, first, numbers_), b(second_.module, second, numbers_);
  const std::string removed = causes(first_, a, b), added = causes(second_, b, a);
  if (removed.empty() && added.empty() && a.effects != b.effects) {
    const size_t i = static_cast<size_t>(std::mismatch(a.effects.begin(), a.effects.end(), b.effects.begin()).first -
                                         a.effects.begin());
    out += "  the order of effects differs, first here:\n";
    const auto at = [&](const Shape& shape) {
      const auto same = [&](const NumberedOp& op) { return op.number == shape.effects[i]; };
      return std::find_if(shape.ops.begin(), shape.ops.end(), same)->op;
    };
    out += op_line(first_, at(a)) + op_line(second_, at(b));
  }
  return out + removed + added;
}

// Ops of `shape` that `other` does not have, and that no other such op explains.
std::string FuncDiff::causes(const Side& side, const Shape& shape, const Shape& other) const {
  std::map<uint32_t, size_t> left = counts(other);
  std::set<ValueId> differing;  // results of ops without partner
  std::vector<bool> alone(shape.ops.size() + 1, false);
  for (size_t i = 0; i < shape.ops.size(); ++i) {
    const auto partner = left.find(shape.ops[i].number);
    alone[i] = partner == left.end() || partner->second == 0;
    if (!alone[i]) --partner->second;
    if (!alone[i]) continue;
    const OpData& data = side.module.op(shape.ops[i].op);
    for (uint32_t r = 0; r < data.num_results; ++r) differing.insert(side.module.result(shape.ops[i].op, r));
  }
  std::string out;
  size_t shown = 0, more = 0, follow = 0;
  for (size_t i = 0; i < shape.ops.size(); ++i) {
    if (!alone[i]) continue;
    const auto operands = side.module.operands(shape.ops[i].op);
    const auto inside = alone.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    const auto inside_end = alone.begin() + shape.ops[i].last_inside;
    const bool follows =
        std::any_of(operands.begin(), operands.end(), [&](ValueId v) { return differing.contains(v); }) ||
        std::find(inside, inside_end, true) != inside_end;
    if (follows) {
      ++follow;
    } else if (++shown <= options_.max_ops) {
      out += op_line(side, shape.ops[i].op);
    } else {
      ++more;
    }
  }
  if (more > 0) out += fmt::format("  {} {}: {} more\n", side.sign, side.name, more);
  if (follow > 0) out += fmt::format("  {} {}: {} ops differ because of these\n", side.sign, side.name, follow);
  return out;
}

std::map<std::string_view, FuncId> functions(const Module& module) {
  std::map<std::string_view, FuncId> result;
  for (uint32_t i = 0; i < module.num_funcs(); ++i)
    if (!module.func(FuncId(i)).erased) result.emplace(module.text(module.func(FuncId(i)).name), FuncId(i));
  return result;
}

}  // namespace

std::string diff_modules(const Module& first, const Module& second, const DiffOptions& options) {
  const Side one{first, options.first, '-'}, two{second, options.second, '+'};
  std::string out;
  const std::string own = print_attrs(first, first.own_attrs), others = print_attrs(second, second.own_attrs);
  if (own != others) out += fmt::format("module differs\n  - module {}\n  + module {}\n", own, others);
  const auto in_first = functions(first), in_second = functions(second);
  for (const auto& [name, id] : in_first) {
    const auto found = in_second.find(name);
    if (found == in_second.end()) {
      out += fmt::format("func @{} is only in {}\n", name, options.first);
      continue;
    }
    const std::string differences = FuncDiff(options, one, two).run(id, found->second);
    if (!differences.empty()) out += fmt::format("func @{} differs\n{}", name, differences);
  }
  for (const auto& [name, id] : in_second)
    if (!in_first.contains(name)) out += fmt::format("func @{} is only in {}\n", name, options.second);
  return out;
}

}  // namespace psmc::ir
