// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/check_each.h"

#include <fmt/format.h>

#include <cmath>

#include "base/random.h"
#include "ir/entry.h"

namespace psmc::tools {
namespace {

constexpr int kRuns = 3;

int64_t value_at(const ir::SymExpr& expr, const ir::SymbolValues& symbols) {
  int64_t value = expr.constant;
  for (const auto& [name, factor] : expr.terms)
    for (const auto& [known, at] : symbols)
      if (known == name) value += factor * at;
  return value;
}

bool same_numbers(const ir::Array& a, const ir::Array& b) {
  if (a == b) return true;
  if (a.dtype != b.dtype || a.shape != b.shape || !is_float(a.dtype)) return false;
  for (int64_t i = 0; i < a.elements(); ++i) {
    const double x = a.get(i), y = b.get(i);
    if (std::isnan(x) && std::isnan(y)) continue;
    if (x != y || std::signbit(x) != std::signbit(y)) return false;
  }
  return true;
}

ir::Array seeded_array(Random& random, DType dtype, std::vector<int64_t> shape) {
  ir::Array array(dtype, std::move(shape));
  for (int64_t i = 0; i < array.elements(); ++i) {
    if (is_float(dtype))
      array.set(i, random.chance(0.1) ? 0.0 : static_cast<double>(random.uniform(-2, 2)));
    else
      array.set_int(i, dtype == DType::boolean ? random.range(0, 1) : random.range(-3, 3));
  }
  return array;
}

Status compare(const ir::Module& before, ir::FuncId id, const ir::Module& after, Random& random) {
  const ir::Func& func = before.func(id);
  const std::string name(before.text(func.name));
  const ir::FuncId other = after.find_func(name);
  if (!other.valid()) return error(Code::interp_arguments, fmt::format("@{} is gone", name));
  ir::SymbolValues symbols, others;
  for (const ir::Symbol& symbol : func.symbols) {
    symbols.emplace_back(symbol.name, random.range(symbol.low, symbol.high));
    others.emplace_back(after.find_str(before.text(symbol.name)), symbols.back().second);
  }
  std::vector<ir::Array> args;
  for (uint32_t i = 0; i < before.block_data(func.body).num_args; ++i) {
    const ir::Type& type = before.value_type(before.block_arg(func.body, i));
    if (!type.is_tensor()) return {};
    args.push_back(seeded_array(random, type.dtype, shape_at(type, symbols)));
  }
  const auto wanted = ir::interpret(before, id, args, symbols);
  if (!wanted.ok()) return {};
  const auto got = ir::interpret(after, other, args, others);
  if (!got.ok() && got.diagnostic().code == Code::interp_limit) return {};  // more ops, too many to be run
  if (!got.ok()) return got.diagnostic();
  bool same = got->size() == wanted->size();
  for (size_t i = 0; same && i < got->size(); ++i) same = same_numbers((*wanted)[i], (*got)[i]);
  return same ? Status() : error(Code::interp_arguments, fmt::format("@{} computes other results than before", name));
}

}  // namespace

std::vector<int64_t> shape_at(const ir::Type& type, const ir::SymbolValues& symbols) {
  std::vector<int64_t> shape;
  for (const ir::Dim& dim : type.dims) shape.push_back(dim.is_static() ? dim.bound : value_at(dim.size, symbols));
  return shape;
}

std::function<Status(const ir::Module& before, const ir::Module& after)> same_results(uint64_t seed) {
  return [seed](const ir::Module& before, const ir::Module& after) -> Status {
    Random random(seed);
    for (uint32_t i = 0; i < before.num_funcs(); ++i)
      for (int run = 0; run < kRuns && ir::is_entry(before, ir::FuncId(i)); ++run)
        PSMC_TRY(compare(before, ir::FuncId(i), after, random));
    return {};
  };
}

}  // namespace psmc::tools
