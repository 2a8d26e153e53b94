// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/inputs.h"

#include <array>
#include <limits>

namespace psmc::tools {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Largest, smallest normal and smallest denormal number of a float type.
std::array<double, 3> limits_of(DType dtype) {
  switch (dtype) {
    case DType::f16: return {65504.0, 0x1p-14, 0x1p-24};
    case DType::bf16: return {0x1.fep127, 0x1p-126, 0x1p-133};
    case DType::f64: return {std::numeric_limits<double>::max(), 0x1p-1022, 0x1p-1074};
    default: return {0x1.fffffep127, 0x1p-126, 0x1p-149};
  }
}

double finite_edge(Random& random, DType dtype) {
  const auto [largest, normal, denormal] = limits_of(dtype);
  const double values[] = {0.0, -0.0, 1.0, -1.0, largest, -largest, normal, -normal, denormal, -denormal};
  return values[random.below(std::size(values))];
}

double any_edge(Random& random, DType dtype) {
  const double values[] = {kInfinity, -kInfinity, kNan};
  return random.chance(0.45) ? values[random.below(std::size(values))] : finite_edge(random, dtype);
}

double draw_float(Random& random, DType dtype, Numbers numbers) {
  const double chance = numbers == Numbers::plain ? 0 : numbers == Numbers::sparse ? 0.05 : 0.4;
  if (random.chance(chance)) return numbers == Numbers::finite ? finite_edge(random, dtype) : any_edge(random, dtype);
  return random.chance(0.1) ? 0.0 : static_cast<double>(random.uniform(-2, 2));
}

int64_t draw_integer(Random& random, DType dtype, Numbers numbers) {
  if (dtype == DType::boolean) return random.range(0, 1);
  if (numbers == Numbers::plain || random.chance(0.8)) return random.range(-3, 3);
  const auto bits = static_cast<unsigned>(8 * dtype_bytes(dtype));
  const auto largest = static_cast<int64_t>(std::numeric_limits<uint64_t>::max() >> (65 - bits));
  const int64_t values[] = {largest, -largest - 1, largest - 1, -largest, random.range(-100, 100)};
  return values[random.below(std::size(values))];
}

int64_t value_at(const ir::SymExpr& expr, const ir::SymbolValues& symbols) {
  int64_t value = expr.constant;
  for (const auto& [name, factor] : expr.terms)
    for (const auto& [known, at] : symbols)
      if (known == name) value += factor * at;
  return value;
}

}  // namespace

std::string_view text_of(Numbers numbers) {
  constexpr std::string_view kTexts[] = {"plain numbers", "finite edge values", "few edge values", "edge values"};
  return kTexts[static_cast<size_t>(numbers)];
}

ir::Array draw_array(Random& random, DType dtype, std::vector<int64_t> shape, Numbers numbers) {
  ir::Array array(dtype, std::move(shape));
  for (int64_t i = 0, count = array.elements(); i < count; ++i) {
    if (is_float(dtype))
      array.set(i, draw_float(random, dtype, numbers));
    else
      array.set_int(i, draw_integer(random, dtype, numbers));
  }
  return array;
}

ir::SymbolValues draw_symbols(Random& random, const ir::Func& func, At at) {
  ir::SymbolValues symbols;
  for (const ir::Symbol& symbol : func.symbols)
    symbols.emplace_back(symbol.name, at == At::low    ? symbol.low
                                      : at == At::high ? symbol.high
                                                       : random.range(symbol.low, symbol.high));
  return symbols;
}

std::vector<int64_t> shape_at(const ir::Type& type, const ir::SymbolValues& symbols) {
  std::vector<int64_t> shape;
  for (const ir::Dim& dim : type.dims)
    shape.push_back(dim.is_static() || type.is_buffer() ? dim.bound : value_at(dim.size, symbols));
  return shape;
}

}  // namespace psmc::tools
