// SPDX-License-Identifier: Apache-2.0
// Extensions: the keys of JSON-IR that are free for other tools, "x-...", and the attributes that hold them in the IR.
//
// The attribute's value is the canonical JSON text of what the key holds. Its name says what has the key: "x-tool" of
// an op or a function is `x.tool`; of an op's second result `x.result.1.tool`, of its block `x.block.tool`, of an
// argument of that `x.block.arg.0.tool`; of an argument of a function `x.arg.0.tool`. Why not a table of its own:
// attributes survive what ops survive (copies, the text form, passes), and two ops that differ in them are never
// merged. Constants and the module as a whole have attributes for this alone (Constant::attrs, Module::own_attrs).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ir/module.h"

namespace psmc::ir {

/// "x-...": a key that psmc keeps and does not look at.
inline bool is_extension(std::string_view key) { return key.starts_with("x-"); }

/// Whether such a key has a good name: letters, digits, - and _, at least one.
bool is_extension_name(std::string_view key);

/// The attribute for `key` at `place` of the thing that has the attributes: "" or "result.1.".
std::string extension_attr(std::string_view place, std::string_view key);

/// What an attribute stands for.
struct Extension {
  std::string place;  ///< "" or "result.1."
  std::string key;    ///< "x-tool"
};

/// Nothing if it is an ordinary attribute: the name does not begin with "x.", or the value is no canonical JSON text.
std::optional<Extension> extension_of(std::string_view name, const AttrValue& value);

/// The name of the first attribute that is no extension of what has the attributes; empty if all are.
std::string_view first_ordinary(const Module& module, const AttrDict& attrs);

/// Why constants and modules cannot have the attribute `name`.
std::string ordinary_message(std::string_view name);

}  // namespace psmc::ir
