// SPDX-License-Identifier: Apache-2.0
#include "base/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace psmc {
namespace {

constexpr size_t kMaxLength = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Optimal string alignment: rows of the usual table, the last two kept for swaps.
size_t edits(std::string_view a, std::string_view b) {
  using Row = std::array<size_t, kMaxLength + 1>;
  Row before{}, last{}, row{};
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool other = lower(a[i - 1]) != lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + other});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  size_t fewest = kMaxLength + 1;
  for (std::string_view candidate : candidates) {
    const std::string_view a = word.substr(0, kMaxLength), b = candidate.substr(0, kMaxLength);
    const size_t count = edits(a, b);
    if (count >= fewest || 3 * count > std::max(a.size(), b.size())) continue;
    fewest = count;
    best = candidate;
  }
  return best;
}

std::vector<std::string> names_there_are(std::string_view word, std::span<const std::string_view> candidates,
                                         std::string_view there_are) {
  std::vector<std::string> notes;
  if (const std::string_view near = nearest(word, candidates); !near.empty())
    notes.push_back(fmt::format("did you mean `{}`?", near));
  constexpr size_t kMost = 40;
  std::string names;
  for (size_t i = 0; i < std::min(candidates.size(), kMost); ++i)
    names += fmt::format("{}{}", i == 0 ? "" : ", ", candidates[i]);
  if (candidates.size() > kMost) names += ", ...";
  notes.push_back(fmt::format("{}: {}", there_are, candidates.empty() ? "none" : names));
  return notes;
}

}  // namespace psmc
