// SPDX-License-Identifier: Apache-2.0
// What reader and writer of .psmb agree on; docs/psmb.md has it in words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace psmc::ir {

/// "PSMB", version, two zeros, size of what follows the header, its checksum.
constexpr std::string_view kBinaryMagic = "PSMB";
constexpr size_t kBinaryHeader = 24, kVersionAt = 4, kSizeAt = 8, kChecksumAt = 16;

/// Of the name of a value: none, a string of the table, or from here on stem + kNameStem and a number. The form stands
/// before the name itself, or in the op's form.
constexpr uint32_t kNameNone = 0, kNameString = 1, kNameStem = 2;

/// How a constant's data stand: a tensor of a file, all elements, or one that all are.
constexpr uint8_t kDataFile = 0, kDataDense = 1, kDataSplat = 2;

/// Where the op stands in the source: nowhere; a line below the last op, in the same column; lines further and column;
/// an entry of the table of locations.
constexpr uint8_t kPlaceNone = 0, kPlaceNextLine = 1, kPlaceOwn = 2, kPlaceTable = 3;

/// Of the bytes behind the header: four lanes of ir::Hasher.
uint64_t binary_checksum(std::string_view bytes);
std::string with_header(std::string payload, uint8_t minor = 0);

/// The first minor with the extensions of constants and of the module.
constexpr uint8_t kMinorWithExtensions = 1;

}  // namespace psmc::ir
