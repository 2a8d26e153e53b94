// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "ir/external/npy.h"

#include "base/random.h"

#include <fmt/format.h>
#include <unistd.h>

using namespace psmc;

namespace {

std::span<const std::byte> as_bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string file_of(const std::string& header, size_t data, char version = 1) {
  std::string out = std::string("\x93NUMPY") + version + '\0';
  for (size_t i = 0; i < (version == 1 ? 2u : 4u); ++i) out += static_cast<char>(header.size() >> (8 * i));
  return out + header + std::string(data, 'x');
}

void check_fails(const std::string& file, Code code, const std::string& part) {
  const auto result = ir::parse_npy("t.npy", as_bytes(file));
  REQUIRE(!result.ok());
  CHECK(code_name(result.diagnostic().code) == code_name(code));
  CHECK_THAT(result.diagnostic().message, Catch::Contains(part));
}

}  // namespace

TEST_CASE("a written .npy file reads back") {
  const std::string data(48, 'q');
  for (const DType dtype :
       {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i8, DType::i32, DType::i64, DType::boolean}) {
    for (const std::vector<int64_t>& shape : {std::vector<int64_t>{}, {3}, {2, 3}, {1, 2, 3}, {0, 4}}) {
      const size_t size = ir::dense_bytes(shape, dtype).value();
      const std::string file = ir::npy_bytes({"", dtype, shape, as_bytes(data).first(size)});
      CHECK((file.size() - size) % 64 == 0);
      const auto read = ir::parse_npy("t", as_bytes(file));
      REQUIRE(read.ok());
      CHECK(read->dtype == dtype);
      CHECK(read->shape == shape);
      CHECK(read->bytes.size() == size);
    }
  }
}

TEST_CASE("the header of .npy in its other spellings") {
  const auto read =
      ir::parse_npy("t", as_bytes(file_of("{\"shape\":(2,3),'descr':\"<u2\",'fortran_order':False}\n", 12, 2)));
  REQUIRE(read.ok());
  CHECK(read->dtype == DType::bf16);
  CHECK(read->shape == std::vector<int64_t>{2, 3});
  const std::string vector = "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }";
  CHECK(ir::parse_npy("t", as_bytes(file_of(vector, 8, 3))).ok());  // one dimension has one order
}

TEST_CASE("a malformed .npy file is an error with a code") {
  const auto header = [](std::string descr, std::string shape) {
    return "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }";
  };
  check_fails("\x93NUMP", Code::bad_npy, "not a .npy");
  check_fails(file_of(header("'<f4'", "(2,)"), 8, 4), Code::bad_npy, "version 4");
  check_fails(file_of(header("'<f4'", "(2,)"), 8).substr(0, 30), Code::bad_npy, "ends within");
  check_fails(file_of(header("'<f4'", "(2,)"), 7), Code::bad_npy, "7 bytes");
  check_fails(file_of(header("'<f4'", "(-2,)"), 8), Code::bad_npy, "natural");
  check_fails(file_of(header("'<f4'", "(4611686018427387904,4)"), 0), Code::bad_npy, "0 bytes");
  check_fails(file_of(header("'<f4'", "(99999999999999999999,)"), 0), Code::bad_npy, "natural");
  check_fails(file_of(header("'>f4'", "(2,)"), 8), Code::unsupported_dtype, ">f4");
  check_fails(file_of(header("[('a', '<f4')]", "(2,)"), 8), Code::unsupported_dtype, "structured");
  check_fails(file_of(header("'<f4'", "(2,3)") + "x", 24), Code::bad_npy, "follows");
  check_fails(file_of("{'descr': '<f4', 'shape': (2,)}", 8), Code::bad_npy, "needs");
  check_fails(file_of("{'descr': '<f4', 'descr': '<f4'}", 8), Code::bad_npy, "twice");
  check_fails(file_of("{'descr': '<f4', 'fortran_order': True, 'shape': (2,2)}", 16), Code::bad_npy, "Fortran");
  std::string many = "(";
  for (int i = 0; i < 40; ++i) many += "1,";
  check_fails(file_of(header("'<f4'", many + ")"), 4), Code::bad_npy, "dimensions");
}

TEST_CASE("a damaged .npy file never crashes the reader") {
  const std::string data(24, 'q');
  const std::string file = ir::npy_bytes({"", DType::f32, {2, 3}, as_bytes(data)});
  for (size_t cut = 0; cut < file.size(); ++cut) CHECK(!ir::parse_npy("t", as_bytes(file.substr(0, cut))).ok());
  Random random(6);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = file;
    for (uint64_t flips = random.below(3) + 1; flips > 0; --flips)
      damaged[random.below(damaged.size())] ^= static_cast<char>(1u << random.below(8));
    const auto read = ir::parse_npy("t", as_bytes(damaged));
    if (read.ok()) CHECK(ir::dense_bytes(read->shape, read->dtype) == read->bytes.size());
  }
}

TEST_CASE("NumPy reads what psmc writes, and the other way round") {
  if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0) {
    WARN("skipped: no NumPy");
    return;
  }
  const std::string folder = std::filesystem::temp_directory_path() / fmt::format("psmc_npy_{}", ::getpid());
  std::filesystem::create_directory(folder);
  const float values[6] = {0, 1, 2, 3, 4, 5};
  REQUIRE(ir::write_npy(folder + "/a.npy", {"", DType::f32, {2, 3}, std::as_bytes(std::span(values))}).ok());
  const std::string script =
      "import numpy as n; a = n.load(\"a.npy\"); assert a.dtype == n.float32 and a.tolist() == [[0,1,2],[3,4,5]];"
      "n.save(\"b.npy\", (a * 2).astype(n.int64)); n.save(\"c.npy\", a.T)";
  REQUIRE(std::system(("cd " + folder + " && /usr/bin/python3 -c '" + script + "'").c_str()) == 0);
  const auto read = ir::NpyFile::open(folder + "/b.npy");
  REQUIRE(read.ok());
  CHECK(read->tensor().dtype == DType::i64);
  int64_t back[6];
  REQUIRE(read->tensor().bytes.size() == sizeof back);
  std::memcpy(back, read->tensor().bytes.data(), sizeof back);
  for (int64_t i = 0; i < 6; ++i) CHECK(back[i] == 2 * i);
  CHECK(!ir::NpyFile::open(folder + "/c.npy").ok());
  std::filesystem::remove_all(folder);
}
