// SPDX-License-Identifier: Apache-2.0
// Random loop-level functions as text: nests of loops that carry scalars, loads and stores of three buffers, equal and
// invariant computations among them; and what the interpreter makes of them before and after a pass.
#pragma once

#include <fmt/format.h>

#include "tests/midend/pass_runs.h"

namespace psmc::midend {

class RandomLoops {
 public:
  explicit RandomLoops(uint64_t seed) : random_(seed) {}

  std::string text() {
    body_ =
        "func @f[n: 0..3](%x: buffer<64xf32, scratchpad>, %y: buffer<64xf32, scratchpad>, %z: buffer<8xf32, "
        "scratchpad>) {\n  %b = alloc : buffer<64xf32, scratchpad>\n  %zero = constant 0.0 : f32\n"
        "  for %i = 0 to 64 step 1 {\n    store %zero, %b[%i]\n  }\n";
    scalars_ = {"%zero"};
    block(0);
    for (size_t i = 0; i < scalars_.size() && i < 8; ++i)
      put(0, fmt::format("store {}, %z[{}]", scalars_[scalars_.size() - 1 - i], i));
    return body_ + "  return\n}\n";
  }

 private:
  void put(int depth, const std::string& line) {
    body_ += std::string(2 * static_cast<size_t>(depth + 1), ' ') + line + "\n";
  }
  std::string fresh() { return fmt::format("%v{}", names_++); }
  std::string scalar() { return scalars_[random_.below(scalars_.size())]; }

  std::string subscript() {
    if (counters_.empty() || random_.chance(0.4)) return std::to_string(random_.below(4));
    const std::string& counter = counters_[random_.below(counters_.size())];
    return random_.chance(0.5) ? counter : counter + " + " + std::to_string(random_.below(3));
  }

  void block(int depth) {
    const int64_t ops = random_.range(3, 8);
    for (int64_t i = 0; i < ops; ++i) op(depth);
  }

  void op(int depth) {
    const char* buffers[] = {"%x", "%y", "%b"};
    const char* binary[] = {"add", "mul", "max", "sub"};
    const double kind = random_.uniform(0, 1);
    if (kind < 0.25 && depth < 3) return loop(depth);
    if (kind < 0.4)
      return put(depth, fmt::format("store {}, {}[{}]", scalar(), buffers[random_.below(3)], subscript()));
    std::string line;
    if (kind < 0.6)
      line = fmt::format("load {}[{}]", buffers[random_.below(3)], subscript());
    else if (kind < 0.7)
      line = fmt::format("constant {}.5 : f32", random_.below(3));
    else
      line = fmt::format("{} {}, {}", binary[random_.below(4)], scalar(), scalar());
    const std::string name = fresh();
    put(depth, name + " = " + line);
    scalars_.push_back(name);
  }

  void loop(int depth) {
    const int64_t carried = random_.range(0, 3), low = random_.range(0, 2);
    const std::string high = random_.chance(0.2) ? "sym(n)" : std::to_string(low + random_.range(0, 3));
    std::string results, inits, yields;
    const size_t outside = scalars_.size();
    std::vector<std::string> given, args;
    const std::string same = scalar();
    for (int64_t c = 0; c < carried; ++c) {
      given.push_back(fresh());
      args.push_back(fresh());
      inits += fmt::format("{}{} = {}", c ? ", " : "", args.back(), random_.chance(0.7) ? same : scalar());
    }
    scalars_.insert(scalars_.end(), args.begin(), args.end());
    const std::string counter = fresh();
    const std::string head = carried > 0 ? fmt::format("{} = ", fmt::join(given, ", ")) : "";
    put(depth, fmt::format("{}for {} = {} to {} step 1{} {{", head, counter, low, high,
                           carried > 0 ? " iter(" + inits + ")" : ""));
    counters_.push_back(counter);
    block(depth + 1);
    for (int64_t c = 0; c < carried; ++c) yields += (c ? ", " : "") + scalar();
    if (carried > 0) put(depth + 1, "yield " + yields);
    put(depth, "}");
    counters_.pop_back();
    scalars_.resize(outside);
    for (const std::string& name : given) scalars_.push_back(name);
  }

  Random random_;
  std::string body_;
  std::vector<std::string> scalars_, counters_;
  int names_ = 0;
};

/// The buffers after a run of @f, for some run-time integer and for two buffers being one, too.
inline void require_same_loops(const ir::Module& before, const ir::Module& after, uint64_t seed) {
  for (int64_t n = 0; n < 4; ++n) {
    Random random(seed);
    ir::Array x = awkward_array(random, DType::f32, {64}, true), y = awkward_array(random, DType::f32, {64}, true);
    ir::Array z(DType::f32, {8}), x2 = x, y2 = y, z2 = z;
    ir::Array *wanted[] = {&x, n == 3 ? &x : &y, &z}, *got[] = {&x2, n == 3 ? &x2 : &y2, &z2};
    const Status first = ir::interpret_loops(before, before.find_func("f"), wanted, {{before.find_str("n"), n}});
    if (!first.ok()) FAIL(first.diagnostic().render());
    const Status second = ir::interpret_loops(after, after.find_func("f"), got, {{after.find_str("n"), n}});
    INFO("before\n" << ir::print_module(before) << "after\n" << ir::print_module(after));
    if (!second.ok()) FAIL(second.diagnostic().render());
    for (size_t i = 0; i < 3; ++i) REQUIRE(same_numbers(*wanted[i], *got[i]));
  }
}

}  // namespace psmc::midend
