// SPDX-License-Identifier: Apache-2.0
// The binary form: small, exact, and an error for whatever was not written by `write_binary`.
#include "ir/binary/binary.h"

#include <fmt/format.h>

#include <random>

#include "ir/binary/format.h"
#include "ir/random/random_module.h"
#include "tests/ir/sources.h"

using namespace psmc;
using namespace psmc::ir;

namespace {

const char* const kSource = R"(const @w : tensor<3xf32> = dense[1.0, -0.0, nan]
const @bits : tensor<12xbf16> = hex "000102030405060708090a0b0c0d0e0f1011121314151617"
const @all : tensor<100xi64> = splat[-9223372036854775808]

func @f[pos: 0..7](%x.3: tensor<8xf32> state @s, %"a b": tensor<3xf32>) -> (%y: tensor<8xf32> state @s, tensor<3xf32>) {
  %w = constant @w
  %v7t = add %w, %"a b"  loc("layer 1", "model.py":3:4)
  %0 = neg %v7t
  %one = slice %"a b" {size = [1], start = [0]}
  %z = update %x.3, %one {start = sym[pos]}
  return %z, %0
}
)";

Code code_of(const std::string& bytes) {
  const auto module = read_binary("m.psmb", bytes);
  return module.ok() ? Code{} : module.diagnostic().code;
}

std::string payload_of(const std::string& bytes) { return bytes.substr(kBinaryHeader); }

}  // namespace

SCENARIO("a binary module prints as the text that it was written from") {
  const Module module = read_text(kSource);
  const std::string bytes = write_binary(module);
  const auto again = read_binary("elsewhere/m.psmb", bytes);
  if (!again.ok()) FAIL(again.diagnostic().render());
  CHECK(print_module(*again) == print_module(module));
  CHECK(write_binary(*again) == bytes);
  CHECK(again->folder == "elsewhere/");
  CHECK(verify(*again).empty());
}

SCENARIO("a binary module knows the places of its ops in the text") {
  const Module module = read_text("func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n\n  %y = neg %x\n  return %y\n}\n");
  const auto again = read_binary("m.psmb", write_binary(module));
  REQUIRE(again.ok());
  const OpId first = again->block_data(again->func(FuncId(0)).body).first;
  CHECK(again->loc(again->op(first).loc).line == 3);
  CHECK(again->loc(again->op(again->op(first).next).loc).line == 4);
}

SCENARIO("any file that is not what was written is refused with a code") {
  const std::string bytes = write_binary(read_text(kSource));
  CHECK(code_of("") == Code::bad_binary);
  CHECK(code_of("PSMB") == Code::bad_binary);
  for (const auto& [at, step] : {std::pair(kVersionAt, 1), std::pair(kVersionAt, -1), std::pair(kVersionAt + 1, 2)}) {
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] + step);
    CHECK(code_of(other) == Code::binary_version);
  }
  for (size_t size = kBinaryHeader; size < bytes.size(); ++size)
    CHECK(code_of(bytes.substr(0, size)) == Code::binary_checksum);
  for (size_t at = kSizeAt; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    CHECK(code_of(changed) == Code::binary_checksum);
  }
}

SCENARIO("contents that contradict each other are refused even with a right checksum") {
  std::mt19937_64 random(1);
  size_t refused = 0, tried = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    RandomOptions options;
    options.functions = seed % 2 == 0;
    options.extensions = seed % 4 == 1;
    const Module module = random_module(seed, options);
    const std::string bytes = write_binary(module), payload = payload_of(bytes);
    const auto minor = static_cast<uint8_t>(bytes[kVersionAt + 1]);
    for (int i = 0; i < 200; ++i, ++tried) {
      std::string changed = payload;
      changed[random() % changed.size()] = static_cast<char>(random());
      if (i % 3 == 0) changed.resize(random() % changed.size());
      const auto read = read_binary("m.psmb", with_header(changed, minor));
      if (read.ok()) (void)verify(*read);  // no crash
      if (!read.ok() || !verify(*read).empty()) ++refused;
    }
  }
  CHECK(refused > tried / 2);
}

SCENARIO("a count that the file is too short for costs no memory") {
  const std::string payload = payload_of(write_binary(read_text("func @f() {\n  return\n}\n")));
  for (size_t at = 0; at < payload.size(); ++at) {
    std::string huge = payload.substr(0, at) + "\xff\xff\xff\xff\xff\xff\x7f" + payload.substr(at + 1);
    CHECK(code_of(with_header(huge)) == Code::bad_binary);
  }
}

SCENARIO("a value without a name has no number of a name") {
  Module module = read_text("func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n  %y = neg %x\n  return %y\n}\n");
  module.set_name(module.result(module.block_data(module.func(FuncId(0)).body).first), StrId());
  std::string payload = payload_of(write_binary(module));
  // The last bytes: form of `neg`, operand, name, line, column; form of `return`, operand, line, column.
  REQUIRE(payload[payload.size() - 7] == 0);
  payload[payload.size() - 7] = 2;
  CHECK(code_of(with_header(payload)) == Code::bad_binary);
}

SCENARIO("ops that have in common all but operands, names and places are a few bytes each") {
  const auto size_of = [](int ops) {
    std::string text = "func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n  %v9999 = neg %x\n";
    for (int i = 10000; i < 10000 + ops; ++i) text += fmt::format("  %v{} = neg %v{}\n", i, i - 1);
    return write_binary(read_text(text + fmt::format("  return %v{}\n}}\n", 9999 + ops))).size();
  };
  CHECK(size_of(2000) - size_of(1000) == 3 * 1000);  // form, operand, name
}

SCENARIO("a file has the first minor that knows all that is in it") {
  const auto minor_of = [](const std::string& text) { return write_binary(read_text(text))[kVersionAt + 1]; };
  CHECK(minor_of(kSource) == 0);
  CHECK(minor_of("module {x.a = \"1\"}\n") == 1);
  CHECK(minor_of("const @c : tensor<f32> = dense[1.0] {x.a = \"1\"}\n") == 1);
  const std::string source = "module {x.a = \"1\"}\nconst @c : tensor<f32> = dense[1.0] {x.b = \"2\"}\n";
  const auto again = read_binary("m.psmb", write_binary(read_text(source)));
  REQUIRE(again.ok());
  CHECK(print_module(*again) == source);
  // A table that only the next minor has, and the other way round.
  CHECK(code_of(with_header(payload_of(write_binary(read_text(kSource))), 1)) == Code::bad_binary);
  CHECK(code_of(with_header(payload_of(write_binary(*again)), 0)) == Code::bad_binary);
}

SCENARIO("a stem with digits beside the number would give a name two numbers") {
  const Module module = read_text("func @f(%v7: tensor<4xf32>) -> tensor<4xf32> {\n  return %v7\n}\n");
  std::string payload = payload_of(write_binary(module));
  const size_t stem = payload.find("\x01v");
  REQUIRE(stem != std::string::npos);
  payload[stem + 1] = '1';
  CHECK(code_of(with_header(payload)) == Code::bad_binary);
}

SCENARIO("names of values take no more than a bounded multiple of the file") {
  std::string source =
      "func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n  %" + std::string(1 << 20, 'n') + "0 = neg %x\n";
  for (int i = 1; i < 1100; ++i) source += "  %n" + std::to_string(i) + " = neg %x\n";
  std::string payload = payload_of(write_binary(read_text(source + "  return %x\n}\n")));
  // The stem `n` is made as long as the other one, so that the names of a small file are more than 2^30 bytes.
  const std::string small("\x01n\x00", 3);
  const size_t at = payload.find(small);
  REQUIRE(at != std::string::npos);
  payload.replace(at, small.size(), "\x80\x80\x40" + std::string(1 << 20, 'm') + std::string(1, '\0'));
  CHECK(code_of(with_header(payload)) == Code::bad_binary);
}
