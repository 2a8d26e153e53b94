// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4): the hash by which a module knows the bytes of its constants in other files.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace psmc::ir {

/// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace psmc::ir
