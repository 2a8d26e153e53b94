// SPDX-License-Identifier: Apache-2.0
#include "ir/text/print_type.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/text/elements.h"
#include "ir/text/lexer.h"

namespace psmc::ir {

namespace {

std::string plain_or_quoted(std::string_view name) {
  return is_plain_name(name) ? std::string(name) : quote_text(name);
}

uint64_t magnitude(int64_t value) {
  return value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

}  // namespace

std::string print_sym(const Module& module, const SymExpr& expr) {
  if (expr.is_constant()) return fmt::format("{}", expr.constant);
  auto terms = expr.terms;
  std::sort(terms.begin(), terms.end(),
            [&](const auto& a, const auto& b) { return module.text(a.first) < module.text(b.first); });
  std::string out;
  for (const auto& [symbol, coefficient] : terms) {
    if (out.empty())
      out += coefficient < 0 ? "-" : "";
    else
      out += coefficient < 0 ? " - " : " + ";
    if (magnitude(coefficient) != 1) out += fmt::format("{} * ", magnitude(coefficient));
    out += plain_or_quoted(module.text(symbol));
  }
  if (expr.constant != 0) out += fmt::format(" {} {}", expr.constant < 0 ? '-' : '+', magnitude(expr.constant));
  return out;
}

std::string print_dim(const Module& module, const Dim& dim) {
  if (dim.is_static()) return fmt::format("{}", dim.bound);
  return fmt::format("({} <= {})", print_sym(module, dim.size), dim.bound);
}

std::string_view type_kind_name(TypeKind kind) {
  constexpr std::string_view kNames[] = {"none", "tensor", "scalar", "buffer", "token",
                                         "vreg", "mreg",   "treg",   "areg",   "sreg"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view space_name(Space space) {
  constexpr std::string_view kNames[] = {"none", "scratchpad", "memory", "accumulator"};
  return kNames[static_cast<size_t>(space)];
}

std::string print_type(const Module& module, const Type& type) {
  if (type.is_scalar()) return std::string(dtype_name(type.dtype));
  if (!type.is_tensor() && !type.is_buffer()) return std::string(type_kind_name(type.kind));
  std::string out = std::string(type_kind_name(type.kind)) + "<";
  for (const Dim& dim : type.dims) out += print_dim(module, dim) + "x";
  out += dtype_name(type.dtype);
  if (type.space != Space::none) out += fmt::format(", {}", space_name(type.space));
  if (type.is_buffer() && type != buffer_type(type.dtype, type.dims, type.space)) {
    out += fmt::format(", strides [{}]", fmt::join(type.strides, ", "));
  }
  return out + ">";
}

std::string print_attr_value(const Module& module, const AttrValue& value) {
  if (auto* i = std::get_if<int64_t>(&value)) return fmt::format("{}", *i);
  if (auto* d = std::get_if<double>(&value)) return double_text(*d);
  if (auto* b = std::get_if<bool>(&value)) return *b ? "true" : "false";
  if (auto* s = std::get_if<std::string>(&value)) return quote_text(*s);
  if (auto* t = std::get_if<DType>(&value)) return std::string(dtype_name(*t));
  if (auto* list = std::get_if<IntList>(&value)) return fmt::format("[{}]", fmt::join(*list, ", "));
  std::string out = "sym[";
  for (const SymExpr& expr : std::get<SymList>(value)) {
    if (out.size() > 4) out += ", ";
    out += print_sym(module, expr);
  }
  return out + "]";
}

std::string print_attrs(const Module& module, AttrId attrs, std::initializer_list<std::string_view> hidden) {
  std::string out;
  for (const Attr& attr : module.attrs(attrs)) {
    const std::string_view name = module.text(attr.name);
    if (std::find(hidden.begin(), hidden.end(), name) != hidden.end()) continue;
    out += out.empty() ? "{" : ", ";
    out += plain_or_quoted(name) + " = " + print_attr_value(module, attr.value);
  }
  return out.empty() ? out : out + "}";
}

}  // namespace psmc::ir
