// SPDX-License-Identifier: Apache-2.0
// Access maps against reference semantics: an executor that knows only pieces and their five kinds of body must compute
// the same as `eval`, for every op with access maps. So what the compiler derives from the maps is what the op means.
#include <limits>

#include "ir/access.h"
#include "ir/array_convert.h"
#include "ir/op.h"
#include "ir/ops/elementwise.h"
#include "ir/ops/monoid.h"
#include "tests/ir_ops/modules.h"

namespace psmc::ir {
namespace {

class Executor {
 public:
  Executor(const Module& module, OpId op, std::vector<const Array*> operands, const SymbolValues& symbols)
      : module_(module), op_(op), operands_(std::move(operands)), symbols_(symbols) {}

  /// The result, all NaN or the lowest integer where no piece writes; `update` begins with its first operand.
  Array run() {
    const Type& type = module_.value_type(module_.result(op_));
    std::vector<int64_t> shape;
    for (const Dim& dim : type.dims) shape.push_back(value_of(dim.size));
    Array out(type.dtype, shape);
    if (module_.kind(op_) == OpKind::update) out = *operands_[0];
    for (const Piece& piece : access_of(module_, op_)) run_piece(piece, out);
    return out;
  }

 private:
  int64_t value_of(const SymExpr& expr) { return EvalInput{module_, op_, operands_, symbols_}.value_of(expr); }

  int64_t subscript(const Piece& piece, const Subscript& s, const std::vector<int64_t>& point, int64_t extent) {
    if (s.indirect) {
      const Array& index = *operands_[s.index_operand];
      const int64_t at = index.get_int(offset(piece, piece.operands[s.index_operand], index.shape, point));
      return std::clamp<int64_t>(at, 0, extent - 1);
    }
    int64_t at = value_of(s.offset);
    for (const auto& [dim, factor] : s.terms) at += factor * point[dim];
    return at;
  }

  int64_t offset(const Piece& piece, const AccessMap& map, const std::vector<int64_t>& shape,
                 const std::vector<int64_t>& point) {
    REQUIRE(map.used);
    REQUIRE(map.subscripts.size() == shape.size());
    int64_t at = 0;
    for (size_t d = 0; d < shape.size(); ++d) {
      const int64_t s = subscript(piece, map.subscripts[d], point, shape[d]);
      REQUIRE(s >= 0);
      REQUIRE(s < shape[d]);
      at = at * shape[d] + s;
    }
    return at;
  }

  void run_piece(const Piece& piece, Array& out) {
    std::vector<int64_t> extents;
    for (const IterDim& dim : piece.space) extents.push_back(value_of(dim.extent.size));
    if (piece.body == BodyKind::reduce || piece.body == BodyKind::contract) start_reduction(piece, out);
    std::vector<int64_t> point(extents.size(), 0);
    for (const int64_t extent : extents) {
      if (extent == 0) return finish(piece, out);
    }
    for (;;) {
      run_point(piece, point, out);
      size_t d = point.size();
      while (d > 0 && ++point[d - 1] == extents[d - 1]) point[--d] = 0;
      if (d == 0) return finish(piece, out);
    }
  }

  Monoid monoid() const { return *monoid_from_name(module_.str_attr(op_, "monoid")); }

  void start_reduction(const Piece& piece, const Array& out) {
    const bool sums = piece.body == BodyKind::contract;
    const auto count = static_cast<size_t>(out.elements());
    floats_.assign(count, sums ? 0 : identity_float(monoid()));
    integers_.assign(count, sums ? 0 : identity_integer(monoid(), out.dtype));
  }

  void finish(const Piece& piece, Array& out) {
    if (piece.body != BodyKind::reduce && piece.body != BodyKind::contract) return;
    out = is_float(out.dtype) ? from_doubles(out.dtype, out.shape, floats_)
                              : from_integers(out.dtype, out.shape, integers_);
  }

  void run_point(const Piece& piece, const std::vector<int64_t>& point, Array& out) {
    const auto to = offset(piece, piece.result, out.shape, point);
    if (piece.body == BodyKind::fill) return out.set(to, piece.value);
    if (piece.body == BodyKind::iota) return out.set_int(to, subscript(piece, piece.iota_of, point, 0));
    std::vector<double> floats;
    std::vector<int64_t> integers;
    for (size_t i = 0; i < piece.operands.size(); ++i) {
      if (!piece.operands[i].used) continue;
      const int64_t from = offset(piece, piece.operands[i], operands_[i]->shape, point);
      floats.push_back(operands_[i]->get(from));
      integers.push_back(operands_[i]->get_int(from));
    }
    combine(piece, static_cast<size_t>(to), floats, integers, out);
  }

  void combine(const Piece& piece, size_t to, const std::vector<double>& floats, const std::vector<int64_t>& integers,
               Array& out) {
    const OpKind kind = module_.kind(op_);
    const auto at = static_cast<int64_t>(to);
    if (piece.body == BodyKind::contract) {
      floats_[to] += floats[0] * floats[1];
      integers_[to] += integers[0] * integers[1];
    } else if (piece.body == BodyKind::reduce) {
      floats_[to] = combine_float(monoid(), floats_[to], floats[0]);
      integers_[to] = combine_integer(monoid(), integers_[to], integers[0]);
    } else if (kind == OpKind::cast) {
      is_float(operands_[0]->dtype) ? out.set(at, floats[0]) : out.set_int(at, integers[0]);
    } else if (!is_elementwise(kind)) {  // movement: a copy of the operand that is read last
      is_float(out.dtype) ? out.set(at, floats.back()) : out.set_int(at, integers.back());
      if (kind == OpKind::gather) is_float(out.dtype) ? out.set(at, floats[0]) : out.set_int(at, integers[0]);
    } else if (computes_in_integers(operands_.back()->dtype)) {
      out.set_int(at, apply_integer(kind, operands_.back()->dtype, integers));
    } else {
      out.set(at, apply_float(kind, floats));
    }
  }

  const Module& module_;
  OpId op_;
  std::vector<const Array*> operands_;
  const SymbolValues& symbols_;
  std::vector<double> floats_;
  std::vector<int64_t> integers_;
};

OpId first_with_access(const Module& module) {
  for (const OpId op : ops_of(module, module.func(FuncId(0)).body)) {
    if (has_access(module, op)) return op;
  }
  FAIL("no op with access maps");
  return {};
}

/// Equal bit for bit; sums may differ in the last place, because the order of addition does.
void require_equal(const Array& a, const Array& b, bool sums) {
  REQUIRE(a.dtype == b.dtype);
  REQUIRE(a.shape == b.shape);
  if (!sums) REQUIRE(a.bytes == b.bytes);
  for (int64_t i = 0; sums && i < a.elements(); ++i) REQUIRE(a.get(i) == Approx(b.get(i)).epsilon(1e-6));
}

void check(const std::string& text, const std::vector<int64_t>& symbol_values = {}) {
  INFO(text);
  const Module module = valid_module(text);
  SymbolValues symbols;
  const auto& declared = module.func(FuncId(0)).symbols;
  for (size_t i = 0; i < declared.size(); ++i) symbols.emplace_back(declared[i].name, symbol_values.at(i));
  Random random(7);
  for (int round = 0; round < 3; ++round) {
    const std::vector<Array> args = random_args(random, module, FuncId(0), symbols);
    std::vector<const Array*> operands;
    for (const Array& arg : args) operands.push_back(&arg);
    const OpId op = first_with_access(module);
    REQUIRE(module.operands(op).size() == operands.size());
    const auto wanted = op_def(module.kind(op)).eval({module, op, operands, symbols});
    REQUIRE(wanted.ok());
    const OpKind kind = module.kind(op);
    require_equal(Executor(module, op, operands, symbols).run(), *wanted,
                  kind == OpKind::reduce || kind == OpKind::contract);
  }
}

/// A function with these parameters that returns one op.
std::string one_op(const std::string& params, const std::string& op, const std::string& type,
                   const std::string& symbols = "") {
  return "func @f" + symbols + "(" + params + ") -> (" + type + ") {\n  %r = " + op + "\n  return %r\n}\n";
}

}  // namespace

TEST_CASE("access maps of elementwise ops stretch like numpy") {
  for (const char* op : {"neg", "abs", "exp", "tanh", "sigmoid", "floor", "round", "recip"}) {
    check(one_op("%x: tensor<3x5xf32>", std::string(op) + " %x", "tensor<3x5xf32>"));
  }
  for (const char* op : {"add", "sub", "mul", "max", "min", "div"}) {
    for (const char* dtype : {"f32", "bf16", "f16", "f64", "i8", "i32", "i64"}) {
      const std::string t = dtype;
      check(one_op("%a: tensor<2x1x4x" + t + ">, %b: tensor<3x1x" + t + ">", std::string(op) + " %a, %b",
                   "tensor<2x3x4x" + t + ">"));
    }
  }
  for (const char* op : {"lt", "le", "eq", "ne"}) {
    check(one_op("%a: tensor<7xi32>, %b: tensor<i32>", std::string(op) + " %a, %b", "tensor<7xbool>"));
    check(one_op("%a: tensor<7xf32>, %b: tensor<f32>", std::string(op) + " %a, %b", "tensor<7xbool>"));
  }
  check(one_op("%a: tensor<4xbool>, %b: tensor<3x1xbool>", "and %a, %b", "tensor<3x4xbool>"));
  check(one_op("%a: tensor<4xi32>", "not %a", "tensor<4xi32>"));
  check(one_op("%c: tensor<3x1xbool>, %a: tensor<4xf32>, %b: tensor<f32>", "select %c, %a, %b", "tensor<3x4xf32>"));
  check(one_op("%a: tensor<3x4xf32>", "cast %a {dtype = i8}", "tensor<3x4xi8>"));
  check(one_op("%a: tensor<0x4xf32>, %b: tensor<1x4xf32>", "add %a, %b", "tensor<0x4xf32>"));
  check(one_op("%a: tensor<(n <= 9)x4xf32>, %b: tensor<4xf32>", "add %a, %b", "tensor<(n <= 9)x4xf32>", "[n: 0..9]"),
        {5});
}

TEST_CASE("access maps of reduce") {
  for (const char* monoid : {"sum", "max", "min", "prod"}) {
    const std::string m = monoid;
    check(one_op("%x: tensor<3x4x5xf32>", "reduce %x {axes = [1], keep = false, monoid = \"" + m + "\"}",
                 "tensor<3x5xf32>"));
    check(one_op("%x: tensor<3x4x5xi32>", "reduce %x {axes = [0, 2], keep = true, monoid = \"" + m + "\"}",
                 "tensor<1x4x1xi32>"));
    check(
        one_op("%x: tensor<3x0xf32>", "reduce %x {axes = [1], keep = false, monoid = \"" + m + "\"}", "tensor<3xf32>"));
  }
  check(one_op("%x: tensor<3x(n <= 8)xf32>", "reduce %x {axes = [1], keep = true, monoid = \"sum\"}", "tensor<3x1xf32>",
               "[n: 0..8]"),
        {0});
}

TEST_CASE("access maps of contract follow the letters") {
  check(
      one_op("%a: tensor<3x4xf32>, %b: tensor<5x4xf32>", "contract %a, %b {spec = \"mk,nk->mn\"}", "tensor<3x5xf32>"));
  check(
      one_op("%a: tensor<3x4xf32>, %b: tensor<4x5xf32>", "contract %a, %b {spec = \"mk,kn->nm\"}", "tensor<5x3xf32>"));
  check(one_op("%a: tensor<2x3x4xbf16>, %b: tensor<2x4x5xbf16>",
               "contract %a, %b {dtype = f32, spec = \"bmk,bkn->bmn\"}", "tensor<2x3x5xf32>"));
  check(one_op("%a: tensor<7x2x3x4xf32>, %b: tensor<2x4x5xf32>", "contract %a, %b {spec = \"tkgd,kdl->tkgl\"}",
               "tensor<7x2x3x5xf32>"));
  check(one_op("%a: tensor<3x4x2xi8>, %b: tensor<4x2x3xi8>", "contract %a, %b {dtype = i32, spec = \"abc,bca->\"}",
               "tensor<i32>"));
  check(one_op("%a: tensor<3xf32>, %b: tensor<4xf32>", "contract %a, %b {spec = \"a,b->ba\"}", "tensor<4x3xf32>"));
  check(
      one_op("%a: tensor<3x0xf32>, %b: tensor<0x4xf32>", "contract %a, %b {spec = \"mk,kn->mn\"}", "tensor<3x4xf32>"));
}

TEST_CASE("access maps of reshapes that refine") {
  check(one_op("%x: tensor<6x4xf32>", "reshape %x {shape = [24]}", "tensor<24xf32>"));
  check(one_op("%x: tensor<24xi32>", "reshape %x {shape = [2, 3, 4]}", "tensor<2x3x4xi32>"));
  check(one_op("%x: tensor<6x4xf32>", "reshape %x {shape = [2, 12]}", "tensor<2x12xf32>"));
  check(one_op("%x: tensor<1x6x1x4xf32>", "reshape %x {shape = [6, 1, 2, 2, 1]}", "tensor<6x1x2x2x1xf32>"));
  check(one_op("%x: tensor<1x1xf32>", "reshape %x {shape = []}", "tensor<f32>"));
  check(one_op("%x: tensor<f32>", "reshape %x {shape = [1]}", "tensor<1xf32>"));
  check(one_op("%x: tensor<0x4xf32>", "reshape %x {shape = [2, 0, 7]}", "tensor<2x0x7xf32>"));
  check(one_op("%x: tensor<6x(n + 1 <= 9)x8xf32>", "reshape %x {shape = sym[2, 3, n + 1, 4, 2]}",
               "tensor<2x3x(n + 1 <= 9)x4x2xf32>", "[n: 0..8]"),
        {4});
}

TEST_CASE("a reshape without a common refinement has no affine maps, its halves through the flat shape have") {
  const Module module = valid_module(one_op("%x: tensor<6x4xf32>", "reshape %x {shape = [4, 6]}", "tensor<4x6xf32>"));
  REQUIRE_FALSE(has_access(module, module.block_data(module.func(FuncId(0)).body).first));
}

TEST_CASE("access maps of movement") {
  check(one_op("%x: tensor<2x3x4xf32>", "transpose %x {permutation = [2, 0, 1]}", "tensor<4x2x3xf32>"));
  check(one_op("%x: tensor<9x8xf32>", "slice %x {size = [3, 4], start = [2, 0], step = [3, 2]}", "tensor<3x4xf32>"));
  check(one_op("%x: tensor<9x8xf32>", "slice %x {size = sym[n, 4], start = sym[n, 1]}", "tensor<(n <= 9)x4xf32>",
               "[n: 0..4]"),
        {3});
  check(one_op("%a: tensor<2x3xf32>, %b: tensor<2x1xf32>, %c: tensor<2x4xf32>", "concat %a, %b, %c {axis = 1}",
               "tensor<2x8xf32>"));
  check(one_op("%a: tensor<(n <= 5)x2xf32>, %b: tensor<3x2xf32>", "concat %a, %b {axis = 0}",
               "tensor<(n + 3 <= 8)x2xf32>", "[n: 0..5]"),
        {2});
  check(one_op("%x: tensor<2x3xf32>", "pad %x {high = [0, 2], low = [1, 3], value = -1.5}", "tensor<3x8xf32>"));
  check(one_op("%x: tensor<2x3xi32>", "pad %x {high = [1, 0], low = [0, 0], value = 7}", "tensor<3x3xi32>"));
  check(one_op("%x: tensor<3x1xf32>", "broadcast %x {shape = [2, 3, 4]}", "tensor<2x3x4xf32>"));
  check(one_op("%x: tensor<3x1xf32>", "broadcast %x {bound = [3, 6], shape = sym[3, n]}", "tensor<3x(n <= 6)xf32>",
               "[n: 0..6]"),
        {4});
  check(one_op("", "iota {axis = 1, dtype = f32, shape = [2, 5]}", "tensor<2x5xf32>"));
  check(one_op("", "symbol {dtype = i32, expr = sym[3 * n - 1]}", "tensor<i32>", "[n: 0..6]"), {4});
  check(one_op("%t: tensor<7x3xf32>, %i: tensor<2x5xi32>", "gather %t, %i", "tensor<2x5x3xf32>"));
  check(one_op("%t: tensor<7xbf16>, %i: tensor<i64>", "gather %t, %i", "tensor<bf16>"));
}

TEST_CASE("access maps of update write a box of the state") {
  check(
      "func @f[pos: 0..5](%k: tensor<2x8xf32> state @k, %x: tensor<2x3xf32>) -> (tensor<2x8xf32> state @k) {\n"
      "  %r = update %k, %x {start = sym[0, pos]}\n  return %r\n}\n",
      {5});
}

}  // namespace psmc::ir
