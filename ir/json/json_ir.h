// SPDX-License-Identifier: Apache-2.0
// JSON-IR: the same content as the text form, for other tools. docs/json-ir.md describes it, docs/json-ir.schema.json
// is its schema.
//
// Writing is canonical: keys in a fixed order, one op a line, values numbered in order of definition in each function,
// the shortest exact decimals (a number always has a point or an exponent, an integer never). So equal modules give
// equal texts, and text -> JSON -> text changes nothing.
#pragma once

#include <string>
#include <string_view>

#include "ir/module.h"

namespace psmc::ir {

constexpr std::string_view kJsonIrVersion = "1.1";

std::string write_json(const Module& module);

/// Errors: bad_json, json_type, json_version, and those of reading the text form (undefined_name,
/// redefined_name, bad_type, unknown_op, bad_constant, too_deep, type_differs, ir_attribute and those of inference),
/// each at its place in the text; the diagnostic carries all that were found, `max_errors` at most. Like the text
/// form's reader this checks types; the rest is the verifier's.
Result<Module> read_json(std::string file, std::string_view text, size_t max_errors = kMaxErrors);

}  // namespace psmc::ir
