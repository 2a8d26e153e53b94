// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/json.h"
#include "ir/json/extensions.h"
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
  std::string& member(std::string_view key) {
    next() += json::quote(key);
    return out_ += ": ";
  }

 private:
  std::string& out_;
  char close_;
  bool first_ = true;
};

void append_number(std::string& out, uint32_t number) {
  char digits[10];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

/// What an op or a function has beside itself that may have extensions.
struct Parts {
  uint32_t results = 0, args = 0, blocks = 0, block_args = 0;
  bool has(std::string_view place) const;
};

// The name of a part is the same however it was made: "result.01." is none.
bool Parts::has(std::string_view place) const {
  if (place.empty() || (blocks > 0 && place == "block.")) return true;
  const std::pair<std::string_view, uint32_t> kinds[] = {
      {"result.", results}, {"arg.", args}, {"block.arg.", block_args}};
  for (const auto& [part, count] : kinds) {
    if (!place.starts_with(part)) continue;
    const std::string_view digits = place.substr(part.size());
    uint32_t index = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), index).ptr;
    return index < count && end != digits.data() && fmt::format("{}.", index) == digits;
  }
  return false;
}

class Writer {
 public:
  explicit Writer(const Module& module) : module_(module), numbers_(module.num_values()) {}
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
  void type(TypeId id);
  void write_type(const Type& type);
  void dim(const Dim& dim);
  void sym(const SymExpr& expr);
  void attrs(Joined& object, AttrId id, const Parts& parts);
  bool has_extensions(AttrId id);
  void extensions(Joined& object, AttrId id, std::string_view part = {}, uint32_t index = 0);
  void attr_value(const AttrValue& value);
  void loc(Joined& op, const Location& location);
  void text(Joined& object, std::string_view key, StrId name) {
    if (name.valid()) object.member(key) += json::quote(module_.text(name));
  }
  uint32_t number(ValueId value) {
    uint32_t& known = numbers_[value.index];
    if (known == 0) known = ++next_;
    return known - 1;
  }
  bool has_place(const Location& location) const {
    return location.file.valid() && module_.text(location.file) != module_.source;
  }

  const Module& module_;
  std::vector<std::string> types_, attrs_;  ///< as written, by id; empty: not yet, or attributes with extensions
  std::vector<uint32_t> numbers_;           ///< by value: one more than its number; 0: none yet
  uint32_t next_ = 0;
  std::string out_;
};

std::string Writer::write() {
  out_.reserve(module_.num_ops() * size_t{100});
  out_ += fmt::format("{{\"psmc_ir\": {{\"version\": \"{}\"}},\n \"constants\": [", kJsonIrVersion);
  constants();
  out_ += "],\n \"functions\": [";
  bool first = true;
  for (uint32_t i = 0; i < module_.num_funcs(); ++i) {
    if (module_.func(FuncId(i)).erased) continue;
    out_ += first ? "\n  " : ",\n  ";
    first = false;
    func(FuncId(i));
  }
  out_ += ']';
  for (const Attr& attr : module_.attrs(module_.own_attrs)) {
    const auto extension = extension_of(module_.text(attr.name), attr.value);
    if (extension) out_ += fmt::format(",\n {}: {}", json::quote(extension->key), std::get<std::string>(attr.value));
  }
  out_ += "}\n";
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
  type(constant.type);
  object.member("data");
  data(constant);
  extensions(object, constant.attrs);
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
  next_ = 0;
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
  attrs(object, func.attrs, {static_cast<uint32_t>(func.results.size()), module_.block_data(func.body).num_args, 0, 0});
  object.member("body");
  body(func.body, 3);
  extensions(object, func.attrs);
}

void Writer::symbols(const Func& func) {
  Joined list(out_, '[', ']');
  for (const Symbol& symbol : func.symbols) {
    list.next() += fmt::format("{{\"name\": {}, \"low\": {}, \"high\": {}}}", json::quote(module_.text(symbol.name)),
                               symbol.low, symbol.high);
  }
}

void Writer::value_id(Joined& object, ValueId value) {
  append_number(object.member("id"), number(value));
  text(object, "name", module_.value(value).name);
  object.member("type");
  type(module_.value(value).type);
}

void Writer::args(const Func& func) {
  Joined list(out_, '[', ']');
  for (uint32_t i = 0; i < module_.block_data(func.body).num_args; ++i) {
    list.next();
    Joined object(out_, '{', '}');
    value_id(object, module_.block_arg(func.body, i));
    text(object, "state", func.arg_state[i]);
    extensions(object, func.attrs, "arg", i);
  }
}

void Writer::results(const Func& func) {
  Joined list(out_, '[', ']');
  for (uint32_t i = 0; i < func.results.size(); ++i) {
    list.next();
    Joined object(out_, '{', '}');
    if (i < func.result_names.size()) text(object, "name", func.result_names[i]);
    object.member("type");
    type(func.results[i]);
    if (i < func.result_state.size()) text(object, "state", func.result_state[i]);
    extensions(object, func.attrs, "result", i);
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
    for (ValueId operand : module_.operands(id)) append_number(list.next(), number(operand));
  }
  if (data.num_results > 0) {
    object.member("results");
    op_results(id);
  }
  const BlockId block = data.num_blocks > 0 ? module_.block(id) : BlockId();
  const uint32_t block_args = block.valid() ? module_.block_data(block).num_args : 0;
  attrs(object, data.attrs, {data.num_results, 0, data.num_blocks, block_args});
  if (data.num_blocks > 0) {
    object.member("blocks");
    blocks(id, indent);
  }
  if (!module_.is_own_place(data.loc)) loc(object, module_.loc(data.loc));
  extensions(object, data.attrs);
}

void Writer::op_results(OpId id) {
  Joined list(out_, '[', ']');
  for (uint32_t i = 0; i < module_.op(id).num_results; ++i) {
    list.next();
    Joined object(out_, '{', '}');
    value_id(object, module_.result(id, i));
    extensions(object, module_.op(id).attrs, "result", i);
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
        extensions(arg, module_.op(id).attrs, "block.arg", i);
      }
    }
    object.member("body");
    body(block, indent + 1);
    extensions(object, module_.op(id).attrs, "block");
  }
}

// Equal types are put together once, and so are equal attributes.
void Writer::type(TypeId id) {
  if (id.index >= types_.size()) types_.resize(std::max(id.index + size_t{1}, 2 * types_.size()));
  std::string& known = types_[id.index];
  if (known.empty()) {
    const size_t begin = out_.size();
    write_type(module_.type(id));
    known = out_.substr(begin);
  } else {
    out_ += known;
  }
}

void Writer::write_type(const Type& type) {
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

// Extensions of something that is there are keys of it instead.
void Writer::attrs(Joined& object, AttrId id, const Parts& parts) {
  if (!id.valid()) return;
  if (id.index >= attrs_.size()) attrs_.resize(std::max(id.index + size_t{1}, 2 * attrs_.size()));
  if (!attrs_[id.index].empty()) {
    object.member("attrs") += attrs_[id.index];
    return;
  }
  std::vector<const Attr*> shown;
  for (const Attr& attr : module_.attrs(id)) {
    const auto extension = extension_of(module_.text(attr.name), attr.value);
    if (!extension || !parts.has(extension->place)) shown.push_back(&attr);
  }
  if (shown.empty()) return;
  const size_t begin = object.member("attrs").size();
  {
    Joined dict(out_, '{', '}');
    for (const Attr* attr : shown) {
      dict.member(module_.text(attr->name));
      attr_value(attr->value);
    }
  }
  if (!has_extensions(id)) attrs_[id.index] = out_.substr(begin);
}

bool Writer::has_extensions(AttrId id) {
  const AttrDict& dict = module_.attrs(id);
  return std::any_of(dict.begin(), dict.end(), [&](const Attr& a) { return module_.text(a.name).starts_with("x."); });
}

void Writer::extensions(Joined& object, AttrId id, std::string_view part, uint32_t index) {
  if (!id.valid() || (id.index < attrs_.size() && !attrs_[id.index].empty())) return;
  std::string place;
  for (const Attr& attr : module_.attrs(id)) {
    const auto extension = extension_of(module_.text(attr.name), attr.value);
    if (!extension) continue;
    if (place.empty() && !part.empty()) place = part == "block" ? "block." : fmt::format("{}.{}.", part, index);
    if (extension->place == place) object.member(extension->key) += std::get<std::string>(attr.value);
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

void Writer::loc(Joined& op, const Location& location) {
  if (!location.label.valid() && !has_place(location)) return;
  op.member("loc");
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
