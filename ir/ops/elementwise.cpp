// SPDX-License-Identifier: Apache-2.0
// Elementwise ops: one table. An op is its function on doubles; `apply_integer` has the integer forms.
#include "ir/ops/elementwise.h"

#include <cmath>

#include "ir/array_convert.h"
#include "ir/ops/elementwise_eval.h"
#include "ir/ops/families.h"
#include "ir/ops/infer.h"
#include "ir/ops/monoid.h"

namespace psmc::ir {
namespace {

/// Which element types an op takes.
enum class Domain { floats, numbers, logic, any };

bool accepts(Domain domain, DType dtype) {
  switch (domain) {
    case Domain::floats: return is_float(dtype);
    case Domain::numbers: return dtype != DType::boolean;
    case Domain::logic: return !is_float(dtype);
    case Domain::any: return true;
  }
  return false;
}

std::string_view domain_text(Domain domain) {
  switch (domain) {
    case Domain::floats: return "must be of a float type";
    case Domain::numbers: return "must be of a float or integer type";
    case Domain::logic: return "must be of type bool or of an integer type";
    case Domain::any: return "must be a tensor or a scalar";
  }
  return "";
}

/// Tensors that broadcast, or scalars: never both.
Status check_containers(const InferInput& in) {
  for (size_t i = 0; i < in.operands.size(); ++i) {
    const Type& type = in.operand(i);
    if (!type.is_tensor() && !type.is_scalar()) return operand_error(in, i, "must be a tensor or a scalar");
    if (type.kind != in.operand(0).kind)
      return operand_error(in, i, "must be a tensor like operand 1, or both scalars");
  }
  return {};
}

Inferred map_result(const InferInput& in, DType dtype) {
  if (in.operand(0).is_scalar()) return std::vector<Type>{scalar_type(dtype)};
  PSMC_ASSIGN(std::vector<Dim> shape, broadcast_shape(in));
  return std::vector<Type>{tensor_type(dtype, std::move(shape))};
}

template <Domain kDomain, bool kGivesBool>
Inferred infer_map(const InferInput& in) {
  PSMC_TRY(check_containers(in));
  const DType dtype = in.operand(0).dtype;
  for (size_t i = 0; i < in.operands.size(); ++i) {
    if (!accepts(kDomain, in.operand(i).dtype)) return operand_error(in, i, domain_text(kDomain));
    if (in.operand(i).dtype != dtype) {
      return operand_error(in, i, "must have the element type " + std::string(dtype_name(dtype)) + " of operand 1");
    }
  }
  return map_result(in, kGivesBool ? DType::boolean : dtype);
}

Inferred infer_select(const InferInput& in) {
  PSMC_TRY(check_containers(in));
  if (in.operand(0).dtype != DType::boolean) return operand_error(in, 0, "must be of type bool");
  if (in.operand(1).dtype != in.operand(2).dtype)
    return operand_error(in, 2, "must have the element type of operand 2");
  return map_result(in, in.operand(1).dtype);
}

Inferred infer_cast(const InferInput& in) {
  PSMC_TRY(check_containers(in));
  return map_result(in, dtype_of(in, "dtype", DType::f32));
}

using Args = std::span<const double>;

struct Row {
  OpKind kind;
  int operands;
  Domain domain;
  bool commutative;
  double (*scalar)(Args);
  std::string_view manual;
};

constexpr Row kRows[] = {
    {OpKind::neg, 1, Domain::numbers, false, [](Args x) { return -x[0]; }, "-x. `%r = neg %x`"},
    {OpKind::abs, 1, Domain::numbers, false, [](Args x) { return std::fabs(x[0]); },
     "|x|; the lowest integer stays itself. `%r = abs %x`"},
    {OpKind::exp, 1, Domain::floats, false, [](Args x) { return std::exp(x[0]); }, "e to the x. `%r = exp %x`"},
    {OpKind::exp2, 1, Domain::floats, false, [](Args x) { return std::exp2(x[0]); }, "2 to the x. `%r = exp2 %x`"},
    {OpKind::log, 1, Domain::floats, false, [](Args x) { return std::log(x[0]); },
     "Natural logarithm; of 0 -inf, of negatives NaN. `%r = log %x`"},
    {OpKind::sqrt, 1, Domain::floats, false, [](Args x) { return std::sqrt(x[0]); },
     "Square root; of negatives NaN. `%r = sqrt %x`"},
    {OpKind::rsqrt, 1, Domain::floats, false, [](Args x) { return 1 / std::sqrt(x[0]); },
     "1 / sqrt(x); of 0 inf. `%r = rsqrt %x`"},
    {OpKind::recip, 1, Domain::floats, false, [](Args x) { return 1 / x[0]; }, "1 / x; of 0 inf. `%r = recip %x`"},
    {OpKind::tanh, 1, Domain::floats, false, [](Args x) { return std::tanh(x[0]); },
     "Hyperbolic tangent. `%r = tanh %x`"},
    {OpKind::sigmoid, 1, Domain::floats, false, [](Args x) { return 1 / (1 + std::exp(-x[0])); },
     "1 / (1 + exp(-x)). `%r = sigmoid %x`"},
    {OpKind::floor, 1, Domain::floats, false, [](Args x) { return std::floor(x[0]); },
     "Largest integer not above x. `%r = floor %x`"},
    {OpKind::round, 1, Domain::floats, false, [](Args x) { return std::nearbyint(x[0]); },
     "Nearest integer, of two equally near the even one; a zero keeps the sign of x. `%r = round %x`"},
    {OpKind::not_, 1, Domain::logic, false, nullptr,
     "Complement: of bool logical, of integers bit by bit. `%r = not %x`"},
    {OpKind::add, 2, Domain::numbers, true, [](Args x) { return x[0] + x[1]; },
     "a + b; integers wrap. `%r = add %a, %b`"},
    {OpKind::sub, 2, Domain::numbers, false, [](Args x) { return x[0] - x[1]; },
     "a - b; integers wrap. `%r = sub %a, %b`"},
    {OpKind::mul, 2, Domain::numbers, true, [](Args x) { return x[0] * x[1]; },
     "a * b; integers wrap. `%r = mul %a, %b`"},
    {OpKind::div, 2, Domain::numbers, false, [](Args x) { return x[0] / x[1]; },
     "a / b; of integers truncated towards zero, by zero 0. `%r = div %a, %b`"},
    {OpKind::max, 2, Domain::numbers, true, [](Args x) { return larger(x[0], x[1]); },
     "The larger; NaN if one is NaN, -0 below +0. `%r = max %a, %b`"},
    {OpKind::min, 2, Domain::numbers, true, [](Args x) { return smaller(x[0], x[1]); },
     "The smaller; NaN if one is NaN, -0 below +0. `%r = min %a, %b`"},
    {OpKind::and_, 2, Domain::logic, true, nullptr, "And: of bool logical, of integers bit by bit. `%r = and %a, %b`"},
    {OpKind::or_, 2, Domain::logic, true, nullptr, "Or: of bool logical, of integers bit by bit. `%r = or %a, %b`"},
};

constexpr Row kComparisons[] = {
    {OpKind::lt, 2, Domain::numbers, false, [](Args x) { return double(x[0] < x[1]); },
     "a < b, as bool. `%r = lt %a, %b`"},
    {OpKind::le, 2, Domain::numbers, false, [](Args x) { return double(x[0] <= x[1]); },
     "a <= b, as bool. `%r = le %a, %b`"},
    {OpKind::eq, 2, Domain::any, true, [](Args x) { return double(x[0] == x[1]); },
     "a = b, as bool; NaN equals nothing. `%r = eq %a, %b`"},
    {OpKind::ne, 2, Domain::any, true, [](Args x) { return double(x[0] != x[1]); },
     "a and b differ, as bool. `%r = ne %a, %b`"},
};

template <bool kGivesBool>
constexpr auto infer_of(Domain domain) {
  switch (domain) {
    case Domain::floats: return checked<infer_map<Domain::floats, kGivesBool>>;
    case Domain::numbers: return checked<infer_map<Domain::numbers, kGivesBool>>;
    case Domain::logic: return checked<infer_map<Domain::logic, kGivesBool>>;
    default: return checked<infer_map<Domain::any, kGivesBool>>;
  }
}

std::vector<Piece> access_map(const Module& module, OpId op) {
  const std::vector<Dim>& shape = module.value_type(module.result(op)).dims;
  Piece piece;
  piece.space = parallel_space(shape);
  for (const ValueId operand : module.operands(op)) {
    piece.operands.push_back(broadcast_map(module.value_type(operand).dims, shape));
  }
  piece.result = identity_map(static_cast<uint32_t>(shape.size()));
  return {piece};
}

OpDef map_def(const Row& row, Inferred (*infer)(const InferInput&)) {
  OpDef def;
  def.kind = row.kind;
  def.level = Level::any;
  def.manual = row.manual;
  def.min_operands = def.max_operands = row.operands;
  def.commutative = row.commutative;
  def.infer = infer;
  def.access = access_map;
  def.eval = eval_elementwise;
  def.scalar = row.scalar;
  return def;
}

}  // namespace

std::vector<OpDef> elementwise_ops() {
  std::vector<OpDef> defs;
  for (const Row& row : kRows) defs.push_back(map_def(row, infer_of<false>(row.domain)));
  for (const Row& row : kComparisons) defs.push_back(map_def(row, infer_of<true>(row.domain)));
  constexpr Row kSelect = {OpKind::select,
                           3,
                           Domain::any,
                           false,
                           [](Args x) { return x[0] != 0 ? x[1] : x[2]; },
                           "b where the bool a is true, else c; b and c of one type. `%r = select %a, %b, %c`"};
  defs.push_back(map_def(kSelect, checked<infer_select>));
  constexpr Row kCast = {
      OpKind::cast,
      1,
      Domain::any,
      false,
      [](Args x) { return x[0]; },
      "Converts: floats round to nearest even; float to integer truncates and saturates, NaN gives 0; "
      "integers wrap; to bool: not zero. `%r = cast %x {dtype = bf16}`"};
  defs.push_back(map_def(kCast, checked<infer_cast>));
  defs.back().attrs = {{"dtype", AttrKind::dtype, true, "the element type to convert to"}};
  return defs;
}

bool is_elementwise(OpKind kind) { return kind <= OpKind::cast; }

double apply_float(OpKind kind, std::span<const double> operands) {
  const auto scalar = op_def(kind).scalar;
  PSMC_CHECK(scalar != nullptr, "an op on integers applied to floats");
  return scalar(operands);
}

int64_t apply_integer(OpKind kind, DType dtype, std::span<const int64_t> x) {
  const auto u = [&](size_t i) { return static_cast<uint64_t>(x[i]); };
  const auto wrap = [&](uint64_t value) { return wrap_to_dtype(dtype, static_cast<int64_t>(value)); };
  switch (kind) {
    case OpKind::neg: return wrap(0 - u(0));
    case OpKind::abs: return wrap(x[0] < 0 ? 0 - u(0) : u(0));
    case OpKind::not_: return dtype == DType::boolean ? x[0] == 0 : wrap(~u(0));
    case OpKind::add: return wrap(u(0) + u(1));
    case OpKind::sub: return wrap(u(0) - u(1));
    case OpKind::mul: return wrap(u(0) * u(1));
    case OpKind::div: return x[1] == 0 ? 0 : x[1] == -1 ? wrap(0 - u(0)) : x[0] / x[1];
    case OpKind::max: return x[0] > x[1] ? x[0] : x[1];
    case OpKind::min: return x[0] < x[1] ? x[0] : x[1];
    case OpKind::and_: return x[0] & x[1];
    case OpKind::or_: return x[0] | x[1];
    case OpKind::lt: return x[0] < x[1];
    case OpKind::le: return x[0] <= x[1];
    case OpKind::eq: return x[0] == x[1];
    case OpKind::ne: return x[0] != x[1];
    case OpKind::select: return x[0] != 0 ? x[1] : x[2];
    default: break;
  }
  PSMC_CHECK(false, "an op on floats applied to integers");
  return 0;
}

}  // namespace psmc::ir
