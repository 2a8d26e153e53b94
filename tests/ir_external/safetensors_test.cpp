// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "ir/external/safetensors.h"

#include "base/random.h"

#include <fmt/format.h>

using namespace psmc;
using psmc::ir::parse_safetensors;

namespace {

std::span<const std::byte> as_bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

/// A file of this header and `data` bytes of data.
std::string file_of(const std::string& header, size_t data) {
  std::string out(8, '\0');
  for (size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(header.size() >> (8 * i));
  return out + header + std::string(data, 'x');
}

void check_fails(const std::string& file, Code code, const std::string& part) {
  const auto result = parse_safetensors("t.safetensors", as_bytes(file));
  REQUIRE(!result.ok());
  CHECK(code_name(result.diagnostic().code) == code_name(code));
  CHECK_THAT(result.diagnostic().message, Catch::Contains(part));
}

}  // namespace

TEST_CASE("a written .safetensors file reads back") {
  const std::string a = "abcdefghijkl", b = "xy";
  const std::vector<ir::TensorView> tensors = {{"w \"1\"", DType::bf16, {2, 3}, as_bytes(a)},
                                               {"flag", DType::boolean, {2, 1}, as_bytes(b)},
                                               {"none", DType::i64, {0, 7}, {}},
                                               {"one", DType::i8, {}, as_bytes(b).subspan(1)}};
  const std::string file = safetensors_bytes(tensors);
  const auto read = parse_safetensors("t", as_bytes(file));
  REQUIRE(read.ok());
  REQUIRE(read->size() == 4);
  CHECK((*read)[0].name == "flag");
  CHECK((*read)[1].name == "none");
  CHECK((*read)[2].shape.empty());
  CHECK((*read)[3].dtype == DType::bf16);
  CHECK((*read)[3].shape == std::vector<int64_t>{2, 3});
  CHECK(std::memcmp((*read)[3].bytes.data(), a.data(), a.size()) == 0);
}

TEST_CASE("a malformed .safetensors file is an error with a code") {
  const auto tensor = [](std::string rest) { return "{\"a\":{" + rest + "}}"; };
  check_fails("abc", Code::bad_safetensors, "shorter");
  check_fails(file_of("{}", 0).substr(0, 9), Code::bad_safetensors, "header is said");
  check_fails(file_of(std::string((8 << 20) + 1, ' '), 0), Code::too_large, "limit");
  check_fails(file_of("{", 0), Code::bad_json, "");
  check_fails(file_of("[]", 0), Code::bad_safetensors, "not a JSON object");
  check_fails(file_of("{\"a\":3}", 0), Code::json_type, "");
  check_fails(file_of(tensor(R"("dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4])"), 4), Code::unsupported_dtype,
              "F8");
  check_fails(file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])"), 8), Code::bad_safetensors,
              "8 bytes");
  check_fails(file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), 8), Code::bad_safetensors, "holes");
  check_fails(file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"), 8), Code::bad_safetensors, "end at");
  check_fails(file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"), 8), Code::bad_safetensors, "4 to 0");
  check_fails(file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4.5])"), 8), Code::bad_safetensors,
              "natural");
  check_fails(file_of(tensor(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"), 8), Code::bad_safetensors,
              "natural");
  check_fails(file_of(tensor(R"("dtype":"F32","shape":4,"data_offsets":[0,4])"), 8), Code::bad_safetensors, "'shape'");
  check_fails(file_of(tensor(R"("dtype":"I64","shape":[4611686018427387904,4],"data_offsets":[0,0])"), 0),
              Code::bad_safetensors, "0 bytes");
  check_fails(file_of(R"({"a":{"dtype":"I8","shape":[3],"data_offsets":[0,3]},)"
                      R"("b":{"dtype":"I8","shape":[2],"data_offsets":[2,4]}})",
                      4),
              Code::bad_safetensors, "overlap");
}

TEST_CASE("a damaged .safetensors file never crashes the reader") {
  const std::string data(24, 'd');
  const std::vector<ir::TensorView> tensors = {{"a", DType::f32, {2, 2}, as_bytes(data).first(16)},
                                               {"b", DType::f16, {4}, as_bytes(data).last(8)}};
  const std::string file = safetensors_bytes(tensors);
  for (size_t cut = 0; cut < file.size(); ++cut) CHECK(!parse_safetensors("t", as_bytes(file.substr(0, cut))).ok());
  Random random(5);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = file;
    for (uint64_t flips = random.below(4) + 1; flips > 0; --flips)
      damaged[random.below(damaged.size())] ^= static_cast<char>(1u << random.below(8));
    const auto read = parse_safetensors("t", as_bytes(damaged));
    if (!read.ok()) continue;
    for (const auto& tensor : *read) CHECK(ir::dense_bytes(tensor.shape, tensor.dtype) == tensor.bytes.size());
  }
}

TEST_CASE("a real .safetensors file") {
  const char* shared = std::getenv("SHARED");
  const std::string root = shared ? shared : PSMC_SOURCE_DIR "/../shared";
  const std::string path = root + "/data/llm/stories260K-hf/model.safetensors";
  if (!std::filesystem::exists(path)) {
    WARN("skipped: no shared data");
    return;
  }
  const auto file = ir::SafetensorsFile::open(path);
  REQUIRE(file.ok());
  CHECK(file->tensors().size() == 47);
  const ir::TensorView* embed = file->find("model.embed_tokens.weight");
  REQUIRE(embed);
  CHECK(embed->shape == std::vector<int64_t>{512, 64});
  CHECK(file->offset_of(*embed) == 8 + 4856);
  CHECK(file->find("model.embed_tokens") == nullptr);
  CHECK(!ir::SafetensorsFile::open(root + "/nothing").ok());
}
