// SPDX-License-Identifier: Apache-2.0
// Reduce loops: the carried value runs through one loop a dimension, the one along the lanes innermost. A single loop
// may run as several chains, each its own carried value.
#include <limits>

#include "midend/lower/lowering.h"

namespace psmc::midend {

std::string_view Lowering::monoid_op() const {
  if (piece_.monoid == "sum") return "add";
  if (piece_.monoid == "prod") return "mul";
  return piece_.monoid;
}

double Lowering::neutral() const {
  const bool integer = piece_.accumulator == DType::i32, byte = piece_.steps[piece_.inner].dtype == DType::i8;
  if (piece_.monoid == "max") return !integer ? -std::numeric_limits<double>::infinity() : byte ? -128 : -2147483648.0;
  if (piece_.monoid == "min") return !integer ? std::numeric_limits<double>::infinity() : byte ? 127 : 2147483647.0;
  return piece_.monoid == "prod" ? 1 : 0;
}

std::vector<size_t> Lowering::reduce_order() const {
  std::vector<size_t> order;
  for (size_t d = piece_.parallel; d < piece_.space.size(); ++d)
    if (!is_trivial(d) && static_cast<int>(d) != plan_.lane) order.push_back(d);
  if (plan_.lane_reduces) order.push_back(static_cast<size_t>(plan_.lane));
  return order;
}

void Lowering::emit_root() {
  const std::vector<size_t> order = reduce_order();
  if (plan_.chains > 1 && order.size() == 1) return emit_chains(order[0]);
  std::string carried = constant(neutral(), piece_.accumulator);
  std::vector<std::string> results;
  for (size_t d : order) {
    results.push_back(fresh());
    const std::string inner = fresh();
    enter(fmt::format("{} = for {} = 0 to {} step 1 iter({} = {}) {{{}}}", results.back(), counter(d), limit(d), inner,
                      carried, attributes(d, true)));
    carried = inner;
  }
  emit_steps(0, piece_.inner);
  carried = combine(carried);
  while (!results.empty()) {
    line("yield " + carried);
    close();
    carried = results.back();
    results.pop_back();
  }
  root_ = carried;
}

/// The reduction in `chains` interleaved parts, which hide the latency of an addition: part c takes every point with
/// index c modulo the number of chains.
void Lowering::emit_chains(size_t d) {
  const std::string zero = constant(neutral(), piece_.accumulator);
  std::string results, carried;
  std::vector<std::string> inside, outside;
  for (int64_t c = 0; c < plan_.chains; ++c) {
    outside.push_back(fresh());
    inside.push_back(fresh());
    results += (c ? ", " : "") + outside.back();
    carried += fmt::format("{}{} = {}", c ? ", " : "", inside.back(), zero);
  }
  enter(fmt::format("{} = for {} = 0 to {} step {} iter({}) {{kind = \"reduce\"}}", results, counter(d), limit(d),
                    plan_.chains, carried));
  std::string yields;
  for (int64_t c = 0; c < plan_.chains; ++c) {
    chain_[static_cast<uint32_t>(d)] = c;
    emit_steps(0, piece_.inner);
    yields += (c ? ", " : "") + combine(inside[static_cast<size_t>(c)]);
  }
  chain_.clear();
  line("yield " + yields);
  close();
  root_ = join_chains(std::move(outside));
}

/// The chains' results become one, in a balanced tree.
std::string Lowering::join_chains(std::vector<std::string> parts) {
  const std::string_view join = piece_.body == ir::BodyKind::contract ? "add" : monoid_op();
  for (size_t step = 1; step < parts.size(); step *= 2)
    for (size_t i = 0; i + step < parts.size(); i += 2 * step) {
      const std::string sum = fresh();
      line(fmt::format("{} = {} {}, {}", sum, join, parts[i], parts[i + step]));
      parts[i] = sum;
    }
  return parts[0];
}

std::string Lowering::combine(const std::string& carried) {
  const std::string name = fresh();
  const std::string &a = names_[piece_.root_a], &b = names_[piece_.root_b];
  if (piece_.body == ir::BodyKind::reduce) {
    line(fmt::format("{} = {} {}, {}", name, monoid_op(), carried, a));
  } else if (piece_.accumulator == DType::f32) {
    line(fmt::format("{} = fma {}, {}, {}", name, a, b, carried));
  } else {
    const std::string product = fresh();
    line(fmt::format("{} = mul {}, {}", product, a, b));
    line(fmt::format("{} = add {}, {}", name, carried, product));
  }
  return name;
}

}  // namespace psmc::midend
