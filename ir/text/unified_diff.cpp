// SPDX-License-Identifier: Apache-2.0
// Myers' comparison in linear memory (An O(ND) Difference Algorithm and Its Variations, 1986, section 4b), on numbers
// that stand for lines:
//
//   compare  what both begin and end with goes; then both sides of the middle
//   middle   a point on a shortest way: the furthest paths with one more difference each time, forwards from the first
//            corner and backwards from the last, until they meet
//
// Deviation, as in GNU diff: after kMaxRounds differences the point that is furthest is taken, so that texts with
// nothing in common cost kMaxRounds times their length and not its square; the diff is then right, but may not be the
// shortest. Memory: the lines and two numbers a diagonal.
#include "ir/text/unified_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

namespace psmc::ir {
namespace {

constexpr int64_t kMaxRounds = 512;
constexpr size_t kContext = 3;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// The furthest point on each diagonal (a - b) that was reached.
class Paths {
 public:
  Paths(int64_t low, int64_t high) : low_(low - 1), points_(static_cast<size_t>(high - low + 3)) {}
  int64_t& operator[](int64_t diagonal) { return points_[static_cast<size_t>(diagonal - low_)]; }

 private:
  int64_t low_;
  std::vector<int64_t> points_;
};

/// The diagonals that are reached after so many differences; those beyond the corners are left out.
struct Diagonals {
  int64_t first, last;
  void grow(Paths& paths, int64_t low, int64_t high, int64_t nowhere) {
    if (first > low)
      paths[--first - 1] = nowhere;
    else
      ++first;
    if (last < high)
      paths[++last + 1] = nowhere;
    else
      --last;
  }
  bool has(int64_t diagonal) const { return first <= diagonal && diagonal <= last; }
};

struct Point {
  int64_t a, b;
};
struct Part {
  int64_t a0, a1, b0, b1;
};

class Comparison {
 public:
  Comparison(std::vector<uint32_t> a, std::vector<uint32_t> b)
      : a_(std::move(a)),
        b_(std::move(b)),
        forward_(-static_cast<int64_t>(b_.size()), static_cast<int64_t>(a_.size())),
        backward_(-static_cast<int64_t>(b_.size()), static_cast<int64_t>(a_.size())),
        gone_(a_.size(), false),
        added_(b_.size(), false) {
    compare({0, static_cast<int64_t>(a_.size()), 0, static_cast<int64_t>(b_.size())});
  }
  bool gone(size_t line) const { return line < gone_.size() && gone_[line]; }
  bool added(size_t line) const { return line < added_.size() && added_[line]; }

 private:
  bool same(int64_t a, int64_t b) const { return a_[static_cast<size_t>(a)] == b_[static_cast<size_t>(b)]; }
  void compare(Part part);
  Point middle(const Part& part);
  bool forwards(const Part& part, Diagonals& reached, const Diagonals& met, bool odd, Point& meeting);
  bool backwards(const Part& part, Diagonals& reached, const Diagonals& met, bool odd, Point& meeting);
  Point furthest(const Part& part, const Diagonals& first, const Diagonals& last);

  std::vector<uint32_t> a_, b_;
  Paths forward_, backward_;
  std::vector<bool> gone_, added_;
};

/// The larger side of the middle is done by going round, so that the depth is logarithmic.
void Comparison::compare(Part part) {
  for (;;) {
    while (part.a0 < part.a1 && part.b0 < part.b1 && same(part.a0, part.b0)) ++part.a0, ++part.b0;
    while (part.a0 < part.a1 && part.b0 < part.b1 && same(part.a1 - 1, part.b1 - 1)) --part.a1, --part.b1;
    if (part.a0 == part.a1 || part.b0 == part.b1) break;
    const Point at = middle(part);
    const Part left{part.a0, at.a, part.b0, at.b}, right{at.a, part.a1, at.b, part.b1};
    const bool left_is_less = at.a - part.a0 + at.b - part.b0 < part.a1 - at.a + part.b1 - at.b;
    compare(left_is_less ? left : right);
    part = left_is_less ? right : left;
  }
  std::fill(gone_.begin() + part.a0, gone_.begin() + part.a1, true);
  std::fill(added_.begin() + part.b0, added_.begin() + part.b1, true);
}

/// No corner. Needs: both have lines, and begin and end with different ones.
Point Comparison::middle(const Part& part) {
  const int64_t first = part.a0 - part.b0, last = part.a1 - part.b1;
  const int64_t low = part.a0 - part.b1, high = part.a1 - part.b0;
  const bool odd = ((first - last) & 1) != 0;
  Diagonals from{first, first}, to{last, last};
  forward_[first] = part.a0;
  backward_[last] = part.a1;
  for (int64_t round = 1;; ++round) {
    Point meeting{};
    from.grow(forward_, low, high, -1);
    if (forwards(part, from, to, odd, meeting)) return meeting;
    to.grow(backward_, low, high, std::numeric_limits<int64_t>::max());
    if (backwards(part, to, from, odd, meeting)) return meeting;
    if (round == kMaxRounds) return furthest(part, from, to);
  }
}

bool Comparison::forwards(const Part& part, Diagonals& reached, const Diagonals& met, bool odd, Point& meeting) {
  for (int64_t d = reached.last; d >= reached.first; d -= 2) {
    int64_t a = forward_[d - 1] >= forward_[d + 1] ? forward_[d - 1] + 1 : forward_[d + 1];
    while (a < part.a1 && a - d < part.b1 && same(a, a - d)) ++a;
    forward_[d] = a;
    meeting = {a, a - d};
    if (odd && met.has(d) && backward_[d] <= a) return true;
  }
  return false;
}

bool Comparison::backwards(const Part& part, Diagonals& reached, const Diagonals& met, bool odd, Point& meeting) {
  for (int64_t d = reached.last; d >= reached.first; d -= 2) {
    int64_t a = backward_[d - 1] < backward_[d + 1] ? backward_[d - 1] : backward_[d + 1] - 1;
    while (a > part.a0 && a - d > part.b0 && same(a - 1, a - d - 1)) --a;
    backward_[d] = a;
    meeting = {a, a - d};
    if (!odd && met.has(d) && a <= forward_[d]) return true;
  }
  return false;
}

/// Of all paths from both corners, the one that has come furthest.
Point Comparison::furthest(const Part& part, const Diagonals& first, const Diagonals& last) {
  Point forward{part.a0, part.b0}, backward{part.a1, part.b1};
  for (int64_t d = first.last; d >= first.first; d -= 2) {
    const int64_t a = std::min({forward_[d], part.a1, part.b1 + d});
    if (a + a - d > forward.a + forward.b) forward = {a, a - d};
  }
  for (int64_t d = last.last; d >= last.first; d -= 2) {
    const int64_t a = std::max({backward_[d], part.a0, part.b0 + d});
    if (a + a - d < backward.a + backward.b) backward = {a, a - d};
  }
  const int64_t come = forward.a - part.a0 + forward.b - part.b0, left = part.a1 - backward.a + part.b1 - backward.b;
  return come >= left ? forward : backward;
}

/// Lines as numbers, equal for equal lines of both texts.
class Numbers {
 public:
  std::vector<uint32_t> of(const std::vector<std::string_view>& lines) {
    std::vector<uint32_t> numbers;
    numbers.reserve(lines.size());
    for (std::string_view line : lines)
      numbers.push_back(known_.try_emplace(line, static_cast<uint32_t>(known_.size())).first->second);
    return numbers;
  }

 private:
  std::unordered_map<std::string_view, uint32_t> known_;
};

/// Prints the hunks.
class HunkPrinter {
 public:
  HunkPrinter(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b, const Comparison& both)
      : a_(a), b_(b), both_(both) {}

  std::string all() {
    while (a_at_ < a_.size() || b_at_ < b_.size()) {
      if (differs())
        hunk();
      else
        step_over();
    }
    return std::move(out_);
  }

 private:
  bool differs() const { return both_.gone(a_at_) || both_.added(b_at_); }
  void step_over() {
    if (a_[a_at_].starts_with("func ")) func_ = a_[a_at_];
    ++a_at_, ++b_at_;
  }
  void line(char mark, std::string_view text) { body_ += fmt::format("{}{}\n", mark, text); }

  void hunk() {
    const size_t context = std::min({kContext, a_at_ - a_done_, b_at_ - b_done_});
    const size_t a0 = a_at_ - context, b0 = b_at_ - context;
    const auto is_func = [](std::string_view line) { return line.starts_with("func "); };
    const bool begins_here =
        std::any_of(a_.begin() + static_cast<int64_t>(a0), a_.begin() + static_cast<int64_t>(a_at_), is_func);
    const std::string func(begins_here ? "" : func_);
    body_.clear();
    for (size_t i = a0; i < a_at_; ++i) line(' ', a_[i]);
    for (size_t same = 0; same < 2 * kContext && (a_at_ < a_.size() || b_at_ < b_.size());) {
      if (both_.gone(a_at_)) {
        line('-', a_[a_at_++]);
        same = 0;
      } else if (both_.added(b_at_)) {
        line('+', b_[b_at_++]);
        same = 0;
      } else {
        line(' ', a_[a_at_]);
        step_over();
        ++same;
        kept_ = same;
      }
      if (same == 0) kept_ = 0;
    }
    drop_context_beyond();
    print(a0, b0, func);
    a_done_ = a_at_, b_done_ = b_at_;
  }

  /// At most kContext lines stay behind the last difference.
  void drop_context_beyond() {
    for (; kept_ > kContext; --kept_, --a_at_, --b_at_) body_.resize(body_.rfind('\n', body_.size() - 2) + 1);
  }

  void print(size_t a0, size_t b0, const std::string& func) {
    const size_t a_lines = a_at_ - a0, b_lines = b_at_ - b0;
    out_ += fmt::format("@@ -{},{} +{},{} @@{}{}\n", a0 + (a_lines > 0), a_lines, b0 + (b_lines > 0), b_lines,
                        func.empty() ? "" : " ", func);
    out_ += body_;
  }

  const std::vector<std::string_view>&a_, &b_;
  const Comparison& both_;
  size_t a_at_ = 0, b_at_ = 0;      ///< lines looked at
  size_t a_done_ = 0, b_done_ = 0;  ///< lines in hunks, or before them
  size_t kept_ = 0;                 ///< equal lines at the end of the hunk
  std::string_view func_;
  std::string out_, body_;
};

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, std::string_view name_before,
                         std::string_view name_after) {
  if (before == after) return {};
  const std::vector<std::string_view> a = lines_of(before), b = lines_of(after);
  Numbers numbers;
  std::vector<uint32_t> a_numbers = numbers.of(a), b_numbers = numbers.of(b);
  const Comparison both(std::move(a_numbers), std::move(b_numbers));
  return fmt::format("--- {}\n+++ {}\n{}", name_before, name_after, HunkPrinter(a, b, both).all());
}

}  // namespace psmc::ir
