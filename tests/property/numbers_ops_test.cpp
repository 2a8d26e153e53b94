// SPDX-License-Identifier: Apache-2.0
// Every op on floats, compiled alone and run on the chip, against higher precision (numbers_reference.h): the whole
// range of inputs, vectors that fit the lanes and that do not, broadcasts, scalars; contractions on the matrix unit and
// off it. And the same check refuses a weight that is wrong by 2^-4.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "ir/ops/elementwise.h"
#include "tests/property/numbers_program.h"

using namespace psmc;
using ir::Array;
using ir::ValueId;

namespace {

const char* const kArchs[] = {"psm1", "lab4", "grid3x5"};
constexpr DType kFloats[] = {DType::f32, DType::bf16, DType::f16};

/// The op on `count` operands of each of three shapes; false if it takes no floats of this type.
bool add_results(ir::Builder& b, ir::OpKind kind, int count, const std::vector<ValueId>& args,
                 std::vector<ValueId>& results) {
  for (size_t first = 0; first + 3 <= args.size(); first += 3) {
    std::vector<ValueId> operands(args.begin() + static_cast<std::ptrdiff_t>(first),
                                  args.begin() + static_cast<std::ptrdiff_t>(first) + count);
    if (kind == ir::OpKind::select) operands[0] = b.make(ir::OpKind::lt, {operands[0], operands[1]});
    ir::AttrDict attrs;
    if (kind == ir::OpKind::cast) attrs = {b.attr("dtype", DType::f32)};
    const auto op = b.try_create(kind, operands, b.module().attrs(attrs), {});
    if (!op.ok()) return false;
    b.insert(*op);
    results.push_back(b.module().result(*op));
  }
  return true;
}

std::vector<Array> elementwise_inputs(DType dtype, Random& random) {
  const std::vector<std::vector<int64_t>> shapes = {{1000}, {1000}, {1000}, {13, 29}, {29}, {13, 1}, {}, {}, {}};
  std::vector<Array> inputs;
  for (const auto& shape : shapes) inputs.push_back(test::numbers_of_all_sizes(dtype, shape, random));
  for (size_t i = 6; i < inputs.size(); ++i) inputs[i].set(0, static_cast<double>(i) - 7.5);
  return inputs;
}

std::string joined(const std::vector<std::string>& lines) { return fmt::format("{}", fmt::join(lines, "\n")); }

struct Product {
  const char* spec;
  std::vector<int64_t> a, b;
};

const std::vector<Product> kProducts = {
    {"mk,nk->mn", {32, 64}, {48, 64}},
    {"mk,kn->mn", {64, 96}, {96, 80}},
    {"mk,nk->mn", {17, 50}, {23, 50}},
    {"mk,kn->mn", {5, 37}, {37, 19}},
    {"mk,nk->mn", {1, 300}, {70, 300}},
    {"km,kn->mn", {24, 33}, {24, 18}},
    {"bmk,bnk->bmn", {3, 16, 32}, {3, 16, 32}},
    {"bmk,bkn->bmn", {2, 7, 9}, {2, 9, 21}},
    {"k,k->", {100}, {100}},
    {"mk,k->m", {40, 65}, {65}},
    {"mk,nk->nm", {9, 12}, {31, 12}},
    {"mk,nk->mn", {4, 1}, {6, 1}},
    {"tkgd,kdl->tkgl", {2, 3, 2, 8}, {3, 8, 21}},
};

/// a times the constant b; `weight`: the constant.
ir::Module product(const Product& p, const Array& a, const Array& b, DType result, ir::ConstId* weight) {
  return test::make_main({a}, [&](ir::Builder& builder, const std::vector<ValueId>& args) {
    const ir::ConstId constant = test::add_constant(builder.module(), b);
    if (weight != nullptr) *weight = constant;
    return std::vector{builder.contract(p.spec, args[0], builder.constant(constant), result)};
  });
}

}  // namespace

SCENARIO("every elementwise op on floats is as exact as it says, over the whole range") {
  std::map<std::string, test::Worst> worst;
  uint64_t seed = 0, programs = 0;
  for (const ir::OpDef& def : ir::all_op_defs()) {
    if (!ir::is_elementwise(def.kind)) continue;
    for (const DType dtype : kFloats) {
      Random random(++seed);
      const std::vector<Array> inputs = elementwise_inputs(dtype, random);
      bool takes_floats = false;
      ir::Module module = test::make_main(inputs, [&](ir::Builder& b, const std::vector<ValueId>& args) {
        std::vector<ValueId> results;
        takes_floats = add_results(b, def.kind, def.min_operands, args, results);
        return takes_floats ? results : args;
      });
      if (!takes_floats) continue;
      INFO(def.name << " on " << dtype_name(dtype) << ", " << kArchs[seed % 3]);
      REQUIRE(test::has_reference(def.kind));
      CHECK(joined(test::complaints(std::move(module), inputs, {kArchs[seed % 3], false, {}}, worst)) == "");
      ++programs;
    }
  }
  fmt::print("RESULT numbers.elementwise.programs {} programs\n", programs);
  test::print_worst("elementwise", worst);
}

SCENARIO("casts between all types of numbers are exact") {
  constexpr DType kTypes[] = {DType::f32, DType::bf16, DType::f16, DType::i32, DType::i8, DType::boolean};
  std::map<std::string, test::Worst> worst;
  Random random(7);
  for (const DType from : kFloats) {
    const std::vector<Array> inputs = {test::numbers_of_all_sizes(from, {700}, random)};
    ir::Module module = test::make_main(inputs, [&](ir::Builder& b, const std::vector<ValueId>& args) {
      std::vector<ValueId> results;
      for (const DType to : kTypes)
        if (to != from) results.push_back(b.cast(args[0], to));
      return results;
    });
    INFO("from " << dtype_name(from));
    CHECK(joined(test::complaints(std::move(module), inputs, {}, worst)) == "");
  }
}

SCENARIO("reductions stay within the bound of f32 accumulation") {
  std::map<std::string, test::Worst> worst;
  uint64_t seed = 100;
  const std::vector<std::pair<std::vector<int64_t>, ir::IntList>> cases = {
      {{31, 77}, {1}}, {{64, 48}, {0}}, {{5, 6, 33}, {0, 2}}, {{500}, {0}}, {{3, 4, 20}, {1}}};
  for (const char* monoid : {"sum", "prod", "max", "min"})
    for (const DType dtype : kFloats) {
      Random random(++seed);
      std::vector<Array> inputs;
      for (const auto& [shape, axes] : cases) {
        inputs.push_back(test::numbers_near(dtype, shape, 1, random));
        for (int64_t i = 0; monoid == std::string("prod") && i < inputs.back().elements(); ++i)
          inputs.back().set(i, static_cast<double>(random.uniform(-1.25f, 1.25f)) + (random.chance(0.5) ? 1.0 : -1.0));
      }
      ir::Module module = test::make_main(inputs, [&](ir::Builder& b, const std::vector<ValueId>& args) {
        std::vector<ValueId> results;
        for (size_t i = 0; i < cases.size(); ++i)
          results.push_back(b.reduce(monoid, args[i], cases[i].second, i % 2 == 0));
        return results;
      });
      INFO(monoid << " of " << dtype_name(dtype) << ", " << kArchs[seed % 3]);
      CHECK(joined(test::complaints(std::move(module), inputs, {kArchs[seed % 3], false, {}}, worst)) == "");
    }
  test::print_worst("reduce", worst);
}

SCENARIO("contractions stay within the bound of f32 accumulation, and a scaled weight does not") {
  std::map<std::string, test::Worst> worst;
  uint64_t seed = 200, macs = 0, detected = 0, drawn = 0;
  for (const Product& p : kProducts)
    for (const DType dtype : kFloats) {
      Random random(++seed);
      const double scales[] = {1, 0x1p40, 0x1p-40, 0x1p-62};
      const double scale = dtype == DType::f16 ? 1 : scales[seed % 4];
      const Array a = test::numbers_near(dtype, p.a, scale, random), b = test::numbers_near(dtype, p.b, scale, random);
      const DType result = random.chance(0.5) ? DType::f32 : dtype;
      const char* arch = kArchs[seed % 3];
      INFO(p.spec << " of " << dtype_name(dtype) << " to " << dtype_name(result) << ", scale " << scale << ", "
                  << arch);
      ir::ConstId weight;
      ir::Module module = product(p, a, b, DType::f32, &weight);  // a narrower result may round the change away
      CHECK(joined(test::complaints(product(p, a, b, result, nullptr), {a}, {arch, false, {}}, worst, &macs)) == "");
      if (seed % 2 != 0) continue;
      const auto element = static_cast<int64_t>(random.below(static_cast<uint64_t>(b.elements())));
      std::map<std::string, test::Worst> unused;
      INFO("with element " << element << " scaled");
      const bool found =
          !test::complaints(std::move(module), {a}, {arch, false, test::ScaledWeight{weight, element}}, unused).empty();
      CHECK(found);
      detected += found;
      ++drawn;
    }
  CHECK(macs > 0);  // the matrix unit had its part
  test::print_worst("contract", worst);
  fmt::print("RESULT numbers.contract.matrix_macs {} macs\nRESULT numbers.contract.scaled_weights_detected {} of_{}\n",
             macs, detected, drawn);
}

SCENARIO("composites are checked op by op") {
  std::map<std::string, test::Worst> worst;
  uint64_t seed = 300;
  for (const char* name : {"softmax", "rms_norm", "layer_norm", "silu", "gelu", "relu"})
    for (const DType dtype : kFloats) {
      Random random(++seed);
      std::vector<Array> inputs = {test::numbers_near(dtype, {11, 45}, 1, random)};
      const std::string composite = name;
      if (composite.ends_with("_norm")) inputs.push_back(test::numbers_near(dtype, {45}, 1, random));
      if (composite == "layer_norm") inputs.push_back(test::numbers_near(dtype, {45}, 1, random));
      ir::Module module = test::make_main(inputs, [&](ir::Builder& b, const std::vector<ValueId>& args) {
        ir::AttrDict attrs;
        if (composite == "softmax") attrs = {b.attr("axis", int64_t{1})};
        return std::vector{b.call(composite, args, attrs)};
      });
      INFO(name << " of " << dtype_name(dtype) << ", " << kArchs[seed % 3]);
      CHECK(joined(test::complaints(std::move(module), inputs, {kArchs[seed % 3], false, {}}, worst)) == "");
    }
  test::print_worst("composites", worst);
}
