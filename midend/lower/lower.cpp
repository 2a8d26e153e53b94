// SPDX-License-Identifier: Apache-2.0
#include "midend/lower/lower.h"
#include "midend/lower/matrix.h"

#include <fmt/format.h>

#include <map>

#include "base/check.h"
#include "base/json.h"

namespace psmc::midend {
namespace {

using ir::BodyKind;
using ir::OpKind;
using ir::Subscript;

constexpr int64_t kLanes = 16;

/// Where one subscript list lands in a view: constant, symbols and coefficient of each iteration dimension, in
/// elements.
struct Footing {
  int64_t constant = 0;
  std::vector<int64_t> symbol_steps;
  std::vector<int64_t> dim_steps;
  bool indirect = false;
  bool unit_in_last = true;  ///< whether dimensions that move the last subscript do so by single elements
};

Footing footing(const ir::AccessMap& map, const View& view, const Box& points, size_t dims) {
  Footing result;
  result.dim_steps.assign(dims, 0);
  for (size_t d = 0; d < map.subscripts.size(); ++d) {
    const Subscript& s = map.subscripts[d];
    if (s.indirect) {
      result.indirect = true;
      result.symbol_steps.push_back(view.strides[d]);
      continue;
    }
    int64_t constant = s.offset.constant - view.origin[d];
    for (const auto& [dim, coefficient] : s.terms) {
      if (dim < points.dims.size()) constant += coefficient * points.dims[dim].lo;
      result.dim_steps[dim] += coefficient * view.strides[d];
    }
    result.constant += constant * view.strides[d];
    for (const auto& term : s.offset.terms) result.symbol_steps.push_back(term.second * view.strides[d]);
  }
  return result;
}

/// Whether the dimension can run along the lanes of this access; `moves` says if the access moves with it at all.
bool lane_ok(const Footing& f, const View& view, const std::vector<int64_t>& extents, size_t lane, bool& moves) {
  moves = f.dim_steps[lane] != 0;
  if (!moves) return true;
  if (view.packed || !view.aligned || f.dim_steps[lane] != 1 || f.constant % kLanes != 0) return false;
  for (int64_t step : f.symbol_steps)
    if (step % kLanes != 0) return false;
  for (size_t d = 0; d < extents.size(); ++d)
    if (d != lane && extents[d] > 1 && f.dim_steps[d] % kLanes != 0) return false;
  return true;
}

std::vector<int64_t> extents_of(const NodePiece& piece, const Box& points) {
  std::vector<int64_t> extents;
  for (size_t d = 0; d < piece.space.size(); ++d)
    extents.push_back(d < piece.parallel ? points.dims[d].size() : piece.space[d].extent.bound);
  return extents;
}

}  // namespace

std::string sym_text(const ir::Module& module, const ir::SymExpr& expr) {
  std::string text;
  for (const auto& [name, coefficient] : expr.terms) {
    const std::string term = (coefficient == 1 || coefficient == -1)
                                 ? std::string(module.text(name))
                                 : fmt::format("{} * {}", module.text(name), std::abs(coefficient));
    if (text.empty())
      text = coefficient < 0 ? (coefficient == -1 ? fmt::format("{} * -1", module.text(name))
                                                  : fmt::format("{} * {}", module.text(name), coefficient))
                             : term;
    else
      text += (coefficient < 0 ? " - " : " + ") + term;
  }
  if (text.empty()) return fmt::format("{}", expr.constant);
  if (expr.constant > 0) text += fmt::format(" + {}", expr.constant);
  if (expr.constant < 0) text += fmt::format(" - {}", -expr.constant);
  return text;
}

bool uses_matrix(const ir::Module& module, const NodePiece& piece, const Box& points) {
  const auto shape = matrix_shape(module, piece);
  if (!shape || points.empty()) return false;
  for (size_t i = piece.inner; i < piece.steps.size(); ++i) {
    if (piece.steps[i].what == StepKind::affine) return false;
    if (piece.steps[i].what != StepKind::leaf) continue;
    for (const Subscript& s : piece.leaves[piece.steps[i].index].map.subscripts) {
      if (s.indirect || s.offset != ir::SymExpr() || s.terms.size() > 1) return false;
      if (s.terms.size() == 1 && s.terms[0].second != 1) return false;
    }
  }
  return points.dims[shape->m].size() >= kMatrixMinimum && points.dims[shape->n].size() >= kMatrixMinimum &&
         points.dims[shape->m].lo % 16 == 0 && points.dims[shape->n].lo % 16 == 0;
}

LoopPlan choose_loops(const ir::Module& module, const NodePiece& piece, const Box& points,
                      const std::vector<View>& leaves, const View& result,
                      const std::vector<poly::Direction>& dependences, bool matrix) {
  const std::vector<int64_t> extents = extents_of(piece, points);
  double total = 1, outputs = 1;
  for (size_t d = 0; d < extents.size(); ++d) {
    total *= static_cast<double>(extents[d]);
    if (d < piece.parallel) outputs *= static_cast<double>(extents[d]);
  }
  const double steps = 2.0 + static_cast<double>(piece.steps.size());
  LoopPlan best;
  (void)module;
  if (matrix && poly::may_tile(dependences, 0, 2)) {
    best.matrix = true;
    best.jam = 8;
    return best;
  }
  best.cycles = total * steps * 3;
  for (size_t lane = 0; lane < extents.size(); ++lane) {
    if (extents[lane] <= 1) continue;
    const bool reduces = lane >= piece.parallel;
    if (reduces && piece.monoid == "prod") continue;  // the machine has no product across lanes
    bool legal = reduces || poly::is_parallel(dependences, lane), moves = false;
    for (size_t i = 0; i < leaves.size() && legal; ++i) {
      const Footing f = footing(piece.leaves[i].map, leaves[i], points, extents.size());
      legal = lane_ok(f, leaves[i], extents, lane, moves);
      for (const Subscript& s :
           piece.leaves[i].map.subscripts)  // the row that a gather reads must be the same in all lanes
        if (s.indirect) {
          const Step& index = piece.steps[s.index_operand];
          if (index.what != StepKind::leaf)
            legal = false;
          else
            for (const Subscript& t : piece.leaves[index.index].map.subscripts)
              for (const auto& term : t.terms) legal = legal && term.first != lane;
        }
    }
    const Footing out = footing(piece.result, result, points, extents.size());
    legal = legal && lane_ok(out, result, extents, lane, moves) && moves == !reduces;
    if (!legal) continue;
    const double groups = static_cast<double>((extents[lane] + kLanes - 1) / kLanes);
    const double cycles = total / static_cast<double>(extents[lane]) * groups * steps + (reduces ? outputs * 16 : 0);
    if (cycles >= best.cycles) continue;
    best.lane = static_cast<int>(lane);
    best.lane_reduces = reduces;
    best.cycles = cycles;
    const bool inner_loop = piece.space.size() > piece.parallel;
    best.jam = !reduces && inner_loop ? std::min<int64_t>(4, static_cast<int64_t>(groups)) : 1;
  }
  best.unroll = 4;
  const bool one_loop =
      piece.space.size() == piece.parallel + 1 && !best.lane_reduces && piece.space.back().extent.is_static();
  for (int64_t chains : {4, 2})
    if (one_loop && best.chains == 1 && best.jam * chains <= 4 && extents.back() % chains == 0 &&
        extents.back() >= 4 * chains)
      best.chains = chains;
  return best;
}

LoopPlan allowed(LoopPlan plan, const Decisions& decisions) {
  if (!decisions.use_lanes && !plan.matrix) {
    plan.lane = -1;
    plan.lane_reduces = false;
  }
  if (!decisions.unroll_loops) plan.jam = plan.unroll = plan.chains = 1;
  return plan;
}

namespace {

/// Emits one kernel.
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

  std::string run(const Node& node) {
    signature(node);
    indent_ = "  ";
    if (plan_.matrix) {
      emit_matrix();
      out_ += "  return\n}\n";
      return std::move(out_);
    }
    open_parallel_loops();
    if (piece_.body != BodyKind::scalar) emit_root();
    emit_steps(piece_.body == BodyKind::scalar ? 0 : piece_.inner, static_cast<uint32_t>(piece_.steps.size()));
    emit_stores();
    while (!closers_.empty()) close();
    out_ += "  return\n}\n";
    return std::move(out_);
  }

 private:
  void line(const std::string& text) { out_ += indent_ + text + "\n"; }
  std::string fresh() { return fmt::format("%v{}", next_++); }

  void signature(const Node& node) {
    out_ = "func @kernel";
    if (!symbols_.empty()) {
      out_ += "[";
      for (size_t i = 0; i < symbols_.size(); ++i)
        out_ += fmt::format("{}{}: {}..{}", i ? ", " : "", module_.text(symbols_[i].name), symbols_[i].low,
                            symbols_[i].high);
      out_ += "]";
    }
    out_ += "(";
    for (size_t i = 0; i < leaves_.size(); ++i)
      argument(i, leaves_[i], module_.value_type(piece_.leaves[i].value).dtype);
    for (size_t i = 0; i < node.outputs.size(); ++i)
      argument(leaves_.size() + i, result_, output_types_.emplace_back(module_.value_type(node.outputs[i]).dtype));
    out_ += ") {\n";
  }

  void argument(size_t number, const View& view, DType dtype) {
    std::string dims, strides;
    for (size_t d = 0; d < view.sizes.size(); ++d) {
      dims += fmt::format("{}x", view.sizes[d]);
      strides += fmt::format("{}{}", d ? ", " : "", view.strides[d]);
    }
    out_ += fmt::format("{}%a{}: buffer<{}{}, scratchpad, strides [{}]>", number ? ", " : "", number, dims,
                        dtype_name(dtype), strides);
  }

  // Loops.
  bool is_trivial(size_t d) const {
    return extents_[d] == 1 &&
           (d < piece_.parallel ? piece_.space[d].extent.is_static() : piece_.space[d].extent.is_static());
  }
  std::string counter(size_t d) const { return fmt::format("%i{}", d); }
  std::string limit(size_t d) const {
    const ir::Dim& extent = piece_.space[d].extent;
    return extent.is_static() ? fmt::format("{}", extents_[d]) : fmt::format("sym({})", sym_text(module_, extent.size));
  }
  std::string attributes(size_t d, bool reduce) const {
    std::string text;
    const bool lane = static_cast<int>(d) == plan_.lane;
    if (lane && plan_.jam > 1) text += fmt::format("jam = {}, ", plan_.jam);
    text += reduce ? "kind = \"reduce\"" : "kind = \"parallel\"";
    if (!piece_.space[d].extent.is_static()) text += fmt::format(", max_trip = {}", piece_.space[d].extent.bound);
    if (lane)
      text += ", unit = \"vector\"";
    else if (reduce && plan_.unroll > 1)
      text += fmt::format(", unroll = {}", plan_.unroll);
    return text;
  }
  void open(size_t d) {
    if (is_trivial(d)) return;
    line(fmt::format("for {} = 0 to {} step 1 {{{}}} {{", counter(d), limit(d), attributes(d, false)));
    indent_ += "  ";
    closers_.push_back("}");
  }
  void close() {
    indent_.resize(indent_.size() - 2);
    line(closers_.back());
    closers_.pop_back();
  }

  void open_parallel_loops() {
    for (size_t d = 0; d < piece_.parallel; ++d)
      if (static_cast<int>(d) != plan_.lane) open(d);
    if (plan_.lane >= 0 && !plan_.lane_reduces) open(static_cast<size_t>(plan_.lane));
  }

  // Subscripts.
  std::string subscript(const ir::AccessMap& map, const View& view) {
    std::string text;
    for (size_t d = 0; d < map.subscripts.size(); ++d) {
      if (d) text += ", ";
      const Subscript& s = map.subscripts[d];
      text += s.indirect ? indirect_row(s, view.sizes[d]) : affine(s, -view.origin[d]);
    }
    return text;
  }
  std::string affine(const Subscript& s, int64_t extra) const {
    std::string text;
    ir::SymExpr offset = s.offset + extra;
    for (const auto& [dim, coefficient] : s.terms) {
      if (dim < points_.dims.size()) offset = offset + coefficient * points_.dims[dim].lo;
      if (const auto part = chain_.find(dim); part != chain_.end()) offset = offset + coefficient * part->second;
      if (const auto renamed = renamed_.find(dim); renamed != renamed_.end()) {
        PSMC_CHECK(coefficient == 1, "a matrix index that is not moved in single steps");
        text += (text.empty() ? "" : " + ") + renamed->second;
        continue;
      }
      if (is_trivial(dim)) continue;
      if (!text.empty()) text += " + ";
      text += coefficient == 1 ? counter(dim) : fmt::format("{} * {}", counter(dim), coefficient);
    }
    if (text.empty()) return sym_text(module_, offset);
    if (offset.is_constant() && offset.constant == 0) return text;
    const std::string tail = sym_text(module_, offset);
    return tail[0] == '-' ? fmt::format("{} - {}", text, tail.substr(1)) : fmt::format("{} + {}", text, tail);
  }
  std::string indirect_row(const Subscript& s, int64_t size) {
    const std::string index = fresh(), low = fresh(), high = fresh(), zero = fresh(), last = fresh();
    line(fmt::format("{} = cast {} {{dtype = index}}", index, names_[s.index_operand]));
    line(fmt::format("{} = constant 0 : index", zero));
    line(fmt::format("{} = constant {} : index", last, size - 1));
    line(fmt::format("{} = max {}, {}", low, index, zero));
    line(fmt::format("{} = min {}, {}", high, low, last));
    return high;
  }

  // Values.
  static DType held(DType dtype) {
    if (dtype == DType::boolean) return DType::boolean;
    return is_float(dtype) ? DType::f32 : DType::i32;
  }
  std::string constant(double number, DType dtype) {
    const std::string name = fresh();
    const DType type = held(dtype);
    if (type == DType::boolean)
      line(fmt::format("{} = constant {} : bool", name, number != 0 ? "true" : "false"));
    else if (type == DType::i32)
      line(fmt::format("{} = constant {} : i32", name, static_cast<int64_t>(number)));
    else {
      std::string text = json::number_text(number);
      std::erase(text, '"');
      if (text.find_first_of(".einEIN") == std::string::npos) text += ".0";
      line(fmt::format("{} = constant {} : f32", name, text));
    }
    return name;
  }
  /// Converts to what an element of `dtype` can hold, in the type that kernels hold it in.
  std::string converted(const std::string& name, DType dtype) {
    const std::string narrow = fresh();
    line(fmt::format("{} = cast {} {{dtype = {}}}", narrow, name, dtype_name(dtype)));
    if (held(dtype) == dtype) return narrow;
    const std::string wide = fresh();
    line(fmt::format("{} = cast {} {{dtype = {}}}", wide, narrow, dtype_name(held(dtype))));
    return wide;
  }
  std::string rounded(std::string name, DType dtype) { return held(dtype) == dtype ? name : converted(name, dtype); }

  void emit_steps(uint32_t first, uint32_t last) {
    names_.resize(piece_.steps.size());
    for (uint32_t i = first; i < last; ++i) names_[i] = emit_step(piece_.steps[i]);
  }
  std::string emit_step(const Step& step) {
    switch (step.what) {
      case StepKind::leaf: {
        const std::string at = subscript(piece_.leaves[step.index].map, leaves_[step.index]);
        const std::string name = fresh();
        line(fmt::format("{} = load %a{}[{}]", name, step.index, at));
        return name;
      }
      case StepKind::root: return rounded(root_, step.dtype);
      case StepKind::constant: return constant(step.number, step.dtype);
      case StepKind::affine: return emit_affine(step);
      case StepKind::op: return emit_op(step);
    }
    return {};
  }
  std::string emit_affine(const Step& step) {
    const std::string index = fresh();
    line(fmt::format("{} = index {}", index, affine(step.expr, 0)));
    const std::string integer = fresh();
    line(fmt::format("{} = cast {} {{dtype = i32}}", integer, index));
    if (held(step.dtype) == DType::i32) return rounded(integer, step.dtype);
    return converted(integer, step.dtype);
  }
  std::string emit_op(const Step& step) {
    std::string text{ir::op_def(step.kind).name};
    for (size_t i = 0; i < step.args.size(); ++i) text += (i ? ", " : " ") + names_[step.args[i]];
    if (step.kind == OpKind::cast) {
      const bool held_alike = held(piece_.steps[step.args[0]].dtype) == held(step.dtype);
      return held_alike ? rounded(names_[step.args[0]], step.dtype) : converted(names_[step.args[0]], step.dtype);
    }
    const std::string name = fresh();
    line(name + " = " + text);
    return rounded(name, step.dtype);
  }

  // The reduction.
  std::string_view monoid_op() const {
    if (piece_.monoid == "sum") return "add";
    if (piece_.monoid == "prod") return "mul";
    return piece_.monoid;
  }
  double neutral() const {
    const bool integer = piece_.accumulator == DType::i32, byte = piece_.steps[piece_.inner].dtype == DType::i8;
    if (piece_.monoid == "max")
      return !integer ? -std::numeric_limits<double>::infinity() : byte ? -128 : -2147483648.0;
    if (piece_.monoid == "min") return !integer ? std::numeric_limits<double>::infinity() : byte ? 127 : 2147483647.0;
    return piece_.monoid == "prod" ? 1 : 0;
  }
  std::vector<size_t> reduce_order() const {
    std::vector<size_t> order;
    for (size_t d = piece_.parallel; d < piece_.space.size(); ++d)
      if (!is_trivial(d) && static_cast<int>(d) != plan_.lane) order.push_back(d);
    if (plan_.lane_reduces) order.push_back(static_cast<size_t>(plan_.lane));
    return order;
  }
  void emit_root() {
    const std::vector<size_t> order = reduce_order();
    if (plan_.chains > 1 && order.size() == 1) return emit_chains(order[0]);
    std::string carried = constant(neutral(), piece_.accumulator);
    std::vector<std::string> results;
    for (size_t d : order) {
      results.push_back(fresh());
      const std::string inner = fresh();
      line(fmt::format("{} = for {} = 0 to {} step 1 iter({} = {}) {{{}}} {{", results.back(), counter(d), limit(d),
                       inner, carried, attributes(d, true)));
      indent_ += "  ";
      carried = inner;
    }
    emit_steps(0, piece_.inner);
    carried = combine(carried);
    while (!results.empty()) {
      line("yield " + carried);
      indent_.resize(indent_.size() - 2);
      line("}");
      carried = results.back();
      results.pop_back();
    }
    root_ = carried;
  }
  /// The reduction in `chains` interleaved parts, which hide the latency of an addition: part c takes every point with
  /// index c modulo the number of chains.
  void emit_chains(size_t d) {
    const std::string zero = constant(neutral(), piece_.accumulator);
    std::string results, carried;
    std::vector<std::string> inside, outside;
    for (int64_t c = 0; c < plan_.chains; ++c) {
      outside.push_back(fresh());
      inside.push_back(fresh());
      results += (c ? ", " : "") + outside.back();
      carried += fmt::format("{}{} = {}", c ? ", " : "", inside.back(), zero);
    }
    line(fmt::format("{} = for {} = 0 to {} step {} iter({}) {{kind = \"reduce\"}} {{", results, counter(d), limit(d),
                     plan_.chains, carried));
    indent_ += "  ";
    std::string yields;
    for (int64_t c = 0; c < plan_.chains; ++c) {
      chain_[static_cast<uint32_t>(d)] = c;
      emit_steps(0, piece_.inner);
      yields += (c ? ", " : "") + combine(inside[static_cast<size_t>(c)]);
    }
    chain_.clear();
    line("yield " + yields);
    indent_.resize(indent_.size() - 2);
    line("}");
    const std::string_view join = piece_.body == BodyKind::contract ? "add" : monoid_op();
    for (size_t step = 1; step < outside.size(); step *= 2)
      for (size_t i = 0; i + step < outside.size(); i += 2 * step) {
        const std::string sum = fresh();
        line(fmt::format("{} = {} {}, {}", sum, join, outside[i], outside[i + step]));
        outside[i] = sum;
      }
    root_ = outside[0];
  }
  std::string combine(const std::string& carried) {
    const std::string name = fresh();
    const std::string &a = names_[piece_.root_a], &b = names_[piece_.root_b];
    if (piece_.body == BodyKind::reduce) {
      line(fmt::format("{} = {} {}, {}", name, monoid_op(), carried, a));
    } else if (piece_.accumulator == DType::f32) {
      line(fmt::format("{} = fma {}, {}, {}", name, a, b, carried));
    } else {
      const std::string product = fresh();
      line(fmt::format("{} = mul {}, {}", product, a, b));
      line(fmt::format("{} = add {}, {}", name, carried, product));
    }
    return name;
  }

  // The matrix unit (midend/lower/matrix.h).
  void enter(const std::string& variable, int64_t count, const std::string& attributes) {
    line(fmt::format("for {} = 0 to {} step 1 {{{}}} {{", variable, count, attributes));
    indent_ += "  ";
    closers_.push_back("}");
  }
  void leave(size_t depth) {
    while (closers_.size() > depth) close();
  }
  void emit_matrix() {
    const MatrixShape shape = *matrix_shape(module_, piece_);
    const int64_t mb = (extents_[shape.m] + 15) / 16, nb = (extents_[shape.n] + 15) / 16,
                  kb = extents_[shape.k] / shape.step;
    const auto [bm, bn] = accumulator_block(mb, nb, plan_.jam);
    enter("%bm", mb / bm, "kind = \"parallel\"");
    enter("%bn", nb / bn, "kind = \"parallel\"");
    const size_t block = closers_.size();
    line(fmt::format("%acc = alloc : buffer<{}x{}x16x16xf32, accumulator>", bm, bn));
    const std::string zero = constant(0, DType::f32);
    enter_rows(bm, bn);
    line(fmt::format("store {}, %acc[%u, %w, %r, %c]", zero));
    leave(block);
    emit_products(shape, bm, bn, kb);
    leave(block);
    const int raw = raw_output();
    enter_rows(bm, bn);
    emit_matrix_rows(shape, bm, bn, raw);
    leave(0);
    if (raw >= 0) emit_matrix_epilogue(shape, raw);
  }
  /// Rows leave the accumulators in unrolled code. Where the steps after the product are many, they follow in a loop of
  /// their own, through an output of f32 that holds the raw sums meanwhile; -1: they stay with the rows.
  int raw_output() const {
    size_t instructions = 0;
    for (size_t i = piece_.inner; i < piece_.steps.size(); ++i) {
      const bool cheap = piece_.steps[i].what != StepKind::op || piece_.steps[i].kind == OpKind::add ||
                         piece_.steps[i].kind == OpKind::sub || piece_.steps[i].kind == OpKind::mul ||
                         piece_.steps[i].kind == OpKind::cast;
      instructions += cheap ? 1 : 10;
    }
    if (instructions <= 6) return -1;
    for (size_t i = 0; i < output_types_.size(); ++i)
      if (output_types_[i] == DType::f32) return static_cast<int>(i);
    return -1;
  }
  void emit_matrix_epilogue(const MatrixShape& shape, int raw) {
    enter("%r", (extents_[shape.m] + 15) / 16 * 16, "kind = \"parallel\"");
    enter("%c", (extents_[shape.n] + 15) / 16 * 16, "kind = \"parallel\", unit = \"vector\"");
    renamed_[shape.m] = "%r";
    renamed_[shape.n] = "%c";
    root_ = fresh();
    line(fmt::format("{} = load %a{}[{}]", root_, leaves_.size() + static_cast<size_t>(raw),
                     subscript(piece_.result, result_)));
    emit_steps(piece_.inner, static_cast<uint32_t>(piece_.steps.size()));
    emit_stores();
    leave(0);
  }
  void enter_rows(int64_t bm, int64_t bn) {
    enter("%u", bm, "unit = \"unroll\"");
    enter("%w", bn, "unit = \"unroll\"");
    enter("%r", 16, "unit = \"unroll\"");
    enter("%c", 16, "unit = \"vector\"");
  }
  void emit_products(const MatrixShape& shape, int64_t bm, int64_t bn, int64_t kb) {
    enter("%k", kb, kb % 2 == 0 ? "kind = \"reduce\", unroll = 2" : "kind = \"reduce\"");
    enter("%u", bm, "unit = \"unroll\"");
    enter("%w", bn, "unit = \"unroll\"");
    enter("%mi", 16, "unit = \"matrix\"");
    enter("%ni", 16, "unit = \"matrix\"");
    enter("%ki", shape.step, "unit = \"matrix\"");
    const std::string n = fmt::format("%bn * {} + %w * 16 + %ni", bn * 16),
                      k = fmt::format("%k * {} + %ki", shape.step);
    line(fmt::format("%a = load %a{}[%bm * {} + %u * 16 + %mi, {}]", shape.a, bm * 16, k));
    line(fmt::format("%b = load %a{}[{}, {}]", shape.b, shape.b_rows_are_n ? n : k, shape.b_rows_are_n ? k : n));
    line("%old = load %acc[%u, %w, %mi, %ni]");
    line("%new = fma %a, %b, %old");
    line("store %new, %acc[%u, %w, %mi, %ni]");
  }
  /// One row of 16 results: from the accumulator through the steps after the reduction to the outputs.
  void emit_matrix_rows(const MatrixShape& shape, int64_t bm, int64_t bn, int raw) {
    renamed_[shape.m] = fmt::format("%bm * {} + %u * 16 + %r", bm * 16);
    renamed_[shape.n] = fmt::format("%bn * {} + %w * 16 + %c", bn * 16);
    root_ = fresh();
    line(fmt::format("{} = load %acc[%u, %w, %r, %c]", root_));
    if (raw >= 0) {
      line(fmt::format("store {}, %a{}[{}]", root_, leaves_.size() + static_cast<size_t>(raw),
                       subscript(piece_.result, result_)));
      return;
    }
    emit_steps(piece_.inner, static_cast<uint32_t>(piece_.steps.size()));
    emit_stores();
  }

  void emit_stores() {
    for (size_t i = 0; i < piece_.outputs.size(); ++i)
      line(fmt::format("store {}, %a{}[{}]", names_[piece_.outputs[i]], leaves_.size() + i,
                       subscript(piece_.result, result_)));
  }

  const ir::Module& module_;
  const std::vector<ir::Symbol>& symbols_;
  const NodePiece& piece_;
  const Box& points_;
  const std::vector<View>& leaves_;
  const View& result_;
  const LoopPlan& plan_;
  const std::vector<int64_t> extents_;
  std::string out_, indent_, root_;
  std::vector<DType> output_types_;
  std::vector<std::string> closers_;
  std::vector<std::string> names_;
  std::map<uint32_t, std::string> renamed_;  ///< dimensions that are not one loop: their index as a sum
  std::map<uint32_t, int64_t> chain_;        ///< the dimension that runs in chains: how far this one is ahead
  uint32_t next_ = 0;
};

}  // namespace

std::string lower_piece(const ir::Module& module, const std::vector<ir::Symbol>& symbols, const Node& node,
                        const NodePiece& piece, const Box& points, const std::vector<View>& leaves, const View& result,
                        const LoopPlan& plan) {
  return Lowering(module, symbols, piece, points, leaves, result, plan).run(node);
}

}  // namespace psmc::midend
