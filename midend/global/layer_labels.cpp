// SPDX-License-Identifier: Apache-2.0
#include "midend/global/layer_labels.h"

#include <algorithm>

namespace psmc::midend {
namespace {

constexpr std::string_view kStarIs = "* = ";

}  // namespace

std::string common_label(std::span<const std::string_view> labels) {
  const std::string_view first = labels[0];
  size_t head = first.size(), tail = first.size(), shortest = first.size();
  for (const std::string_view label : labels) {
    head = std::min<size_t>(head, std::ranges::mismatch(first, label).in1 - first.begin());
    const auto behind = std::mismatch(first.rbegin(), first.rend(), label.rbegin(), label.rend());
    tail = std::min<size_t>(tail, behind.first - first.rbegin());
    shortest = std::min(shortest, label.size());
  }
  tail = std::min(tail, shortest - head);
  return std::string(first.substr(0, head)) + "*" + std::string(first.substr(first.size() - tail));
}

std::string_view varying_part(std::string_view common, std::string_view label) {
  return label.substr(common.find('*'), label.size() - (common.size() - 1));
}

std::string call_label(std::string_view part) { return std::string(kStarIs) + std::string(part); }

std::string label_for_call(std::string_view label, std::string_view call_label) {
  const size_t star = label.find('*');
  std::string out(label);
  if (star != std::string_view::npos && call_label.starts_with(kStarIs))
    out.replace(star, 1, call_label.substr(kStarIs.size()));
  return out;
}

}  // namespace psmc::midend
