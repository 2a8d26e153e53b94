// SPDX-License-Identifier: Apache-2.0
#include "ir/ops/reshape.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "ir/limits.h"

namespace psmc::ir {
namespace {

/// A run of static dimensions, or one run-time dimension: [first, last).
struct Stretch {
  size_t first, last;
  bool run_time;
};

std::vector<Stretch> stretches(std::span<const Dim> dims) {
  std::vector<Stretch> out = {{0, 0, false}};
  for (size_t d = 0; d < dims.size(); ++d) {
    if (dims[d].is_static()) {
      out.back().last = d + 1;
      continue;
    }
    out.push_back({d, d + 1, true});
    out.push_back({d + 1, d + 1, false});
  }
  return out;
}

/// Product of the bounds, or nothing beyond kMaxElements.
std::optional<int64_t> product(std::span<const Dim> dims) {
  int64_t count = 1;
  for (const Dim& dim : dims)
    if (dim.bound == 0) return 0;
  for (const Dim& dim : dims) {
    if (count > kMaxElements / dim.bound) return std::nullopt;
    count *= dim.bound;
  }
  return count;
}

/// Suffix products of the dimensions, rising: how many elements lie between neighbours along each, and the total.
std::vector<int64_t> breaks(std::span<const Dim> dims) {
  std::vector<int64_t> out = {1};
  for (size_t d = dims.size(); d-- > 0;) out.push_back(out.back() * dims[d].bound);
  return out;
}

/// The common refinement as rising break points, or nothing if one does not divide the next.
std::optional<std::vector<int64_t>> refine(std::span<const Dim> from, std::span<const Dim> to) {
  std::vector<int64_t> all = breaks(from);
  for (const int64_t at : breaks(to)) all.push_back(at);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  for (size_t i = 1; i < all.size(); ++i) {
    if (all[i] % all[i - 1] != 0) return std::nullopt;
  }
  return all;
}

/// Subscripts of `dims` over the factors between the break points; factor i is iteration dimension first + (n - 1 - i).
void map_stretch(AccessMap& map, std::span<const Dim> dims, const std::vector<int64_t>& points, uint32_t first) {
  const size_t factors = points.size() - 1;
  const std::vector<int64_t> own = breaks(dims);
  for (size_t d = 0; d < dims.size(); ++d) {
    const int64_t low = own[dims.size() - 1 - d], high = own[dims.size() - d];
    Subscript subscript;
    for (size_t i = factors; i-- > 0;) {
      if (points[i] < low || points[i] >= high) continue;
      subscript.terms.emplace_back(first + static_cast<uint32_t>(factors - 1 - i), points[i] / low);
    }
    map.subscripts.push_back(std::move(subscript));
  }
}

bool empty(std::span<const Dim> dims) {
  return std::any_of(dims.begin(), dims.end(), [](const Dim& dim) { return dim.bound == 0; });
}

/// Nothing is ever visited: one dimension of extent 0.
ReshapeMaps empty_maps(size_t from, size_t to) {
  ReshapeMaps maps;
  maps.space.push_back({Dim(0), IterKind::parallel});
  maps.from.subscripts.resize(from, Subscript::fixed(0));
  maps.to.subscripts.resize(to, Subscript::fixed(0));
  return maps;
}

}  // namespace

bool reshape_fits(std::span<const Dim> from, std::span<const Dim> to) {
  const auto a = stretches(from), b = stretches(to);
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto x = from.subspan(a[i].first, a[i].last - a[i].first);
    const auto y = to.subspan(b[i].first, b[i].last - b[i].first);
    if (a[i].run_time && x[0] != y[0]) return false;
    const auto count = product(x);
    if (!count || count != product(y)) return false;
  }
  return true;
}

bool reshape_is_affine(std::span<const Dim> from, std::span<const Dim> to) {
  if (!reshape_fits(from, to)) return false;
  if (empty(from) || empty(to)) return true;
  const auto a = stretches(from), b = stretches(to);
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].run_time) continue;
    if (!refine(from.subspan(a[i].first, a[i].last - a[i].first), to.subspan(b[i].first, b[i].last - b[i].first)))
      return false;
  }
  return true;
}

ReshapeMaps reshape_maps(std::span<const Dim> from, std::span<const Dim> to) {
  PSMC_CHECK(reshape_is_affine(from, to), "access maps of a reshape without affine maps");
  if (empty(from) || empty(to)) return empty_maps(from.size(), to.size());
  const auto a = stretches(from), b = stretches(to);
  ReshapeMaps maps;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto x = from.subspan(a[i].first, a[i].last - a[i].first);
    const auto y = to.subspan(b[i].first, b[i].last - b[i].first);
    const auto first = static_cast<uint32_t>(maps.space.size());
    if (a[i].run_time) {
      maps.space.push_back({x[0], IterKind::parallel});
      maps.from.subscripts.push_back(Subscript::dim(first));
      maps.to.subscripts.push_back(Subscript::dim(first));
      continue;
    }
    const auto points = *refine(x, y);
    for (size_t p = points.size() - 1; p-- > 0;)
      maps.space.push_back({Dim(points[p + 1] / points[p]), IterKind::parallel});
    map_stretch(maps.from, x, points, first);
    map_stretch(maps.to, y, points, first);
  }
  return maps;
}

}  // namespace psmc::ir
