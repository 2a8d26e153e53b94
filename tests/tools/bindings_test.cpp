// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/bindings.h"

#include <catch2/catch.hpp>

#include <cmath>

#include "tests/base/temporary_folder.h"
#include "tools/explain/explanation.h"

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

SCENARIO("Names of bindings must be known", "[tools]") {
  CHECK(check_names({{"x", "1"}}, "--input", {"x", "y"}, "inputs").ok());
  const Status status = check_names({{"tokns", "1"}}, "--input", {"tokens", "pos"}, "inputs");
  CHECK(status.diagnostic().code == Code::unknown_binding);
  CHECK(status.diagnostic().notes == std::vector<std::string>{"did you mean `tokens`?", "inputs: tokens, pos"});
}

SCENARIO("A number is a tensor of one element", "[tools]") {
  CHECK(bound_array("-7", {"x", DType::i64, {}})->get_int(0) == -7);
  CHECK(bound_array("7", {"x", DType::f32, {1, 1}})->get(0) == 7);
  CHECK(bound_array("1.5", {"x", DType::f32, {1, 1}})->get(0) == 1.5);
  CHECK(bound_array("-1e-3", {"x", DType::bf16, {}})->get(0) == Approx(-1e-3).epsilon(0.01));
  CHECK(std::isinf(bound_array("inf", {"x", DType::f32, {}})->get(0)));
  const std::pair<const char*, Place> wrong[] = {{"7", {"x", DType::f32, {2}}},
                                                 {"1.5", {"x", DType::i32, {}}},
                                                 {"300", {"x", DType::i8, {}}},
                                                 {"3000000000", {"x", DType::i32, {}}},
                                                 {"inf", {"x", DType::i64, {}}},
                                                 {"zero", {"x", DType::i64, {}}},
                                                 {"7777777777777777777", {"x", DType::i64, {}}}};
  for (const auto& [text, place] : wrong) {
    INFO(text);
    CHECK(bound_array(text, place).diagnostic().code == Code::bad_option);
  }
}

SCENARIO("Arrays go to files and come back", "[tools]") {
  test::TemporaryFolder folder;
  ir::Array array(DType::bf16, {2, 3});
  for (int64_t i = 0; i < 6; ++i) array.set(i, static_cast<double>(i));
  REQUIRE(write_array(folder.file("out"), "r", array).ok());
  const std::string path = folder.file("out") + "/r.npy";
  CHECK(bound_array(path, {"r", DType::bf16, {2, 3}}).value() == array);
  CHECK(bound_array(path, {"r", DType::bf16, {3, 2}}).diagnostic().code == Code::bad_launch);
  CHECK(bound_array(path, {"r", DType::f32, {2, 3}, Code::interp_arguments}).diagnostic().code ==
        Code::interp_arguments);
  for (const char* name : {"", "..", "a/b"})
    CHECK(write_array(folder.path(), name, array).diagnostic().code == Code::cannot_write);
}

SCENARIO("Elements are shown with the digits that their type needs", "[tools]") {
  const auto shown = [](DType dtype, double value) {
    ir::Array array(dtype, {1});
    array.set(0, value);
    return array_text("r", array);
  };
  CHECK(shown(DType::f32, 0.1) == "r: 1 f32 = 0.1\n");
  CHECK(shown(DType::bf16, 0.1) == "r: 1 bf16 = 0.1\n");
  CHECK(shown(DType::f32, 1.0 / 3) == "r: 1 f32 = 0.33333334\n");
  CHECK(shown(DType::f32, 16777215) == "r: 1 f32 = 16777215\n");
  CHECK(shown(DType::f32, -INFINITY) == "r: 1 f32 = -inf\n");
  CHECK(shown(DType::f32, NAN) == "r: 1 f32 = nan\n");
  CHECK(shown(DType::f32, 0x1p-149) == "r: 1 f32 = 1e-45\n");
}

SCENARIO("Codes are explained by number and by name", "[tools]") {
  CHECK(explain_code("PSM0101").value().starts_with("PSM0101 cannot_read: "));
  CHECK(explain_code("0101").value() == explain_code("cannot_read").value());
  CHECK(explain_code("PSM9999").diagnostic().code == Code::bad_option);
}
