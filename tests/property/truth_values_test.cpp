// SPDX-License-Identifier: Apache-2.0
// and, or, not and reductions of truth values on the device. They have no arithmetic scalar form of their own, and were
// once taken for renamings: `and %a, %b` gave %b.
#include <catch2/catch.hpp>

#include "ir/interp/interpreter.h"
#include "ir/text/parser.h"
#include "tools/driver/compile.h"
#include "tools/driver/session.h"

using namespace psmc;

namespace {

/// The function on two bool tensors of 3 x 5 that hold every pair of values; results from the device, then expected.
void check_on_device(const std::string& ops) {
  const std::string text = "func @main(%a: tensor<3x5xbool>, %b: tensor<3x5xbool>) -> (" +
                           ops.substr(0, ops.find('|')) + ") {\n  %r = " + ops.substr(ops.find('|') + 1) +
                           "\n  return %r\n}\n";
  INFO(text);
  Result<ir::Module> module = ir::parse_text("test", text);
  REQUIRE(module.ok());
  std::vector<ir::Array> inputs(2, ir::Array(DType::boolean, {3, 5}));
  for (int64_t i = 0; i < 15; ++i) {
    inputs[0].set(i, static_cast<double>(i % 2));
    inputs[1].set(i, static_cast<double>(i / 2 % 2));
  }
  const auto expected = ir::interpret(*module, module->find_func("main"), inputs);
  REQUIRE(expected.ok());
  tools::CompileReport report;
  const auto image = tools::compile(*module, *arch::preset("lab4"), {}, report);
  if (!image.ok()) FAIL(image.diagnostic().render());
  auto device = tools::Device::open(*image, {});
  REQUIRE(device.ok());
  REQUIRE((*device)->write(0, "a", inputs[0].bytes).ok());
  if (ops.find("%b") != std::string::npos) REQUIRE((*device)->write(0, "b", inputs[1].bytes).ok());
  REQUIRE((*device)->launch(0).ok());
  const auto bytes = (*device)->read(0, "result0");
  REQUIRE(bytes.ok());
  ir::Array got = (*expected)[0];
  got.bytes = *bytes;
  for (int64_t i = 0; i < got.elements(); ++i) CHECK(got.get(i) == (*expected)[0].get(i));
}

}  // namespace

SCENARIO("and, or and not of truth values are computed, not renamed") {
  check_on_device("tensor<3x5xbool>|and %a, %b");
  check_on_device("tensor<3x5xbool>|or %a, %b");
  check_on_device("tensor<3x5xbool>|not %a");
}

SCENARIO("truth values are reduced to whether one is true, or all") {
  check_on_device("tensor<3xbool>|reduce %a {axes = [1], monoid = \"max\"}");
  check_on_device("tensor<3xbool>|reduce %a {axes = [1], monoid = \"min\"}");
}
