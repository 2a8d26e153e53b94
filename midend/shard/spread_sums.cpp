// SPDX-License-Identifier: Apache-2.0
// spread_sums: the results of a product are what is spread over tiles, so a product of few results would run on few
// tiles however long it is. Its sum becomes a dimension of results:
//
//   %c = contract %a, %b {spec = "mk,kn->mn"}     1 x 17 x 100003 on 64 tiles
//   =>
//   %p = contract %a[:, 0..99328] as (64, 1552), %b[0..99328, :] as (64, 1552, 17) {spec = "gk,gkn->gn"}   in f32
//   %q = contract %a[:, 99328..] as (675), %b[99328.., :] {spec = "k,kn->n"}                              in f32
//   %c = (sum of %p over g) + %q
//
// The slices and reshapes are views; the sums of the parts are what moves between the tiles. The error bound of one sum
// over k holds, since each product still passes through at most k roundings.
//
// Where: the operands are floats, static and larger than a quarter of a scratchpad, one dimension is summed, blocks of
// 16 x 16 results are one, or at most an eighth of the tiles, and a part is at least 64 long. Not where the result is a
// single number: the parts would become the lanes, of which a tile takes 16.
//
// Needs: graph level, before fusion. Cost: linear.
#include "midend/shard/spread_sums.h"

#include <algorithm>
#include <array>
#include <set>

#include "ir/ops/contract_spec.h"
#include "ir/rewrite.h"

namespace psmc::midend {
namespace {

using namespace ir;

constexpr int64_t kShortestPart = 64;

int64_t bytes_of(const Type& type) { return type.max_elements() * static_cast<int64_t>(dtype_bytes(type.dtype)); }

/// Blocks of 16 x 16 results: what the tiles could share without cutting the sum.
int64_t blocks_of(const Type& result) {
  const int64_t last = result.rank() > 0 ? result.dims.back().bound : 1;
  return (last + 15) / 16 * ((result.max_elements() / std::max<int64_t>(1, last) + 15) / 16);
}

/// An operand or the result: letters and extents, without dimensions of extent 1, which would make its reshape a copy.
struct Shape {
  std::string letters;
  std::vector<Dim> dims;
};

Shape shape_of(const std::string& letters, const Type& type, char summed) {
  Shape shape;
  for (size_t d = 0; d < letters.size(); ++d)
    if (letters[d] == summed || type.dims[d] != Dim(1)) {
      shape.letters += letters[d];
      shape.dims.push_back(type.dims[d]);
    }
  return shape;
}

/// The range [start, start + parts * part) of the operand along its letter `summed`, as a dimension `g` of parts and
/// one within a part; without `g` if it is one part. `shape` is that of the operand, and becomes that of the range.
ValueId range_of(Builder& build, ValueId x, size_t axis, Shape& shape, char summed, char g, int64_t start,
                 int64_t parts, int64_t part) {
  const Type type = build.module().value_type(x);
  SymList starts(type.rank());
  starts[axis] = SymExpr(start);
  std::vector<Dim> sizes = type.dims;
  sizes[axis] = Dim(parts * part);
  const ValueId range = build.slice(x, starts, sizes);
  const size_t at = shape.letters.find(summed);
  shape.dims[at] = Dim(part);
  if (parts > 1) {
    shape.letters.insert(at, 1, g);
    shape.dims.insert(shape.dims.begin() + static_cast<std::ptrdiff_t>(at), Dim(parts));
  }
  return build.reshape(range, shape.dims);
}

/// `parts_made`: the products over parts so far, which are not cut again.
bool spread(Rewriter& rewriter, OpId op, const arch::Machine& machine, int64_t tiles, std::set<OpId>& parts_made) {
  if (parts_made.contains(op)) return false;
  const Module& module = rewriter.module();
  const std::string text(module.str_attr(op, "spec"));
  const Result<ContractSpec> spec = parse_contract_spec(text);
  const Type result = module.value_type(module.result(op));
  const std::array<ValueId, 2> operands = {rewriter.operand(op, 0), rewriter.operand(op, 1)};
  const Type a = module.value_type(operands[0]), b = module.value_type(operands[1]);
  if (!spec.ok() || !is_float(a.dtype) || !is_float(result.dtype)) return false;
  if (!a.has_static_shape() || !b.has_static_shape()) return false;
  if (spec->summed.size() != 1) return false;
  const size_t in_a = spec->a.find(spec->summed), in_b = spec->b.find(spec->summed);
  const int64_t length = a.dims[in_a].bound, part = length / tiles / 16 * 16, blocks = blocks_of(result);
  if (part < kShortestPart || (blocks != 1 && blocks * 8 > tiles)) return false;
  if ((bytes_of(a) + bytes_of(b)) * 4 <= static_cast<int64_t>(machine.scratchpad.bytes)) return false;

  char g = 'a';
  while (text.find(g) != std::string::npos) ++g;
  const char k = spec->summed[0];
  const std::string out = shape_of(spec->out, result, k).letters;
  if (out.empty()) return false;
  Builder& build = rewriter.build();
  const auto product = [&](int64_t start, int64_t parts, int64_t of) {
    Shape left = shape_of(spec->a, a, k), right = shape_of(spec->b, b, k);
    const ValueId x = range_of(build, operands[0], in_a, left, k, g, start, parts, of);
    const ValueId y = range_of(build, operands[1], in_b, right, k, g, start, parts, of);
    return build.contract(left.letters + "," + right.letters + "->" + (parts > 1 ? std::string(1, g) : "") + out, x, y,
                          DType::f32);
  };
  const ValueId parts = product(0, tiles, part);
  parts_made.insert(rewriter.module().def(parts));
  ValueId sum = build.reduce("sum", parts, {0}, false);
  if (const int64_t rest = length - tiles * part; rest > 0)
    sum = build.make(OpKind::add, {sum, product(tiles * part, 1, rest)});
  if (result.dtype != DType::f32) sum = build.cast(sum, result.dtype);
  rewriter.replace(op, out.size() == spec->out.size() ? sum : build.reshape(sum, result.dims));
  return true;
}

}  // namespace

int64_t spread_sums(Module& module, const arch::Machine& machine, int64_t tiles) {
  if (tiles < 2) return 0;
  std::set<OpId> parts_made;
  const Pattern patterns[] = {{"spread-sum", OpKind::contract, 1, [&](Rewriter& rewriter, OpId op) {
                                 return spread(rewriter, op, machine, tiles, parts_made);
                               }}};
  rewrite(module, patterns, {.erase_dead = false});
  return static_cast<int64_t>(parts_made.size());
}

}  // namespace psmc::midend
