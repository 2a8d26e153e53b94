// SPDX-License-Identifier: Apache-2.0
// Random graph-level functions as text: elementwise ops, views, reductions, contractions, two states and their updates.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"

namespace psmc::midend {

class RandomGraph {
 public:
  explicit RandomGraph(uint64_t seed) : random_(seed) {}

  std::string text(int ops) {
    add("%x", {2, 3});
    add("%y", {2, 3});
    add("%v", {3});
    add("%w", {3, 2});
    add("%s", {4, 3});
    add("%t", {4, 3});
    constants();
    for (int i = 0; i < ops; ++i) step();
    return header_ + head() + body_ + "  return " + returned_ + "\n}\n";
  }

 private:
  using Shape = std::vector<int64_t>;
  struct Value {
    std::string name;
    Shape shape;
  };

  static std::string list(const Shape& shape) {
    std::string out = "[";
    for (size_t i = 0; i < shape.size(); ++i) out += (i ? ", " : "") + std::to_string(shape[i]);
    return out + "]";
  }
  static std::string type(const Shape& shape) {
    std::string out = "tensor<";
    for (int64_t d : shape) out += std::to_string(d) + "x";
    return out + "f32>";
  }

  void add(std::string name, Shape shape) { values_.push_back({std::move(name), std::move(shape)}); }
  void emit(const std::string& what, Shape shape) {
    const std::string name = "%n" + std::to_string(values_.size());
    body_ += "  " + name + " = " + what + "\n";
    add(name, std::move(shape));
  }
  /// Recent values more often.
  const Value& any() {
    const size_t n = values_.size(), last = std::min<size_t>(n, 6);
    return random_.chance(0.6) ? values_[n - 1 - random_.below(last)] : values_[random_.below(n)];
  }
  Value of_rank(size_t rank) {
    for (int i = 0; i < 50; ++i)
      if (const Value& value = any(); value.shape.size() == rank) return value;
    return values_[0];
  }
  Value of_shape(const Shape& shape) {
    std::vector<Value> all;
    for (const Value& value : values_)
      if (value.shape == shape) all.push_back(value);
    return all[random_.below(all.size())];
  }

  void constants() {
    header_ =
        "const @one : tensor<f32> = dense[1.0]\nconst @half : tensor<f32> = dense[0.5]\nconst @row : tensor<3xf32> = "
        "dense[0.5, -1.0, 2.0]\n";
    body_ += "  %one = constant @one\n  %half = constant @half\n  %row = constant @row\n";
    add("%one", {});
    add("%half", {});
    add("%row", {3});
  }

  std::string head() {
    returned_ = of_shape({4, 3}).name + ", " + of_shape({4, 3}).name;
    std::string results = "tensor<4x3xf32> state @s, tensor<4x3xf32> state @t";
    for (int i = 0; i < 3; ++i) {
      const Value value = any();
      returned_ += ", " + value.name;
      results += ", " + type(value.shape);
    }
    return "func @f[pos: 0..3](%x: tensor<2x3xf32>, %y: tensor<2x3xf32>, %v: tensor<3xf32>, %w: tensor<3x2xf32>, "
           "%s: tensor<4x3xf32> state @s, %t: tensor<4x3xf32> state @t) -> (" +
           results + ") {\n";
  }

  void step() {
    switch (random_.below(16)) {
      case 0:
      case 1: return unary();
      case 2:
      case 3:
      case 4: return binary();
      case 5: return choose();
      case 6: return reduce();
      case 7: return contract();
      case 8: return transpose();
      case 9: return reshape();
      case 10: return slice();
      case 11: return join();
      case 12: return convert();
      case 13: return logic();
      case 14: return integers();
      default: return update();
    }
  }

  void unary() {
    static const char* const kOps[] = {"neg", "abs", "tanh", "sigmoid", "exp", "floor"};
    const Value x = any();
    emit(std::string(kOps[random_.below(6)]) + " " + x.name, x.shape);
  }

  bool broadcast(const Shape& a, const Shape& b, Shape& out) {
    out = a.size() > b.size() ? a : b;
    const Shape& small = a.size() > b.size() ? b : a;
    const size_t skip = out.size() - small.size();
    for (size_t d = 0; d < small.size(); ++d) {
      if (out[skip + d] == 1) out[skip + d] = small[d];
      if (small[d] != 1 && small[d] != out[skip + d]) return false;
    }
    return true;
  }

  void binary() {
    static const char* const kOps[] = {"add", "sub", "mul", "max", "div", "add", "mul"};
    const Value a = any();
    for (int i = 0; i < 20; ++i) {
      const Value b = any();
      Shape shape;
      if (!broadcast(a.shape, b.shape, shape)) continue;
      return emit(std::string(kOps[random_.below(7)]) + " " + a.name + ", " + b.name, shape);
    }
  }

  void choose() {
    const Value a = any(), b = of_shape(a.shape);
    const std::string name = "%c" + std::to_string(values_.size());
    body_ += "  " + name + " = " + (random_.chance(0.5) ? "lt " : "ne ") + a.name + ", " + b.name + "\n";
    emit("select " + name + ", " + a.name + ", " + of_shape(a.shape).name, a.shape);
  }

  std::string let(const std::string& what) {
    const std::string name = "%t" + std::to_string(temporaries_++);
    body_ += "  " + name + " = " + what + "\n";
    return name;
  }

  void logic() {
    static const char* const kCompare[] = {"lt ", "le ", "eq ", "ne "};
    static const char* const kOps[] = {"and ", "or ", "eq ", "ne "};
    const Value a = any(), b = of_shape(a.shape), c = of_shape(a.shape);
    const std::string first = let(kCompare[random_.below(4)] + a.name + ", " + b.name);
    const std::string second = let("not " + let(kCompare[random_.below(4)] + b.name + ", " + c.name));
    const std::string both = let(kOps[random_.below(4)] + first + ", " + second);
    const std::string which = let("select " + both + ", " + first + ", " + second);
    if (random_.chance(0.3)) return emit("cast " + which + " {dtype = f32}", a.shape);
    emit("select " + which + ", " + a.name + ", " + c.name, a.shape);
  }

  void integers() {
    static const char* const kOps[] = {"add ", "sub ", "mul ", "div ", "max ", "min ", "and ", "or "};
    const Value a = any(), b = of_shape(a.shape);
    const std::string type = random_.chance(0.5) ? " {dtype = i8}" : " {dtype = i32}";
    const std::string x = let("cast " + a.name + type), y = let("cast " + b.name + type);
    const std::string z = let(kOps[random_.below(8)] + x + ", " + y);
    const std::string w = random_.chance(0.5) ? let((random_.chance(0.5) ? "not " : "abs ") + z) : z;
    emit("cast " + w + " {dtype = f32}", a.shape);
  }

  void reduce() {
    static const char* const kMonoids[] = {"sum", "max", "min", "prod"};
    const Value x = of_rank(2);
    const auto axis = random_.below(2);
    const bool keep = random_.chance(0.6);
    Shape shape = x.shape;
    if (keep)
      shape[axis] = 1;
    else
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
    emit("reduce " + x.name + " {axes = [" + std::to_string(axis) + "], keep = " + (keep ? "true" : "false") +
             ", monoid = \"" + kMonoids[random_.below(4)] + "\"}",
         shape);
  }

  void contract() {
    for (int i = 0; i < 20; ++i) {
      const Value a = of_rank(2), b = of_rank(2);
      if (a.shape[1] != b.shape[0]) continue;
      return emit("contract " + a.name + ", " + b.name + " {spec = \"mk,kn->mn\"}", {a.shape[0], b.shape[1]});
    }
  }

  void transpose() {
    const Value x = of_rank(2);
    emit("transpose " + x.name + " {permutation = [1, 0]}", {x.shape[1], x.shape[0]});
  }

  void reshape() {
    const Value x = of_rank(2);
    const int64_t n = x.shape[0] * x.shape[1];
    const Shape shapes[] = {{x.shape[1], x.shape[0]}, {n}, {1, n}, {x.shape[0], 1, x.shape[1]}};
    const Shape shape = shapes[random_.below(4)];
    emit("reshape " + x.name + " {shape = " + list(shape) + "}", shape);
  }

  void slice() {
    if (random_.chance(0.4)) {
      const Value x = of_shape({4, 3});
      return emit("slice " + x.name + " {size = [1, 3], start = sym[pos, 0]}", {1, 3});
    }
    const Value x = of_rank(2);
    Shape start, size;
    for (int64_t d : x.shape) {
      size.push_back(random_.range(1, d));
      start.push_back(random_.range(0, d - size.back()));
    }
    emit("slice " + x.name + " {size = " + list(size) + ", start = " + list(start) + "}", size);
  }

  void join() {
    if (random_.chance(0.5)) {
      const Value x = of_shape({2, 3}), y = of_shape({2, 3});
      return emit("concat " + x.name + ", " + y.name + " {axis = 0}", {4, 3});
    }
    const Value x = of_shape({2, 3});
    emit("pad " + x.name + " {high = [1, 0], low = [1, 0], value = 0.25}", {4, 3});
  }

  void convert() {
    static const char* const kTypes[] = {"bf16", "f16", "i32", "f64", "f32"};
    const Value x = any();
    const std::string name = "%d" + std::to_string(values_.size());
    body_ += "  " + name + " = cast " + x.name + " {dtype = " + kTypes[random_.below(5)] + "}\n";
    emit("cast " + name + " {dtype = f32}", x.shape);
  }

  void update() {
    const Value state = of_shape({4, 3});
    if (random_.chance(0.3)) {
      return emit("update " + state.name + ", " + of_shape({2, 3}).name + " {start = [" +
                      std::to_string(random_.range(0, 2)) + ", 0]}",
                  {4, 3});
    }
    const std::string row = "%r" + std::to_string(values_.size());
    const Value from = of_shape({4, 3});
    body_ += "  " + row + " = slice " + from.name + " {size = [1, 3], start = [" + std::to_string(random_.range(0, 3)) +
             ", 0]}\n";
    emit("update " + state.name + ", " + row + " {start = sym[pos, 0]}", {4, 3});
  }

  Random random_;
  std::vector<Value> values_;
  std::string header_, body_, returned_;
  int temporaries_ = 0;
};

}  // namespace psmc::midend
