// SPDX-License-Identifier: Apache-2.0
// The frame of a kernel: parameters, loops over the parallel dimensions, subscripts of the views.
#include "base/check.h"
#include "midend/lower/lowering.h"

namespace psmc::midend {

void Lowering::signature() {
  out_ = "func @kernel";
  if (!symbols_.empty()) {
    out_ += "[";
    for (size_t i = 0; i < symbols_.size(); ++i)
      out_ +=
          fmt::format("{}{}: {}..{}", i ? ", " : "", module_.text(symbols_[i].name), symbols_[i].low, symbols_[i].high);
    out_ += "]";
  }
  out_ += "(";
  for (size_t i = 0; i < leaves_.size(); ++i) argument(i, leaves_[i], leaves_[i].dtype);
  for (size_t i = 0; i < piece_.outputs.size(); ++i)
    argument(leaves_.size() + i, result_, output_types_.emplace_back(piece_.steps[piece_.outputs[i]].dtype));
  out_ += ") {\n";
}

void Lowering::argument(size_t number, const View& view, DType dtype) {
  std::string dims, strides;
  for (size_t d = 0; d < view.sizes.size(); ++d) {
    dims += fmt::format("{}x", view.sizes[d]);
    strides += fmt::format("{}{}", d ? ", " : "", view.strides[d]);
  }
  out_ += fmt::format("{}%a{}: buffer<{}{}, scratchpad, strides [{}]>", number ? ", " : "", number, dims,
                      dtype_name(dtype), strides);
}

std::string Lowering::limit(size_t d) const {
  const ir::Dim& extent = piece_.space[d].extent;
  return extent.is_static() ? fmt::format("{}", extents_[d]) : fmt::format("sym({})", sym_text(module_, extent.size));
}

std::string Lowering::attributes(size_t d, bool reduce) const {
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

void Lowering::enter(const std::string& head) {
  line(head + " {");
  indent_ += "  ";
  ++depth_;
}

void Lowering::close() {
  indent_.resize(indent_.size() - 2);
  line("}");
  --depth_;
}

void Lowering::open(size_t d) {
  if (!is_trivial(d)) enter(fmt::format("for {} = 0 to {} step 1 {{{}}}", counter(d), limit(d), attributes(d, false)));
}

void Lowering::open_parallel_loops() {
  for (size_t d = 0; d < piece_.parallel; ++d)
    if (static_cast<int>(d) != plan_.lane) open(d);
  if (plan_.lane >= 0 && !plan_.lane_reduces) open(static_cast<size_t>(plan_.lane));
}

std::string Lowering::subscript(const ir::AccessMap& map, const View& view) {
  std::string text;
  for (size_t d = 0; d < map.subscripts.size(); ++d) {
    if (d) text += ", ";
    const ir::Subscript& s = map.subscripts[d];
    text += s.indirect ? indirect_row(s, view.sizes[d]) : affine(s, -view.origin[d]);
  }
  return text;
}

std::string Lowering::affine(const ir::Subscript& s, int64_t extra) const {
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

std::string Lowering::indirect_row(const ir::Subscript& s, int64_t size) {
  const std::string index = fresh(), low = fresh(), high = fresh(), zero = fresh(), last = fresh();
  line(fmt::format("{} = cast {} {{dtype = index}}", index, names_[s.index_operand]));
  line(fmt::format("{} = constant 0 : index", zero));
  line(fmt::format("{} = constant {} : index", last, size - 1));
  line(fmt::format("{} = max {}, {}", low, index, zero));
  line(fmt::format("{} = min {}, {}", high, low, last));
  return high;
}

}  // namespace psmc::midend
