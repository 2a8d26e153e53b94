// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/json.h"
#include "ir/json/json_ir.h"
#include "ir/op.h"
#include "ir/text/elements.h"
#include "ir/text/print_type.h"

namespace psmc::ir {

namespace {

/// Members of one object or items of one array, with commas between them.
class Joined {
 public:
  Joined(std::string& out, char open, char close) : out_(out), close_(close) { out_ += open; }
  ~Joined() { out_ += close_; }
  /// Begins the next item.
  std::string& next() {
    if (!first_) out_ += ", ";
    first_ = false;
    return out_;
  }
  std::string& member(std::string_view key) { return next() += json::quote(key) + ": "; }

 private:
  std::string& out_;
  char close_;
  bool first_ = true;
};

class Writer {
 public:
  explicit Writer(const Module& module) : module_(module) {}
  std::string write();

 private:
  void constants();
  void constant(ConstId id);
  void data(const Constant& constant);
  void func(FuncId id);
  void symbols(const Func& func);
  void args(const Func& func);
  void results(const Func& func);
  void body(BlockId block, uint32_t indent);
  void op(OpId id, uint32_t indent);
  void op_results(OpId id);
  void blocks(OpId id, uint32_t indent);
  void value_id(Joined& object, ValueId value);
  void type(const Type& type);
  void dim(const Dim& dim);
  void sym(const SymExpr& expr);
  void attrs(AttrId id);
  void attr_value(const AttrValue& value);
  void loc(LocId id);
  void text(Joined& object, std::string_view key, StrId name) {
    if (name.valid()) object.member(key) += json::quote(module_.text(name));
  }
  uint32_t number(ValueId value) {
    return numbers_.try_emplace(value, static_cast<uint32_t>(numbers_.size())).first->second;
  }
  bool has_place(const Location& location) const {
    return location.file.valid() && module_.text(location.file) != module_.source;
  }

  const Module& module_;
  std::unordered_map<ValueId, uint32_t> numbers_;
  std::string out_;
};

std::string Writer::write() {
  out_ = fmt::format("{{\"psmc_ir\": {{\"version\": \"{}\"}},\n \"constants\": [", kJsonIrVersion);
  constants();
  out_ += "],\n \"functions\": [";
  bool first = true;
  for (uint32_t i = 0; i < module_.num_funcs(); ++i) {
    if (module_.func(FuncId(i)).erased) continue;
    out_ += first ? "\n  " : ",\n  ";
    first = false;
    func(FuncId(i));
  }
  out_ += "]}\n";
  return std::move(out_);
}

void Writer::constants() {
  for (uint32_t i = 0; i < module_.num_constants(); ++i) {
    out_ += i == 0 ? "\n  " : ",\n  ";
    constant(ConstId(i));
  }
}

void Writer::constant(ConstId id) {
  const Constant& constant = module_.constant(id);
  Joined object(out_, '{', '}');
  object.member("id") += fmt::format("{}", id.index);
  text(object, "name", constant.name);
  object.member("type");
  type(module_.type(constant.type));
  object.member("data");
  data(constant);
}

void Writer::data(const Constant& constant) {
  Joined object(out_, '{', '}');
  if (!constant.file.empty()) {
    object.member("file") += json::quote(constant.file);
    object.member("entry") += json::quote(constant.entry);
    if (!constant.hash.empty()) object.member("sha256") += json::quote(constant.hash);
    return;
  }
  const DType dtype = module_.type(constant.type).dtype;
  const auto bytes = constant.bytes();
  const size_t size = dtype_bytes(dtype);
  auto element = [&](size_t at) {
    const std::string literal = element_text(dtype, bytes.data() + at);
    const bool is_word = literal.ends_with("nan") || literal.ends_with("inf");
    return is_word ? json::quote(literal) : literal;
  };
  switch (data_form(dtype, bytes)) {
    case DataForm::hex: object.member("hex") += json::quote(hex_text(bytes)); return;
    case DataForm::splat: object.member("splat") += element(0); return;
    case DataForm::list: break;
  }
  object.member("dense");
  Joined list(out_, '[', ']');
  for (size_t at = 0; at < bytes.size(); at += size) list.next() += element(at);
}

void Writer::func(FuncId id) {
  const Func& func = module_.func(id);
  numbers_.clear();
  Joined object(out_, '{', '}');
  object.member("name") += json::quote(module_.text(func.name));
  if (!func.symbols.empty()) {
    object.member("symbols");
    symbols(func);
  }
  object.member("args");
  args(func);
  object.member("results");
  results(func);
  if (func.attrs.valid()) {
    object.member("attrs");
    attrs(func.attrs);
  }
  object.member("body");
  body(func.body, 3);
}

void Writer::symbols(const Func& func) {
  Joined list(out_, '[', ']');
  for (const Symbol& symbol : func.symbols) {
    list.next() += fmt::format("{{\"name\": {}, \"low\": {}, \"high\": {}}}", json::quote(module_.text(symbol.name)),
                               symbol.low, symbol.high);
  }
}

void Writer::value_id(Joined& object, ValueId value) {
  object.member("id") += fmt::format("{}", number(value));
  text(object, "name", module_.value(value).name);
  object.member("type");
  type(module_.value_type(value));
}

void Writer::args(const Func& func) {
  Joined list(out_, '[', ']');
  for (uint32_t i = 0; i < module_.block_data(func.body).num_args; ++i) {
    list.next();
    Joined object(out_, '{', '}');
    value_id(object, module_.block_arg(func.body, i));
    text(object, "state", func.arg_state[i]);
  }
}

void Writer::results(const Func& func) {
  Joined list(out_, '[', ']');
  for (size_t i = 0; i < func.results.size(); ++i) {
    list.next();
    Joined object(out_, '{', '}');
    if (i < func.result_names.size()) text(object, "name", func.result_names[i]);
    object.member("type");
    type(module_.type(func.results[i]));
    if (i < func.result_state.size()) text(object, "state", func.result_state[i]);
  }
}

void Writer::body(BlockId block, uint32_t indent) {
  out_ += '[';
  bool first = true;
  for (OpId id : ops_of(module_, block)) {
    out_ += first ? "\n" : ",\n";
    first = false;
    out_.append(indent, ' ');
    op(id, indent);
  }
  out_ += ']';
}

void Writer::op(OpId id, uint32_t indent) {
  const OpData& data = module_.op(id);
  Joined object(out_, '{', '}');
  object.member("op") += json::quote(op_def(data.kind).name);
  if (data.num_operands > 0) {
    object.member("operands");
    Joined list(out_, '[', ']');
    for (ValueId operand : module_.operands(id)) list.next() += fmt::format("{}", number(operand));
  }
  if (data.num_results > 0) {
    object.member("results");
    op_results(id);
  }
  if (data.attrs.valid()) {
    object.member("attrs");
    attrs(data.attrs);
  }
  if (data.num_blocks > 0) {
    object.member("blocks");
    blocks(id, indent);
  }
  const Location& location = module_.loc(data.loc);
  if (!location.label.valid() && !has_place(location)) return;
  object.member("loc");
  loc(data.loc);
}

void Writer::op_results(OpId id) {
  Joined list(out_, '[', ']');
  for (uint32_t i = 0; i < module_.op(id).num_results; ++i) {
    list.next();
    Joined object(out_, '{', '}');
    value_id(object, module_.result(id, i));
  }
}

void Writer::blocks(OpId id, uint32_t indent) {
  Joined list(out_, '[', ']');
  for (uint32_t b = 0; b < module_.op(id).num_blocks; ++b) {
    const BlockId block = module_.block(id, b);
    list.next();
    Joined object(out_, '{', '}');
    if (module_.block_data(block).num_args > 0) {
      object.member("args");
      Joined args(out_, '[', ']');
      for (uint32_t i = 0; i < module_.block_data(block).num_args; ++i) {
        args.next();
        Joined arg(out_, '{', '}');
        value_id(arg, module_.block_arg(block, i));
      }
    }
    object.member("body");
    body(block, indent + 1);
  }
}

void Writer::type(const Type& type) {
  Joined object(out_, '{', '}');
  object.member("kind") += json::quote(type_kind_name(type.kind));
  if (!type.is_tensor() && !type.is_buffer() && !type.is_scalar()) return;
  object.member("dtype") += json::quote(dtype_name(type.dtype));
  if (type.is_scalar()) return;
  {
    object.member("shape");
    Joined list(out_, '[', ']');
    for (const Dim& d : type.dims) {
      list.next();
      dim(d);
    }
  }
  if (!type.is_buffer()) return;
  if (type.space != Space::none) object.member("space") += json::quote(space_name(type.space));
  if (type != buffer_type(type.dtype, type.dims, type.space)) {
    object.member("strides") += fmt::format("[{}]", fmt::join(type.strides, ", "));
  }
}

void Writer::dim(const Dim& dim) {
  if (dim.is_static()) {
    out_ += fmt::format("{}", dim.bound);
    return;
  }
  Joined object(out_, '{', '}');
  object.member("size");
  sym(dim.size);
  object.member("bound") += fmt::format("{}", dim.bound);
}

// 3, or {"pos": 1, "": 3} for pos + 3.
void Writer::sym(const SymExpr& expr) {
  if (expr.is_constant()) {
    out_ += fmt::format("{}", expr.constant);
    return;
  }
  auto terms = expr.terms;
  std::sort(terms.begin(), terms.end(),
            [&](const auto& a, const auto& b) { return module_.text(a.first) < module_.text(b.first); });
  Joined object(out_, '{', '}');
  for (const auto& [symbol, factor] : terms) object.member(module_.text(symbol)) += fmt::format("{}", factor);
  if (expr.constant != 0) object.member("") += fmt::format("{}", expr.constant);
}

void Writer::attrs(AttrId id) {
  Joined object(out_, '{', '}');
  for (const Attr& attr : module_.attrs(id)) {
    object.member(module_.text(attr.name));
    attr_value(attr.value);
  }
}

// Integers, numbers, true and false, strings and lists of integers as themselves; {"dtype": "f32"}, {"syms": [...]} and
// {"number": "nan"} for what JSON has no word for.
void Writer::attr_value(const AttrValue& value) {
  if (auto* s = std::get_if<std::string>(&value)) {
    out_ += json::quote(*s);
  } else if (auto* t = std::get_if<DType>(&value)) {
    out_ += fmt::format("{{\"dtype\": \"{}\"}}", dtype_name(*t));
  } else if (auto* d = std::get_if<double>(&value); d && !std::isfinite(*d)) {
    out_ += fmt::format("{{\"number\": \"{}\"}}", double_text(*d));
  } else if (auto* list = std::get_if<SymList>(&value)) {
    Joined object(out_, '{', '}');
    object.member("syms");
    Joined items(out_, '[', ']');
    for (const SymExpr& expr : *list) {
      items.next();
      sym(expr);
    }
  } else {
    out_ += print_attr_value(module_, value);
  }
}

void Writer::loc(LocId id) {
  const Location& location = module_.loc(id);
  Joined object(out_, '{', '}');
  text(object, "label", location.label);
  if (!has_place(location)) return;
  text(object, "file", location.file);
  object.member("line") += fmt::format("{}", location.line);
  object.member("column") += fmt::format("{}", location.column);
}

}  // namespace

std::string write_json(const Module& module) { return Writer(module).write(); }

}  // namespace psmc::ir
