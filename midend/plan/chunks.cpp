// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/chunks.h"

#include <tuple>

#include "midend/lower/matrix.h"
#include "midend/plan/placement.h"
#include "midend/plan/reduction_part.h"

namespace psmc::midend {
namespace {

constexpr int64_t kLongRow = 512;       ///< bytes: rows of a strided copy from which its start no longer matters
constexpr int64_t kMostChunks = 65536;  ///< of a piece; more would not fit the step tables

bool moves(const ir::AccessMap& map, size_t d) {
  for (const ir::Subscript& s : map.subscripts)
    for (const auto& term : s.terms)
      if (term.first == d && !s.indirect) return true;
  return false;
}

bool moves_last(const ir::AccessMap& map, size_t d) {
  if (map.subscripts.empty()) return false;
  for (const auto& term : map.subscripts.back().terms)
    if (term.first == d) return true;
  return false;
}

/// The sizes of a chunk, dimension by dimension, while they are chosen.
class Cutter {
 public:
  explicit Cutter(const ChunkRequest& request) : r_(request) {
    for (const Box& box : r_.points)
      if (box.elements() > largest_.elements()) largest_ = box;
    if (largest_.empty()) return;
    for (size_t d = 0; d < r_.piece.space.size(); ++d)
      extents_.push_back(d < r_.piece.parallel ? longest(d) : r_.piece.space[d].extent.bound);
    sizes_ = extents_;
  }

  std::vector<Chunk> run() {
    if (!extents_.empty()) choose();
    return enumerate();
  }

 private:
  /// Three chunks at a time would fit; rounding up to whole vectors may bring that down to two, but no further.
  void choose() {
    const auto budget = static_cast<int64_t>(r_.budget);
    const int64_t limit = std::max<int64_t>(1, budget / 3);
    while (written(sizes_) > limit / 2 && cut(r_.piece.parallel, written(sizes_), limit / 2)) {
    }
    if (total(sizes_) > limit) cut(sizes_.size(), total(sizes_), limit);
    while (total(sizes_) > budget / 2 && cut(sizes_.size(), total(sizes_), limit)) {
    }
  }
  /// Cuts one of the first `dims` dimensions so that `bytes` come down to `limit`, or as far as it goes.
  bool cut(size_t dims, int64_t bytes, int64_t limit);
  int64_t granule(size_t d) const;
  int64_t shortest_row(size_t d, const std::vector<int64_t>& sizes) const;
  bool only_packed(size_t d) const;
  int64_t read(size_t leaf, const std::vector<int64_t>& sizes) const;
  int64_t written(const std::vector<int64_t>& sizes) const;
  int64_t total(const std::vector<int64_t>& sizes) const;
  int64_t longest(size_t d) const;
  std::vector<Chunk> enumerate() const;

  const ChunkRequest& r_;
  Box largest_ = Box::none();
  std::vector<int64_t> extents_, sizes_;  ///< of a tile's share, of a chunk
  int reduced_ = -1;                      ///< the reduce dimension that has been cut
};

int64_t Cutter::longest(size_t d) const {
  int64_t result = 0;
  for (const Box& box : r_.points) result = std::max(result, box.empty() ? 0 : box.dims[d].size());
  return result;
}

/// Lanes and matrix tiles want multiples of 16; a part of a reduction pays for one more pass over the sums.
int64_t Cutter::granule(size_t d) const {
  if (d >= r_.piece.parallel) return 64;
  bool wide = moves_last(r_.piece.result, d);
  for (const Leaf& leaf : r_.piece.leaves) wide = wide || moves_last(leaf.map, d);
  const auto shape = matrix_shape(r_.module, r_.piece);
  return wide || (shape && shape->m == d) ? 16 : 1;
}

int64_t Cutter::read(size_t leaf, const std::vector<int64_t>& sizes) const {
  if (r_.arrivals[leaf] == Arrival::resident) return 0;
  Box points;
  for (size_t d = 0; d < sizes.size(); ++d) {
    const int64_t lo = d < r_.piece.parallel ? largest_.dims[d].lo : 0;
    points.dims.push_back({lo, lo + sizes[d]});
  }
  const Leaf& of = r_.piece.leaves[leaf];
  const ir::Type& type = r_.module.value_type(of.value);
  const Box box = image(of.map, points, type.bounds(), r_.symbols);
  int64_t elements = box.elements();
  if (r_.arrivals[leaf] == Arrival::strided) dense_strides(largest({box}, type.rank()), elements);
  return elements * static_cast<int64_t>(dtype_bytes(type.dtype));
}

int64_t Cutter::written(const std::vector<int64_t>& sizes) const {
  int64_t bytes = r_.stored;
  for (size_t d = 0; d < r_.piece.parallel && bytes > 0; ++d) bytes *= sizes[d];
  return bytes;
}

int64_t Cutter::total(const std::vector<int64_t>& sizes) const {
  int64_t bytes = written(sizes), block = 0;
  for (size_t l = 0; l < r_.piece.leaves.size(); ++l)
    if (r_.arrivals[l] == Arrival::packed)
      block = std::max(block, read(l, sizes));
    else
      bytes += read(l, sizes);
  return bytes + block;
}

/// Bytes of the shortest contiguous row that a chunk of `sizes` reads of what moves with `d`, up to kLongRow.
int64_t Cutter::shortest_row(size_t d, const std::vector<int64_t>& sizes) const {
  int64_t shortest = kLongRow;
  for (size_t l = 0; l < r_.piece.leaves.size(); ++l) {
    const Leaf& leaf = r_.piece.leaves[l];
    if (r_.arrivals[l] != Arrival::strided || !moves(leaf.map, d)) continue;
    auto row = static_cast<int64_t>(dtype_bytes(r_.module.value_type(leaf.value).dtype));
    for (size_t e = 0; e < sizes.size(); ++e)
      if (moves_last(leaf.map, e)) row *= sizes[e];
    shortest = std::min(shortest, row);
  }
  return shortest;
}

bool Cutter::only_packed(size_t d) const {
  for (size_t l = 0; l < r_.piece.leaves.size(); ++l)
    if (r_.arrivals[l] == Arrival::strided && moves(r_.piece.leaves[l].map, d)) return false;
  return true;
}

bool Cutter::cut(size_t dims, int64_t bytes, int64_t limit) {
  const int64_t parts = (bytes + limit - 1) / limit;
  int64_t chunks = 1;
  for (size_t d = 0; d < sizes_.size(); ++d) chunks *= (extents_[d] + sizes_[d] - 1) / std::max<int64_t>(1, sizes_[d]);
  if (chunks > kMostChunks / 2) return false;
  const int64_t before = total(sizes_);
  std::tuple<int64_t, int64_t, bool, int64_t> best{-1, 0, false, 0};
  size_t dim = dims;
  int64_t size = 0;
  for (size_t d = 0; d < dims; ++d) {
    const int64_t unit = granule(d);
    if (!r_.piece.space[d].extent.is_static() || sizes_[d] <= unit) continue;
    // A block of weights is read in one go; only what is beyond the budget is worth more passes over the sums.
    if (d >= r_.piece.parallel && only_packed(d) && before <= static_cast<int64_t>(r_.budget)) continue;
    if (d >= r_.piece.parallel &&
        (!may_part(r_.piece, static_cast<uint32_t>(d)) || (reduced_ >= 0 && reduced_ != static_cast<int>(d))))
      continue;
    std::vector<int64_t> sizes = sizes_;
    sizes[d] = std::min(sizes_[d], ((sizes_[d] + parts - 1) / parts + unit - 1) / unit * unit);
    const int64_t saved = (before - total(sizes)) * 8 / before;  // in eighths: small differences do not count
    if (sizes[d] == sizes_[d] || total(sizes) == before) continue;
    const bool parallel = d < r_.piece.parallel;
    const std::tuple rank{parallel || !only_packed(d) ? 1 + saved : 0, shortest_row(d, sizes), parallel, sizes_[d]};
    if (rank <= best) continue;
    best = rank;
    dim = d;
    size = sizes[d];
  }
  if (dim == dims) return false;
  sizes_[dim] = size;
  if (dim >= r_.piece.parallel) reduced_ = static_cast<int>(dim);
  return true;
}

std::vector<Chunk> Cutter::enumerate() const {
  std::vector<Chunk> chunks;
  std::vector<int64_t> at(sizes_.size(), 0);
  while (true) {
    Chunk chunk{.points = r_.points, .reduced = reduced_, .range = {}};
    for (Box& box : chunk.points) {
      if (box.empty()) continue;
      for (size_t d = 0; d < box.dims.size(); ++d)
        box.dims[d] = {std::min(box.dims[d].lo + at[d], box.dims[d].hi),
                       std::min(box.dims[d].lo + at[d] + sizes_[d], box.dims[d].hi)};
      if (box.empty()) box = Box::none();
    }
    if (reduced_ >= 0) {
      const auto k = static_cast<size_t>(reduced_);
      chunk.range = {at[k], std::min(at[k] + sizes_[k], extents_[k])};
      chunk.first = at[k] == 0;
      chunk.last = chunk.range.hi == extents_[k];
    }
    chunks.push_back(std::move(chunk));
    size_t d = sizes_.size();
    while (d-- > 0) {
      at[d] += sizes_[d];
      if (at[d] < extents_[d]) break;
      at[d] = 0;
    }
    if (d == static_cast<size_t>(-1)) return chunks;
  }
}

}  // namespace

std::vector<Chunk> cut_into_chunks(const ChunkRequest& request) { return Cutter(request).run(); }

}  // namespace psmc::midend
