// SPDX-License-Identifier: Apache-2.0
// Loads and stores of buffers in memory.
#include <fmt/format.h>

#include "backend/select/map.h"
#include "backend/select/selector.h"
#include "base/check.h"

namespace psmc::backend {

using arch::Opcode;
using ir::OpKind;

namespace {

/// The opcodes for an element type: of 16 contiguous elements, of one for all lanes, and stores of 16 and of lane 0.
struct AccessCodes {
  Opcode load, broadcast, store, store_one;
};

std::optional<AccessCodes> codes_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
    case DType::i32: return AccessCodes{Opcode::ld_v_f32, Opcode::ldb_v_f32, Opcode::st_v_f32, Opcode::st1_v_f32};
    case DType::bf16: return AccessCodes{Opcode::ld_v_bf16, Opcode::ldb_v_bf16, Opcode::st_v_bf16, Opcode::st1_v_bf16};
    case DType::f16: return AccessCodes{Opcode::ld_v_f16, Opcode::ldb_v_f16, Opcode::st_v_f16, Opcode::st1_v_f16};
    // An i32 that does not fit wraps, which a saturating store would not do.
    case DType::i8: return AccessCodes{Opcode::ld_v_i8i, Opcode::ldb_v_i8i, Opcode::st_v_u8, Opcode::st1_v_u8};
    case DType::boolean: return AccessCodes{Opcode::ld_v_u8, Opcode::ldb_v_u8, Opcode::st_v_u8, Opcode::st1_v_u8};
    default: return std::nullopt;
  }
}

}  // namespace

std::vector<Affine> Selector::subscripts(ir::OpId op) {
  const ir::SubscriptRows rows = ir::subscript_rows(module_, op);
  std::vector<Affine> result;
  for (uint32_t row = 0; row < rows.rows; ++row) {
    Affine sum = affine_of(rows.offset(row));
    for (uint32_t i = 0; i < rows.num_index; ++i) {
      if (const int64_t c = rows.coefficient(row, i); c != 0)
        sum = sum + affine_of(module_.operand(op, rows.first_index + i)) * c;
    }
    result.push_back(std::move(sum));
  }
  return result;
}

/// The element's place in the buffer's storage.
Affine Selector::element_of(ir::OpId op, ir::ValueId buffer) {
  const std::vector<Affine> at = subscripts(op);
  const ir::Type& type = type_of(buffer);
  Affine sum;
  for (size_t d = 0; d < at.size() && d < type.strides.size(); ++d) sum = sum + at[d] * type.strides[d];
  return sum;
}

/// An address whose offset fits the instruction.
Address Selector::encodable(Address at) {
  if (at.offset >= arch::kMinOffset && at.offset <= arch::kMaxOffset) return at;
  if (at.offset < -(int64_t{1} << 31) || at.offset >= int64_t{1} << 31) {
    emit_.fail(error(Code::kernel_too_large, "an access of a kernel is further than a scratchpad is large"));
    return {};
  }
  return {emit_.make(Opcode::addi, at.base, kNoReg, kNoReg, kNoReg, at.offset), 0};
}

void Selector::access(Opcode code, Reg reg, Reg mask, uint32_t object, const Affine& bytes) {
  const Address at = encodable(addresses_.address(object, bytes));
  MInst inst;
  inst.op = code;
  inst.reg[kD] = reg;
  inst.reg[kA] = at.base;
  if (arch::mem_element(code) != arch::Element::none) inst.reg[kM] = mask;
  inst.imm = static_cast<int32_t>(at.offset);
  inst.object = object;
  emit_.put(inst);
}

void Selector::load(ir::OpId op) {
  const ir::ValueId buffer = module_.operand(op, 0), result = module_.result(op);
  const ir::Type& type = type_of(buffer);
  if (accumulators_.count(buffer.index) != 0) return accumulator_load(op, buffer);
  const auto codes = codes_of(type.dtype);
  if (!codes) return fail(op, Code::kernel_unsupported, fmt::format("a kernel cannot load {}", dtype_name(type.dtype)));
  const auto size = static_cast<int64_t>(dtype_bytes(type.dtype));
  const Affine element = element_of(op, buffer);
  const uint32_t object = objects_.at(buffer.index);
  const int64_t step = element.coefficient(kLaneVar);
  if (step != 0 && step != 1)
    return fail(op, Code::kernel_access, "a load of a vector loop is not contiguous",
                {"its last subscript must grow by 1 from lane to lane"});
  const Affine bytes = element.without(kLaneVar) * size;
  const bool boolean = type.dtype == DType::boolean;
  const uint32_t uses = uses_[result.index], index_uses = index_uses_[result.index];
  std::vector<Reg> regs;
  if (step == 1) {
    if (addresses_.misaligned(bytes, size * arch::kLanes))
      return fail(op, Code::kernel_access, "a load of a vector loop is not aligned to 16 elements");
    for (size_t group = 0; group < lanes_->masks.size(); ++group) {
      regs.push_back(out_.add_reg(arch::RegFile::v));
      access(codes->load, regs.back(), lanes_->masks[group], object,
             bytes + Affine(static_cast<int64_t>(group) * arch::kLanes * size));
    }
  } else if (uses != index_uses || type.dtype != DType::i32) {
    regs.push_back(out_.add_reg(arch::RegFile::v));
    access(codes->broadcast, regs.back(), kAllLanes, object, bytes);
  }
  if (boolean) {
    for (Reg& reg : regs) reg = emit_int_to_mask(emit_, reg);
  }
  set_regs(result, regs);
  if (step == 0 && index_uses > 0 && type.dtype == DType::i32) {
    const Reg scalar = out_.add_reg(arch::RegFile::s);
    access(Opcode::ld_s_i32, scalar, kNoReg, object, bytes);
    at(result).affine = scalar_affine(scalar);
    at(result).has_scalar = true;
  }
}

void Selector::store(ir::OpId op) {
  const ir::ValueId value = module_.operand(op, 0), buffer = module_.operand(op, 1);
  const ir::Type& type = type_of(buffer);
  if (accumulators_.count(buffer.index) != 0) return accumulator_store(op, buffer);
  tiles_.clear();
  const auto codes = codes_of(type.dtype);
  if (!codes)
    return fail(op, Code::kernel_unsupported, fmt::format("a kernel cannot store {}", dtype_name(type.dtype)));
  const auto size = static_cast<int64_t>(dtype_bytes(type.dtype));
  const Affine element = element_of(op, buffer);
  const uint32_t object = objects_.at(buffer.index);
  const int64_t step = element.coefficient(kLaneVar);
  const Affine bytes = element.without(kLaneVar) * size;
  const auto stored = [&](size_t group) {
    const Reg number = reg(value, group);
    return type.dtype == DType::boolean ? emit_mask_to_int(emit_, number) : number;
  };
  if (step == 0) {
    if (varying(value)) return fail(op, Code::kernel_access, "all lanes of a vector loop store to one place");
    return access(codes->store_one, stored(0), kAllLanes, object, bytes);
  }
  if (step != 1)
    return fail(op, Code::kernel_access, "a store of a vector loop is not contiguous",
                {"its last subscript must grow by 1 from lane to lane"});
  if (addresses_.misaligned(bytes, size * arch::kLanes))
    return fail(op, Code::kernel_access, "a store of a vector loop is not aligned to 16 elements");
  for (size_t group = 0; group < lanes_->masks.size(); ++group) {
    access(codes->store, stored(group), lanes_->masks[group], object,
           bytes + Affine(static_cast<int64_t>(group) * arch::kLanes * size));
  }
}

}  // namespace psmc::backend
