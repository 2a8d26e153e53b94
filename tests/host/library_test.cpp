// SPDX-License-Identifier: Apache-2.0
// The C interface: what it refuses, what it imports, names, linkers.
#include <catch2/catch.hpp>

#include <filesystem>
#include <set>

#include "backend/host/codegen.h"
#include "backend/host/link.h"
#include "base/file.h"
#include "tests/host/echo_image.h"
#include "tools/compile_host.h"

namespace psmc::host::test {
namespace {

using arch::Symbol;
using arch::SymbolKind;

std::vector<Symbol> one_of_each() {
  return {{SymbolKind::input, "pos", DType::i32, {}, 0x100, {}, true},
          {SymbolKind::input, "x", DType::f32, {2, 3}, 0x200, {12, 4}, false},
          {SymbolKind::output, "y", DType::f32, {6}, 0x200, {4}, false},
          {SymbolKind::state, "cache", DType::f32, {6}, 0x400, {4}, false}};
}

int32_t number(Code code) { return static_cast<int32_t>(code); }

}  // namespace

SCENARIO("a call with wrong arguments is refused with a code and a text") {
  Loaded loaded(echo_image(one_of_each()));
  float x[6] = {1, 2, 3, 4, 5, 6}, y[6] = {};
  loaded.set_raw("pos", 5);
  loaded.set("x", x, 6);
  loaded.set("y", y, 6);
  REQUIRE(loaded.call() == 0);
  CHECK(y[5] == 6);
  CHECK(loaded.arguments[1] > 0);  // cycles
  WHEN("the struct says a smaller size") {
    loaded.arguments[0] -= 8;
    CHECK(loaded.call() == number(Code::host_struct));
    CHECK(loaded.error().find("struct_size") != std::string::npos);
  }
  WHEN("the struct says another version") {
    loaded.arguments[0] += uint64_t{1} << 32;
    CHECK(loaded.call() == number(Code::host_struct));
  }
  WHEN("an input has another number of elements") {
    loaded.set("x", x, 5);
    CHECK(loaded.call() == number(Code::host_argument));
    CHECK(loaded.error() == "error[PSM0905]: t_echo: x_count is not 6: x has 6 elements");
  }
  WHEN("an output has no room") {
    loaded.set("y", y, 5);
    CHECK(loaded.call() == number(Code::host_argument));
  }
  WHEN("an array is null") {
    loaded.set("x", nullptr, 6);
    CHECK(loaded.call() == number(Code::host_argument));
  }
  WHEN("a number does not fit the device's type") {
    loaded.set_raw("pos", uint64_t{1} << 40);
    CHECK(loaded.call() == number(Code::host_argument));
  }
  WHEN("there are no arguments at all") {
    CHECK(loaded.call(loaded.model, nullptr) == number(Code::host_argument));
    CHECK(loaded.call(nullptr, nullptr) == number(Code::host_argument));
  }
}

SCENARIO("the same image gives the same bytes; the header has no surprise") {
  const LibraryMaker a = LibraryMaker::create(echo_image(one_of_each()), "7-up").value(),
                     b = LibraryMaker::create(echo_image(one_of_each()), "7-up").value();
  CHECK(a.object().value() == b.object().value());
  CHECK(a.prefix() == "m7_up");
  CHECK(a.header().find("typedef struct m7_up_echo_args {") != std::string::npos);
  CHECK(a.header().find("cache") == std::string::npos);
  CHECK(a.header().find("#define M7_UP_ECHO_X_COUNT 6u") != std::string::npos);
}

SCENARIO("an object refers to the documented runtime functions alone") {
  const arch::Image image = echo_image({{SymbolKind::input, "x", DType::f16, {64, 64}, 0x1000, {256, 2}, false},
                                        {SymbolKind::output, "y", DType::f16, {64, 64}, 0x1000, {256, 2}, false},
                                        {SymbolKind::input, "t", DType::f32, {500}, 0x8000, {4}, false},
                                        {SymbolKind::output, "u", DType::f32, {250}, 0x8000, {8}, false}});
  const HostLibrary library =
      HostLibrary::load(LibraryMaker::create(image, "t").value().object().value(), tools::runtime_symbols()).value();
  CHECK(library.find("t_echo").ok());
  const Result<void*> missing = library.find("t_other");
  REQUIRE(!missing.ok());
  CHECK(missing.diagnostic().code == Code::host_load);
}

SCENARIO("names that clash in C are refused") {
  std::vector<Symbol> symbols = one_of_each();
  symbols[1].name = "po-s";
  symbols[2].name = "po.s";
  const Result<LibraryMaker> clash = LibraryMaker::create(echo_image(symbols), "t");
  REQUIRE(!clash.ok());
  CHECK(clash.diagnostic().code == Code::host_unsupported);
  arch::Image image = echo_image({});
  image.entries[0].name = "close";
  CHECK(!LibraryMaker::create(image, "t").ok());
  CHECK(c_identifier("double") == "double_");
}

SCENARIO("an unknown processor is refused") {
  const Result<std::string> made = tools::emit_host(tools::HostKind::object, echo_image({}), "t", "pentium-99");
  REQUIRE(!made.ok());
  CHECK(made.diagnostic().code == Code::host_cpu);
  CHECK(tools::emit_host(tools::HostKind::llvm_ir, echo_image({}), "t", "x86-64-v3").ok());
}

SCENARIO("a shared library needs a linker") {
  const LibraryMaker maker = LibraryMaker::create(echo_image(one_of_each()), "t").value();
  const Result<std::string> without = maker.shared("/nowhere:");
  REQUIRE(!without.ok());
  CHECK(without.diagnostic().code == Code::no_linker);
  const Result<std::string> made = maker.shared("/usr/bin:/bin");
  REQUIRE(made.ok());
  CHECK(made.value().substr(1, 3) == "ELF");
  CHECK(made.value().find("libpsmc_rt.so") != std::string::npos);
  const Result<std::string> wrong = link_shared("/bin/false", "", "", "t");
  REQUIRE(!wrong.ok());
  CHECK(wrong.diagnostic().code == Code::linker_failed);
}

}  // namespace psmc::host::test
