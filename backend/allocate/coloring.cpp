// SPDX-License-Identifier: Apache-2.0
#include "backend/allocate/coloring.h"

#include <algorithm>
#include <numeric>
#include <queue>
#include <set>

namespace psmc::backend {

void Graph::finish() {
  for (auto& list : neighbors) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
}

Coloring color_in_order(const Graph& graph, const std::vector<uint32_t>& order, uint32_t colors) {
  Coloring result;
  result.color.assign(graph.size(), kUncolored);
  std::vector<uint32_t> taken(colors + 1, kUncolored);  // by colour: the node that last saw it taken
  for (const uint32_t node : order) {
    for (const uint32_t n : graph.neighbors[node]) {
      if (result.color[n] != kUncolored) taken[result.color[n]] = node;
    }
    uint32_t color = 0;
    while (color < colors && taken[color] == node) ++color;
    if (color == colors) {
      result.uncolored.push_back(node);
      continue;
    }
    result.color[node] = color;
    result.used = std::max(result.used, color + 1);
  }
  return result;
}

std::vector<uint32_t> smallest_last_order(const Graph& graph) {
  const uint32_t n = graph.size();
  std::vector<uint32_t> degree(n);
  std::vector<std::vector<uint32_t>> buckets(n + 1);
  for (uint32_t v = 0; v < n; ++v) {
    degree[v] = static_cast<uint32_t>(graph.neighbors[v].size());
    buckets[degree[v]].push_back(v);
  }
  std::vector<bool> removed(n, false);
  std::vector<uint32_t> order;
  for (uint32_t d = 0; order.size() < n;) {
    if (buckets[d].empty()) {
      ++d;
      continue;
    }
    const uint32_t v = buckets[d].back();
    buckets[d].pop_back();
    if (removed[v] || degree[v] != d) continue;
    removed[v] = true;
    order.push_back(v);
    for (const uint32_t w : graph.neighbors[v]) {
      if (!removed[w]) buckets[--degree[w]].push_back(w);
    }
    if (d > 0) --d;
  }
  std::reverse(order.begin(), order.end());
  return order;
}

Coloring color_most_saturated(const Graph& graph, uint32_t colors) {
  const uint32_t n = graph.size();
  Coloring result;
  result.color.assign(n, kUncolored);
  std::vector<std::vector<bool>> seen(n, std::vector<bool>(colors, false));
  std::vector<uint32_t> saturation(n, 0);
  std::vector<bool> done(n, false);
  using Key = std::pair<std::pair<uint32_t, size_t>, uint32_t>;  // saturation, degree, node
  std::priority_queue<Key> queue;
  for (uint32_t v = 0; v < n; ++v) queue.push({{0, graph.neighbors[v].size()}, n - 1 - v});
  while (!queue.empty()) {
    const Key top = queue.top();
    queue.pop();
    const uint32_t v = n - 1 - top.second;
    if (done[v] || top.first.first != saturation[v]) continue;
    done[v] = true;
    uint32_t color = 0;
    while (color < colors && seen[v][color]) ++color;
    if (color == colors) {
      result.uncolored.push_back(v);
      continue;
    }
    result.color[v] = color;
    result.used = std::max(result.used, color + 1);
    for (const uint32_t w : graph.neighbors[v]) {
      if (done[w] || seen[w][color]) continue;
      seen[w][color] = true;
      ++saturation[w];
      queue.push({{saturation[w], graph.neighbors[w].size()}, n - 1 - w});
    }
  }
  return result;
}

Coloring color_by_cost(const Graph& graph, const std::vector<double>& cost, uint32_t colors) {
  const uint32_t n = graph.size();
  std::vector<uint32_t> degree(n);
  std::vector<bool> removed(n, false);
  std::vector<uint32_t> low, order;
  std::set<std::pair<double, uint32_t>> high;
  const auto weight = [&](uint32_t v) { return cost[v] / (degree[v] + 1); };
  for (uint32_t v = 0; v < n; ++v) {
    degree[v] = static_cast<uint32_t>(graph.neighbors[v].size());
    if (degree[v] < colors)
      low.push_back(v);
    else
      high.insert({weight(v), v});
  }
  while (order.size() < n) {
    uint32_t v;
    if (!low.empty()) {
      v = low.back();
      low.pop_back();
    } else {
      v = high.begin()->second;
      high.erase(high.begin());
    }
    removed[v] = true;
    order.push_back(v);
    for (const uint32_t w : graph.neighbors[v]) {
      if (removed[w]) continue;
      if (degree[w] >= colors) high.erase({weight(w), w});
      --degree[w];
      if (degree[w] + 1 == colors)
        low.push_back(w);
      else if (degree[w] >= colors)
        high.insert({weight(w), w});
    }
  }
  std::reverse(order.begin(), order.end());
  return color_in_order(graph, order, colors);
}

Coloring color_graph(const Graph& graph, const std::vector<uint32_t>& order, const std::vector<double>& cost,
                     uint32_t colors) {
  Coloring result = color_in_order(graph, order, colors);
  if (result.uncolored.empty()) return result;
  result = color_in_order(graph, smallest_last_order(graph), colors);
  if (result.uncolored.empty()) return result;
  result = color_most_saturated(graph, colors);
  if (result.uncolored.empty()) return result;
  return color_by_cost(graph, cost, colors);
}

}  // namespace psmc::backend
