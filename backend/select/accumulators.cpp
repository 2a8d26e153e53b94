// SPDX-License-Identifier: Apache-2.0
// The matrix unit. A triple of loops `unit = "matrix"` over (mi, ni, ki) whose body is acc += a * b becomes one mma;
// its operands are tile registers, loaded once for all mma of the same straight line of code:
//   a[row + mi, k + ki]  rows          ld.tr      b[.., ni, ki]  packed or rows   ld.t, ld.tr
//   a[k + ki, row + mi]  transposed    ld.tt      b[k + ki, n + ni]               ld.tt
// An accumulator buffer is one accumulator register for each of its 16 x 16 tiles. Rows of constant 0 are not written
// but remembered: an mma that finds all rows zero becomes mmaz. The first iteration of a loop that would meet such an
// accumulator is taken out of the loop; where that is not possible the rows are written.
#include <cmath>

#include <fmt/format.h>

#include "backend/select/map.h"
#include "backend/select/selector.h"
#include "base/check.h"

namespace psmc::backend {

using arch::Opcode;
using ir::OpKind;

namespace {

constexpr uint32_t kAllRows = 0xffff;
constexpr int64_t kRows = arch::kTileRows;

struct MatrixCodes {
  Opcode mma, mmaz, transposing;
};

std::optional<MatrixCodes> matrix_codes(DType dtype) {
  switch (dtype) {
    case DType::bf16: return MatrixCodes{Opcode::mma_bf16, Opcode::mmaz_bf16, Opcode::ld_tt_bf16};
    case DType::i8: return MatrixCodes{Opcode::mma_i8, Opcode::mmaz_i8, Opcode::ld_tt_i8};
    case DType::f32: return MatrixCodes{Opcode::mma_f32, Opcode::mmaz_f32, Opcode::ld_tt_f32};
    default: return std::nullopt;
  }
}

}  // namespace

void Selector::declare_accumulators(ir::OpId op) {
  const ir::ValueId result = module_.result(op);
  const ir::Type& type = type_of(result);
  const bool shaped = type.rank() == 4 && type.dims[2].bound == kRows && type.dims[3].bound == kRows;
  const int64_t tiles = shaped ? type.dims[0].bound * type.dims[1].bound : 0;
  const bool fits = shaped && type.dims[0].bound > 0 && type.dims[0].bound <= 64 && type.dims[1].bound <= 64 &&
                    tiles > 0 && tiles <= emit_.machine().core.accumulators;
  if (!fits || (type.dtype != DType::f32 && type.dtype != DType::i32)) {
    return fail(op, Code::kernel_unsupported,
                fmt::format("accumulators must be f32 or i32 of shape MxNx16x16 with M * N <= {}",
                            emit_.machine().core.accumulators));
  }
  Accumulators acc;
  acc.columns = type.dims[1].bound;
  acc.dtype = type.dtype;
  for (int64_t i = 0; i < tiles; ++i) acc.regs.push_back(out_.add_reg(arch::RegFile::a));
  // Their contents are undefined: zero is as good as anything, and it makes every first mma start afresh.
  acc.zero_rows.assign(static_cast<size_t>(tiles), kAllRows);
  acc.undefined_rows = acc.zero_rows;
  accumulators_[result.index] = std::move(acc);
}

std::optional<size_t> Selector::accumulator_index(ir::OpId op, ir::ValueId buffer, const std::vector<Affine>& at) {
  const Accumulators& acc = accumulators_.at(buffer.index);
  if (!at[0].is_constant() || !at[1].is_constant()) {
    fail(op, Code::kernel_access, "the tile of an accumulator is not known when compiling",
         {"give the loops around it unit = \"unroll\""});
    return std::nullopt;
  }
  const int64_t row = at[0].constant, column = at[1].constant;
  const int64_t index = row * acc.columns + column;
  if (row < 0 || column < 0 || column >= acc.columns || index >= static_cast<int64_t>(acc.regs.size())) {
    fail(op, Code::kernel_access, "a tile outside of the accumulator buffer is accessed");
    return std::nullopt;
  }
  return static_cast<size_t>(index);
}

void Selector::write_zero_rows(Accumulators& acc, size_t index) {
  const Reg zero = emit_.vector_int(0);
  for (uint32_t row = 0; row < kRows; ++row) {
    if ((acc.zero_rows[index] & ~acc.undefined_rows[index]) >> row & 1)
      emit_.into(acc.regs[index], Opcode::acc_wr, zero, kNoReg, kNoReg, kNoReg, row);
  }
  acc.zero_rows[index] = 0;
}

/// Accumulator buffers that the block uses, in the order of their first use.
std::vector<Selector::AccumulatorUse> Selector::accumulators_in(ir::BlockId block) {
  std::vector<AccumulatorUse> found;
  if (accumulators_.empty()) return found;
  ir::walk(module_, block, [&](ir::OpId op) {
    const OpKind kind = module_.kind(op);
    if (kind != OpKind::load && kind != OpKind::store) return;
    const uint32_t buffer = module_.operand(op, kind == OpKind::load ? 0 : 1).index;
    if (accumulators_.count(buffer) == 0) return;
    for (const AccumulatorUse& use : found) {
      if (use.buffer == buffer) return;
    }
    found.push_back({buffer, kind == OpKind::store && is_zero(module_.operand(op, 0))});
  });
  return found;
}

/// A constant 0.0 or 0, whether its code is made already or not.
bool Selector::is_zero(ir::ValueId value) const {
  const ir::OpId def = module_.def(value);
  if (!def.valid() || module_.kind(def) != OpKind::constant) return false;
  const ir::AttrValue* number = module_.find_attr(def, "value");
  if (number == nullptr) return false;
  if (const auto* i = std::get_if<int64_t>(number)) return *i == 0;
  const auto* d = std::get_if<double>(number);
  return d != nullptr && *d == 0 && !std::signbit(*d);
}

/// Whether code that uses these accumulators would find some of them zero but not written.
bool Selector::touches_zero(ir::BlockId block) {
  for (const AccumulatorUse& use : accumulators_in(block)) {
    if (use.zeroed) continue;
    for (const uint32_t rows : accumulators_.at(use.buffer).zero_rows) {
      if (rows != 0) return true;
    }
  }
  return false;
}

/// At the entry and the end of a loop: what the loop's code assumes must hold on both ways into it.
void Selector::write_zeros_of(ir::BlockId block) {
  for (const AccumulatorUse& use : accumulators_in(block)) {
    Accumulators& acc = accumulators_.at(use.buffer);
    for (size_t i = 0; i < acc.regs.size(); ++i) write_zero_rows(acc, i);
  }
}

void Selector::accumulator_load(ir::OpId op, ir::ValueId buffer) {
  const std::vector<Affine> at = subscripts(op);
  const auto index = accumulator_index(op, buffer, at);
  if (!index) return;
  Accumulators& acc = accumulators_.at(buffer.index);
  const Affine column = at[3].without(kLaneVar);
  const bool whole_row = lanes_ && at[3].coefficient(kLaneVar) == 1 && column == Affine(0) && lanes_->masks.size() == 1;
  const bool element = at[3].is_constant() && at[3].constant >= 0 && at[3].constant < kRows;
  if (!at[2].is_constant() || at[2].constant < 0 || at[2].constant >= kRows || (!whole_row && !element)) {
    return fail(op, Code::kernel_access, "an accumulator is not read by known rows of 16 lanes");
  }
  const auto row = static_cast<uint32_t>(at[2].constant);
  const ir::ValueId result = module_.result(op);
  if (acc.zero_rows[*index] >> row & 1) {
    set_regs(result, {});
    this->at(result).number = 0;
    return;
  }
  Reg value = emit_.make(Opcode::acc_rd, acc.regs[*index], kNoReg, kNoReg, kNoReg, row);
  if (!whole_row) value = emit_.make(Opcode::vlane, value, kNoReg, kNoReg, kNoReg, at[3].constant);
  set_regs(result, {value});
}

void Selector::accumulator_store(ir::OpId op, ir::ValueId buffer) {
  const std::vector<Affine> at = subscripts(op);
  const auto index = accumulator_index(op, buffer, at);
  if (!index) return;
  Accumulators& acc = accumulators_.at(buffer.index);
  const bool whole_row = lanes_ && at[3] == Affine::of(kLaneVar) && lanes_->masks.size() == 1;
  if (!at[2].is_constant() || at[2].constant < 0 || at[2].constant >= kRows || !whole_row) {
    return fail(op, Code::kernel_access, "an accumulator is not written by known rows of 16 lanes");
  }
  const auto row = static_cast<uint32_t>(at[2].constant);
  const ir::ValueId value = module_.operand(op, 0);
  const bool masked = lanes_->masks[0] != kAllLanes;
  if (masked) return fail(op, Code::kernel_access, "an accumulator is not written by rows of 16 lanes");
  acc.undefined_rows[*index] &= ~(1u << row);
  if (is_zero(value)) {
    acc.zero_rows[*index] |= 1u << row;
    return;
  }
  acc.zero_rows[*index] &= ~(1u << row);
  emit_.into(acc.regs[*index], Opcode::acc_wr, reg(value, 0), kNoReg, kNoReg, kNoReg, row);
}

/// How a load of the innermost body is a tile with rows along `row` and its K dimension along `inner`.
std::optional<Selector::TileOperand> Selector::tile_operand(ir::OpId load, ir::ValueId row, ir::ValueId inner) {
  const ir::ValueId buffer = module_.operand(load, 0);
  const ir::Type& type = type_of(buffer);
  const auto codes = matrix_codes(type.dtype);
  const auto object = objects_.find(buffer.index);
  if (!codes || object == objects_.end()) return std::nullopt;
  const auto size = static_cast<int64_t>(dtype_bytes(type.dtype));
  const Affine element = element_of(load, buffer);
  const VarId row_var = at(row).affine.terms[0].first, inner_var = at(inner).affine.terms[0].first;
  const int64_t row_step = element.coefficient(row_var), inner_step = element.coefficient(inner_var);
  TileOperand operand;
  operand.object = object->second;
  operand.bytes = element.without(row_var).without(inner_var) * size;
  if (inner_step == 1) {
    operand.stride = row_step * size;
    const bool packed =
        operand.stride == arch::kTileRowBytes && !addresses_.misaligned(operand.bytes, arch::kLineBytes);
    operand.code = packed ? Opcode::ld_t : Opcode::ld_tr;
  } else {
    if (row_step != 1) return std::nullopt;
    operand.stride = inner_step * size;
    operand.code = codes->transposing;
  }
  const arch::MemShape shape = arch::mem_shape(operand.code);
  const auto alignment = static_cast<int64_t>(shape.alignment);
  if ((shape.strided && operand.stride % alignment != 0) || addresses_.misaligned(operand.bytes, alignment))
    return std::nullopt;
  return operand;
}

Reg Selector::tile(const TileOperand& operand) {
  if (tiles_epoch_ != emit_.epoch()) tiles_.clear();
  tiles_epoch_ = emit_.epoch();
  const Address at = encodable(addresses_.address(operand.object, operand.bytes));
  const Emitter::Key key{operand.object, at.base, at.offset, static_cast<int64_t>(operand.code), operand.stride};
  const auto [found, fresh] = tiles_.try_emplace(key, kNoReg);
  if (!fresh) return found->second;
  MInst inst;
  inst.op = operand.code;
  inst.reg[kD] = out_.add_reg(arch::RegFile::t);
  inst.reg[kA] = at.base;
  if (arch::mem_shape(operand.code).strided) inst.reg[kB] = emit_.scalar_const(operand.stride);
  inst.imm = static_cast<int32_t>(at.offset);
  inst.object = operand.object;
  emit_.put(inst);
  return found->second = inst.reg[kD];
}

namespace {

/// The parts of `acc = acc + a * b` in a block: the three loads (a and b in either order) and the store.
struct MatrixBody {
  ir::OpId x, y, acc, store;
};

std::optional<MatrixBody> matrix_body(const ir::Module& module, ir::BlockId block) {
  MatrixBody body;
  for (const ir::OpId op : ir::ops_of(module, block)) {
    if (module.kind(op) == OpKind::store) {
      if (body.store.valid()) return std::nullopt;
      body.store = op;
    }
  }
  if (!body.store.valid()) return std::nullopt;
  const auto load_of = [&](ir::ValueId value) {
    const ir::OpId def = module.def(value);
    return def.valid() && module.kind(def) == OpKind::load ? def : ir::OpId();
  };
  const ir::OpId sum = module.def(module.operand(body.store, 0));
  if (!sum.valid()) return std::nullopt;
  if (module.kind(sum) == OpKind::fma) {
    body.x = load_of(module.operand(sum, 0));
    body.y = load_of(module.operand(sum, 1));
    body.acc = load_of(module.operand(sum, 2));
  } else if (module.kind(sum) == OpKind::add) {
    for (uint32_t i = 0; i < 2 && !body.acc.valid(); ++i) {
      const ir::OpId product = module.def(module.operand(sum, i));
      if (!product.valid() || module.kind(product) != OpKind::mul) continue;
      body.x = load_of(module.operand(product, 0));
      body.y = load_of(module.operand(product, 1));
      body.acc = load_of(module.operand(sum, 1 - i));
    }
  }
  if (!body.x.valid() || !body.y.valid() || !body.acc.valid()) return std::nullopt;
  return body;
}

}  // namespace

void Selector::matrix_loop(const LoopInfo& outer) {
  const auto reject = [&](const std::string& why) {
    fail(outer.op, Code::kernel_unsupported, "a matrix loop has not the form that the matrix unit computes: " + why,
         {"three loops mi, ni, ki around acc[mo, no, mi, ni] = fma(a, b, acc[mo, no, mi, ni])"});
  };
  std::array<LoopInfo, 3> loops;
  loops[0] = outer;
  for (size_t i = 0; i < 3; ++i) {
    if (i > 0) {
      const ir::OpId inner = module_.block_data(loops[i - 1].body).first;
      if (!inner.valid() || module_.kind(inner) != OpKind::for_) return reject("there are not three loops");
      loops[i] = loop_info(inner);
    }
    // A variable of its own for each counter: only its coefficients are looked at.
    const VarId counter = addresses_.register_var(kZeroReg, emit_.depth());
    set_index(module_.block_arg(loops[i].body, 0), Affine::of(counter));
    if (!loops[i].args.empty() || !(loops[i].low == Affine(0)) || loops[i].step != 1)
      return reject("a loop carries values or does not count from 0");
  }
  const auto body = matrix_body(module_, loops[2].body);
  if (!body) return reject("the body is not one multiplication and addition");
  for (const ir::OpId op : ir::ops_of(module_, loops[2].body)) {
    if (module_.kind(op) == OpKind::index) this->op(op);
  }
  const ir::ValueId m = module_.block_arg(loops[0].body, 0), n = module_.block_arg(loops[1].body, 0),
                    k = module_.block_arg(loops[2].body, 0);
  const ir::ValueId buffer = module_.operand(body->store, 1);
  if (accumulators_.count(buffer.index) == 0 || module_.operand(body->acc, 0) != buffer)
    return reject("the sum is not in an accumulator");
  const std::vector<Affine> where = subscripts(body->store);
  if (where != subscripts(body->acc) || where[2] != at(m).affine || where[3] != at(n).affine)
    return reject("the accumulator is not accessed as acc[mo, no, mi, ni]");
  // Which factor moves with the rows of the result, and which with its columns.
  const auto moves_with = [&](ir::OpId load, ir::ValueId counter) {
    return element_of(load, module_.operand(load, 0)).coefficient(at(counter).affine.terms[0].first) != 0;
  };
  ir::OpId a = body->x, b = body->y;
  if (moves_with(a, n)) std::swap(a, b);
  if (!moves_with(a, m) || moves_with(a, n) || !moves_with(b, n) || moves_with(b, m))
    return reject("the factors are not a[m, k] and b[n, k]");
  const auto left = tile_operand(a, m, k), right = tile_operand(b, n, k);
  if (!left || !right)
    return fail(outer.op, Code::kernel_access,
                "a tile of a matrix loop is not aligned or not of a type of the matrix unit");
  const DType dtype = type_of(module_.operand(a, 0)).dtype;
  const int64_t depth = arch::kTileRowBytes / static_cast<int64_t>(dtype_bytes(dtype));
  if (type_of(module_.operand(b, 0)).dtype != dtype) return reject("the factors differ in type");
  if (loops[0].trip != kRows || loops[1].trip != kRows || loops[2].trip != depth)
    return reject(fmt::format("the extents are not 16, 16 and {}", depth));
  const auto index = accumulator_index(body->store, buffer, where);
  if (!index) return;
  Accumulators& acc = accumulators_.at(buffer.index);
  if ((acc.dtype == DType::i32) != (dtype == DType::i8)) return reject("the accumulator has the wrong type");
  const auto codes = matrix_codes(dtype);
  const Reg left_tile = tile(*left), right_tile = tile(*right);
  const bool fresh = acc.zero_rows[*index] == kAllRows;
  if (!fresh) write_zero_rows(acc, *index);
  acc.zero_rows[*index] = 0;
  emit_.into(acc.regs[*index], fresh ? codes->mmaz : codes->mma, left_tile, right_tile);
}

}  // namespace psmc::backend
