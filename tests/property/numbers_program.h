// SPDX-License-Identifier: Apache-2.0
// Small functions @main of a few ops on inputs (or a constant as a weight), and numbers to feed them.
#pragma once

#include <bit>
#include <cmath>
#include <functional>

#include "base/random.h"
#include "ir/builder.h"
#include "tests/property/numbers_device.h"

namespace psmc::test {

/// Finite numbers of all sizes, special values first: half of them near 1, a quarter of any exponent.
inline ir::Array numbers_of_all_sizes(DType dtype, std::vector<int64_t> shape, Random& random) {
  constexpr float kSpecial[] = {0.0f,
                                -0.0f,
                                1.0f,
                                -1.0f,
                                0x1p-149f,
                                -0x1p-149f,
                                0x1p-126f,
                                -0x1.fffffcp-127f,
                                0x1.fffffep127f,
                                -0x1.fffffep127f,
                                88.7f,
                                -88.7f,
                                89.0f,
                                -89.0f,
                                103.9f,
                                -103.9f,
                                128.0f,
                                -126.5f,
                                -149.5f,
                                0.625f,
                                -0.625f,
                                0x1p-13f,
                                1.0f + 0x1p-23f,
                                1.0f - 0x1p-24f,
                                0.5f,
                                1e10f,
                                -1e10f,
                                65504.0f,
                                6e-8f,
                                0x1p23f,
                                8388607.5f,
                                -0.5f,
                                INFINITY,
                                -INFINITY,
                                NAN};
  ir::Array array(dtype, std::move(shape));
  for (int64_t i = 0; i < array.elements(); ++i) {
    float x = random.uniform(-4, 4);
    if (random.chance(0.25)) x = random.uniform(-100, 100);
    if (random.chance(0.25)) x = std::bit_cast<float>(static_cast<uint32_t>(random.next()));
    if (static_cast<size_t>(i) < std::size(kSpecial)) x = kSpecial[i];
    array.set(i, static_cast<double>(x));
  }
  return array;
}

/// Numbers of either sign between 2^-4 and 2^4 times `scale`.
inline ir::Array numbers_near(DType dtype, std::vector<int64_t> shape, double scale, Random& random) {
  ir::Array array(dtype, std::move(shape));
  for (int64_t i = 0; i < array.elements(); ++i) {
    const double x = std::exp2(static_cast<double>(random.uniform(-4, 4)));
    array.set(i, (random.chance(0.5) ? x : -x) * scale);
  }
  return array;
}

/// A function @main on inputs of these types whose results `body` makes.
using Body = std::function<std::vector<ir::ValueId>(ir::Builder&, const std::vector<ir::ValueId>&)>;
inline ir::Module make_main(const std::vector<ir::Array>& inputs, const Body& body) {
  ir::Module module;
  std::vector<ir::TypeId> types;
  for (const ir::Array& input : inputs)
    types.push_back(module.type(ir::tensor_type(input.dtype, {input.shape.begin(), input.shape.end()})));
  const ir::FuncId id = module.create_func("main", types);
  module.func(id).arg_state.assign(inputs.size(), {});
  ir::Builder builder(module);
  builder.at_end(module.func(id).body);
  std::vector<ir::ValueId> args;
  for (uint32_t i = 0; i < inputs.size(); ++i) {
    args.push_back(module.block_arg(module.func(id).body, i));
    module.set_name(args.back(), "in" + std::to_string(i));
  }
  const std::vector<ir::ValueId> results = body(builder, args);
  builder.ret(id, results);
  module.func(id).result_state.assign(results.size(), {});
  module.func(id).result_names.assign(results.size(), {});
  return module;
}

inline ir::ConstId add_constant(ir::Module& module, const ir::Array& array) {
  ir::Constant constant;
  constant.type = module.type(ir::tensor_type(array.dtype, {array.shape.begin(), array.shape.end()}));
  constant.owned = array.bytes;
  return module.add_constant(std::move(constant));
}

/// What is wrong with each op of `module`, run on `inputs`; a failure of the compiler or device is one complaint.
inline std::vector<std::string> complaints(ir::Module module, const std::vector<ir::Array>& inputs,
                                           const ShownOptions& options, std::map<std::string, Worst>& worst,
                                           uint64_t* macs = nullptr) {
  const Result<ir::Module> shown = show_values(std::move(module));
  if (!shown.ok()) return {shown.diagnostic().render()};
  const auto program = ShownProgram::open(*shown, options);
  if (!program.ok()) return {program.diagnostic().render()};
  std::vector<std::string> wrong;
  const auto results = (*program)->launch(shown->find_func("main"), inputs, {}, wrong);
  if (!results.ok()) return {results.diagnostic().render()};
  for (const auto& [kind, seen] : (*program)->worst()) {
    worst[kind].elements += seen.elements;
    worst[kind].error = std::max(worst[kind].error, seen.error);
  }
  if (macs != nullptr) *macs += (*program)->macs();
  return wrong;
}

inline void print_worst(const std::string& what, const std::map<std::string, Worst>& worst) {
  for (const auto& [kind, seen] : worst) {
    fmt::print("RESULT numbers.{}.{}.elements {} elements\n", what, kind, seen.elements);
    if (seen.error > 0) fmt::print("RESULT numbers.{}.{}.worst {:.3f} of_unit\n", what, kind, seen.error);
  }
}

}  // namespace psmc::test
