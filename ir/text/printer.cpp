// SPDX-License-Identifier: Apache-2.0
#include "ir/text/printer.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/op.h"
#include "ir/text/elements.h"
#include "ir/text/lexer.h"
#include "ir/text/names.h"
#include "ir/text/print_type.h"

namespace psmc::ir {

namespace {

class Printer {
 public:
  Printer(const Module& module, const PrintOptions& options)
      : module_(module), options_(options), constants_(constant_names(module)), names_(module) {}

  void expect(size_t ops) { out_.reserve(ops * 32); }
  void print_own_attrs();
  void print_constants();
  void print_func(FuncId func);
  void print_op_of(FuncId func, OpId op);
  std::string take() { return std::move(out_); }

 private:
  void print_signature(FuncId id);
  void print_state(StrId state);
  void print_block(BlockId block, uint32_t indent);
  void print_op(OpId op, uint32_t indent);
  void print_results(OpId op);
  void print_body_of(OpId op, uint32_t indent);
  void print_constant_op(OpId op);
  void print_data(const Constant& constant);
  void print_call(OpId op);
  void print_for(OpId op);
  bool print_bound(OpId op, std::string_view attr, uint32_t& next_operand);
  void print_access(OpId op, uint32_t first);
  bool has_plain_map(OpId op, uint32_t first) const;
  void print_row(OpId op, uint32_t first, size_t row);
  void print_rest(OpId op, std::initializer_list<std::string_view> shown);
  void print_generic(OpId op);
  void print_loc(OpId op);
  void list(std::span<const ValueId> values);
  void name(ValueId value) { names_.append(out_, value); }
  const std::string& type(TypeId id);
  const std::string& attrs(AttrId id);

  const Module& module_;
  PrintOptions options_;
  std::vector<std::string> constants_;
  std::vector<std::string> types_, attrs_;  ///< as printed, by id; empty: not yet
  ValueNames names_;
  std::string out_;
};

const std::string& Printer::type(TypeId id) {
  if (id.index >= types_.size()) types_.resize(id.index + size_t{1});
  if (types_[id.index].empty()) types_[id.index] = print_type(module_, module_.type(id));
  return types_[id.index];
}

// With a space before it, empty if there are none.
const std::string& Printer::attrs(AttrId id) {
  static const std::string kNone;
  if (!id.valid()) return kNone;
  if (id.index >= attrs_.size()) attrs_.resize(std::max(id.index + size_t{1}, 2 * attrs_.size()));
  if (attrs_[id.index].empty()) attrs_[id.index] = " " + print_attrs(module_, id);
  return attrs_[id.index];
}

void Printer::print_own_attrs() {
  if (module_.own_attrs.valid()) out_ += "module" + attrs(module_.own_attrs) + "\n";
}

void Printer::print_constants() {
  for (uint32_t i = 0; i < module_.num_constants(); ++i) {
    const Constant& constant = module_.constant(ConstId(i));
    if (constants_[i].empty()) continue;
    out_ += fmt::format("const {} : {} = ", constants_[i], type(constant.type));
    if (constant.file.empty()) {
      print_data(constant);
    } else {
      out_ += fmt::format("file({}, {}", quote_text(constant.file), quote_text(constant.entry));
      if (!constant.hash.empty()) out_ += fmt::format(", {}", quote_text(constant.hash));
      out_ += ")";
    }
    out_ += attrs(constant.attrs) + "\n";
  }
}

void Printer::print_data(const Constant& constant) {
  const DType dtype = module_.type(constant.type).dtype;
  const auto bytes = constant.bytes();
  const size_t size = dtype_bytes(dtype);
  const DataForm form = data_form(dtype, bytes);
  if (form == DataForm::hex) {
    out_ += fmt::format("hex \"{}\"", hex_text(bytes));
    return;
  }
  const size_t shown = form == DataForm::splat ? size : bytes.size();
  out_ += form == DataForm::splat ? "splat[" : "dense[";
  for (size_t at = 0; at < shown; at += size) {
    if (at > 0) out_ += ", ";
    out_ += element_text(dtype, bytes.data() + at);
  }
  out_ += "]";
}

void Printer::print_func(FuncId func) {
  names_.use(func);
  if (!out_.empty()) out_ += "\n";
  print_signature(func);
  print_block(module_.func(func).body, 1);
  out_ += "}\n";
}

void Printer::print_op_of(FuncId func, OpId op) {
  names_.use(func);
  print_op(op, 0);
  if (out_.ends_with('\n')) out_.pop_back();
}

void Printer::print_state(StrId state) {
  if (state.valid()) out_ += " state " + print_name('@', module_.text(state));
}

void Printer::print_signature(FuncId id) {
  const Func& func = module_.func(id);
  out_ += "func " + print_name('@', module_.text(func.name));
  for (size_t i = 0; i < func.symbols.size(); ++i) {
    const Symbol& symbol = func.symbols[i];
    out_ += i == 0 ? "[" : ", ";
    const std::string_view text = module_.text(symbol.name);
    out_ +=
        fmt::format("{}: {}..{}", is_plain_name(text) ? std::string(text) : quote_text(text), symbol.low, symbol.high);
  }
  out_ += func.symbols.empty() ? "(" : "](";
  for (uint32_t i = 0; i < module_.block_data(func.body).num_args; ++i) {
    const ValueId arg = module_.block_arg(func.body, i);
    if (i > 0) out_ += ", ";
    name(arg);
    out_ += ": ";
    out_ += type(module_.value(arg).type);
    if (i < func.arg_state.size()) print_state(func.arg_state[i]);
  }
  out_ += ")";
  auto at = [](const std::vector<StrId>& list, size_t i) { return i < list.size() ? list[i] : StrId(); };
  const bool single =
      func.results.size() == 1 && !at(func.result_names, 0).valid() && !at(func.result_state, 0).valid();
  for (size_t i = 0; i < func.results.size(); ++i) {
    out_ += i > 0 ? ", " : single ? " -> " : " -> (";
    if (at(func.result_names, i).valid()) out_ += print_name('%', module_.text(func.result_names[i])) + ": ";
    out_ += type(func.results[i]);
    print_state(at(func.result_state, i));
  }
  if (!func.results.empty() && !single) out_ += ")";
  if (func.attrs.valid()) out_ += " " + print_attrs(module_, func.attrs);
  out_ += " {\n";
}

void Printer::print_block(BlockId block, uint32_t indent) {
  for (OpId op : ops_of(module_, block)) print_op(op, indent);
}

void Printer::print_op(OpId op, uint32_t indent) {
  const OpData& data = module_.op(op);
  out_.append(indent * 2, ' ');
  print_results(op);
  out_ += op_def(data.kind).name;
  switch (data.kind) {
    case OpKind::constant: print_constant_op(op); break;
    case OpKind::call: print_call(op); break;
    case OpKind::for_: print_for(op); break;
    case OpKind::load: print_access(op, 1); break;
    case OpKind::store: print_access(op, 2); break;
    case OpKind::index: print_access(op, 0); break;
    default: print_generic(op); break;
  }
  if (data.num_blocks > 0) print_body_of(op, indent);
  print_loc(op);
  out_ += "\n";
}

void Printer::print_results(OpId op) {
  const uint32_t count = module_.op(op).num_results;
  for (uint32_t i = 0; i < count; ++i) {
    name(module_.result(op, i));
    out_ += i + 1 < count ? ", " : " = ";
  }
}

void Printer::print_body_of(OpId op, uint32_t indent) {
  const bool is_for = module_.kind(op) == OpKind::for_;
  for (uint32_t b = 0; b < module_.op(op).num_blocks; ++b) {
    const BlockId block = module_.block(op, b);
    const uint32_t args = module_.block_data(block).num_args;
    for (uint32_t i = 0; i < args && !is_for; ++i) {
      const ValueId arg = module_.block_arg(block, i);
      out_ += i == 0 ? " (" : ", ";
      name(arg);
      out_ += ": ";
      out_ += type(module_.value(arg).type);
      if (i + 1 == args) out_ += ")";
    }
    out_ += " {\n";
    print_block(block, indent + 1);
    out_.append(indent * 2, ' ');
    out_ += "}";
  }
}

void Printer::list(std::span<const ValueId> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out_ += ", ";
    name(values[i]);
  }
}

void Printer::print_generic(OpId op) {
  const auto operands = module_.operands(op);
  if (!operands.empty()) out_ += ' ';
  list(operands);
  out_ += attrs(module_.op(op).attrs);
  if (op_def(module_.kind(op)).infer || module_.op(op).num_blocks > 0) return;
  for (uint32_t i = 0; i < module_.op(op).num_results; ++i) {
    out_ += i == 0 ? " : " : ", ";
    out_ += type(module_.value(module_.result(op, i)).type);
  }
}

void Printer::print_constant_op(OpId op) {
  const AttrValue* value = module_.find_attr(op, "value");
  const int64_t id = module_.int_attr(op, "id", -1);
  TypeId written;
  if (id >= 0 && id < module_.num_constants()) {
    const std::string& table_name = constants_[static_cast<size_t>(id)];
    out_ += ' ';
    out_ += table_name;
    if (table_name.empty()) {
      const Constant& constant = module_.constant(ConstId(static_cast<uint32_t>(id)));
      print_data(constant);
      written = constant.type;
    }
  } else if (value && module_.op(op).num_results == 1) {
    out_ += " " + print_attr_value(module_, *value);
    written = module_.value(module_.result(op)).type;
  } else {
    return print_generic(op);
  }
  print_rest(op, {"id", "value", "dtype"});
  if (!written.valid()) return;
  out_ += " : ";
  out_ += type(written);
}

void Printer::print_call(OpId op) {
  out_ += " " + print_name('@', module_.str_attr(op, "callee")) + "(";
  list(module_.operands(op));
  out_ += ")";
  print_rest(op, {"callee"});
}

// An integer, sym(...) or a value; false if the op is broken.
bool Printer::print_bound(OpId op, std::string_view attr, uint32_t& next_operand) {
  if (module_.find_attr(op, attr)) {
    const SymList bound = module_.syms_attr(op, attr);
    if (bound.size() != 1) return false;
    const std::string text = print_sym(module_, bound[0]);
    out_ += bound[0].is_constant() ? text : "sym(" + text + ")";
    return true;
  }
  const auto operands = module_.operands(op);
  if (next_operand >= operands.size()) return false;
  name(operands[next_operand++]);
  return true;
}

void Printer::print_for(OpId op) {
  const size_t before = out_.size();
  const auto operands = module_.operands(op);
  const BlockId block = module_.block(op);
  uint32_t next = 0;
  const auto broken = [&] {
    out_.resize(before);
    print_generic(op);
  };
  const uint32_t args = module_.op(op).num_blocks == 1 ? module_.block_data(block).num_args : 0;
  if (args == 0) return broken();
  out_ += ' ';
  name(module_.block_arg(block, 0));
  out_ += " = ";
  if (!print_bound(op, "low", next)) return broken();
  out_ += " to ";
  if (!print_bound(op, "high", next)) return broken();
  if (args != 1 + operands.size() - next) return broken();
  const AttrValue* step = module_.find_attr(op, "step");
  if (step) out_ += " step " + print_attr_value(module_, *step);
  for (uint32_t i = next; i < operands.size(); ++i) {
    out_ += i == next ? " iter(" : ", ";
    name(module_.block_arg(block, 1 + i - next));
    out_ += " = ";
    name(operands[i]);
    if (i + 1 == operands.size()) out_ += ")";
  }
  print_rest(op, {"low", "high", "step"});
}

// Whether reading `[%i * 16 + %j, ...]` back would give exactly these operands and attributes.
bool Printer::has_plain_map(OpId op, uint32_t first) const {
  const auto operands = module_.operands(op);
  if (operands.size() < first || !module_.find_attr(op, "map")) return false;
  const size_t width = operands.size() - first + 1;
  const IntList& map = module_.ints_attr(op, "map");
  const SymList syms = module_.syms_attr(op, "map_syms");
  if (map.size() % width != 0) return false;
  const size_t rows = map.size() / width;
  if (first == 0 && rows != 1) return false;
  if (module_.find_attr(op, "map_syms")) {
    if (syms.size() != rows) return false;
    if (std::all_of(syms.begin(), syms.end(), [](const SymExpr& e) { return e.is_constant(); })) return false;
    if (std::any_of(syms.begin(), syms.end(), [](const SymExpr& e) { return e.constant != 0; })) return false;
  }
  size_t seen = 0;  // operands appear in order, each once
  for (size_t row = 0; row < rows; ++row) {
    for (size_t i = 0; i + 1 < width; ++i) {
      if (map[row * width + i] == 0 || i < seen) continue;
      if (i != seen++) return false;
    }
  }
  for (size_t i = first; i < operands.size(); ++i) {
    if (std::find(operands.begin() + first, operands.begin() + static_cast<std::ptrdiff_t>(i), operands[i]) !=
        operands.begin() + static_cast<std::ptrdiff_t>(i))
      return false;
  }
  return seen + 1 == width;
}

void Printer::print_row(OpId op, uint32_t first, size_t row) {
  const auto operands = module_.operands(op);
  const size_t width = operands.size() - first + 1;
  const IntList& map = module_.ints_attr(op, "map");
  const SymList syms = module_.syms_attr(op, "map_syms");
  const size_t begin = out_.size();
  for (size_t i = 0; i + 1 < width; ++i) {
    const int64_t factor = map[row * width + i];
    if (factor == 0) continue;
    if (out_.size() == begin)
      out_ += factor < 0 ? "-" : "";
    else
      out_ += factor < 0 ? " - " : " + ";
    name(operands[first + i]);
    if (factor != 1 && factor != -1) out_ += fmt::format(" * {}", factor < 0 ? -factor : factor);
  }
  SymExpr rest(map[row * width + width - 1]);
  if (!syms.empty()) rest = rest + syms[row];
  if (rest == SymExpr() && out_.size() != begin) return;
  const std::string tail = print_sym(module_, rest);
  if (out_.size() == begin)
    out_ += tail;
  else
    out_ += tail[0] == '-' ? " - " + tail.substr(1) : " + " + tail;
}

// load %b[...], store %v, %b[...], index ...: `first` operands stand before the index values.
void Printer::print_access(OpId op, uint32_t first) {
  if (!has_plain_map(op, first)) return print_generic(op);
  const auto operands = module_.operands(op);
  const size_t width = operands.size() - first + 1;
  const size_t rows = module_.ints_attr(op, "map").size() / width;
  out_ += ' ';
  list(operands.first(first));
  if (first > 0) out_ += "[";
  for (size_t row = 0; row < rows; ++row) {
    if (row > 0) out_ += ", ";
    print_row(op, first, row);
  }
  if (first > 0) out_ += "]";
  print_rest(op, {"map", "map_syms"});
}

// The attributes that the syntax of the op has not `shown`.
void Printer::print_rest(OpId op, std::initializer_list<std::string_view> shown) {
  const std::string rest = print_attrs(module_, module_.op(op).attrs, shown);
  if (!rest.empty()) out_ += " " + rest;
}

void Printer::print_loc(OpId op) {
  if (!options_.locations || (module_.is_own_place(module_.op(op).loc) && !options_.own_places)) return;
  const Location location = module_.loc(module_.op(op).loc);
  const std::string_view file = module_.text(location.file);
  const bool with_place = location.file.valid() && (options_.own_places || file != module_.source);
  if (!location.label.valid() && !with_place) return;
  out_ += "  loc(";
  if (location.label.valid()) out_ += quote_text(module_.text(location.label));
  if (location.label.valid() && with_place) out_ += ", ";
  if (with_place) out_ += fmt::format("{}:{}:{}", quote_text(file), location.line, location.column);
  out_ += ")";
}

}  // namespace

std::string print_module(const Module& module, const PrintOptions& options) {
  Printer printer(module, options);
  printer.expect(module.num_ops());
  printer.print_own_attrs();
  printer.print_constants();
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    if (!module.func(FuncId(i)).erased) printer.print_func(FuncId(i));
  }
  return printer.take();
}

std::string print_func(const Module& module, FuncId func, const PrintOptions& options) {
  Printer printer(module, options);
  printer.print_func(func);
  return printer.take();
}

std::string print_op(const Module& module, OpId op, const PrintOptions& options) {
  BlockId block = module.op(op).parent;
  while (block.valid() && module.block_data(block).parent_op.valid()) {
    block = module.op(module.block_data(block).parent_op).parent;
  }
  if (!block.valid()) return std::string(op_def(module.kind(op)).name);
  Printer printer(module, options);
  printer.print_op_of(module.block_data(block).parent_func, op);
  return printer.take();
}

}  // namespace psmc::ir
