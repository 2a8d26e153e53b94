// SPDX-License-Identifier: Apache-2.0
// Lowering: one kernel's text while it grows; internal to midend/lower. One idea a file:
//   kernel_text.cpp     parameters, parallel loops, subscripts
//   scalar_steps.cpp    the scalar program of a point, rounding, stores
//   reduction.cpp       reduce loops, in chains that hide the latency of an addition
//   matrix_kernel.cpp   contractions on the matrix unit (matrix.h)
//   matrix_tail.cpp     the end of k, copied into zeroed tiles
#pragma once

#include <fmt/format.h>

#include <map>

#include "midend/lower/footing.h"
#include "midend/lower/matrix.h"

namespace psmc::midend {

class Lowering {
 public:
  Lowering(const ir::Module& module, const std::vector<ir::Symbol>& symbols, const NodePiece& piece, const Box& points,
           const std::vector<View>& leaves, const View& result, const LoopPlan& plan)
      : module_(module),
        symbols_(symbols),
        piece_(piece),
        points_(points),
        leaves_(leaves),
        result_(result),
        plan_(plan),
        extents_(extents_of(piece, points)) {}

  std::string run();

 private:
  void line(const std::string& text) { out_ += indent_ + text + "\n"; }
  std::string fresh() { return fmt::format("%v{}", next_++); }
  void enter(const std::string& head);
  void close();
  void leave(size_t depth) {
    while (depth_ > depth) close();
  }

  // kernel_text.cpp
  void signature();
  void argument(size_t number, const View& view, DType dtype);
  bool is_trivial(size_t d) const { return extents_[d] == 1 && piece_.space[d].extent.is_static(); }
  std::string counter(size_t d) const { return fmt::format("%i{}", d); }
  std::string limit(size_t d) const;
  std::string attributes(size_t d, bool reduce) const;
  void open(size_t d);
  void open_parallel_loops();
  std::string subscript(const ir::AccessMap& map, const View& view);
  std::string affine(const ir::Subscript& s, int64_t extra) const;
  std::string indirect_row(const ir::Subscript& s, int64_t size);

  // scalar_steps.cpp
  std::string constant(double number, DType dtype);
  /// Converts to what an element of `dtype` can hold, in the type that kernels hold it in.
  std::string converted(const std::string& name, DType dtype);
  std::string rounded(std::string name, DType dtype);
  void emit_steps(uint32_t first, uint32_t last);
  std::string emit_step(const Step& step);
  std::string emit_affine(const Step& step);
  std::string emit_op(const Step& step);
  void emit_stores();

  // reduction.cpp
  std::string_view monoid_op() const;
  double neutral() const;
  std::vector<size_t> reduce_order() const;
  void emit_root();
  void emit_chains(size_t d);
  std::string join_chains(std::vector<std::string> parts);
  std::string combine(const std::string& carried);

  // matrix_kernel.cpp
  void enter_for(const std::string& variable, int64_t count, const std::string& attributes);
  void enter_rows(int64_t bm, int64_t bn);
  void emit_matrix();
  std::string operand(uint32_t leaf, const MatrixShape& shape, const std::string& row, const std::string& k);
  std::string column_block(const MatrixShape& shape, int64_t bn) const;
  void open_column_blocks(const MatrixShape& shape, int64_t nb, int64_t bn);
  void emit_products(const MatrixShape& shape, int64_t bm, int64_t bn, int64_t steps, bool on_copies);
  void emit_matrix_rows(const MatrixShape& shape, int64_t bm, int64_t bn, int raw);
  void name_rows(const MatrixShape& shape, int64_t bm, int64_t bn);
  void emit_after_products();
  int raw_output() const;
  void emit_matrix_epilogue(const MatrixShape& shape, int raw);

  // matrix_tail.cpp
  void tail_buffer(const std::string& name, uint32_t leaf, int64_t rows, int64_t columns);
  void copy_row_ends(const std::string& to, uint32_t leaf, const MatrixShape& shape, const std::string& row,
                     int64_t rows);
  void emit_tail_of_a(const MatrixShape& shape, int64_t bm);
  void emit_tail_of_b(const MatrixShape& shape, int64_t bn);

  const ir::Module& module_;
  const std::vector<ir::Symbol>& symbols_;
  const NodePiece& piece_;
  const Box& points_;
  const std::vector<View>& leaves_;
  const View& result_;
  const LoopPlan& plan_;
  const std::vector<int64_t> extents_;
  std::string out_, indent_ = "  ", root_;
  std::vector<DType> output_types_;
  size_t depth_ = 0;  ///< open loops
  std::vector<std::string> names_;
  std::map<uint32_t, std::string> renamed_;  ///< dimensions that are not one loop: their index as a sum
  std::map<uint32_t, int64_t> chain_;        ///< the dimension that runs in chains: how far this one is ahead
  uint32_t next_ = 0;
};

}  // namespace psmc::midend
