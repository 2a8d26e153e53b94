// SPDX-License-Identifier: Apache-2.0
// The storage of the IR: a module owns flat arrays of ops, values and blocks, and names everything by 32-bit ids.
//
// Why not nodes with pointers: ids halve the memory, survive growth of the arrays, make copies of a module a copy of a
// few vectors, and give side tables (`std::vector<T>` indexed by id) instead of maps. Use lists are not maintained but
// rebuilt in one pass when a pass wants them (ir/uses.h): rebuilding costs less than keeping them right.
//
// Control is structured: an op may own blocks (the body of a loop, the arms of an `if`), and a block is a straight list
// of ops ending in a terminator (`return`, `yield`). There is no other control flow, so order in a block plus nesting
// is dominance.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/file.h"
#include "base/result.h"
#include "ir/attr.h"
#include "ir/intern.h"
#include "ir/lazy_strings.h"
#include "ir/op_kind.h"
#include "ir/type.h"

namespace psmc::ir {

using OpId = Id<struct OpTag>;
using ValueId = Id<struct ValueTag>;
using BlockId = Id<struct BlockTag>;
using FuncId = Id<struct FuncTag>;
using ConstId = Id<struct ConstTag>;
using LocId = Id<struct LocTag>;

/// 36 bytes. The blocks of an op stand in a table of their own (`Module::block`): few ops have any.
struct OpData {
  OpKind kind{};
  uint16_t num_operands = 0;
  uint16_t num_results = 0;
  uint8_t num_blocks = 0;
  bool erased = false;
  uint32_t first_operand = 0;  ///< into Module's operand pool
  ValueId first_result;        ///< results have consecutive ids
  AttrId attrs;                ///< invalid: none
  LocId loc;
  BlockId parent;
  OpId prev, next;  ///< neighbours in the parent block
};

/// 12 bytes: the op that defines a value or the block whose argument it is are one number.
struct ValueData {
  TypeId type;
  StrId name;  ///< the name that survives from the source, or invalid
  OpId def() const { return owner & kIsArg ? OpId() : OpId(owner); }
  BlockId block() const { return owner & kIsArg ? BlockId(owner & ~kIsArg) : BlockId(); }

 private:
  friend class Module;
  friend class BinaryReader;
  static constexpr uint32_t kIsArg = 0x80000000u;
  ValueData(TypeId t, uint32_t o) : type(t), owner(o) {}
  uint32_t owner;
};

struct BlockData {
  OpId first, last;
  ValueId first_arg;
  uint32_t num_args = 0;
  OpId parent_op;      ///< the op that owns the block, or
  FuncId parent_func;  ///< the function whose body it is
};

/// A run-time integer of a function, with its inclusive range.
struct Symbol {
  StrId name;
  int64_t low = 0;
  int64_t high = 0;
};

/// A function. State arguments and results carry the name of a piece of device state: the result replaces the state
/// when the function returns, and must be computable in place.
struct Func {
  StrId name;
  BlockId body;
  std::vector<Symbol> symbols;
  std::vector<StrId> arg_state;  ///< per argument: the state it reads, or invalid for an ordinary input
  std::vector<TypeId> results;
  std::vector<StrId> result_state;  ///< per result: the state it replaces, or invalid for an ordinary output
  std::vector<StrId> result_names;  ///< per result: its name for users, or invalid
  AttrId attrs;                     ///< facts about the function (level, grid ...)
  bool erased = false;
  LocId loc;  ///< where it is declared, if known
};

/// Bytes of a tensor constant, row-major without padding: owned here, or a part of a mapped file.
struct Constant {
  StrId name;  ///< invalid for an anonymous one
  TypeId type;
  std::vector<std::byte> owned;
  std::span<const std::byte> view;  ///< into a mapped file of the module when `owned` is empty
  std::string file, entry;          ///< where it comes from, relative to the module's folder; empty: inline
  std::string hash;  ///< SHA-256 of the bytes in hexadecimal, checked when the file is mapped; may be empty
  AttrId attrs;      ///< extensions (ir/json/extensions.h) and nothing else
  std::span<const std::byte> bytes() const { return owned.empty() ? view : std::span<const std::byte>(owned); }
};

/// file:line:col of an op, or a free text ("layer 3, ffn_norm"), or both.
struct Location {
  StrId file;
  uint32_t line = 0, column = 0;
  StrId label;
  bool operator==(const Location&) const = default;
};

class Module {
 public:
  Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;

  // Interning.
  StrId str(std::string_view text);
  std::string_view text(StrId id) const { return id.valid() ? strings_[id.index] : std::string_view(); }
  StrId find_str(std::string_view text) const;  ///< invalid if never interned
  TypeId type(const Type& type);
  const Type& type(TypeId id) const { return types_[id.index]; }
  AttrId attrs(AttrDict dict);             ///< sorts and interns
  const AttrDict& attrs(AttrId id) const;  ///< an invalid id is the empty dictionary
  LocId loc(const Location& location);
  /// The same for a place in `source`.
  LocId own_place(uint32_t line, uint32_t column) {
    if (line >= kMostLine || column > kMostColumn) return loc({str(source), line, column, {}});
    return LocId(kPacked | line << kColumnBits | column);
  }
  Location loc(LocId id) const;
  /// Nothing but a place in `source`, or nothing at all.
  bool is_own_place(LocId id) const;

  /// Makes room for about so many ops of one result each and some more, so that nothing moves. Unused room is
  /// untouched.
  void reserve(size_t ops);
  /// Memory that the items of the arrays take (bytes), contents of constants and names left out.
  size_t bytes() const;

  // Ops.
  /// Appends an op without parent; place it with `append` or `insert_before`. Result types as given.
  OpId create(OpKind kind, std::span<const ValueId> operands, std::span<const TypeId> results, AttrId attrs = {},
              LocId loc = {}, uint32_t num_blocks = 0);
  void append(BlockId block, OpId op);
  void insert_before(OpId anchor, OpId op);
  void insert_after(OpId anchor, OpId op);
  void detach(OpId op);  ///< out of its block, still alive
  void erase(OpId op);   ///< detaches and marks the op and all that it owns as erased
  const OpData& op(OpId id) const { return ops_[id.index]; }
  uint32_t num_ops() const { return static_cast<uint32_t>(ops_.size()); }
  OpKind kind(OpId id) const { return ops_[id.index].kind; }
  std::span<const ValueId> operands(OpId id) const {
    const OpData& data = ops_[id.index];
    return {operand_pool_.data() + data.first_operand, data.num_operands};
  }
  ValueId operand(OpId id, uint32_t i) const {
    PSMC_CHECK(i < ops_[id.index].num_operands, "operand out of range");
    return operand_pool_[ops_[id.index].first_operand + i];
  }
  void set_operand(OpId id, uint32_t i, ValueId value) {
    PSMC_CHECK(i < ops_[id.index].num_operands, "operand out of range");
    operand_pool_[ops_[id.index].first_operand + i] = value;
  }
  void set_operands(OpId id, std::span<const ValueId> operands);
  void set_attrs(OpId id, AttrId attrs) { ops_[id.index].attrs = attrs; }
  void set_loc(OpId id, LocId loc) { ops_[id.index].loc = loc; }
  void set_kind(OpId id, OpKind kind) { ops_[id.index].kind = kind; }
  ValueId result(OpId id, uint32_t i = 0) const { return ValueId(ops_[id.index].first_result.index + i); }
  /// Blocks of an op have consecutive ids; invalid if the op has none. Cost: a binary search over the ops with blocks.
  BlockId block(OpId id, uint32_t i = 0) const;

  // Attributes of one op by name.
  const AttrValue* find_attr(OpId op, std::string_view name) const;
  int64_t int_attr(OpId op, std::string_view name, int64_t otherwise = 0) const;
  double float_attr(OpId op, std::string_view name, double otherwise = 0) const;
  bool bool_attr(OpId op, std::string_view name, bool otherwise = false) const;
  std::string_view str_attr(OpId op, std::string_view name) const;  ///< empty if absent
  const IntList& ints_attr(OpId op, std::string_view name) const;   ///< empty list if absent
  SymList syms_attr(OpId op, std::string_view name) const;          ///< an int list is taken as constants
  void set_attr(OpId op, std::string_view name, AttrValue value);
  void remove_attr(OpId op, std::string_view name);

  // Values.
  const ValueData& value(ValueId id) const { return values_[id.index]; }
  uint32_t num_values() const { return static_cast<uint32_t>(values_.size()); }
  const Type& value_type(ValueId id) const { return types_[values_[id.index].type.index]; }
  void set_value_type(ValueId id, TypeId type) { values_[id.index].type = type; }
  void set_name(ValueId id, std::string_view name) { values_[id.index].name = str(name); }
  void set_name(ValueId id, StrId name) { values_[id.index].name = name; }
  OpId def(ValueId id) const { return values_[id.index].def(); }

  // Blocks.
  BlockId create_block();
  const BlockData& block_data(BlockId id) const { return blocks_[id.index]; }
  uint32_t num_blocks() const { return static_cast<uint32_t>(blocks_.size()); }
  /// Arguments of a block are created together, once.
  void add_block_args(BlockId block, std::span<const TypeId> types);
  ValueId block_arg(BlockId id, uint32_t i) const { return ValueId(blocks_[id.index].first_arg.index + i); }
  OpId terminator(BlockId id) const { return blocks_[id.index].last; }

  // Functions and constants.
  FuncId create_func(std::string_view name, std::span<const TypeId> args);
  Func& func(FuncId id) { return funcs_[id.index]; }
  const Func& func(FuncId id) const { return funcs_[id.index]; }
  uint32_t num_funcs() const { return static_cast<uint32_t>(funcs_.size()); }
  FuncId find_func(std::string_view name) const;
  ConstId add_constant(Constant constant);
  const Constant& constant(ConstId id) const { return constants_[id.index]; }
  Constant& constant(ConstId id) { return constants_[id.index]; }
  uint32_t num_constants() const { return static_cast<uint32_t>(constants_.size()); }
  ConstId find_constant(std::string_view name) const;
  /// Keeps a mapped file alive as long as the module; returns its bytes.
  std::span<const std::byte> keep(MappedFile file);

  std::string folder;  ///< where relative constant files are looked up; empty: the working folder
  std::string source;  ///< the file that the module was read from, for messages
  AttrId own_attrs;    ///< extensions (ir/json/extensions.h) of the module as a whole, and nothing else

 private:
  friend class ModuleCopier;
  friend class BinaryReader;
  void link(BlockId block, OpId prev, OpId op, OpId next);

  // Places in the module's own text, of which there is one an op, are packed into the id itself, marked by its top bit.
  static constexpr uint32_t kPacked = 0x80000000u, kColumnBits = 9;
  static constexpr uint32_t kMostLine = (1u << 22) - 1, kMostColumn = (1u << 9) - 1;

  std::vector<OpData> ops_;
  std::vector<ValueId> operand_pool_;
  std::vector<ValueData> values_;
  std::vector<BlockData> blocks_;
  // Deques where a reference handed out must survive growth.
  std::deque<Func> funcs_;
  std::deque<Constant> constants_;
  IdTable func_index_, constant_index_;              ///< by the name that they were made with
  std::vector<std::pair<OpId, BlockId>> op_blocks_;  ///< each op with blocks and its first one, ids ascending
  std::vector<Location> locs_;                       ///< those that their id does not say
  IdTable loc_index_;
  std::deque<Type> types_;
  IdTable type_index_;
  std::deque<AttrDict> attrs_;
  IdTable attr_index_;
  LazyStrings strings_;
  std::vector<std::shared_ptr<const MappedFile>> files_;  ///< shared with copies of the module
};

/// The ops of a block in order: `for (OpId op : ops_of(module, block))`. Erasing or detaching the current op is
/// allowed.
class BlockOps {
 public:
  BlockOps(const Module& module, BlockId block) : module_(&module), first_(module.block_data(block).first) {}
  struct Iterator {
    const Module* module;
    OpId op, next;
    OpId operator*() const { return op; }
    Iterator& operator++() {
      op = next;
      next = op.valid() ? module->op(op).next : OpId();
      return *this;
    }
    bool operator==(const Iterator& other) const { return op == other.op; }
  };
  Iterator begin() const { return {module_, first_, first_.valid() ? module_->op(first_).next : OpId()}; }
  Iterator end() const { return {module_, OpId(), OpId()}; }

 private:
  const Module* module_;
  OpId first_;
};
inline BlockOps ops_of(const Module& module, BlockId block) { return {module, block}; }

/// Calls `visit(OpId)` for every op below `block`, outer ops before the ops in their blocks.
template <typename Visit>
void walk(const Module& module, BlockId block, Visit&& visit) {
  for (OpId op : ops_of(module, block)) {
    const uint32_t blocks = module.op(op).num_blocks;
    const BlockId first = blocks > 0 ? module.block(op) : BlockId();
    visit(op);
    for (uint32_t i = 0; i < blocks; ++i) walk(module, BlockId(first.index + i), visit);
  }
}

}  // namespace psmc::ir
