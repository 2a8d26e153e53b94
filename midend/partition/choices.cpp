// SPDX-License-Identifier: Apache-2.0
#include "midend/partition/choices.h"

#include <fmt/format.h>

#include <algorithm>

#include "midend/partition/shape_key.h"
#include "midend/shard/choose.h"

namespace psmc::midend {
namespace {

/// Dimensions that may be cut: static, and moving one subscript of the result alone or as its slowest term.
std::vector<bool> shardable(const NodePiece& piece) {
  std::vector<bool> result(piece.parallel, false);
  for (uint32_t d = 0; d < piece.parallel; ++d) {
    if (!piece.space[d].extent.is_static()) continue;
    for (const ir::Subscript& s : piece.result.subscripts) {
      if (!s.offset.is_constant() || s.terms.empty()) continue;
      const auto slowest = std::max_element(s.terms.begin(), s.terms.end(),
                                            [](const auto& a, const auto& b) { return a.second < b.second; });
      if (slowest->first == d && (s.terms.size() > 1 || slowest->second == 1)) result[d] = true;
    }
  }
  return result;
}

}  // namespace

Box whole_points(const NodePiece& piece, const Box& parallel) {
  if (parallel.empty()) return Box::none();
  Box box = parallel;
  for (size_t d = piece.parallel; d < piece.space.size(); ++d) box.dims.push_back({0, piece.space[d].extent.bound});
  return box.empty() && piece.parallel == piece.space.size() ? Box::none() : box;
}

NodeOptions& ChoiceTable::options(const Node& node) {
  const auto [at, is_new] = by_shape_.try_emplace(shape_key(module_, node), options_.size());
  if (!is_new) return options_[at->second];
  NodeOptions& result = options_.emplace_back();
  const NodePiece& first = node.pieces[0];
  std::vector<bool> may_cut;
  int lane = lane_dimension(first);
  result.by_result = node.pieces.size() > 1;  // cut the result, each piece follows
  if (result.by_result) {
    const ir::Type& type = module_.value_type(node.outputs[0]);
    result.space = type.bounds();
    for (const ir::Dim& dim : type.dims) may_cut.push_back(dim.is_static());
    lane = static_cast<int>(result.space.size()) - 1;
  } else {
    for (uint32_t d = 0; d < first.parallel; ++d) result.space.push_back(first.space[d].extent.bound);
    may_cut = shardable(first);
  }
  const int64_t tiles = int64_t{columns_} * rows_;
  for (Sharding& sharding : candidates(result.space, may_cut, lane, tiles)) {
    const auto width = static_cast<uint32_t>(std::min<int64_t>(sharding.tiles(), columns_));
    const auto height = static_cast<uint32_t>((sharding.tiles() + width - 1) / width);
    result.options.push_back({std::move(sharding), width, height});
  }
  return result;
}

const Choice& ChoiceTable::at(const Node& node, NodeOptions& options, size_t option, size_t corner) {
  const auto [at, is_new] = options.made.try_emplace(option << 16 | corner);
  if (!is_new) return at->second;
  const Option& way = options.options[option];
  Layout cut(size_t{columns_} * rows_, Box::none());
  for (int64_t i = 0; i < way.sharding.tiles(); ++i) {
    const auto x = static_cast<size_t>(i) % way.width, y = static_cast<size_t>(i) / way.width;
    cut[corner + y * columns_ + x] = way.sharding.box(options.space, i);
  }
  std::vector<Layout> points(node.pieces.size(), cut);
  if (options.by_result)
    for (size_t p = 0; p < points.size(); ++p)
      for (Box& box : points[p]) box = points_of(node.pieces[p], box);
  return at->second = finish(node, std::move(points));
}

Choice ChoiceTable::at_home(const Node& node, LayoutId home) const {
  std::vector<Layout> points(node.pieces.size(), layouts_[home]);
  for (size_t p = 0; p < points.size(); ++p)
    for (Box& box : points[p]) box = points_of(node.pieces[p], box);
  Choice choice = finish(node, std::move(points));
  choice.result = home;
  return choice;
}

Choice ChoiceTable::finish(const Node& node, std::vector<Layout> points) const {
  Choice choice;
  const std::vector<int64_t> bounds = module_.value_type(node.outputs[0]).bounds();
  const size_t tiles = points[0].size();
  Layout result(tiles, Box::none());
  choice.cycles.assign(tiles, 0);
  for (size_t p = 0; p < points.size(); ++p) {
    const NodePiece& piece = node.pieces[p];
    for (size_t t = 0; t < tiles; ++t) {
      result[t] = hull(result[t], image(piece.result, points[p][t], bounds, symbols_));
      choice.cycles[t] += t > 0 && points[p][t] == points[p][t - 1] && p == 0 ? choice.cycles[t - 1]
                                                                              : costs_.compute(piece, points[p][t]);
    }
    choice.needs.emplace_back();
    for (const Leaf& leaf : piece.leaves) {
      const std::vector<int64_t> of = module_.value_type(leaf.value).bounds();
      Layout need(tiles);
      for (size_t t = 0; t < tiles; ++t) need[t] = image(leaf.map, whole_points(piece, points[p][t]), of, symbols_);
      choice.needs.back().push_back(layouts_.intern(std::move(need)));
    }
    choice.points.push_back(layouts_.intern(std::move(points[p])));
  }
  choice.result = layouts_.intern(std::move(result));
  return choice;
}

}  // namespace psmc::midend
