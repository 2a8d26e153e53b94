// SPDX-License-Identifier: Apache-2.0
// Tensors through a host library to the device and back: conversions, gaps, missing elements.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "base/random.h"
#include "tests/host/echo_image.h"

namespace psmc::host::test {
namespace {

using arch::Symbol;
using arch::SymbolKind;

/// Ordinary numbers, ties, subnormals of all kinds, infinities, NaNs, and random bits.
std::vector<float> hard_floats(size_t count) {
  std::vector<float> values = {0.0f,     -0.0f,           1.0f,   -1.5f,   65504.0f,    65519.99f,   65520.0f,
                               65535.0f, 65536.0f,        1e30f,  -1e30f,  5.96e-8f,    2.98e-8f,    2.99e-8f,
                               6.1e-5f,  6.103515625e-5f, 1e-40f, -1e-45f, 1.00390625f, 1.01171875f, 3.4028235e38f,
                               INFINITY, -INFINITY,       NAN,    -NAN};
  Random random(7);
  while (values.size() < count)
    values.push_back(std::bit_cast<float>(static_cast<uint32_t>(random.below(uint64_t{1} << 32))));
  values.resize(count);
  return values;
}

std::vector<Symbol> echo_of(DType dtype, std::vector<int64_t> shape, std::vector<int64_t> strides) {
  const DType bits = dtype_bytes(dtype) == 2 ? DType::f16 : dtype;
  return {{SymbolKind::input, "x", dtype, shape, 0x1000, strides, false},
          {SymbolKind::output, "y", dtype, shape, 0x1000, strides, false},
          {SymbolKind::output, "z", bits, shape, 0x1000, strides, false}};
}

}  // namespace

SCENARIO("16-bit floats are rounded as base/dtype.h rounds them, and widened again") {
  const DType dtype = GENERATE(DType::f16, DType::bf16);
  const std::vector<float> x = hard_floats(4099);
  Loaded loaded(echo_image(echo_of(dtype, {4099}, {2})));
  std::vector<float> y(x.size()), z(x.size());
  loaded.set("x", x.data(), x.size());
  loaded.set("y", y.data(), y.size());
  loaded.set("z", z.data(), z.size());
  const int32_t status = loaded.call();
  INFO(loaded.error());
  REQUIRE(status == 0);
  std::vector<uint16_t> stored(x.size());
  REQUIRE(psmc_rt_read(loaded.model, 0x1000, stored.data(), stored.size() * 2) == 0);
  for (size_t i = 0; i < x.size(); ++i) {
    INFO(fmt::format("{} {:08x}", dtype_name(dtype), std::bit_cast<uint32_t>(x[i])));
    const uint16_t expected = dtype == DType::f16 ? f32_to_f16(x[i]) : f32_to_bf16(x[i]);
    REQUIRE(stored[i] == expected);
    const float wide = dtype == DType::f16 ? f16_to_f32(expected) : bf16_to_f32(expected);
    REQUIRE(std::bit_cast<uint32_t>(y[i]) == std::bit_cast<uint32_t>(wide));
  }
}

SCENARIO("every 16-bit pattern widens as base/dtype.h widens it") {
  const DType dtype = GENERATE(DType::f16, DType::bf16);
  Loaded loaded(echo_image({{SymbolKind::output, "y", dtype, {0x4000}, 0x1000, {2}, false}}));
  std::vector<uint16_t> bits(0x4000);
  std::vector<float> y(bits.size());
  for (uint32_t base = 0; base < 0x10000; base += 0x4000) {
    for (uint32_t i = 0; i < 0x4000; ++i) bits[i] = static_cast<uint16_t>(base + i);
    REQUIRE(psmc_rt_write(loaded.model, 0x1000, bits.data(), bits.size() * 2) == 0);
    loaded.set("y", y.data(), y.size());
    REQUIRE(loaded.call() == 0);
    for (size_t i = 0; i < y.size(); ++i) {
      const float wide = dtype == DType::f16 ? f16_to_f32(bits[i]) : bf16_to_f32(bits[i]);
      if (std::isnan(wide))
        REQUIRE(std::isnan(y[i]));
      else
        REQUIRE(std::bit_cast<uint32_t>(y[i]) == std::bit_cast<uint32_t>(wide));
    }
  }
}

SCENARIO("a tensor with gaps is packed into them and what stands in the gaps stays") {
  const DType dtype = GENERATE(DType::f32, DType::bf16, DType::i32, DType::i8, DType::i64);
  const auto size = static_cast<int64_t>(dtype_bytes(dtype));
  // [3, 5, 7] with padded rows and the outer two dimensions swapped.
  const std::vector<int64_t> shape = {3, 5, 7}, strides = {8 * size, 24 * size, size};
  Loaded loaded(echo_image({{SymbolKind::input, "x", dtype, shape, 0x1000, strides, false},
                            {SymbolKind::output, "y", dtype, shape, 0x1000, strides, false}}));
  std::vector<uint8_t> marks(5 * 24 * static_cast<size_t>(size), 0xee), after(marks.size());
  REQUIRE(psmc_rt_write(loaded.model, 0x1000, marks.data(), marks.size()) == 0);
  const bool floats = is_float(dtype);
  const size_t user = dtype == DType::i64 ? 8 : 4;
  std::vector<std::byte> x(105 * user), y(x.size());
  for (int64_t i = 0; i < 105; ++i) {
    const int32_t whole = static_cast<int32_t>(i) - 50;
    const auto real = static_cast<float>(whole);
    const int64_t wide = i - 50;
    std::memcpy(&x[static_cast<size_t>(i) * user],
                user == 8 ? static_cast<const void*>(&wide)
                : floats  ? static_cast<const void*>(&real)
                          : &whole,
                user);
  }
  loaded.set("x", x.data(), 105);
  loaded.set("y", y.data(), 105);
  REQUIRE(loaded.call() == 0);
  CHECK(x == y);
  REQUIRE(psmc_rt_read(loaded.model, 0x1000, after.data(), after.size()) == 0);
  size_t kept = 0;
  for (size_t at = 0; at < after.size(); ++at)
    if (at / static_cast<size_t>(size) % 8 == 7) kept += after[at] == 0xee;
  CHECK(kept == 15 * static_cast<size_t>(size));
}

SCENARIO("elements that a rank-1 input leaves out are zeros") {
  const DType dtype = GENERATE(DType::i32, DType::bf16);
  const int64_t size = static_cast<int64_t>(dtype_bytes(dtype));
  Loaded loaded(echo_image({{SymbolKind::input, "x", dtype, {16}, 0x1000, {size}, false},
                            {SymbolKind::output, "y", dtype, {16}, 0x1000, {size}, false}}));
  const std::vector<int32_t> x(16, dtype == DType::i32 ? 9 : std::bit_cast<int32_t>(9.0f));
  std::vector<int32_t> y(16, -1);
  for (size_t count : {size_t{16}, size_t{5}, size_t{0}}) {
    loaded.set("x", x.data(), count);
    loaded.set("y", y.data(), 16);
    REQUIRE(loaded.call() == 0);
    for (size_t i = 0; i < 16; ++i) CHECK(y[i] == (i < count ? x[0] : 0));
  }
}

SCENARIO("conversion loops become vector instructions") {
  const LibraryMaker maker = LibraryMaker::create(echo_image(echo_of(DType::bf16, {4096}, {2})), "t").value();
  const std::string ir = maker.ir().value();
  const bool loads = ir.find("load <4 x ") != std::string::npos || ir.find("load <8 x ") != std::string::npos;
  CHECK(loads);
  const std::string assembly = maker.assembly().value();
  const bool packs = assembly.find("packusdw") != std::string::npos || assembly.find("pshufb") != std::string::npos;
  CHECK(packs);
  CHECK(assembly.find("pslld") != std::string::npos);
}

}  // namespace psmc::host::test
