// SPDX-License-Identifier: Apache-2.0
// Loop-level IR => machine instructions on virtual registers, in one walk of the function.
//
//   for %n = 0 to 64 {unit = "vector", jam = 2} {        loop 2 times:
//     %a = load %x[%n]                             =>      ld.v v1,[p+0]; ld.v v2,[p+64]
//     %b = exp %a                                          ... one sequence for each of the 2 groups of 16 lanes
//     store %b, %y[%n] }                                   st.v [q+0],v3; st.v [q+64],v4; p += 128; q += 128
//
// Values. A number outside of a vector loop is a vector register with the same number in all lanes, and so is one
// inside that does not depend on the lane (broadcast loads); a number that does is one register for each group of lanes
// (jam). A bool is a mask. An index is affine (select/affine.h) and becomes a scalar register only where one is needed.
// Carried values are registers written before the loop and at the end of its body; where iterations are laid out one
// after the other (unrolling, remainders, loops of one iteration) values flow directly.
//
// Files: selector.cpp the walk and single ops; values.cpp forms of values; loops.cpp scalar loops; vector_loops.cpp
// lanes and tails; reductions.cpp partial results; memory.cpp loads and stores; accumulators.cpp matrix loops.
#pragma once

#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "backend/select/address.h"
#include "backend/select/emitter.h"
#include "base/result.h"
#include "ir/module.h"
#include "ir/ops/loops.h"

namespace psmc::backend {

struct Value {
  enum class Form : uint8_t { none, vector, mask, index };
  Form form = Form::none;
  DType dtype = DType::f32;
  std::vector<Reg> regs;         ///< one, or one a group of lanes; of a carried index: its scalar register
  std::optional<double> number;  ///< a constant whose register is not made yet
  Affine affine;                 ///< of an index; of a vector if has_scalar
  bool has_scalar = false;       ///< the number is also known as an index
};

/// About how many instructions an op becomes.
int64_t op_weight(ir::OpKind kind);

using ValueSet = std::unordered_set<uint32_t>;  ///< ids of values; never iterated

/// The vector loop being made: the masks of its groups and what depends on the lane.
struct Lanes {
  std::vector<Reg> masks;
  const ValueSet* varying = nullptr;
};

struct SelectOptions {
  bool compact = false;  ///< the least code: nothing is unrolled that need not be
  int64_t flat = 96;     ///< instructions of a short loop that is laid out in the loop around it
};

class Selector {
 public:
  Selector(const ir::Module& module, ir::FuncId func, const arch::Machine& machine, const SelectOptions& options,
           MFunc& out);
  Status run();

 private:
  // selector.cpp
  void declare_parameters();
  void scan_uses(ir::BlockId block);
  void block(ir::BlockId block);
  void op(ir::OpId op);
  void map(ir::OpId op);
  bool index_map(ir::OpId op);
  bool affine_map(ir::OpId op);
  void constant(ir::OpId op);
  void alloc(ir::OpId op);
  void fail(ir::OpId op, Code code, std::string message, std::vector<std::string> notes = {});
  const ir::Type& type_of(ir::ValueId value) const { return module_.value_type(value); }

  // values.cpp
  Value& at(ir::ValueId value) { return values_[value.index]; }
  void set(ir::ValueId value, Value to) { values_[value.index] = std::move(to); }
  void set_regs(ir::ValueId value, std::vector<Reg> regs);
  void set_index(ir::ValueId value, const Affine& affine);
  Reg reg(const Value& value, size_t group);  ///< of a group of lanes, in vector or mask form
  Reg reg(ir::ValueId value, size_t group) { return reg(at(value), group); }
  Reg index_lanes(const Affine& affine, size_t group);
  Reg uniform_lanes(const Affine& affine);
  Affine affine_of(ir::ValueId value);  ///< of an index; made scalar if it is not affine
  Affine affine_of(const ir::SymExpr& expr);
  Affine scalar_affine(Reg scalar);
  Reg scalar_of(const Value& value);
  bool varying(ir::ValueId value) const { return lanes_ && lanes_->varying->count(value.index) != 0; }
  size_t groups_of(ir::OpId op) const;  ///< how many results an op on numbers has
  /// Registers for a value that changes: `groups` of them, with numbers of their own in each lane if `per_lane`.
  Value variable_like(const Value& value, size_t groups, bool per_lane);
  /// All at once: a source may be another one's target.
  void assign(std::span<Value> variables, std::span<const Value> values);
  std::vector<Reg> sources(const Value& variable, const Value& value);

  // loops.cpp
  using Carried = std::vector<Value>;
  struct LoopInfo {
    ir::OpId op;
    ir::BlockId body;
    Affine low, high;
    int64_t step = 1;
    std::optional<int64_t> trip;    ///< if known
    std::vector<ir::ValueId> args;  ///< carried
  };
  void loop(ir::OpId op);
  LoopInfo loop_info(ir::OpId op);
  std::span<const ir::ValueId> yields_of(ir::BlockId body) const;  ///< none if the body has no yield
  Reg trip_register(const LoopInfo& info);
  void iteration(const LoopInfo& info, const Affine& counter, Carried& carried);
  /// `count` passes of `copies` iterations each, starting at `first`; a loop if count is not 1.
  void iterations(const LoopInfo& info, const Affine& first, const Trip& count, int64_t copies, Carried& carried,
                  size_t parts = 1);
  Carried with_parts(const LoopInfo& info, const Carried& carried, size_t parts);
  void join_parts(const LoopInfo& info, Carried& carried, size_t parts);
  size_t useful_parts(const LoopInfo& info);
  void known_loop(const LoopInfo& info, int64_t unroll, Carried& carried);
  void run_time_loop(const LoopInfo& info, int64_t unroll, Carried& carried);
  Carried initial(const LoopInfo& info);
  void finish_loop(const LoopInfo& info, const Carried& carried);
  bool must_unroll(const LoopInfo& info);
  bool lay_out_flat(const LoopInfo& info, int64_t times);
  Trip divided(Reg count, int64_t by);

  // vector_loops.cpp
  void vector_loop(const LoopInfo& info, Carried& carried);
  ValueSet find_varying(const LoopInfo& info);
  bool spread(ir::BlockId block, ValueSet& varying);
  void lanes_at(const LoopInfo& info, const Affine& first, const std::vector<Reg>& masks, Carried& carried);
  void lane_loop(const LoopInfo& info, const Affine& first, const Trip& count, const std::vector<Reg>& masks,
                 Carried& carried);
  void known_lanes(const LoopInfo& info, int64_t jam, Carried& carried);
  void run_time_lanes(const LoopInfo& info, Carried& carried);
  void masked_lanes(const LoopInfo& info, const Affine& first, Reg count, Carried& carried);
  bool light_body(const LoopInfo& info);
  int64_t jam_of(const LoopInfo& info);
  bool find_monoids(const LoopInfo& info, std::vector<ir::OpKind>& monoids);
  Value identity(ir::OpKind monoid, DType dtype);
  Value combine(ir::OpKind monoid, const Value& a, const Value& b);
  Value combine_lanes(ir::OpKind monoid, const Value& partial, const Value& init);
  Value merge_tail(const Value& next, const Value& old);

  // memory.cpp
  void load(ir::OpId op);
  void store(ir::OpId op);
  Affine element_of(ir::OpId op, ir::ValueId buffer);
  std::vector<Affine> subscripts(ir::OpId op);
  void access(arch::Opcode code, Reg reg, Reg mask, uint32_t object, const Affine& bytes);
  Address encodable(Address at);

  // accumulators.cpp
  struct Accumulators {
    std::vector<Reg> regs;
    std::vector<uint32_t> zero_rows;       ///< rows that count as zero but are not written yet, as bits
    std::vector<uint32_t> undefined_rows;  ///< those of them that need not be written at all
    int64_t columns = 0;                   ///< tiles of a row of tiles
    DType dtype = DType::f32;
  };
  struct TileOperand {
    uint32_t object = 0;
    arch::Opcode code{};
    Affine bytes;
    int64_t stride = 0;
  };
  void declare_accumulators(ir::OpId op);
  void matrix_loop(const LoopInfo& info);
  std::optional<TileOperand> tile_operand(ir::OpId load, ir::ValueId row, ir::ValueId inner);
  Reg tile(const TileOperand& operand);
  std::optional<size_t> accumulator_index(ir::OpId op, ir::ValueId buffer, const std::vector<Affine>& at);
  void accumulator_load(ir::OpId op, ir::ValueId buffer);
  void accumulator_store(ir::OpId op, ir::ValueId buffer);
  void write_zero_rows(Accumulators& acc, size_t index);
  struct AccumulatorUse {
    uint32_t buffer;
    bool zeroed;  ///< the first thing that the block does with it is to store zeros
  };
  std::vector<AccumulatorUse> accumulators_in(ir::BlockId block);
  bool is_zero(ir::ValueId value) const;
  bool touches_zero(ir::BlockId block);
  void write_zeros_of(ir::BlockId block);

  const ir::Module& module_;
  const ir::Func& func_;
  const SelectOptions& options_;
  MFunc& out_;
  Emitter emit_;
  Addresses addresses_;
  std::unordered_map<uint32_t, Value> values_;
  std::vector<VarId> symbols_;
  std::unordered_map<uint32_t, uint32_t> objects_;  ///< buffer value -> object
  std::unordered_map<uint32_t, Accumulators> accumulators_;
  std::unordered_map<uint32_t, uint32_t> uses_;        ///< value -> number of uses
  std::unordered_map<uint32_t, uint32_t> index_uses_;  ///< ... by casts to index
  std::optional<Lanes> lanes_;
  ValueSet varying_;                   ///< of the vector loop being made
  std::map<Emitter::Key, Reg> tiles_;  ///< tile registers of the current straight line
  uint32_t tiles_epoch_ = 0;
};

/// Makes the instructions of a loop-level function. Errors: kernel_unsupported, kernel_too_large, kernel_access.
Result<MFunc> select_kernel(const ir::Module& module, ir::FuncId func, const arch::Machine& machine,
                            const SelectOptions& options = {});

}  // namespace psmc::backend
