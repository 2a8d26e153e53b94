// SPDX-License-Identifier: Apache-2.0
// GPT-2's alphabet of bytes: tokenizer.json writes byte 0x20 as U+0120 and so on, so that every token is printable.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace psmc::frontend {

/// The bytes that a token spells in the alphabet; nothing if a character is not of the alphabet.
std::optional<std::string> bytes_of_spelling(std::string_view token);

}  // namespace psmc::frontend
