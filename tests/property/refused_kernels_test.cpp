// SPDX-License-Identifier: Apache-2.0
// Kernels that the backend refuses, and a tensor that an image does not have.
#include <catch2/catch.hpp>

#include "backend/kernel.h"
#include "ir/text/parser.h"
#include "tools/driver/compile.h"
#include "tools/driver/session.h"

using namespace psmc;

namespace {

Code refusal(const char* text, const arch::Machine& machine) {
  const Result<ir::Module> module = ir::parse_text("kernel.psm", text);
  REQUIRE(module.ok());
  const auto code = backend::compile_kernel(*module, ir::FuncId(0), machine);
  REQUIRE_FALSE(code.ok());
  return code.diagnostic().code;
}

}  // namespace

SCENARIO("accumulators of another shape than tiles are refused") {
  CHECK(refusal("func @k(%x: buffer<4xf32, scratchpad>) {\n  %a = alloc : buffer<3x5xf32, accumulator>\n  return\n}\n",
                *arch::preset("lab4")) == Code::kernel_unsupported);
}

SCENARIO("a vector loop that strides through memory is refused") {
  CHECK(refusal(R"(
func @k(%x: buffer<64xf32, scratchpad>, %y: buffer<32xf32, scratchpad>) {
  for %i = 0 to 32 step 1 {unit = "vector"} {
    %v = load %x[%i * 2]
    store %v, %y[%i]
  }
  return
}
)",
                *arch::preset("lab4")) == Code::kernel_access);
}

SCENARIO("a local buffer larger than the scratchpad is refused") {
  CHECK(
      refusal("func @k(%x: buffer<4xf32, scratchpad>) {\n  %a = alloc : buffer<9000000xf32, scratchpad>\n  return\n}\n",
              *arch::preset("lab4")) == Code::kernel_too_large);
}

SCENARIO("a machine with one vector register cannot add two vectors") {
  arch::Machine machine = *arch::preset("lab4");
  machine.core.vector_registers = 1;
  CHECK(refusal(R"(
func @k(%x: buffer<32xf32, scratchpad>, %y: buffer<32xf32, scratchpad>) {
  for %i = 0 to 32 step 1 {unit = "vector"} {
    %v = load %x[%i]
    %w = load %y[%i]
    %s = fma %v, %w, %v
    store %s, %y[%i]
  }
  return
}
)",
                machine) == Code::kernel_registers);
}

SCENARIO("an image says that it has no input of a name") {
  Result<ir::Module> module = ir::parse_text(
      "m.psm", "func @main(%x: tensor<4xf32>) -> (tensor<4xf32>) {\n  %y = add %x, %x\n  return %y\n}\n");
  REQUIRE(module.ok());
  tools::CompileReport report;
  const auto image = tools::compile(*module, *arch::preset("lab4"), {}, report);
  REQUIRE(image.ok());
  const auto device = tools::Device::open(*image, {});
  REQUIRE(device.ok());
  const Status written = (*device)->write(0, "nothing", {});
  REQUIRE_FALSE(written.ok());
  CHECK(written.diagnostic().code == Code::unknown_binding);
}
