// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/transfer.h"

namespace psmc::midend {
namespace {

struct Level {
  int64_t count = 1;
  int64_t source = 0, destination = 0;  ///< bytes
};

/// Dimensions from the innermost outwards, extent 1 dropped, contiguous neighbours merged.
std::vector<Level> levels_of(const std::vector<int64_t>& sizes, int64_t element_bytes, const Side& source,
                             const Side& destination) {
  std::vector<Level> levels = {{element_bytes, 1, 1}};
  for (size_t d = sizes.size(); d-- > 0;) {
    if (sizes[d] == 1) continue;
    const Level next{sizes[d], source.strides[d] * element_bytes, destination.strides[d] * element_bytes};
    Level& last = levels.back();
    if (next.source == last.source * last.count && next.destination == last.destination * last.count)
      last.count *= next.count;
    else
      levels.push_back(next);
  }
  return levels;
}

}  // namespace

std::vector<arch::Descriptor> copy_box(const std::vector<int64_t>& sizes, int64_t element_bytes, const Side& source,
                                       const Side& destination) {
  const std::vector<Level> levels = levels_of(sizes, element_bytes, source, destination);
  arch::Descriptor pattern;
  pattern.run = static_cast<uint32_t>(levels[0].count);
  for (size_t i = 1; i < levels.size() && i <= 3; ++i) {
    pattern.count[i - 1] = static_cast<uint32_t>(levels[i].count);
    pattern.source_stride[i - 1] = levels[i].source;
    pattern.destination_stride[i - 1] = levels[i].destination;
  }
  pattern.source = source.address;
  pattern.destination = destination.address;
  std::vector<arch::Descriptor> result = {pattern};
  for (size_t i = 4; i < levels.size(); ++i) {
    const size_t have = result.size();
    for (int64_t n = 1; n < levels[i].count; ++n)
      for (size_t k = 0; k < have; ++k) {
        arch::Descriptor copy = result[k];
        copy.source += static_cast<uint64_t>(n * levels[i].source);
        copy.destination += static_cast<uint64_t>(n * levels[i].destination);
        result.push_back(copy);
      }
  }
  return result;
}

}  // namespace psmc::midend
