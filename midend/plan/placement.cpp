// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/placement.h"

#include "midend/lower/matrix.h"

namespace psmc::midend {

bool Placement::covers(const std::vector<Box>& need) const {
  if (in_memory()) return false;
  for (size_t t = 0; t < need.size(); ++t)
    if (!boxes[t].contains(need[t])) return false;
  return true;
}

int64_t Placement::offset(size_t tile, const Box& box) const {
  int64_t offset = 0;
  for (size_t d = 0; d < strides.size(); ++d) offset += (box.dims[d].lo - boxes[tile].dims[d].lo) * strides[d];
  return offset;
}

View Placement::view(size_t tile, const Box& box) const {
  View view;
  for (const Range& r : box.dims) {
    view.origin.push_back(r.lo);
    view.sizes.push_back(r.size());
  }
  view.strides = strides;
  view.dtype = dtype;
  view.aligned = offset(tile, box) % 16 == 0;
  return view;
}

std::vector<int64_t> padded_strides(const std::vector<int64_t>& sizes, const std::vector<uint32_t>& order,
                                    int64_t& elements) {
  std::vector<int64_t> strides(sizes.size(), 1);
  elements = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    const size_t d = order.empty() ? i : order[i];
    strides[d] = elements;
    elements *= sizes[d];
    if (i + 1 == sizes.size()) elements = (elements + 15) / 16 * 16;
  }
  return strides;
}

std::vector<int64_t> dense_strides(const std::vector<int64_t>& sizes, int64_t& elements) {
  std::vector<int64_t> leading = sizes;
  while (!leading.empty() && leading.back() == 1) leading.pop_back();
  std::vector<int64_t> strides = padded_strides(leading, {}, elements);
  elements = with_whole_tiles(leading, {}, elements);
  strides.resize(sizes.size(), 1);
  return strides;
}

int64_t with_whole_tiles(const std::vector<int64_t>& sizes, const std::vector<uint32_t>& order, int64_t elements) {
  if (sizes.size() != 2) return elements;
  const int64_t rows = sizes[order.empty() ? 0 : order[0]];
  return rows < kMatrixMinimum ? elements : elements / rows * ((rows + 15) / 16 * 16);
}

std::vector<int64_t> largest(const std::vector<Box>& boxes, size_t rank) {
  std::vector<int64_t> sizes(rank, 0);
  for (const Box& box : boxes)
    if (!box.empty())
      for (size_t d = 0; d < rank; ++d) sizes[d] = std::max(sizes[d], box.dims[d].size());
  return sizes;
}

}  // namespace psmc::midend
