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
  const auto [bm, bn] = block_of(shape, piece_, points_, plan_.jam);
  for (uint32_t d = 0; d < piece_.parallel; ++d)
    if (d != shape.m && d != shape.n) open(d);
  const size_t product = depth_;
  enter_for("%bm", mb / bm, "kind = \"parallel\"");
  if (tail > 0) emit_tail_of_a(shape, bm);
  open_column_blocks(shape, nb, bn);
  if (tail > 0) emit_tail_of_b(shape, bn);
  const size_t block = depth_;
  line(fmt::format("%acc = alloc : buffer<{}x{}x16x16xf32, accumulator>", bm, bn));
  const std::string zero = piece_.joined < 0 ? constant(0, DType::f32) : "";
  enter_rows(bm, bn);
  name_rows(shape, bm, bn);
  line(fmt::format("store {}, %acc[%u, %w, %r, %c]",
                   piece_.joined < 0 ? zero : emit_step(piece_.steps[static_cast<size_t>(piece_.joined) - 1])));
  leave(block);
  emit_products(shape, bm, bn, (k - tail) / shape.step, false);
  leave(block);
  emit_products(shape, bm, bn, (tail + shape.step - 1) / shape.step, true);
  leave(block);
  const int raw = raw_output();
  enter_rows(bm, bn);
  emit_matrix_rows(shape, bm, bn, raw);
  leave(product);
  if (raw >= 0) emit_matrix_epilogue(shape, raw);
  leave(0);
}

/// A run-time number of columns is counted in blocks; the last may be more than there are.
void Lowering::open_column_blocks(const MatrixShape& shape, int64_t nb, int64_t bn) {
  if (piece_.space[shape.n].extent.is_static()) return enter_for("%bn", nb / bn, "kind = \"parallel\"");
  enter(fmt::format("for %bn = 0 to {} step {} {{kind = \"parallel\", max_trip = {}}}", limit(shape.n), bn * 16,
                    nb / bn));
}

/// The first column of the block.
std::string Lowering::column_block(const MatrixShape& shape, int64_t bn) const {
  return piece_.space[shape.n].extent.is_static() ? fmt::format("%bn * {}", bn * 16) : "%bn";
}

/// Rows leave the accumulators in unrolled code. Where the steps after the product are many, they follow in a loop of
/// their own, through an output of f32 that holds the raw sums meanwhile; -1: they stay with the rows.
int Lowering::raw_output() const {
  size_t instructions = 0;
  for (size_t i = piece_.inner; i < piece_.steps.size(); ++i) {
    const bool cheap = piece_.steps[i].what != StepKind::op || piece_.steps[i].kind == ir::OpKind::add ||
                       piece_.steps[i].kind == ir::OpKind::sub || piece_.steps[i].kind == ir::OpKind::mul ||
                       piece_.steps[i].kind == ir::OpKind::cast || piece_.steps[i].kind == ir::OpKind::select;
    instructions += cheap ? 1 : 10;
  }
  if (instructions <= 6) return -1;
  for (size_t i = 0; i < output_types_.size(); ++i)
    if (output_types_[i] == DType::f32) return static_cast<int>(i);
  return -1;
}

void Lowering::emit_matrix_epilogue(const MatrixShape& shape, int raw) {
  const auto enter_all = [&](const std::string& counter, uint32_t d, const std::string& unit) {
    const ir::Dim& extent = piece_.space[d].extent;
    const std::string most = extent.is_static() ? "" : fmt::format(", max_trip = {}", extent.bound),
                      end = extent.is_static() ? fmt::format("{}", (extents_[d] + 15) / 16 * 16) : limit(d);
    enter(fmt::format("for {} = 0 to {} step 1 {{kind = \"parallel\"{}{}}}", counter, end, most, unit));
  };
  enter_all("%r", shape.m, "");
  enter_all("%c", shape.n, ", unit = \"vector\"");
  renamed_[shape.m] = "%r";
  renamed_[shape.n] = "%c";
  root_ = fresh();
  line(fmt::format("{} = load %a{}[{}]", root_, leaves_.size() + static_cast<size_t>(raw),
                   subscript(piece_.result, result_)));
  emit_after_products();
  emit_stores();
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

/// An element of a or b: `row` is the index along m or n.
std::string Lowering::operand(uint32_t leaf, const MatrixShape& shape, const std::string& row, const std::string& k) {
  renamed_ = {{leaf == shape.a ? shape.m : shape.n, row}, {shape.k, k}};
  const std::string at = subscript(piece_.leaves[leaf].map, leaves_[leaf]);
  renamed_.clear();
  return fmt::format("%a{}[{}]", leaf, at);
}

void Lowering::emit_products(const MatrixShape& shape, int64_t bm, int64_t bn, int64_t steps, bool on_copies) {
  if (steps == 0) return;
  enter_for("%k", steps, steps % 2 == 0 ? "kind = \"reduce\", unroll = 2" : "kind = \"reduce\"");
  enter_for("%u", bm, "unit = \"unroll\"");
  enter_for("%w", bn, "unit = \"unroll\"");
  enter_for("%mi", 16, "unit = \"matrix\"");
  enter_for("%ni", 16, "unit = \"matrix\"");
  enter_for("%ki", shape.step, "unit = \"matrix\"");
  const std::string m = "%u * 16 + %mi", n = "%w * 16 + %ni", k = fmt::format("%k * {} + %ki", shape.step);
  if (on_copies) {
    line(fmt::format("%a = load %ta[{}, {}]", m, k));
    line(fmt::format("%b = load %tb[{}, {}]", shape.b_rows_are_n ? n : k, shape.b_rows_are_n ? k : n));
  } else {
    line("%a = load " + operand(shape.a, shape, fmt::format("%bm * {} + {}", bm * 16, m), k));
    line("%b = load " + operand(shape.b, shape, column_block(shape, bn) + " + " + n, k));
  }
  line("%old = load %acc[%u, %w, %mi, %ni]");
  line("%new = fma %a, %b, %old");
  line("store %new, %acc[%u, %w, %mi, %ni]");
}

void Lowering::name_rows(const MatrixShape& shape, int64_t bm, int64_t bn) {
  renamed_[shape.m] = fmt::format("%bm * {} + %u * 16 + %r", bm * 16);
  renamed_[shape.n] = column_block(shape, bn) + " + %w * 16 + %c";
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
