// SPDX-License-Identifier: Apache-2.0
// Constants in other files: `const @w : tensor<4x8xf32> = file("m.safetensors", "w", "sha256...")`. Files are mapped,
// not read, and must lie in the module's folder. Reading and saving of whole modules stands here too.
#pragma once

#include <string>
#include <vector>

#include "ir/module.h"
#include "ir/text/printer.h"

namespace psmc::ir {

struct LoadOptions {
  bool check_hashes = true;  ///< reads all bytes of constants that have a hash
  size_t max_errors = kMaxErrors;
  std::string_view source;      ///< of load_constants: the text of the module, to say where in it a constant stands
  std::string* text = nullptr;  ///< gets the text of the module, for the source lines of later errors
};

/// Maps the files of all constants that have one and no bytes yet (.safetensors; .npy, whose entry is ignored).
/// Errors, all that there are: cannot_read, path_outside, constant_missing, constant_differs, and those of the file
/// formats.
Status load_constants(Module& module, const LoadOptions& options = {});

/// Reads a module in the text, JSON-IR (`is_json_ir`) or binary form, without its constants' files. Does not verify.
std::optional<Module> parse_module(const std::string& path, std::string_view text, std::vector<Diagnostic>& errors,
                                   size_t max_errors = kMaxErrors);

/// By extension .json, else by the first character.
bool is_json_ir(const std::string& path, std::string_view text);

/// Reads a module in any form ("-" is standard input), and maps its constants. Does not verify.
std::optional<Module> load_module(const std::string& path, std::vector<Diagnostic>& errors,
                                  const LoadOptions& options = {});

/// Writes a module as text or, for a path that ends in .json or .psmb, as JSON-IR or in the binary form. Constants of
/// more than 64 elements that are owned (in the binary form none), and constants of files that lie elsewhere, go to
/// `<path without extension>.safetensors`, and the module's constants refer to it from then on. Errors: cannot_write,
/// constant_missing (bytes that were never loaded).
Status save_module(Module& module, const std::string& path);

/// The module in the form that the path asks for; `options` are for text.
std::string module_bytes(const Module& module, std::string_view path, const PrintOptions& options = {});

/// What save_module would write, as paths and bytes; `options` are for text. Errors: constant_missing.
Result<std::vector<std::pair<std::string, std::string>>> module_files(Module& module, const std::string& path,
                                                                      const PrintOptions& options = {});

}  // namespace psmc::ir
