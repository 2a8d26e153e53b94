// SPDX-License-Identifier: Apache-2.0
// Every bit pattern of an element survives text -> IR -> JSON -> IR -> text: all of those of 8 and 16 bits, and of the
// wider types those where something could go wrong.
#include "tests/ir/sources.h"

#include "base/random.h"
#include "ir/json/json_ir.h"
#include "ir/text/elements.h"

#include <fmt/format.h>

#include <cstring>

using namespace psmc;
using namespace psmc::ir;

namespace {

/// A constant of `count` elements at most, cut from `bytes`.
Module with_constants(DType dtype, std::span<const std::byte> bytes, size_t count) {
  Module module;
  const size_t step = count * dtype_bytes(dtype);
  for (size_t at = 0; at < bytes.size(); at += step) {
    Constant constant;
    constant.name = module.str(fmt::format("c{}", at));
    const auto part = bytes.subspan(at, std::min(step, bytes.size() - at));
    constant.owned.assign(part.begin(), part.end());
    constant.type = module.type(tensor_type(dtype, {Dim(static_cast<int64_t>(part.size() / dtype_bytes(dtype)))}));
    module.add_constant(std::move(constant));
  }
  return module;
}

void check_round_trip(DType dtype, std::span<const std::byte> bytes, size_t count) {
  INFO(dtype_name(dtype) << ", " << count << " a constant");
  const Module first = with_constants(dtype, bytes, count);
  const std::string text = print_module(first);
  const Module second = read_text(text);
  const std::string json = write_json(second);
  const Result<Module> third = read_json("m.json", json);
  if (!third.ok()) FAIL(third.diagnostic().render());
  CHECK(write_json(*third) == json);
  CHECK(print_module(*third) == text);
  REQUIRE(third->num_constants() == first.num_constants());
  size_t differing = 0;
  for (uint32_t i = 0; i < first.num_constants(); ++i)
    differing += first.constant(ConstId(i)).owned != third->constant(ConstId(i)).owned;
  CHECK(differing == 0);
}

template <typename T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::vector<uint16_t> all_of_16_bits() {
  std::vector<uint16_t> all(65536);
  for (uint32_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
  return all;
}

/// Zeros, denormals, powers of two, infinities, quiet and signalling NaNs and their neighbours, of both signs.
template <typename T>
std::vector<T> edges(int mantissa_bits) {
  std::vector<T> values;
  const T sign = T{1} << (sizeof(T) * 8 - 1);
  const T infinity = static_cast<T>(sign - (T{1} << mantissa_bits));
  for (const T base : {T{0}, static_cast<T>(T{1} << mantissa_bits), infinity, static_cast<T>(infinity / 2)})
    for (int i = -3; i <= 3; ++i)
      for (const T s : {T{0}, sign}) values.push_back(static_cast<T>((base + static_cast<T>(i)) ^ s));
  Random random(7);
  for (int i = 0; i < 4000; ++i) values.push_back(static_cast<T>(random.next()));
  return values;
}

}  // namespace

SCENARIO("all bit patterns of 16 bits survive") {
  const auto bytes = bytes_of(all_of_16_bits());
  for (const DType dtype : {DType::bf16, DType::f16})
    for (const size_t count : {size_t{1}, size_t{64}, size_t{256}}) check_round_trip(dtype, bytes, count);
}

SCENARIO("all bit patterns of 8 bits survive, and both truth values") {
  std::vector<uint8_t> all(256);
  for (uint32_t i = 0; i < 256; ++i) all[i] = static_cast<uint8_t>(i);
  for (const size_t count : {1, 64, 256}) check_round_trip(DType::i8, bytes_of(all), count);
  check_round_trip(DType::boolean, bytes_of(std::vector<uint8_t>{0, 1, 1, 0}), 4);
}

SCENARIO("the edges of wide floats survive, NaNs with their payloads") {
  for (const size_t count : {1, 32, 200}) {
    check_round_trip(DType::f32, bytes_of(edges<uint32_t>(23)), count);
    check_round_trip(DType::f64, bytes_of(edges<uint64_t>(52)), count);
  }
}

SCENARIO("the edges of wide integers survive, those that no double holds too") {
  std::vector<int64_t> longs = {0, -1, INT64_MIN, INT64_MAX, INT64_MIN + 1, INT64_MAX - 1};
  for (int shift = 50; shift < 63; ++shift)
    for (int i = -1; i <= 1; ++i) longs.insert(longs.end(), {(int64_t{1} << shift) + i, -(int64_t{1} << shift) + i});
  const std::vector<int32_t> ints = {0, -1, INT32_MIN, INT32_MAX, 1 << 24, (1 << 24) + 1};
  for (const size_t count : {1, 64}) {
    check_round_trip(DType::i64, bytes_of(longs), count);
    check_round_trip(DType::index, bytes_of(longs), count);
    check_round_trip(DType::i32, bytes_of(ints), count);
  }
}

SCENARIO("minus zero stays what it is, written with a point or without") {
  for (const std::string zero : {"-0", "-0.0", "-0e0"}) {
    const Result<Module> module = read_json("m.json", R"({"psmc_ir": {"version": "1.1"}, "constants": [{"id": 0,
      "name": "z", "type": {"kind": "tensor", "dtype": "f32", "shape": [1]}, "data": {"dense": [)" +
                                                          zero + "]}}], \"functions\": []}");
    REQUIRE(module.ok());
    CHECK(print_module(*module) == "const @z : tensor<1xf32> = dense[-0.0]\n");
  }
}

SCENARIO("an integer of more than 64 bits is refused, not rounded") {
  const std::string good = R"({"psmc_ir": {"version": "1.1"}, "functions": [{"name": "f", "args": [], "results": [],
    "attrs": {"a": 1}, "body": [{"op": "return"}]}]})";
  REQUIRE(read_json("m.json", good).ok());
  for (const std::string number : {"9223372036854775808", "-9223372036854775809", "123456789012345678901234567890"}) {
    std::string text = good;
    text.replace(text.find("1}, \"body"), 1, number);
    const Result<Module> module = read_json("m.json", text);
    REQUIRE(!module.ok());
    CHECK(code_name(module.diagnostic().code) == code_name(Code::json_type));
  }
}
