// SPDX-License-Identifier: Apache-2.0
#include "midend/poly/integer_system.h"

#include <algorithm>
#include <cmath>

namespace psmc::midend::poly {
namespace {

/// What a sum may reach, so that the difference of two and a bound still fits 64 bits.
constexpr int64_t kReach = int64_t{1} << 60;

int64_t floor_div(int64_t a, int64_t b) {
  const int64_t q = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q;
}
int64_t ceil_div(int64_t a, int64_t b) { return -floor_div(-a, b); }

}  // namespace

uint32_t IntegerSystem::add_variable(int64_t low, int64_t high) {
  in_range_ = in_range_ && low >= -kReach && high <= kReach && high - low <= kReach;
  start_.low.push_back(low);
  start_.high.push_back(high);
  return static_cast<uint32_t>(start_.low.size() - 1);
}

void IntegerSystem::add_constraint(std::vector<std::pair<uint32_t, int64_t>> terms, int64_t low, int64_t high) {
  std::sort(terms.begin(), terms.end());
  std::vector<std::pair<uint32_t, int64_t>> merged;
  for (const auto& [variable, coefficient] : terms) {
    if (merged.empty() || merged.back().first != variable)
      merged.emplace_back(variable, coefficient);
    else if (__builtin_add_overflow(merged.back().second, coefficient, &merged.back().second))
      in_range_ = false;
  }
  std::erase_if(merged, [](const auto& term) { return term.second == 0; });
  double reach = 0;  // far enough below 2^62 that its rounding does not matter
  for (const auto& [v, a] : merged) {
    const auto low_end = static_cast<double>(start_.low[v]), high_end = static_cast<double>(start_.high[v]);
    reach += std::abs(static_cast<double>(a)) * std::max(std::abs(low_end), std::abs(high_end));
  }
  in_range_ = in_range_ && reach <= kReach && low >= -kReach && high <= kReach;
  constraints_.push_back({std::move(merged), low, high});
}

bool IntegerSystem::propagate(Bounds& bounds, int& rounds) const {
  for (bool changed = true; changed && rounds < kRoundLimit; ++rounds) {
    changed = false;
    for (const Constraint& c : constraints_) {
      int64_t least = 0, most = 0;
      for (const auto& [v, a] : c.terms) {
        least += a * (a > 0 ? bounds.low[v] : bounds.high[v]);
        most += a * (a > 0 ? bounds.high[v] : bounds.low[v]);
      }
      if (least > c.high || most < c.low) return false;
      for (const auto& [v, a] : c.terms) {
        const int64_t own_least = a * (a > 0 ? bounds.low[v] : bounds.high[v]),
                      own_most = a * (a > 0 ? bounds.high[v] : bounds.low[v]);
        const int64_t high = c.high - (least - own_least), low = c.low - (most - own_most);  // low <= a * x <= high
        const int64_t new_low = std::max(bounds.low[v], a > 0 ? ceil_div(low, a) : ceil_div(high, a));
        const int64_t new_high = std::min(bounds.high[v], a > 0 ? floor_div(high, a) : floor_div(low, a));
        if (new_low > new_high) return false;
        if (new_low == bounds.low[v] && new_high == bounds.high[v]) continue;
        bounds.low[v] = new_low;
        bounds.high[v] = new_high;
        changed = true;
        break;  // least and most are stale
      }
    }
  }
  return true;
}

std::optional<bool> IntegerSystem::search(Bounds bounds, int& rounds) const {
  if (!propagate(bounds, rounds)) return false;
  if (rounds >= kRoundLimit) return std::nullopt;
  size_t widest = 0;
  int64_t width = 0;
  for (size_t v = 0; v < bounds.low.size(); ++v)
    if (bounds.high[v] - bounds.low[v] > width) {
      width = bounds.high[v] - bounds.low[v];
      widest = v;
    }
  if (width == 0) return true;  // one point, and propagation found no violation
  const int64_t middle = bounds.low[widest] + width / 2;
  Bounds left = bounds, right = std::move(bounds);
  left.high[widest] = middle;
  right.low[widest] = middle + 1;
  const std::optional<bool> first = search(std::move(left), rounds);
  if (first == true) return true;
  const std::optional<bool> second = search(std::move(right), rounds);
  if (second == true) return true;
  return first.has_value() && second.has_value() ? std::optional<bool>(false) : std::nullopt;
}

IntegerSystem::Answer IntegerSystem::solve() const {
  Answer answer;
  if (in_range_) answer.feasible = search(start_, answer.rounds);
  return answer;
}

}  // namespace psmc::midend::poly
