// SPDX-License-Identifier: Apache-2.0
// The end of k (midend/lower/matrix.h): copies of the last elements of a and b in tiles that are zero elsewhere. Both
// are copied: what lies behind them is not theirs, and a zero on one side alone does not help against what is no
// number.
#include "midend/lower/lowering.h"

namespace psmc::midend {

void Lowering::tail_buffer(const std::string& name, uint32_t leaf, int64_t rows, int64_t columns) {
  const DType dtype = module_.value_type(piece_.leaves[leaf].value).dtype;
  line(fmt::format("{} = alloc : buffer<{}x{}x{}, scratchpad>", name, rows, columns, dtype_name(dtype)));
}

/// The end of k of each row, then zeros, in rows of 16. Rows of operands are padded to 16.
void Lowering::copy_row_ends(const std::string& to, uint32_t leaf, const MatrixShape& shape, const std::string& row,
                             int64_t rows) {
  const int64_t k = extents_[shape.k], tail = tail_of(shape, k);
  const size_t outside = depth_;
  const std::string zero = constant(0, DType::f32), end = constant(static_cast<double>(tail), DType::i32);
  const std::string index = fresh(), number = fresh(), inside = fresh(), value = fresh(), copied = fresh();
  tail_buffer(to, leaf, rows, 16);
  enter_for("%c", 16, "kind = \"parallel\", unit = \"vector\"");
  line(fmt::format("{} = index %c", index));
  line(fmt::format("{} = cast {} {{dtype = i32}}", number, index));
  line(fmt::format("{} = lt {}, {}", inside, number, end));
  enter_for("%t", rows, "kind = \"parallel\", unroll = 8");
  line(fmt::format("{} = load {}", value, operand(leaf, shape, row, fmt::format("%c + {}", k - tail))));
  line(fmt::format("{} = select {}, {}, {}", copied, inside, value, zero));
  line(fmt::format("store {}, {}[%t, %c]", copied, to));
  leave(outside);
}

/// Inside of %bm: the rows of one block.
void Lowering::emit_tail_of_a(const MatrixShape& shape, int64_t bm) {
  copy_row_ends("%ta", shape.a, shape, fmt::format("%bm * {} + %t", bm * 16), bm * 16);
}

/// Inside of %bn: its columns.
void Lowering::emit_tail_of_b(const MatrixShape& shape, int64_t bn) {
  if (shape.b_rows_are_n) return copy_row_ends("%tb", shape.b, shape, column_block(shape, bn) + " + %t", bn * 16);
  const int64_t k = extents_[shape.k], tail = tail_of(shape, k),
                all = (tail + shape.step - 1) / shape.step * shape.step;
  tail_buffer("%tb", shape.b, all, bn * 16);
  const std::string zero = constant(0, DType::f32), value = fresh();
  const size_t outside = depth_;
  enter_for("%c", bn * 16, "kind = \"parallel\", unit = \"vector\"");
  enter_for("%t", tail, "kind = \"parallel\", unroll = 4");
  line(fmt::format("{} = load {}", value,
                   operand(shape.b, shape, column_block(shape, bn) + " + %c", fmt::format("%t + {}", k - tail))));
  line(fmt::format("store {}, %tb[%t, %c]", value));
  close();
  enter_for("%t", all - tail, "kind = \"parallel\", unroll = 4");
  line(fmt::format("store {}, %tb[%t + {}, %c]", zero, tail));
  leave(outside);
}

}  // namespace psmc::midend
