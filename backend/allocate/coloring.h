// SPDX-License-Identifier: Apache-2.0
// Graph colouring with few colours. `color_graph` tries, and keeps the first that needs no more than `colors`:
//   in the given order    optimal when the nodes are intervals in the order of their beginnings (straight-line code)
//   smallest last         Matula and Beck 1983; what Chaitin and Briggs do
//   most saturated first  DSATUR, Brelaz 1979, with the degree to break ties
// Without success the colouring of the last attempt has uncoloured nodes, chosen by Briggs' rule: cheapest by cost and
// degree first.
#pragma once

#include <cstdint>
#include <vector>

namespace psmc::backend {

/// Undirected, without loops; neighbours ascending.
struct Graph {
  std::vector<std::vector<uint32_t>> neighbors;
  uint32_t size() const { return static_cast<uint32_t>(neighbors.size()); }
  /// Sorts and removes double edges, after edges were appended on both sides.
  void finish();
};

inline constexpr uint32_t kUncolored = 0xffffffffu;

struct Coloring {
  std::vector<uint32_t> color;      ///< by node, or kUncolored
  std::vector<uint32_t> uncolored;  ///< nodes
  uint32_t used = 0;                ///< number of colours
};

/// Each node in turn takes the lowest colour that is free, or of `wish[node]` if that is free and the wish exists.
Coloring color_in_order(const Graph& graph, const std::vector<uint32_t>& order, uint32_t colors);
std::vector<uint32_t> smallest_last_order(const Graph& graph);
Coloring color_most_saturated(const Graph& graph, uint32_t colors);
/// Smallest last, but among nodes of too high a degree the cheapest by cost / degree is removed first.
Coloring color_by_cost(const Graph& graph, const std::vector<double>& cost, uint32_t colors);
Coloring color_graph(const Graph& graph, const std::vector<uint32_t>& order, const std::vector<double>& cost,
                     uint32_t colors);

}  // namespace psmc::backend
