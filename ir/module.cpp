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

class Hasher {
 public:
  void add(uint64_t value) {
    hash_ = (hash_ ^ value) * 0x9e3779b97f4a7c15ull;
    hash_ ^= hash_ >> 29;
  }
  void add(const SymExpr& expr) {
    add(static_cast<uint64_t>(expr.constant));
    for (const auto& [symbol, coefficient] : expr.terms) {
      add(symbol.index);
      add(static_cast<uint64_t>(coefficient));
    }
  }
  size_t value() const { return hash_; }

 private:
  uint64_t hash_ = 0x243f6a8885a308d3ull;
};

size_t hash_of(const Type& type) {
  Hasher hasher;
  hasher.add(static_cast<uint64_t>(type.kind) << 16 | static_cast<uint64_t>(type.dtype) << 8 |
             static_cast<uint64_t>(type.space));
  for (const Dim& dim : type.dims) {
    hasher.add(static_cast<uint64_t>(dim.bound));
    hasher.add(dim.size);
  }
  for (int64_t stride : type.strides) hasher.add(static_cast<uint64_t>(stride));
  return hasher.value();
}

size_t hash_of(const Location& location) {
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
    for (const SymExpr& expr : *list) hasher.add(expr);
  }
}

size_t hash_of(const AttrDict& dict) {
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
template <typename T>
uint32_t intern(std::deque<T>& items, std::unordered_multimap<size_t, uint32_t>& index, T item) {
  const size_t hash = hash_of(item);
  for (auto [it, end] = index.equal_range(hash); it != end; ++it) {
    if (same(items[it->second], item)) return it->second;
  }
  const auto id = static_cast<uint32_t>(items.size());
  items.push_back(std::move(item));
  index.emplace(hash, id);
  return id;
}

}  // namespace

StrId Module::str(std::string_view text) {
  if (auto it = string_index_.find(text); it != string_index_.end()) return StrId(it->second);
  const auto id = static_cast<uint32_t>(strings_.size());
  strings_.emplace_back(text);
  string_index_.emplace(strings_.back(), id);
  return StrId(id);
}

std::string_view Module::text(StrId id) const {
  if (!id.valid()) return {};
  return strings_[id.index];
}

StrId Module::find_str(std::string_view text) const {
  auto it = string_index_.find(text);
  return it == string_index_.end() ? StrId() : StrId(it->second);
}

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
  return LocId(intern(locs_, loc_index_, location));
}

const Location& Module::loc(LocId id) const {
  static const Location kUnknown;
  return id.valid() ? locs_[id.index] : kUnknown;
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
  for (uint32_t i = 0; i < types.size(); ++i) {
    ValueData value;
    value.type = types[i];
    value.block = block;
    value.number = i;
    values_.push_back(value);
  }
}

FuncId Module::create_func(std::string_view name, std::span<const TypeId> args) {
  const FuncId id(num_funcs());
  Func func;
  func.name = str(name);
  func.body = create_block();
  func.arg_state.resize(args.size());
  add_block_args(func.body, args);
  blocks_[func.body.index].parent_func = id;
  funcs_.push_back(std::move(func));
  return id;
}

FuncId Module::find_func(std::string_view name) const {
  const StrId id = find_str(name);
  if (!id.valid()) return {};
  for (uint32_t i = 0; i < num_funcs(); ++i) {
    if (funcs_[i].name == id && !funcs_[i].erased) return FuncId(i);
  }
  return {};
}

ConstId Module::add_constant(Constant constant) {
  constants_.push_back(std::move(constant));
  return ConstId(num_constants() - 1);
}

ConstId Module::find_constant(std::string_view name) const {
  const StrId id = find_str(name);
  if (!id.valid()) return {};
  for (uint32_t i = 0; i < num_constants(); ++i) {
    if (constants_[i].name == id) return ConstId(i);
  }
  return {};
}

std::span<const std::byte> Module::keep(MappedFile file) {
  files_.push_back(std::make_shared<const MappedFile>(std::move(file)));
  return files_.back()->bytes();
}

}  // namespace psmc::ir
