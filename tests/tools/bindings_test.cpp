// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/bindings.h"

#include <catch2/catch.hpp>

#include "tests/base/temporary_folder.h"
#include "tools/commands/list_command.h"

using namespace psmc;
using namespace psmc::tools;

SCENARIO("Bindings are name=value", "[tools]") {
  const Result<Bindings> good = parse_bindings({"a=x.npy", "b=3=4"}, "--input");
  REQUIRE(good.ok());
  CHECK(*find_binding(*good, "a") == "x.npy");
  CHECK(*find_binding(*good, "b") == "3=4");
  CHECK(find_binding(*good, "c") == nullptr);
  for (const char* bad : {"a", "=x", "a=", ""})
    CHECK(parse_bindings({bad}, "--input").diagnostic().code == Code::bad_option);
  CHECK(parse_bindings({"a=1", "a=2"}, "--input").diagnostic().code == Code::bad_option);
}

SCENARIO("A number is a tensor of one element", "[tools]") {
  CHECK(bound_array("-7", "x", DType::i64, {})->get_int(0) == -7);
  CHECK(bound_array("7", "x", DType::f32, {1, 1})->get(0) == 7);
  CHECK(bound_array("7", "x", DType::f32, {2}).diagnostic().code == Code::bad_option);
  CHECK(bound_array("7777777777777777777", "x", DType::i64, {}).diagnostic().code == Code::bad_option);
}

SCENARIO("Arrays go to files and come back", "[tools]") {
  test::TemporaryFolder folder;
  ir::Array array(DType::bf16, {2, 3});
  for (int64_t i = 0; i < 6; ++i) array.set(i, static_cast<double>(i));
  REQUIRE(write_array(folder.file("out"), "r", array).ok());
  const std::string path = folder.file("out") + "/r.npy";
  CHECK(bound_array(path, "r", DType::bf16, {2, 3}).value() == array);
  CHECK(bound_array(path, "r", DType::bf16, {3, 2}).diagnostic().code == Code::bad_option);
  CHECK(bound_array(path, "r", DType::f32, {2, 3}).diagnostic().code == Code::bad_option);
  CHECK(array_text("r", array) == "r: 2x3 bf16 = 0, 1, 2, 3, 4, 5\n");
  for (const char* name : {"", "..", "a/b"})
    CHECK(write_array(folder.path(), name, array).diagnostic().code == Code::cannot_write);
}

SCENARIO("Codes are explained by number and by name", "[tools]") {
  CHECK(explain_code("PSM0101").value().starts_with("PSM0101 cannot_read: "));
  CHECK(explain_code("0101").value() == explain_code("cannot_read").value());
  CHECK(explain_code("PSM9999").diagnostic().code == Code::bad_option);
}
