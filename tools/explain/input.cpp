// SPDX-License-Identifier: Apache-2.0
// Files, options, and the text forms of the IR.
#include "tools/explain/explanation.h"

namespace psmc::tools {
namespace {

constexpr Explanation kInput[] = {
    {Code::cannot_read,
     "A file that the command line or another file names is not there, is a folder, or may not be read.",
     "Look at the path: those in a file are relative to that file's folder.", Example::command, "psmc opt nosuch.psm"},
    {Code::cannot_write,
     "A result could not be written. Files appear whole or not at all, so what stood there before is still there.",
     "Look at the folder, its permissions and the space on the disk.", Example::command,
     "psmc opt net.psm -o /nosuch/out.psm"},
    {Code::bad_option,
     "The command line cannot be understood, or an option has a value that makes no sense. Nothing was done.",
     "`psmc COMMAND -h` lists the options of a command and what they take.", Example::command,
     "psmc run models/kjv --tokens=many"},
    {Code::too_large,
     "A size in the input is larger than psmc accepts. Sizes are checked before memory is taken, so a damaged or "
     "hostile "
     "file cannot exhaust it.",
     "Put large constants into a .safetensors file and refer to it; if the size is none that was meant, the file is "
     "damaged.",
     Example::psm, "const @a : tensor<1099511627776xf32> = splat[1.0]"},
    {Code::path_outside,
     "A module may refer to files in its own folder and below it only: no absolute path, no `..`, no link that leads "
     "out.",
     "Copy the file into the folder of the module.", Example::psm,
     "const @w : tensor<4xf32> = file(\"../w.safetensors\", \"w\")"},
    {Code::unknown_format, "The bytes of the file are of no kind that the command reads.",
     "Check that the file is what you think, and that its download is complete.", Example::command,
     "psmc opt picture.png"},
    {Code::bad_binary,
     "A binary module (.psmb) has the right checksum, but its contents contradict each other: whatever wrote it is "
     "wrong.",
     "docs/psmb.md describes the form; the message names the byte before which reading stopped.", Example::command,
     "psmc opt net.psmb --passes=cse"},
    {Code::binary_version, "The binary module was written by another version of psmc, whose form is different.",
     "Write it again from its text or JSON-IR with this psmc.", Example::command, "psmc opt old.psmb --passes=cse"},
    {Code::binary_checksum, "The bytes of a binary module are not those that were written.",
     "Copy the file again, or write it anew from its text or JSON-IR.", Example::command,
     "psmc opt damaged.psmb --passes=cse"},
    {Code::bad_json, "The text breaks the grammar of JSON (RFC 8259), or an object has a key twice.",
     "The caret stands where reading stopped; often a comma or a bracket before it is missing or one too many.",
     Example::json, "{\"psmc_ir\": {\"version\": \"1.0\"},, \"functions\": []}"},
    {Code::json_type,
     "The JSON is well formed, but a value is of the wrong kind, out of range, or a key is missing or unknown.",
     "docs/json-ir.md lists the keys of JSON-IR, docs/json-ir.schema.json is its schema.", Example::json,
     "{\"psmc_ir\": {\"version\": \"1.0\"}, \"funktions\": []}"},
    {Code::bad_token,
     "A character or literal is none of the text form's: an unknown sign, an open string, a number too large.",
     "docs/ir.md describes the text form. Strings end on their line.", Example::psm,
     "func @f(%x: f32) {\n  %y = neg %x ?\n  return\n}"},
    {Code::bad_syntax, "Something else should stand here. The message says what.",
     "docs/ir.md describes the text form; `psmc --list-ops` shows each op as it is written.", Example::psm,
     "func @f(%x: f32) {\n  %y neg %x\n  return\n}"},
    {Code::undefined_name,
     "A value, constant or function is used that is not defined, not yet defined, or defined in a block that has "
     "ended.",
     "Define it before its first use, in the same block or one around it.", Example::psm,
     "func @f(%x: f32) {\n  %y = neg %z\n  return\n}"},
    {Code::redefined_name, "Two things that are visible in one place have one name. Values are defined once.",
     "Rename one of them.", Example::psm, "func @f(%x: f32) {\n  %y = neg %x\n  %y = exp %x\n  return\n}"},
    {Code::bad_type, "The type is malformed, has too many dimensions or elements, or cannot stand here.",
     "Tensors are written `tensor<4x8xf32>`, run-time extents with a bound: `tensor<(n <= 16)x8xf32>`.", Example::psm,
     "func @f(%x: matrix<4xf32>) {\n  return\n}"},
    {Code::unknown_op, "The IR has no op of that name. Composite ops are called: `call @softmax(%x)`.",
     "`psmc --list-ops` lists all ops.", Example::psm, "func @f(%x: f32) {\n  %y = ngg %x\n  return\n}"},
    {Code::bad_constant, "The elements do not fit the type of the constant: too many, too few, or out of its range.",
     "Give as many elements as the type has, or `splat[x]` for equal ones.", Example::psm,
     "const @a : tensor<2xi8> = dense[1, 300]"},
    {Code::too_deep, "Blocks within blocks (loops, groups) are nested deeper than psmc follows them.",
     "No model needs that; look at the program that wrote the module."},
    {Code::type_differs,
     "The type that is written behind an op is not the one that follows from its operands and attributes.",
     "Leave the type out, or correct the operands. The message says what the op gives.", Example::psm,
     "func @f(%x: tensor<4xf32>) {\n  %y = neg %x : tensor<5xf32>\n  return\n}"},
    {Code::bad_pipeline,
     "The text of a pipeline names a pass or option that there is not, or asks for an impossible order.",
     "`psmc --list-passes` lists passes, their options and which must run before which.", Example::command,
     "psmc opt net.psm --passes=canonicalise,csee"},
    {Code::json_version, "The document says that it is of a version of JSON-IR that this psmc does not read.",
     "Write it in the version of docs/json-ir.md, or use the psmc that it was written for.", Example::json,
     "{\"psmc_ir\": {\"version\": \"7.0\"}, \"functions\": []}"},
    {Code::constant_missing,
     "The file that a constant refers to holds no entry of that name, or its bytes were never loaded.",
     "List the entries of the file; the second text of `file(...)` is the name of one."},
    {Code::constant_differs,
     "The entry in the file has another element type or shape than the module says, or its bytes have another hash.",
     "The file was changed or is another one: get the right file, or write the module anew."},
};

}  // namespace

std::span<const Explanation> input_explanations() { return kInput; }

}  // namespace psmc::tools
