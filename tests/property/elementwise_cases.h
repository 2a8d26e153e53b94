// SPDX-License-Identifier: Apache-2.0
// Every elementwise op on every element type that it takes: found by asking inference, so a new op is there by itself.
#pragma once

#include <vector>

#include <fmt/format.h>

#include "ir/builder.h"
#include "ir/op.h"
#include "ir/ops/elementwise.h"

namespace psmc::test {

/// The element types that the machine holds.
inline constexpr DType kHeldTypes[] = {DType::f32, DType::f16, DType::bf16, DType::i32, DType::i8, DType::boolean};

struct ElementwiseCase {
  ir::OpKind kind{};
  DType from{};  ///< of the operands (select: of the values)
  DType to{};    ///< of the result
  auto operator<=>(const ElementwiseCase&) const = default;
  std::string text() const {
    return fmt::format("{} {} -> {}", ir::op_def(kind).name, dtype_name(from), dtype_name(to));
  }
};

inline std::vector<ElementwiseCase> elementwise_cases() {
  std::vector<ElementwiseCase> cases;
  ir::Module module;
  std::vector<ir::TypeId> types;
  for (DType dtype : kHeldTypes) types.push_back(module.type(ir::tensor_type(dtype, {ir::Dim(2)})));
  const ir::BlockId body = module.func(module.create_func("f", types)).body;
  ir::Builder builder(module);
  builder.at_end(body);
  const auto argument = [&](DType dtype) {
    for (uint32_t i = 0; i < std::size(kHeldTypes); ++i)
      if (kHeldTypes[i] == dtype) return module.block_arg(body, i);
    return ir::ValueId();
  };
  const auto add = [&](ir::OpKind kind, DType from, ir::AttrDict attrs) {
    std::vector<ir::ValueId> operands(static_cast<size_t>(ir::op_def(kind).min_operands), argument(from));
    if (kind == ir::OpKind::select) operands[0] = argument(DType::boolean);
    const auto op = builder.try_create(kind, operands, module.attrs(std::move(attrs)), {});
    if (op.ok()) cases.push_back({kind, from, module.value_type(module.result(*op)).dtype});
  };
  for (uint32_t k = 0; k < ir::kNumOpKinds; ++k) {
    const auto kind = static_cast<ir::OpKind>(k);
    if (!ir::is_elementwise(kind)) continue;
    for (DType from : kHeldTypes) {
      if (kind != ir::OpKind::cast) add(kind, from, {});
      for (DType to : kHeldTypes)  // a cast to the same type is no op at all
        if (kind == ir::OpKind::cast && from != to) add(kind, from, {builder.attr("dtype", to)});
    }
  }
  return cases;
}

}  // namespace psmc::test
