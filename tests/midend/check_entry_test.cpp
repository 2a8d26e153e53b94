// SPDX-License-Identifier: Apache-2.0
// What cannot be an entry of an image is refused where the function still has its names: it used to be an error about
// the image (PSM0706) or about a kernel (PSM0600).
#include "midend/plan/check_entry.h"

#include "tests/midend/node_run.h"

namespace psmc::midend {
namespace {

Diagnostic refusal(const std::string& head, const std::string& machine = "lab4") {
  const ir::Module module = valid_module(head);
  const Status status = check_entry(module, ir::FuncId(0), arch::preset(machine).value());
  REQUIRE_FALSE(status.ok());
  return status.diagnostic();
}

TEST_CASE("an argument or result without elements is named", "[plan]") {
  Diagnostic found = refusal("func @f(%x: tensor<2x0xf32>) -> (%r: tensor<2x0xf32>) {\n  return %x\n}\n");
  CHECK(found.code == Code::unsupported_op);
  CHECK(found.message == "argument 'x' of function 'f' has no elements");
}

TEST_CASE("two tensors of an entry cannot share a name", "[plan]") {
  Diagnostic found = refusal("func @f(%x: tensor<2xf32>) -> (%x: tensor<2xf32>) {\n  %y = neg %x\n  return %y\n}\n");
  CHECK(found.code == Code::redefined_name);
  CHECK(found.message.find("result 'x' of function 'f'") == 0);
  found = refusal("func @f[n: 1..2](%x: tensor<2xf32>) -> (%n: tensor<2xf32>) {\n  %y = neg %x\n  return %y\n}\n");
  CHECK(found.message.find("result 'n' of function 'f'") == 0);
}

TEST_CASE("an argument larger than the device memory is named", "[plan]") {
  Diagnostic found = refusal(
      "func @f(%x: tensor<8x1024x1024x16xf32>) -> (%r: tensor<1x1x1x1xf32>) {\n  %y = slice %x {size = [1, 1, 1, 1], "
      "start = "
      "[0, 0, 0, 0]}\n  return %y\n}\n");
  CHECK(found.code == Code::too_large);
  CHECK(found.message.find("argument 'x' of function 'f'") == 0);
}

TEST_CASE("a function with more symbols than registers for them is named", "[plan]") {
  Diagnostic found = refusal(
      "func @f[a: 0..1, b: 0..1, c: 0..1, d: 0..1, e: 0..1](%x: tensor<2xf32>) -> (%r: tensor<2xf32>) {\n  %y = neg "
      "%x\n  return %y\n}\n");
  CHECK(found.code == Code::unsupported_op);
  CHECK(found.message == "function 'f' has 5 symbols, a tile has registers for 4");
}

}  // namespace
}  // namespace psmc::midend
