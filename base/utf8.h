// SPDX-License-Identifier: Apache-2.0
// UTF-8, one character at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace psmc {

/// Bytes of the UTF-8 character at the head of `text`; 0 if there is none (empty, overlong, surrogate, beyond
/// U+10FFFF).
size_t utf8_length(std::string_view text);

/// Whether all of `text` is UTF-8.
bool is_utf8(std::string_view text);

/// Appends the character `code`, at most U+10FFFF, to `out`.
void append_utf8(std::string& out, uint32_t code);

}  // namespace psmc
