// SPDX-License-Identifier: Apache-2.0
// Interning, blocks, functions and constants of a module; ops stand in module_ops.cpp.
#include "ir/module.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace psmc::ir {

namespace {

void add_expr(Hasher& hasher, const SymExpr& expr) {
  hasher.add(static_cast<uint64_t>(expr.constant));
  for (const auto& [symbol, coefficient] : expr.terms) {
    hasher.add(symbol.index);
    hasher.add(static_cast<uint64_t>(coefficient));
  }
}

uint64_t hash_of(StrId name) {
  Hasher hasher;
  hasher.add(name.index);
  return hasher.value();
}

uint64_t hash_of(const Type& type) {
  Hasher hasher;
  hasher.add(static_cast<uint64_t>(type.kind) << 16 | static_cast<uint64_t>(type.dtype) << 8 |
             static_cast<uint64_t>(type.space));
  for (const Dim& dim : type.dims) {
    hasher.add(static_cast<uint64_t>(dim.bound));
    add_expr(hasher, dim.size);
  }
  for (int64_t stride : type.strides) hasher.add(static_cast<uint64_t>(stride));
  return hasher.value();
}

uint64_t hash_of(const Location& location) {
  Hasher hasher;
  hasher.add(location.file.index);
  hasher.add(uint64_t{location.line} << 32 | location.column);
  hasher.add(location.label.index);
  return hasher.value();
}

void add_value(Hasher& hasher, const AttrValue& value) {
  hasher.add(value.index());
  if (auto* i = std::get_if<int64_t>(&value)) hasher.add(static_cast<uint64_t>(*i));
  if (auto* d = std::get_if<double>(&value)) hasher.add(std::bit_cast<uint64_t>(*d));
  if (auto* b = std::get_if<bool>(&value)) hasher.add(*b);
  if (auto* s = std::get_if<std::string>(&value)) hasher.add(std::hash<std::string>{}(*s));
  if (auto* t = std::get_if<DType>(&value)) hasher.add(static_cast<uint64_t>(*t));
  if (auto* list = std::get_if<IntList>(&value)) {
    for (int64_t i : *list) hasher.add(static_cast<uint64_t>(i));
  }
  if (auto* list = std::get_if<SymList>(&value)) {
    for (const SymExpr& expr : *list) add_expr(hasher, expr);
  }
}

uint64_t hash_of(const AttrDict& dict) {
  Hasher hasher;
  for (const Attr& attr : dict) {
    hasher.add(attr.name.index);
    add_value(hasher, attr.value);
  }
  return hasher.value();
}

// Symbol expressions that are all numbers become a list of integers, and there is one NaN, so that equal facts have
// equal ids and print alike.
void make_canonical(AttrValue& value) {
  if (auto* number = std::get_if<double>(&value); number && std::isnan(*number)) {
    *number = std::numeric_limits<double>::quiet_NaN();
  }
  const auto* syms = std::get_if<SymList>(&value);
  if (!syms || !std::all_of(syms->begin(), syms->end(), [](const SymExpr& e) { return e.is_constant(); })) return;
  IntList ints;
  for (const SymExpr& expr : *syms) ints.push_back(expr.constant);
  value = std::move(ints);
}

// Bit equality for numbers: -0.0 and 0.0 are different attributes, and a NaN equals itself.
bool same(const AttrDict& a, const AttrDict& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Attr& x, const Attr& y) {
    auto* dx = std::get_if<double>(&x.value);
    auto* dy = std::get_if<double>(&y.value);
    if (dx && dy) return x.name == y.name && std::bit_cast<uint64_t>(*dx) == std::bit_cast<uint64_t>(*dy);
    return x == y;
  });
}
bool same(const Type& a, const Type& b) { return a == b; }
bool same(const Location& a, const Location& b) { return a == b; }

// The index of `item` in `items`, appended if it is new.
template <typename Items, typename T>
uint32_t intern(Items& items, IdTable& index, T item) {
  const uint64_t hash = hash_of(item);
  const uint32_t known = index.find(hash, [&](uint32_t id) { return same(items[id], item); });
  if (known != IdTable::kNone) return known;
  const auto id = static_cast<uint32_t>(items.size());
  items.push_back(std::move(item));
  index.insert(hash, id);
  return id;
}

}  // namespace

StrId Module::str(std::string_view text) { return StrId(strings_.intern(text)); }

StrId Module::find_str(std::string_view text) const { return StrId(strings_.find(text)); }

TypeId Module::type(const Type& type) { return TypeId(intern(types_, type_index_, type)); }

AttrId Module::attrs(AttrDict dict) {
  if (dict.empty()) return {};
  for (Attr& attr : dict) make_canonical(attr.value);
  std::sort(dict.begin(), dict.end(), [&](const Attr& a, const Attr& b) { return text(a.name) < text(b.name); });
  for (size_t i = 1; i < dict.size(); ++i) PSMC_CHECK(dict[i - 1].name != dict[i].name, "attribute given twice");
  return AttrId(intern(attrs_, attr_index_, std::move(dict)));
}

const AttrDict& Module::attrs(AttrId id) const {
  static const AttrDict kEmpty;
  return id.valid() ? attrs_[id.index] : kEmpty;
}

LocId Module::loc(const Location& location) {
  if (location == Location()) return {};
  const bool own = !location.label.valid() && location.file.valid() && text(location.file) == source;
  if (own && location.line < kMostLine && location.column <= kMostColumn)
    return own_place(location.line, location.column);
  return LocId(intern(locs_, loc_index_, location));
}

Location Module::loc(LocId id) const {
  if (!id.valid()) return {};
  if (!(id.index & kPacked)) return locs_[id.index];
  const uint32_t place = id.index & ~kPacked;
  return {find_str(source), place >> kColumnBits, place & kMostColumn, {}};
}

bool Module::is_own_place(LocId id) const { return !id.valid() || id.index & kPacked; }

void Module::reserve(size_t ops) {
  ops += ops / 8;  // for what passes make
  ops_.reserve(ops);
  strings_.reserve(ops);
  values_.reserve(ops);
  operand_pool_.reserve(ops + ops / 2);
}

size_t Module::bytes() const {
  const auto of = [](const auto& array) { return array.size() * sizeof(array[0]); };
  size_t attrs = attr_index_.bytes();
  for (const AttrDict& dict : attrs_) attrs += sizeof(AttrDict) + dict.capacity() * sizeof(Attr);
  return of(ops_) + of(operand_pool_) + of(values_) + of(blocks_) + of(op_blocks_) + of(locs_) + loc_index_.bytes() +
         type_index_.bytes() + types_.size() * sizeof(Type) + attrs;
}

BlockId Module::create_block() {
  blocks_.emplace_back();
  return BlockId(num_blocks() - 1);
}

void Module::add_block_args(BlockId block, std::span<const TypeId> types) {
  BlockData& data = blocks_[block.index];
  PSMC_CHECK(data.num_args == 0, "block arguments are created once");
  data.first_arg = ValueId(num_values());
  data.num_args = static_cast<uint32_t>(types.size());
  for (TypeId type : types) values_.push_back({type, ValueData::kIsArg | block.index});
}

FuncId Module::create_func(std::string_view name, std::span<const TypeId> args) {
  const FuncId id(num_funcs());
  Func func;
  func.name = str(name);
  func.body = create_block();
  func.arg_state.resize(args.size());
  add_block_args(func.body, args);
  blocks_[func.body.index].parent_func = id;
  func_index_.insert(hash_of(func.name), id.index);
  funcs_.push_back(std::move(func));
  return id;
}

FuncId Module::find_func(std::string_view name) const {
  const StrId id = find_str(name);
  if (!id.valid()) return {};
  return FuncId(func_index_.find(hash_of(id), [&](uint32_t i) { return funcs_[i].name == id && !funcs_[i].erased; }));
}

ConstId Module::add_constant(Constant constant) {
  if (constant.name.valid()) constant_index_.insert(hash_of(constant.name), num_constants());
  constants_.push_back(std::move(constant));
  return ConstId(num_constants() - 1);
}

ConstId Module::find_constant(std::string_view name) const {
  const StrId id = find_str(name);
  if (!id.valid()) return {};
  return ConstId(constant_index_.find(hash_of(id), [&](uint32_t i) { return constants_[i].name == id; }));
}

std::span<const std::byte> Module::keep(MappedFile file) {
  files_.push_back(std::make_shared<const MappedFile>(std::move(file)));
  return files_.back()->bytes();
}

}  // namespace psmc::ir
