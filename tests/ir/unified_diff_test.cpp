// SPDX-License-Identifier: Apache-2.0
// What a diff says is applied by a reader of its own, which knows nothing of how it was made.
#include "ir/text/unified_diff.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>
#include <vector>

#include "base/random.h"

using namespace psmc;
using psmc::ir::unified_diff;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// `before` with the hunks applied, every line and number of which must fit.
std::string applied(const std::string& before, const std::string& diff) {
  if (diff.empty()) return before;
  const std::vector<std::string> old = lines_of(before), hunks = lines_of(diff);
  REQUIRE(hunks[0] == "--- a");
  REQUIRE(hunks[1] == "+++ b");
  std::vector<std::string> result;
  size_t at = 0;
  for (size_t i = 2; i < hunks.size();) {
    unsigned a = 0, a_count = 0, b = 0, b_count = 0;
    REQUIRE(std::sscanf(hunks[i++].c_str(), "@@ -%u,%u +%u,%u @@", &a, &a_count, &b, &b_count) == 4);
    const size_t begin = a_count > 0 ? a - 1 : a;
    REQUIRE(begin >= at);
    while (at < begin) result.push_back(old[at++]);
    REQUIRE(result.size() == (b_count > 0 ? b - 1 : b));
    for (; a_count + b_count > 0; ++i) {
      const std::string line = hunks.at(i).substr(1);
      if (hunks[i][0] != '+') REQUIRE((at < old.size() && old[at++] == line && a_count-- > 0));
      if (hunks[i][0] == '-') continue;
      REQUIRE(b_count-- > 0);
      result.push_back(line);
    }
  }
  while (at < old.size()) result.push_back(old[at++]);
  return text_of(result);
}

size_t changed_lines(const std::string& diff) {
  const std::vector<std::string> lines = lines_of(diff);
  return static_cast<size_t>(std::count_if(lines.begin() + std::min<size_t>(2, lines.size()), lines.end(),
                                           [](const std::string& l) { return l[0] == '+' || l[0] == '-'; }));
}

/// By the table of all prefixes.
size_t fewest_changes(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::vector<size_t>> common(a.size() + 1, std::vector<size_t>(b.size() + 1, 0));
  for (size_t i = 1; i <= a.size(); ++i)
    for (size_t j = 1; j <= b.size(); ++j)
      common[i][j] = a[i - 1] == b[j - 1] ? common[i - 1][j - 1] + 1 : std::max(common[i - 1][j], common[i][j - 1]);
  return a.size() + b.size() - 2 * common[a.size()][b.size()];
}

std::vector<std::string> random_lines(Random& random, int64_t most, int64_t alphabet) {
  std::vector<std::string> lines(static_cast<size_t>(random.range(0, most)));
  for (std::string& line : lines) line = std::to_string(random.range(0, alphabet));
  return lines;
}

}  // namespace

SCENARIO("a diff has three lines around each change, and the function that it is in") {
  std::string before, after;
  for (int f = 0; f < 2; ++f) {
    before += "func @f" + std::to_string(f) + "() {\n";
    for (int i = 0; i < 9; ++i) before += "  line " + std::to_string(i) + "\n";
    before += "}\n";
  }
  after = before;
  after.replace(after.rfind("  line 5\n"), 9, "  line five\n  and a half\n");
  CHECK(unified_diff(before, before, "a", "b").empty());
  CHECK(unified_diff(before, after, "before cse", "after cse") ==
        "--- before cse\n+++ after cse\n@@ -15,7 +15,8 @@ func @f1() {\n   line 2\n   line 3\n   line 4\n"
        "-  line 5\n+  line five\n+  and a half\n   line 6\n   line 7\n   line 8\n");
  CHECK(unified_diff("", "x\n", "a", "b") == "--- a\n+++ b\n@@ -0,0 +1,1 @@\n+x\n");
  CHECK(unified_diff("x\n", "", "a", "b") == "--- a\n+++ b\n@@ -1,1 +0,0 @@\n-x\n");
}

SCENARIO("a diff of random texts leads from one to the other in the fewest lines") {
  Random random(7);
  for (int round = 0; round < 2000; ++round) {
    const int64_t alphabet = random.range(0, 12);
    const auto a = random_lines(random, 30, alphabet), b = random_lines(random, 30, alphabet);
    const std::string diff = unified_diff(text_of(a), text_of(b), "a", "b");
    REQUIRE(applied(text_of(a), diff) == text_of(b));
    REQUIRE(changed_lines(diff) == fewest_changes(a, b));
  }
}

SCENARIO("texts with more differences than are looked for still give a diff that is right") {
  Random random(8);
  std::vector<std::string> a, b;
  for (int i = 0; i < 6000; ++i) {
    a.push_back(std::to_string(random.range(0, 3000)));
    b.push_back(std::to_string(random.range(0, 3000)));
  }
  CHECK(applied(text_of(a), unified_diff(text_of(a), text_of(b), "a", "b")) == text_of(b));
}
