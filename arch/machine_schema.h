// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace psmc::arch {

/// A JSON Schema (draft 2020-12) of machine files, made from the list of their numbers; docs/machine.schema.json is
/// this text, and a test compares them. What needs more than one place of the file (names, positions in the grid,
/// powers of two, multiples) is beyond a schema.
std::string machine_schema();

}  // namespace psmc::arch
