// SPDX-License-Identifier: Apache-2.0
// A Node is what the rest of the midend works on: one graph-level op, or one `group` of fused ops, as an iteration
// space with access maps and a scalar program. It is derived from the op definitions; nothing here knows a kind of op
// beyond what its access maps and body say.
//
//   group { %h = contract %x, %w; %s = sigmoid %h; %r = mul %h, %s; yield %r }
//     space (m parallel, n parallel, k reduce); leaves x[m,k], w[n,k]; root = sum of x*w;
//     steps: s1 = sigmoid(root), s2 = mul(root, s1); output r[m,n] = s2
//
// Ops that only rename elements (slice, transpose, broadcast, affine reshape) never become nodes when their result is
// read by others: their maps are composed into the reader's (`resolve`). They are materialised only as function
// results.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "ir/op.h"

namespace psmc::midend {

/// An element read at each iteration point: `value[map(point)]`. `value` is a function argument, a constant op's result
/// or another node's output. Indirect subscripts take the value of step `index_operand`.
struct Leaf {
  ir::ValueId value;
  ir::AccessMap map;
};

enum class StepKind : uint8_t {
  leaf,      ///< element of leaf `index`
  root,      ///< the reduced value (only in `after` steps)
  constant,  ///< `number`
  affine,    ///< the integer `expr` of iteration point and symbols
  op,        ///< `kind` applied to earlier steps
};

/// One scalar computation of a node's program; its value is rounded to `dtype`.
struct Step {
  StepKind what = StepKind::op;
  DType dtype = DType::f32;
  uint32_t index = 0;
  double number = 0;
  ir::Subscript expr;
  ir::OpKind kind{};
  std::vector<uint32_t> args;
};

/// One affine piece of a node. Parallel dimensions come first, then the reduce dimensions.
struct NodePiece {
  std::vector<ir::IterDim> space;
  uint32_t parallel = 0;  ///< number of parallel dimensions
  std::vector<Leaf> leaves;
  std::vector<Step> steps;  ///< steps [0, inner) run at each point of the whole space, the rest after the reduction
  uint32_t inner = 0;
  ir::BodyKind body = ir::BodyKind::scalar;  ///< scalar, reduce or contract
  std::string monoid;                        ///< reduce: "sum", "max", "min", "prod"
  DType accumulator = DType::f32;            ///< f32 or i32
  uint32_t root_a = 0, root_b = 0;           ///< inner steps that are reduced (contract: the product of both)
  int joined = -1;                           ///< step that adds the leaf before it to the root: a later part of a sum
  std::vector<uint32_t> outputs;             ///< per output of the node: the step that is stored
  ir::AccessMap result;                      ///< over the parallel dimensions; the same for all outputs
};

struct Node {
  ir::OpId op;                       ///< the op or group that the node was made of
  std::vector<ir::ValueId> outputs;  ///< values that others read, all of one shape
  std::vector<NodePiece> pieces;     ///< executed in order
  ir::ValueId in_place;              ///< update: the state that outputs[0] overwrites, else invalid
  bool is_update() const { return in_place.valid(); }
};

/// A value followed through renaming ops down to where its elements come from.
struct Origin {
  ir::ValueId value;  ///< argument, constant or node output
  ir::AccessMap map;  ///< of `value`, over the dimensions of the map passed in
};

/// The nodes of a function body in order. Needs: composites inlined, reshapes affine, no calls. Errors: unsupported.
Result<std::vector<Node>> nodes_of(const ir::Module& module, ir::FuncId func);

/// True for ops that are folded into their readers.
bool is_view(const ir::Module& module, ir::OpId op);

/// True for values that are computed from nothing (iota, symbols, constants of one repeated element): folded into every
/// reader.
bool is_source(const ir::Module& module, ir::ValueId value);

/// Substitutes `inner` (over the dimensions of `outer`'s operand) into `outer`: the map of the composition.
ir::AccessMap compose(const ir::AccessMap& inner, const ir::AccessMap& outer);
ir::Subscript compose(const ir::Subscript& inner, std::span<const ir::Subscript> outer);

/// If `value` is a constant of one repeated element, its value.
std::optional<double> splat_value(const ir::Module& module, ir::ValueId value);

}  // namespace psmc::midend
