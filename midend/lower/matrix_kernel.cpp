// SPDX-License-Identifier: Apache-2.0
// Contractions on the matrix unit (midend/lower/matrix.h): blocks of accumulators, their rows into the steps after the
// product.
#include "midend/lower/lowering.h"

namespace psmc::midend {

void Lowering::enter_for(const std::string& variable, int64_t count, const std::string& attributes) {
  enter(fmt::format("for {} = 0 to {} step 1 {{{}}}", variable, count, attributes));
}

void Lowering::emit_matrix() {
  const MatrixShape shape = *matrix_shape(module_, piece_);
  const int64_t mb = (extents_[shape.m] + 15) / 16, nb = (extents_[shape.n] + 15) / 16, k = extents_[shape.k],
                tail = tail_of(shape, k);
  const auto [bm, bn] = accumulator_block(mb, nb, plan_.jam);
  if (tail > 0) emit_tail_of_b(shape, nb);
  enter_for("%bm", mb / bm, "kind = \"parallel\"");
  if (tail > 0) emit_tail_of_a(shape, bm);
  enter_for("%bn", nb / bn, "kind = \"parallel\"");
  const size_t block = depth_;
  line(fmt::format("%acc = alloc : buffer<{}x{}x16x16xf32, accumulator>", bm, bn));
  const std::string zero = piece_.joined < 0 ? constant(0, DType::f32) : "";
  enter_rows(bm, bn);
  name_rows(shape, bm, bn);
  line(fmt::format("store {}, %acc[%u, %w, %r, %c]",
                   piece_.joined < 0 ? zero : emit_step(piece_.steps[static_cast<size_t>(piece_.joined) - 1])));
  leave(block);
  emit_products(shape, bm, bn,
                {fmt::format("%a{}", shape.a), fmt::format("%a{}", shape.b), bm * 16, (k - tail) / shape.step});
  leave(block);
  emit_products(shape, bm, bn, {"%ta", "%tb", 0, (tail + shape.step - 1) / shape.step});
  leave(block);
  const int raw = raw_output();
  enter_rows(bm, bn);
  emit_matrix_rows(shape, bm, bn, raw);
  leave(0);
  if (raw >= 0) emit_matrix_epilogue(shape, raw);
}

/// Rows leave the accumulators in unrolled code. Where the steps after the product are many, they follow in a loop of
/// their own, through an output of f32 that holds the raw sums meanwhile; -1: they stay with the rows.
int Lowering::raw_output() const {
  size_t instructions = 0;
  for (size_t i = piece_.inner; i < piece_.steps.size(); ++i) {
    const bool cheap = piece_.steps[i].what != StepKind::op || piece_.steps[i].kind == ir::OpKind::add ||
                       piece_.steps[i].kind == ir::OpKind::sub || piece_.steps[i].kind == ir::OpKind::mul ||
                       piece_.steps[i].kind == ir::OpKind::cast;
    instructions += cheap ? 1 : 10;
  }
  if (instructions <= 6) return -1;
  for (size_t i = 0; i < output_types_.size(); ++i)
    if (output_types_[i] == DType::f32) return static_cast<int>(i);
  return -1;
}

void Lowering::emit_matrix_epilogue(const MatrixShape& shape, int raw) {
  enter_for("%r", (extents_[shape.m] + 15) / 16 * 16, "kind = \"parallel\"");
  enter_for("%c", (extents_[shape.n] + 15) / 16 * 16, "kind = \"parallel\", unit = \"vector\"");
  renamed_[shape.m] = "%r";
  renamed_[shape.n] = "%c";
  root_ = fresh();
  line(fmt::format("{} = load %a{}[{}]", root_, leaves_.size() + static_cast<size_t>(raw),
                   subscript(piece_.result, result_)));
  emit_after_products();
  emit_stores();
  leave(0);
}

/// The steps after the reduction; joining the sums of earlier parts is not one: the accumulators started from them.
void Lowering::emit_after_products() {
  const auto end = static_cast<uint32_t>(piece_.steps.size());
  if (piece_.joined < 0) return emit_steps(piece_.inner, end);
  names_.resize(end);
  names_[static_cast<size_t>(piece_.joined)] = root_;
  emit_steps(static_cast<uint32_t>(piece_.joined) + 1, end);
}

void Lowering::enter_rows(int64_t bm, int64_t bn) {
  enter_for("%u", bm, "unit = \"unroll\"");
  enter_for("%w", bn, "unit = \"unroll\"");
  enter_for("%r", 16, "unit = \"unroll\"");
  enter_for("%c", 16, "unit = \"vector\"");
}

void Lowering::emit_products(const MatrixShape& shape, int64_t bm, int64_t bn, const Operands& from) {
  if (from.steps == 0) return;
  enter_for("%k", from.steps, from.steps % 2 == 0 ? "kind = \"reduce\", unroll = 2" : "kind = \"reduce\"");
  enter_for("%u", bm, "unit = \"unroll\"");
  enter_for("%w", bn, "unit = \"unroll\"");
  enter_for("%mi", 16, "unit = \"matrix\"");
  enter_for("%ni", 16, "unit = \"matrix\"");
  enter_for("%ki", shape.step, "unit = \"matrix\"");
  const std::string m = (from.a_block > 0 ? fmt::format("%bm * {} + ", from.a_block) : "") + "%u * 16 + %mi",
                    n = fmt::format("%bn * {} + %w * 16 + %ni", bn * 16), k = fmt::format("%k * {} + %ki", shape.step);
  line(fmt::format("%a = load {}[{}, {}]", from.a, m, k));
  line(fmt::format("%b = load {}[{}, {}]", from.b, shape.b_rows_are_n ? n : k, shape.b_rows_are_n ? k : n));
  line("%old = load %acc[%u, %w, %mi, %ni]");
  line("%new = fma %a, %b, %old");
  line("store %new, %acc[%u, %w, %mi, %ni]");
}

void Lowering::name_rows(const MatrixShape& shape, int64_t bm, int64_t bn) {
  renamed_[shape.m] = fmt::format("%bm * {} + %u * 16 + %r", bm * 16);
  renamed_[shape.n] = fmt::format("%bn * {} + %w * 16 + %c", bn * 16);
}

/// One row of 16 results: from the accumulator through the steps after the reduction to the outputs.
void Lowering::emit_matrix_rows(const MatrixShape& shape, int64_t bm, int64_t bn, int raw) {
  name_rows(shape, bm, bn);
  root_ = fresh();
  line(fmt::format("{} = load %acc[%u, %w, %r, %c]", root_));
  if (raw >= 0) {
    line(fmt::format("store {}, %a{}[{}]", root_, leaves_.size() + static_cast<size_t>(raw),
                     subscript(piece_.result, result_)));
    return;
  }
  emit_after_products();
  emit_stores();
}

}  // namespace psmc::midend
