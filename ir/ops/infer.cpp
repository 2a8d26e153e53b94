// SPDX-License-Identifier: Apache-2.0
#include "ir/ops/infer.h"

#include <fmt/format.h>

#include "ir/limits.h"
#include "ir/text/print_type.h"

namespace psmc::ir {
namespace {

std::string_view kind_text(AttrKind kind) {
  switch (kind) {
    case AttrKind::integer: return "an integer";
    case AttrKind::number: return "a number";
    case AttrKind::boolean: return "true or false";
    case AttrKind::string: return "a string";
    case AttrKind::dtype: return "an element type";
    case AttrKind::ints: return "a list of integers";
    case AttrKind::syms: return "a list of symbol expressions";
  }
  return "";
}

bool has_kind(const AttrValue& value, AttrKind kind) {
  switch (kind) {
    case AttrKind::integer: return std::holds_alternative<int64_t>(value);
    case AttrKind::number: return std::holds_alternative<int64_t>(value) || std::holds_alternative<double>(value);
    case AttrKind::boolean: return std::holds_alternative<bool>(value);
    case AttrKind::string: return std::holds_alternative<std::string>(value);
    case AttrKind::dtype: return std::holds_alternative<DType>(value);
    case AttrKind::ints: return std::holds_alternative<IntList>(value);
    case AttrKind::syms: return std::holds_alternative<IntList>(value) || std::holds_alternative<SymList>(value);
  }
  return false;
}

bool small(int64_t value) { return value >= -kMaxSymbol && value <= kMaxSymbol; }

/// Numbers so small that sums and products of two of them cannot overflow when added up.
bool in_range(const AttrValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return small(*number);
  if (const auto* ints = std::get_if<IntList>(&value)) {
    for (const int64_t number : *ints)
      if (!small(number)) return false;
  }
  if (const auto* syms = std::get_if<SymList>(&value)) {
    for (const SymExpr& expr : *syms) {
      if (!small(expr.constant) || expr.terms.size() > 64) return false;
      for (const auto& [symbol, factor] : expr.terms)
        if (!small(factor)) return false;
    }
  }
  return true;
}

std::string op_name(const InferInput& in) { return std::string(op_def(in.kind).name); }

std::string plural(int count) { return fmt::format("{} operand{}", count, count == 1 ? "" : "s"); }

Status check_count(const InferInput& in) {
  const OpDef& def = op_def(in.kind);
  const auto count = static_cast<int>(in.operands.size());
  if (count >= def.min_operands && (def.max_operands < 0 || count <= def.max_operands)) return {};
  const std::string wanted = def.max_operands < 0 ? "at least " + plural(def.min_operands)
                             : def.min_operands == def.max_operands
                                 ? plural(def.min_operands)
                                 : fmt::format("{} to {}", def.min_operands, plural(def.max_operands));
  return error(Code::bad_operand_count, fmt::format("`{}` takes {}, not {}", def.name, wanted, count));
}

}  // namespace

Status check_schema(const InferInput& in) {
  PSMC_TRY(check_count(in));
  return check_attrs(in, op_def(in.kind).attrs);
}

Status check_attrs(const InferInput& in, std::span<const AttrSpec> specs) {
  for (const AttrSpec& spec : specs) {
    const AttrValue* value = in.attr(spec.name);
    if (value == nullptr) {
      if (!spec.required) continue;
      return error(Code::bad_attribute,
                   fmt::format("`{}` needs the attribute `{}`: {}", op_name(in), spec.name, spec.meaning));
    }
    if (!has_kind(*value, spec.kind)) return attr_error(in, spec.name, fmt::format("must be {}", kind_text(spec.kind)));
    const bool raw_number = spec.name == "value" || spec.name == "id";
    if (!raw_number && !in_range(*value)) return attr_error(in, spec.name, "has a number beyond what psmc accepts");
  }
  return {};
}

Status check_results(const InferInput& in, const std::vector<Type>& results) {
  for (const Type& type : results) {
    bool fits = type.max_elements() <= kMaxElements && type.rank() <= kMaxRank;
    for (const Dim& dim : type.dims) fits = fits && dim.bound >= 0 && dim.bound <= kMaxDim;
    if (!fits) {
      return error(Code::result_too_large,
                   fmt::format("the result of `{}` would be {}", op_name(in), print_type(in.module, type)));
    }
  }
  return {};
}

int64_t int_of(const InferInput& in, std::string_view name, int64_t otherwise) {
  const AttrValue* value = in.attr(name);
  return value == nullptr ? otherwise : std::get<int64_t>(*value);
}

bool bool_of(const InferInput& in, std::string_view name, bool otherwise) {
  const AttrValue* value = in.attr(name);
  return value == nullptr ? otherwise : std::get<bool>(*value);
}

std::string_view text_of(const InferInput& in, std::string_view name) {
  const AttrValue* value = in.attr(name);
  return value == nullptr ? std::string_view() : std::string_view(std::get<std::string>(*value));
}

IntList ints_of(const InferInput& in, std::string_view name) {
  const AttrValue* value = in.attr(name);
  return value == nullptr ? IntList() : std::get<IntList>(*value);
}

SymList syms_of(const InferInput& in, std::string_view name) {
  const AttrValue* value = in.attr(name);
  if (value == nullptr) return {};
  if (const auto* ints = std::get_if<IntList>(value)) return SymList(ints->begin(), ints->end());
  return std::get<SymList>(*value);
}

DType dtype_of(const InferInput& in, std::string_view name, DType otherwise) {
  const AttrValue* value = in.attr(name);
  return value == nullptr ? otherwise : std::get<DType>(*value);
}

Diagnostic operand_error(const InferInput& in, size_t i, std::string_view must) {
  return error(Code::bad_operand_type, fmt::format("operand {} of `{}` {}, but is {}", i + 1, op_name(in), must,
                                                   print_type(in.module, in.operand(i))));
}

Diagnostic attr_error(const InferInput& in, std::string_view name, std::string_view must) {
  return error(Code::bad_attribute, fmt::format("the attribute `{}` of `{}` {}", name, op_name(in), must));
}

Diagnostic shape_error(const InferInput& in, std::string message) {
  return error(Code::shape_mismatch, fmt::format("`{}`: {}", op_name(in), message));
}

Status need_tensor(const InferInput& in, size_t i) {
  if (in.operand(i).is_tensor()) return {};
  return operand_error(in, i, "must be a tensor");
}

Status need_same_tensors(const InferInput& in, size_t first) {
  for (size_t i = first; i < in.operands.size(); ++i) {
    PSMC_TRY(need_tensor(in, i));
    if (in.operand(i).dtype == in.operand(first).dtype) continue;
    return operand_error(
        in, i,
        fmt::format("must have the element type {} of operand {}", dtype_name(in.operand(first).dtype), first + 1));
  }
  return {};
}

Status need_axis(const InferInput& in, std::string_view name, int64_t axis, size_t rank) {
  if (axis >= 0 && axis < static_cast<int64_t>(rank)) return {};
  return attr_error(in, name, fmt::format("names dimension {}, but there are {}", axis, rank));
}

Result<std::vector<Dim>> broadcast_shape(const InferInput& in) {
  std::vector<Dim> shape;
  for (size_t i = 0; i < in.operands.size(); ++i) {
    const std::vector<Dim>& dims = in.operand(i).dims;
    if (dims.size() > shape.size()) shape.insert(shape.begin(), dims.size() - shape.size(), Dim(1));
    const size_t skip = shape.size() - dims.size();
    for (size_t d = 0; d < dims.size(); ++d) {
      Dim& to = shape[skip + d];
      if (dims[d] == to || dims[d] == Dim(1)) continue;
      if (to != Dim(1)) {
        return shape_error(in, fmt::format("operand {} has the shape {}, which does not broadcast to {}", i + 1,
                                           dims_text(in.module, dims), dims_text(in.module, shape)));
      }
      to = dims[d];
    }
  }
  return shape;
}

Result<Dim> dim_of(const InferInput& in, const SymExpr& size, size_t d, size_t rank, int64_t otherwise) {
  const IntList bounds = ints_of(in, "bound");
  if (!bounds.empty() && bounds.size() != rank)
    return attr_error(in, "bound", "must have one number for each dimension");
  if (size.is_constant()) {
    if (size.constant >= 0) return Dim(size.constant);
    return shape_error(in, fmt::format("dimension {} would have {} elements", d, size.constant));
  }
  const int64_t bound = bounds.empty() ? otherwise : bounds[d];
  if (bound >= 0 && (otherwise < 0 || bound <= otherwise)) return Dim(size, bound);
  if (bounds.empty()) {
    return attr_error(
        in, "bound",
        fmt::format("must give an upper bound of the run-time dimension {} ({})", d, print_sym(in.module, size)));
  }
  return attr_error(in, "bound", fmt::format("must be between 0 and {} for dimension {}", otherwise, d));
}

AccessMap broadcast_map(std::span<const Dim> dims, std::span<const Dim> space) {
  AccessMap map;
  const size_t skip = space.size() - dims.size();
  for (size_t d = 0; d < dims.size(); ++d) {
    const bool stretched = dims[d] == Dim(1) && space[skip + d] != Dim(1);
    map.subscripts.push_back(stretched ? Subscript::fixed(0) : Subscript::dim(static_cast<uint32_t>(skip + d)));
  }
  return map;
}

std::vector<IterDim> parallel_space(std::span<const Dim> dims) {
  std::vector<IterDim> space;
  for (const Dim& dim : dims) space.push_back({dim, IterKind::parallel});
  return space;
}

std::string dims_text(const Module& module, std::span<const Dim> dims) {
  std::string out = "[";
  for (const Dim& dim : dims) {
    if (out.size() > 1) out += ", ";
    out += print_dim(module, dim);
  }
  return out + "]";
}

}  // namespace psmc::ir
