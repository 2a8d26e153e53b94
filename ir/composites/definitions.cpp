// SPDX-License-Identifier: Apache-2.0
// The composites, in the IR's own text (composite.h says what ${...} means). All compute in f32 and give the type of
// their first operand; a cast to the type that a value already has is left out when the body is built.
#include "ir/composites/definitions.h"

#include "ir/composites/infer.h"

namespace psmc::ir {
namespace {

constexpr std::string_view kRelu = R"(
  %zero = constant dense[0] : tensor<${x.dtype}>
  %r = max %x, %zero
  return %r
)";

constexpr std::string_view kSilu = R"(
  %f = cast %x {dtype = f32}
  %gate = sigmoid %f
  %m = mul %f, %gate
  %r = cast %m {dtype = ${x.dtype}}
  return %r
)";

// x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))): Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
constexpr std::string_view kGelu = R"(
  %f = cast %x {dtype = f32}
  %bend = constant dense[0.044715] : tensor<f32>
  %slope = constant dense[0.7978845608028654] : tensor<f32>
  %one = constant dense[1.0] : tensor<f32>
  %half = constant dense[0.5] : tensor<f32>
  %square = mul %f, %f
  %cube = mul %square, %f
  %cubic = mul %cube, %bend
  %inner = add %f, %cubic
  %scaled = mul %inner, %slope
  %t = tanh %scaled
  %gate = add %t, %one
  %h = mul %f, %half
  %m = mul %h, %gate
  %r = cast %m {dtype = ${x.dtype}}
  return %r
)";

constexpr std::string_view kSoftmax = R"(
  %f = cast %x {dtype = f32}
  %top = reduce %f {axes = [${axis}], keep = true, monoid = "max"}
  %d = sub %f, %top
  %e = exp %d
  %sum = reduce %e {axes = [${axis}], keep = true, monoid = "sum"}
  %p = div %e, %sum
  %r = cast %p {dtype = ${x.dtype}}
  return %r
)";

// Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
constexpr std::string_view kRmsNorm = R"(
  %f = cast %x {dtype = f32}
  %g = cast %w {dtype = f32}
  %eps = constant dense[${eps=1e-05}] : tensor<f32>
  %per = constant dense[${x.per}] : tensor<f32>
  %square = mul %f, %f
  %sum = reduce %square {axes = [${x.last}], keep = true, monoid = "sum"}
  %mean = mul %sum, %per
  %safe = add %mean, %eps
  %scale = rsqrt %safe
  %n = mul %f, %scale
  %m = mul %n, %g
  %r = cast %m {dtype = ${x.dtype}}
  return %r
)";

constexpr std::string_view kLayerNorm = R"(
  %f = cast %x {dtype = f32}
  %g = cast %w {dtype = f32}
  %h = cast %b {dtype = f32}
  %eps = constant dense[${eps=1e-05}] : tensor<f32>
  %per = constant dense[${x.per}] : tensor<f32>
  %sum = reduce %f {axes = [${x.last}], keep = true, monoid = "sum"}
  %mean = mul %sum, %per
  %d = sub %f, %mean
  %square = mul %d, %d
  %squares = reduce %square {axes = [${x.last}], keep = true, monoid = "sum"}
  %variance = mul %squares, %per
  %safe = add %variance, %eps
  %scale = rsqrt %safe
  %n = mul %d, %scale
  %m = mul %n, %g
  %o = add %m, %h
  %r = cast %o {dtype = ${x.dtype}}
  return %r
)";

// Su et al., "RoFormer", 2021, on the pairs (i, i + half).
constexpr std::string_view kRope = R"(
  %f = cast %x {dtype = f32}
  %cf = cast %cos {dtype = f32}
  %sf = cast %sin {dtype = f32}
  %c = reshape %cf {shape = sym[${x.size0}, 1, 1, ${x.size3}]}
  %s = reshape %sf {shape = sym[${x.size0}, 1, 1, ${x.size3}]}
  %x0 = slice %f {size = sym[${x.size0}, ${x.size1}, 1, ${x.size3}], start = [0, 0, 0, 0]}
  %x1 = slice %f {size = sym[${x.size0}, ${x.size1}, 1, ${x.size3}], start = [0, 0, 1, 0]}
  %x0c = mul %x0, %c
  %x1s = mul %x1, %s
  %r0 = sub %x0c, %x1s
  %x1c = mul %x1, %c
  %x0s = mul %x0, %s
  %r1 = add %x1c, %x0s
  %j = concat %r0, %r1 {axis = 2}
  %r = cast %j {dtype = ${x.dtype}}
  return %r
)";

// Heads are two axes everywhere, key-value head and query group, so nothing is repeated for a group. The division comes
// after the second contraction, where the rows are shorter.
constexpr std::string_view kAttentionOfAll = R"(
  %raw = contract %q, %k {dtype = f32, spec = "tkgd,kdl->tkgl"}
  %scale = constant dense[${scale=1.0}] : tensor<f32>
  %scores = mul %raw, %scale
  %top = reduce %scores {axes = [3], keep = true, monoid = "max"}
  %d = sub %scores, %top
  %e = exp %d
  %sum = reduce %e {axes = [3], keep = true, monoid = "sum"}
  %p = cast %e {dtype = ${q.dtype}}
  %mixed = contract %p, %v {dtype = f32, spec = "tkgl,kld->tkgd"}
  %o = div %mixed, %sum
  %r = cast %o {dtype = ${q.dtype}}
  return %r
)";

// Row t sees the columns up to first + t; the others get a score so low that its exponential is 0.
constexpr std::string_view kAttention = R"(
  %raw = contract %q, %k {dtype = f32, spec = "tkgd,kdl->tkgl"}
  %scale = constant dense[${scale=1.0}] : tensor<f32>
  %all = mul %raw, %scale
  %first = symbol {dtype = i32, expr = ${first=[0]}}
  %row = iota {axis = 0, bound = [${q.bound0}, 1, 1, 1], dtype = i32, shape = sym[${q.size0}, 1, 1, 1]}
  %last = add %row, %first
  %column = iota {axis = 3, bound = [1, 1, 1, ${k.bound2}], dtype = i32, shape = sym[1, 1, 1, ${k.size2}]}
  %seen = le %column, %last
  %never = constant dense[-1e30] : tensor<f32>
  %scores = select %seen, %all, %never
  %top = reduce %scores {axes = [3], keep = true, monoid = "max"}
  %d = sub %scores, %top
  %e = exp %d
  %sum = reduce %e {axes = [3], keep = true, monoid = "sum"}
  %p = cast %e {dtype = ${q.dtype}}
  %mixed = contract %p, %v {dtype = f32, spec = "tkgl,kld->tkgd"}
  %o = div %mixed, %sum
  %r = cast %o {dtype = ${q.dtype}}
  return %r
)";

template <const std::string_view& kBody>
std::string_view always(const InferInput&) {
  return kBody;
}

std::string_view attention_body(const InferInput& in) { return attention_sees_all(in) ? kAttentionOfAll : kAttention; }

constexpr AttrSpec kEps = {"eps", AttrKind::number, false, "added to the mean square; default 1e-5"};

}  // namespace

std::vector<Composite> composite_definitions() {
  return {
      {"relu", "max(x, 0)", {"x"}, {}, infer_like_first, always<kRelu>},
      {"silu", "x * sigmoid(x)", {"x"}, {}, infer_like_first, always<kSilu>},
      {"gelu", "The Gaussian error linear unit in its tanh form", {"x"}, {}, infer_like_first, always<kGelu>},
      {"softmax",
       "exp(x) / sum(exp(x)) along `axis`",
       {"x"},
       {{"axis", AttrKind::integer, true, "the dimension that sums to one"}},
       infer_softmax,
       always<kSoftmax>},
      {"rms_norm",
       "x / sqrt(mean of x^2 over the last dimension + eps) * w",
       {"x", "w"},
       {kEps},
       infer_norm,
       always<kRmsNorm>},
      {"layer_norm",
       "x less its mean, over its standard deviation (last dimension), * w + b",
       {"x", "w", "b"},
       {kEps},
       infer_norm,
       always<kLayerNorm>},
      {"rope",
       "Rotates the pairs of x [tokens, heads, 2, half] by cos and sin [tokens, half]",
       {"x", "cos", "sin"},
       {},
       infer_rope,
       always<kRope>},
      {"attention",
       "softmax(scale * q k) v for q [T, kv, g, d], k [kv, d, L], v [kv, L, d]; row t sees the columns up to first + t",
       {"q", "k", "v"},
       {{"first", AttrKind::syms, false, "the column that row 0 sees last, a list of one; default 0"},
        {"scale", AttrKind::number, false, "multiplies the scores; default 1"}},
       infer_attention,
       attention_body},
  };
}

}  // namespace psmc::ir
