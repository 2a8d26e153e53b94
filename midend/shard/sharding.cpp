// SPDX-License-Identifier: Apache-2.0
#include "midend/shard/sharding.h"

namespace psmc::midend {

int64_t Sharding::total_parts() const {
  int64_t total = 1;
  for (int64_t p : parts) total *= p;
  return total;
}

Box Sharding::box(const std::vector<int64_t>& space, int64_t index) const {
  if (index < 0 || index >= tiles()) return Box::none();
  int64_t part = index / replicas;
  Box result;
  result.dims.resize(space.size());
  for (size_t d = space.size(); d-- > 0;) {
    const int64_t at = part % parts[d];
    part /= parts[d];
    result.dims[d] = {std::min(space[d], at * block[d]), std::min(space[d], (at + 1) * block[d])};
  }
  return result.empty() ? Box::none() : result;
}

Sharding replicated(size_t rank, const std::vector<int64_t>& space, int64_t replicas) {
  return {std::vector<int64_t>(rank, 1), space, replicas};
}

Sharding split(const std::vector<int64_t>& space, uint32_t dim, int64_t parts, int64_t align) {
  Sharding result = replicated(space.size(), space, 1);
  const int64_t units = (space[dim] + align - 1) / align;
  const int64_t per_part = (units + parts - 1) / parts;
  result.block[dim] = per_part * align;
  result.parts[dim] = (space[dim] + result.block[dim] - 1) / result.block[dim];
  return result;
}

}  // namespace psmc::midend
