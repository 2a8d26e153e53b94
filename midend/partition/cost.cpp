// SPDX-License-Identifier: Apache-2.0
#include "midend/partition/cost.h"

#include <algorithm>
#include <cmath>

#include "arch/isa.h"
#include "midend/lower/matrix.h"

namespace psmc::midend {
namespace {

constexpr float kKernelOverhead = 24;  ///< address set-up, filling and draining the loop's pipeline

size_t distance(size_t a, size_t b) { return a > b ? a - b : b - a; }

size_t hops_to(const Rectangle& r, size_t tile, size_t columns) {
  const size_t x = tile % columns, y = tile / columns;
  return std::max(distance(x, r.x0), distance(x, r.x1)) + std::max(distance(y, r.y0), distance(y, r.y1));
}

}  // namespace

int lane_dimension(const NodePiece& piece) {
  if (piece.result.subscripts.empty()) return -1;
  const ir::Subscript& last = piece.result.subscripts.back();
  return last.terms.size() == 1 && last.terms[0].second == 1 ? static_cast<int>(last.terms[0].first) : -1;
}

float CostModel::compute(const NodePiece& piece, const Box& points) const {
  if (points.empty()) return 0;
  const float lanes = arch::kLanes;
  float total = 1, best = 1;
  const int lane = lane_dimension(piece);
  std::vector<float> sizes;
  for (size_t d = 0; d < piece.space.size(); ++d) {
    const auto size = static_cast<float>(d < piece.parallel ? points.dims[d].size() : piece.space[d].extent.bound);
    sizes.push_back(size);
    total *= size;
    if (static_cast<int>(d) == lane || d >= piece.parallel)
      best = std::max(best, size / std::max(1.0f, std::ceil(size / lanes)));
  }
  const float steps = static_cast<float>(piece.steps.size());
  if (uses_matrix(module_, piece, points)) {
    const MatrixShape shape = *matrix_shape(module_, piece);
    const bool f32 = module_.value_type(piece.leaves[shape.a].value).dtype == DType::f32;
    const auto occupancy = static_cast<float>(f32 ? machine_.matrix.f32_occupancy : machine_.matrix.bf16_occupancy);
    const float products = total / (sizes[shape.m] * sizes[shape.n] * sizes[shape.k]);
    const float tiles = products * std::ceil(sizes[shape.m] / 16) * std::ceil(sizes[shape.n] / 16);
    const float k = std::ceil(sizes[shape.k] / static_cast<float>(shape.step));
    return kKernelOverhead + kDispatch + tiles * (k * occupancy + 2 * 16 + static_cast<float>(machine_.matrix.fill));
  }
  const float each = piece.body == ir::BodyKind::contract ? 2 : 1 + steps;
  return kKernelOverhead + kDispatch + total / best * each;
}

const MoveCost& CostModel::move(LayoutId from, LayoutId need, uint32_t element) {
  const uint64_t key = (uint64_t{from.index} << 32 | need.index) * 16 + element;
  const auto [at, is_new] = moves_.try_emplace(key);
  MoveCost& cost = at->second;
  if (!is_new) return cost;
  cost.received.assign(layouts_[from].size(), 0);
  std::vector<MoveCost::Send> sends(layouts_[from].size());
  for (const Message& m : messages(layouts_[from], layouts_[need])) {
    const float bytes = static_cast<float>(m.box.elements()) * static_cast<float>(element);
    for (const Rectangle& r : receivers(m.destinations, columns_, machine_.network.multicast)) {
      sends[m.source].messages += 1;
      sends[m.source].bytes += bytes;
      cost.hops = std::max(cost.hops, static_cast<float>(hops_to(r, m.source, columns_)));
    }
    for (size_t t : m.destinations) cost.received[t] += bytes;
  }
  for (size_t t = 0; t < sends.size(); ++t) {
    sends[t].tile = t;
    if (sends[t].messages > 0) cost.sends.push_back(sends[t]);
  }
  return cost;
}

float CostModel::link(float bytes) const {
  const auto payload = static_cast<float>(machine_.network.packet_flits);
  return bytes / static_cast<float>(machine_.network.link_bytes) * (payload + 1) / payload;
}

void CostModel::send(const MoveCost& move, std::vector<float>& free) const {
  const auto engines = static_cast<float>(std::max(1u, machine_.dma.out_engines));
  const auto start = static_cast<float>(machine_.dma.start_cycles);
  float last = 0;
  for (const MoveCost::Send& s : move.sends) {
    free[s.tile] += kDispatch * s.messages;
    last = std::max(last, free[s.tile] + start * std::ceil(s.messages / engines) + link(s.bytes));
  }
  last += move.hops * static_cast<float>(machine_.network.hop_cycles);
  float most = 0;
  for (const MoveCost::Send& s : move.sends) most = std::max(most, s.bytes);
  for (size_t t = 0; t < free.size(); ++t)
    if (move.received[t] > 0)
      free[t] = std::max(free[t], last + link(std::max(0.0f, move.received[t] - most))) + kDispatch;
}

float CostModel::memory_latency() const {
  return static_cast<float>(machine_.dma.start_cycles + machine_.memory.conflict_cycles +
                            (columns_ + rows_) * machine_.network.hop_cycles) +
         2 * kDispatch;
}

}  // namespace psmc::midend
