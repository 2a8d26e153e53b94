// SPDX-License-Identifier: Apache-2.0
// find_repeats: runs, which are stretches with a period p that are at least 2p long.
//
// A run of period p holds two neighbouring multiples of p, which are then equal tokens. So for each p (look_at) all
// multiples are looked at, n / p of them, n log n for all p; where two are equal, how far the sequence agrees with
// itself shifted by p is found forwards and backwards (agree_after, agree_before) by comparing hashes of prefixes: log
// n each (Main and Lorentz 1984 find the same runs by halving). Then choose: those that save most, none that overlaps
// one chosen before.
//
// Hashes are taken at their word: who uses a repeat compares what the tokens stand for.
#include "midend/global/find_repeats.h"

#include <algorithm>
#include <map>

namespace psmc::midend {
namespace {

constexpr uint32_t kNear = 16;
constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1, kBase = 0x1d3a5f7c9b2e4861ull % kPrime;

uint64_t product(uint64_t a, uint64_t b) {
  const auto wide = static_cast<unsigned __int128>(a) * b;
  const uint64_t sum = static_cast<uint64_t>(wide & kPrime) + static_cast<uint64_t>(wide >> 61);
  return sum >= kPrime ? sum - kPrime : sum;
}

class Finder {
 public:
  explicit Finder(std::span<const uint32_t> tokens) : tokens_(tokens), hash_{0}, power_{1} {
    for (const uint32_t token : tokens) {
      hash_.push_back((product(hash_.back(), kBase) + token + 1) % kPrime);
      power_.push_back(product(power_.back(), kBase));
    }
  }

  Repeats run(uint32_t least) {
    const auto size = static_cast<uint32_t>(tokens_.size());
    for (uint32_t period = std::max(least, 1u); period <= size / 2; ++period) look_at(period);
    return {choose(), steps_ + size};
  }

 private:
  void look_at(uint32_t period) {
    const uint32_t size = static_cast<uint32_t>(tokens_.size());
    for (uint32_t at = 0; at + period < size;) {
      ++steps_;
      if (tokens_[at] != tokens_[at + period]) {
        at += period;
        continue;
      }
      const uint32_t after = agree_after(at, at + period), before = agree_before(at, at + period);
      if (after + before >= period) {
        const uint32_t length = period + after + before;
        runs_.push_back({at - before, period, length / period, length % period});
      }
      at += (after + period - 1) / period * period;
    }
  }

  uint64_t hash(uint32_t from, uint32_t length) {
    ++steps_;
    const uint64_t gone = product(hash_[from], power_[length]), all = hash_[from + length];
    return all >= gone ? all - gone : all + kPrime - gone;
  }

  /// The longest length up to `most` for which `agree(length)`, by doubling and halving; it holds for all shorter ones.
  template <typename Agree>
  static uint32_t longest(uint32_t most, Agree agree) {
    uint32_t good = 0, step = 1;
    while (good + step <= most && agree(good + step)) good += step, step *= 2;
    for (; step > 0; step /= 2)
      if (good + step <= most && agree(good + step)) good += step;
    return good;
  }

  /// How many tokens from a and b on are the same. Most agree shortly, which is cheaper to see token by token.
  uint32_t agree_after(uint32_t a, uint32_t b) {
    const auto most = static_cast<uint32_t>(tokens_.size()) - b;
    uint32_t near = 0;
    while (near < std::min(most, kNear) && tokens_[a + near] == tokens_[b + near]) ++near;
    steps_ += near;
    if (near < kNear) return near;
    return longest(most, [&](uint32_t length) { return hash(a, length) == hash(b, length); });
  }

  /// The same for those in front of a and b.
  uint32_t agree_before(uint32_t a, uint32_t b) {
    uint32_t near = 0;
    while (near < std::min(a, kNear) && tokens_[a - 1 - near] == tokens_[b - 1 - near]) ++near;
    steps_ += near;
    if (near < kNear) return near;
    return longest(a, [&](uint32_t length) { return hash(a - length, length) == hash(b - length, length); });
  }

  std::vector<Repeat> choose() {
    std::ranges::sort(runs_, [](const Repeat& a, const Repeat& b) {
      if (a.saved() != b.saved()) return a.saved() > b.saved();
      return a.period != b.period ? a.period < b.period : a.begin < b.begin;
    });
    std::map<uint32_t, Repeat> chosen;  // by the end
    for (const Repeat& run : runs_) {
      const auto next = chosen.upper_bound(run.begin);
      if (next == chosen.end() || next->second.begin >= run.end()) chosen.emplace(run.end(), run);
    }
    std::vector<Repeat> found;
    for (const auto& [end, run] : chosen) found.push_back(run);
    return found;
  }

  std::span<const uint32_t> tokens_;
  std::vector<uint64_t> hash_, power_;  ///< of prefixes; of the base
  std::vector<Repeat> runs_;
  int64_t steps_ = 0;
};

}  // namespace

Repeats find_repeats(std::span<const uint32_t> tokens, uint32_t least) { return Finder(tokens).run(least); }

}  // namespace psmc::midend
