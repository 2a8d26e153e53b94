// SPDX-License-Identifier: Apache-2.0
// Seeded arguments of functions for translation validation: plain numbers, and the values at which rewrites go wrong.
#pragma once

#include <vector>

#include "base/random.h"
#include "ir/interp/interpreter.h"

namespace psmc::tools {

/// What the numbers of a run are. NaN and infinities swallow everything around them, so they are rare in one kind and
/// absent in others.
enum class Numbers : uint8_t {
  plain,   ///< small numbers, some zeros
  finite,  ///< with zeros of both signs, denormals, largest and smallest of the type, extreme integers
  sparse,  ///< plain, with few of all edge values
  edges,   ///< many of all edge values
};
std::string_view text_of(Numbers numbers);

/// Where the symbols of a run lie in their ranges.
enum class At : uint8_t { low, high, anywhere };

ir::Array draw_array(Random& random, DType dtype, std::vector<int64_t> shape, Numbers numbers);
ir::SymbolValues draw_symbols(Random& random, const ir::Func& func, At at);

/// Extents of a type at those symbol values; of a buffer its bounds.
std::vector<int64_t> shape_at(const ir::Type& type, const ir::SymbolValues& symbols);

}  // namespace psmc::tools
