// SPDX-License-Identifier: Apache-2.0
#include "frontend/tokenizer/byte_level.h"

#include "frontend/tokenizer/unicode.h"

namespace psmc::frontend {
namespace {

/// Printable Latin-1 stands for itself.
constexpr bool is_plain(uint32_t code) {
  return (code >= 0x21 && code <= 0x7e) || (code >= 0xa1 && code <= 0xac) || (code >= 0xae && code <= 0xff);
}

/// The other 68 bytes are U+0100 to U+0143 in order: 0x00 to 0x20, 0x7f to 0xa0, 0xad.
constexpr int byte_of(uint32_t code) {
  if (is_plain(code)) return static_cast<int>(code);
  if (code < 0x100 || code > 0x143) return -1;
  const uint32_t index = code - 0x100;
  return static_cast<int>(index <= 0x20 ? index : index <= 0x42 ? index - 0x21 + 0x7f : 0xad);
}

static_assert(byte_of(0x120) == 0x20 && byte_of(0x121) == 0x7f && byte_of(0x142) == 0xa0 && byte_of(0x143) == 0xad);

}  // namespace

std::optional<std::string> bytes_of_spelling(std::string_view token) {
  std::string bytes;
  for (size_t at = 0; at < token.size();) {
    const Character c = character_at(token, at);
    const int byte = byte_of(c.code);
    if (byte < 0) return std::nullopt;
    bytes += static_cast<char>(byte);
    at += c.length;
  }
  return bytes;
}

}  // namespace psmc::frontend
