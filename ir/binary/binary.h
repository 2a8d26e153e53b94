// SPDX-License-Identifier: Apache-2.0
// The binary form of a module (.psmb): the same content as the text form, and the places that ops have in the text they
// came from. For caches and for modules that are too big to be read as text: a tenth of the size, loaded many times as
// fast. docs/psmb.md describes the format.
//
// A file is a stream in program order: tables (strings, types, attributes, constants), signatures, then the ops of each
// function. Values and ops get their numbers by counting, so what is read is linked by construction; every index is
// checked against what has been read before it, and a count against the bytes that are left, so a broken or hostile
// file is an error and costs no more memory than its own size asks for. The verifier does the rest, as for any reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ir/module.h"

namespace psmc::ir {

/// A file has the first minor that knows all that is in it: 1 added extensions of constants and of the module.
constexpr uint8_t kBinaryMajor = 2, kBinaryMinor = 1;

/// Bytes of constants that belong to no file are part of it.
std::string write_binary(const Module& module);

/// `file` is for messages and for the folder of the constants. Errors: binary_version, binary_checksum, bad_binary.
Result<Module> read_binary(const std::string& file, std::string_view bytes);

/// Whether the bytes begin as a .psmb file does.
bool is_binary(std::string_view bytes);

}  // namespace psmc::ir
