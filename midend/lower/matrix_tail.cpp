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

/// `count` elements from `first` on of each row, then zeros, in rows of 16. Rows of operands are padded to 16.
void Lowering::copy_row_ends(const std::string& to, const std::string& from, int64_t rows, int64_t first,
                             int64_t count) {
  const size_t outside = depth_;
  const std::string zero = constant(0, DType::f32), end = constant(static_cast<double>(count), DType::i32);
  const std::string index = fresh(), number = fresh(), inside = fresh(), value = fresh(), copied = fresh();
  enter_for("%c", 16, "kind = \"parallel\", unit = \"vector\"");
  line(fmt::format("{} = index %c", index));
  line(fmt::format("{} = cast {} {{dtype = i32}}", number, index));
  line(fmt::format("{} = lt {}, {}", inside, number, end));
  enter_for("%t", rows, "kind = \"parallel\", unroll = 8");
  line(fmt::format("{} = load {} + %t, {} + %c]", value, from, first));
  line(fmt::format("{} = select {}, {}, {}", copied, inside, value, zero));
  line(fmt::format("store {}, {}[%t, %c]", copied, to));
  leave(outside);
}

/// Inside of %bm: the rows of one block.
void Lowering::emit_tail_of_a(const MatrixShape& shape, int64_t bm) {
  const int64_t k = extents_[shape.k], tail = tail_of(shape, k);
  tail_buffer("%ta", shape.a, bm * 16, 16);
  copy_row_ends("%ta", fmt::format("%a{}[%bm * {}", shape.a, bm * 16), bm * 16, k - tail, tail);
}

void Lowering::emit_tail_of_b(const MatrixShape& shape, int64_t nb) {
  const int64_t k = extents_[shape.k], tail = tail_of(shape, k),
                all = (tail + shape.step - 1) / shape.step * shape.step;
  if (shape.b_rows_are_n) {
    tail_buffer("%tb", shape.b, nb * 16, 16);
    return copy_row_ends("%tb", fmt::format("%a{}[0", shape.b), nb * 16, k - tail, tail);
  }
  tail_buffer("%tb", shape.b, all, nb * 16);
  const std::string zero = constant(0, DType::f32), value = fresh();
  const size_t outside = depth_;
  enter_for("%c", nb * 16, "kind = \"parallel\", unit = \"vector\"");
  enter_for("%t", tail, "kind = \"parallel\", unroll = 4");
  line(fmt::format("{} = load %a{}[{} + %t, %c]", value, shape.b, k - tail));
  line(fmt::format("store {}, %tb[%t, %c]", value));
  close();
  enter_for("%t", all - tail, "kind = \"parallel\", unroll = 4");
  line(fmt::format("store {}, %tb[%t + {}, %c]", zero, tail));
  leave(outside);
}

}  // namespace psmc::midend
