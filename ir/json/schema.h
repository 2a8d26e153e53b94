// SPDX-License-Identifier: Apache-2.0
// What is said about JSON-IR and the ops, made from the op definitions: docs/json-ir.schema.json and docs/ops.md are
// these texts, and a test compares them.
#pragma once

#include <string>

namespace psmc::ir {

/// A JSON Schema (draft 2020-12) of JSON-IR: for each op its number of operands, its attributes with their kinds, which
/// are required, and whether it has a block. What needs more than one place of the document (types, names, ids) is
/// beyond a schema.
std::string json_ir_schema();

/// All ops as a page in Markdown, by level.
std::string ops_page();

}  // namespace psmc::ir
