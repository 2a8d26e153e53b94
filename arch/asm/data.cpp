// SPDX-License-Identifier: Apache-2.0
#include "arch/asm/data.h"

#include "arch/dma.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <optional>

#include "base/dtype.h"
#include "base/json.h"

namespace psmc::arch {
namespace {

constexpr uint64_t kMaxSpace = uint64_t{1} << 26;

void append(std::vector<std::byte>& out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

Status read_hex(Scanner& in, std::vector<std::byte>& out) {
  while (!in.at_end()) {
    const size_t begin = in.position();
    const std::string_view digits = in.word();
    bool good = !digits.empty() && digits.size() % 2 == 0;
    for (size_t i = 0; good && i < digits.size(); i += 2) {
      const int high = hex_digit(digits[i]);
      const int low = hex_digit(digits[i + 1]);
      good = high >= 0 && low >= 0;
      if (good) out.push_back(static_cast<std::byte>(high * 16 + low));
    }
    if (!good) return in.error_at(Code::asm_operand, begin, "expected pairs of hexadecimal digits");
  }
  return {};
}

Status read_integers(Scanner& in, size_t bytes, int64_t low, int64_t high, std::vector<std::byte>& out) {
  while (!in.at_end()) {
    PSMC_ASSIGN(const int64_t value, in.number(low, high));
    append(out, static_cast<uint64_t>(value), bytes);
    in.eat(",");
  }
  return {};
}

Status read_floats(Scanner& in, DType dtype, std::vector<std::byte>& out) {
  while (!in.at_end()) {
    const size_t begin = in.position();
    const std::string_view token = in.blob();
    float value = 0;
    const auto [end, problem] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (token.empty() || problem != std::errc{} || end != token.data() + token.size()) {
      return in.error_at(Code::asm_operand, begin, fmt::format("expected a float, found {}", json::quote(token)));
    }
    if (dtype == DType::f32)
      append(out, std::bit_cast<uint32_t>(value), 4);
    else
      append(out, dtype == DType::bf16 ? f32_to_bf16(value) : f32_to_f16(value), 2);
    in.eat(",");
  }
  return {};
}

template <typename T, size_t N>
Status read_list(Scanner& in, std::array<T*, N> fields, int64_t low, int64_t high) {
  for (size_t i = 0; i < N; ++i) {
    if (i > 0) PSMC_TRY(in.expect(","));
    PSMC_ASSIGN(const int64_t value, in.number(low, high));
    *fields[i] = static_cast<T>(value);
  }
  return {};
}

std::optional<DmaKind> dma_kind(std::string_view name) {
  constexpr std::string_view kNames[] = {"none", "memory_to_scratchpad", "memory_to_code", "to_memory", "to_tiles"};
  for (size_t i = 1; i < std::size(kNames); ++i) {
    if (name == kNames[i]) return static_cast<DmaKind>(i);
  }
  return std::nullopt;
}

Status read_dma_field(Scanner& in, Descriptor& d) {
  const size_t begin = in.position();
  const std::string_view key = in.word();
  PSMC_TRY(in.expect("="));
  if (key == "run") return read_list(in, std::array{&d.run}, 0, UINT32_MAX);
  if (key == "count") return read_list(in, std::array{&d.count[0], &d.count[1], &d.count[2]}, 0, UINT32_MAX);
  if (key == "source") return read_list(in, std::array{&d.source}, 0, INT64_MAX);
  if (key == "destination") return read_list(in, std::array{&d.destination}, 0, INT64_MAX);
  auto strides = [&](std::array<int64_t, 3>& s) {
    return read_list(in, std::array{&s[0], &s[1], &s[2]}, INT64_MIN, INT64_MAX);
  };
  if (key == "source_stride") return strides(d.source_stride);
  if (key == "destination_stride") return strides(d.destination_stride);
  if (key == "tiles") return read_list(in, std::array{&d.x0, &d.y0, &d.x1, &d.y1}, 0, 255);
  if (key == "local") return read_list(in, std::array{&d.local_semaphore, &d.local_amount}, 0, 65535);
  if (key == "remote") return read_list(in, std::array{&d.remote_semaphore, &d.remote_amount}, 0, 65535);
  return in.error_at(Code::asm_operand, begin, fmt::format("{} is no key of a descriptor", json::quote(key)));
}

Status read_dma(Scanner& in, std::vector<std::byte>& out) {
  in.peek();
  const size_t begin = in.position();
  const std::optional<DmaKind> kind = dma_kind(in.word());
  if (!kind)
    return in.error_at(Code::asm_operand, begin,
                       "a descriptor is memory_to_scratchpad, memory_to_code, to_memory or to_tiles");
  Descriptor descriptor;
  descriptor.kind = *kind;
  while (!in.at_end()) PSMC_TRY(read_dma_field(in, descriptor));
  const DescriptorBytes bytes = encode(descriptor);
  out.insert(out.end(), bytes.begin(), bytes.end());
  return {};
}

}  // namespace

Status read_data_line(Scanner& in, std::vector<std::byte>& out) {
  in.peek();
  const size_t begin = in.position();
  const std::string_view kind = in.word();
  if (kind == "hex") return read_hex(in, out);
  if (kind == "u8" || kind == "i8") return read_integers(in, 1, -128, 255, out);
  if (kind == "i32") return read_integers(in, 4, INT32_MIN, UINT32_MAX, out);
  if (kind == "i64") return read_integers(in, 8, INT64_MIN, INT64_MAX, out);
  if (kind == "f32") return read_floats(in, DType::f32, out);
  if (kind == "bf16") return read_floats(in, DType::bf16, out);
  if (kind == "f16") return read_floats(in, DType::f16, out);
  if (kind == "dma") return read_dma(in, out);
  if (kind != "space")
    return in.error_at(Code::asm_directive, begin, fmt::format("unknown data {}", json::quote(kind)));
  PSMC_ASSIGN(const int64_t size, in.number(0, kMaxSpace));
  out.resize(out.size() + static_cast<size_t>(size));
  return in.expect_end();
}

}  // namespace psmc::arch
