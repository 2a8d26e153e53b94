// SPDX-License-Identifier: Apache-2.0
// One op as a whole program, on the device and in the interpreter.
#pragma once

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "ir/interp/interpreter.h"
#include "ir/text/parser.h"
#include "tools/driver/compile.h"
#include "tools/driver/session.h"

namespace psmc::test {

struct BothResults {
  ir::Array device, expected;
};

/// @main(args) -> type of the op `op`; inputs are %a, %b in order, of which the device has those that `op` names.
inline BothResults run_one_op(const std::string& args, const std::string& op, const std::string& type,
                              const std::vector<ir::Array>& inputs) {
  const std::string text = "func @main(" + args + ") -> (" + type + ") {\n  %r = " + op + "\n  return %r\n}\n";
  INFO(text);
  Result<ir::Module> module = ir::parse_text("test", text);
  if (!module.ok()) FAIL(module.diagnostic().render());
  const auto expected = ir::interpret(*module, module->find_func("main"), inputs);
  REQUIRE(expected.ok());
  tools::CompileReport report;
  const auto image = tools::compile(*module, *arch::preset("lab4"), {}, report);
  if (!image.ok()) FAIL(image.diagnostic().render());
  auto device = tools::Device::open(*image, {});
  REQUIRE(device.ok());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = i == 0 ? "a" : "b";
    if (op.find("%" + name) != std::string::npos) REQUIRE((*device)->write(0, name, inputs[i].bytes).ok());
  }
  REQUIRE((*device)->launch(0).ok());
  const auto bytes = (*device)->read(0, "result0");
  REQUIRE(bytes.ok());
  BothResults results{(*expected)[0], (*expected)[0]};
  results.device.bytes = *bytes;
  return results;
}

}  // namespace psmc::test
