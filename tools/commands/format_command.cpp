// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/module_commands.h"

#include "base/file.h"
#include "ir/binary/binary.h"
#include "ir/constants.h"
#include "ir/json/json_ir.h"
#include "ir/text/comments.h"

#include <fmt/format.h>

#include <cstdio>

namespace psmc::tools {
namespace {

enum class Form : uint8_t { text, json, binary };

Form form_of(const std::string& file, const std::string& text) {
  if (ir::is_binary(text)) return Form::binary;
  return ir::is_json_ir(file, text) ? Form::json : Form::text;
}

/// A file whose name says that it holds another form would not be read back as what it is.
Status check_form(const std::string& out, Form form) {
  const bool other = (out.ends_with(".psm") && form != Form::text) || (out.ends_with(".json") && form != Form::json) ||
                     (out.ends_with(".psmb") && form != Form::binary);
  if (!other) return {};
  return file_error(Code::bad_option, out, "fmt keeps the form that a module has, and this name asks for another",
                    {"`psmc upgrade IN -o OUT` writes a module in the form that the name of OUT asks for"});
}

/// The module in canonical form, in the form that it has. Files of constants are not opened: a module is formatted
/// wherever it lies.
Result<std::string> formatted(const std::string& file, const std::string& text, size_t max_errors) {
  std::vector<Diagnostic> errors;
  const std::optional<ir::Module> module = ir::parse_module(file, text, errors, max_errors);
  if (!module) return combined(std::move(errors));
  switch (form_of(file, text)) {
    case Form::binary: return ir::write_binary(*module);
    case Form::json: return ir::write_json(*module);
    case Form::text: break;
  }
  return ir::canonical_with_comments(*module, text);
}

/// False if it is only to be checked and not canonical.
Result<bool> format_file(const std::string& file, const FormatCommand& command) {
  PSMC_ASSIGN(const std::string text, read_file(file));
  PSMC_ASSIGN(const std::string canonical, formatted(file, text, command.reporting.max_errors));
  if (command.check) {
    if (text == canonical) return true;
    std::fputs((file + "\n").c_str(), stdout);
    return false;
  }
  const std::string& out = command.out.empty() ? file : command.out;
  if (out == file && out != "-" && text == canonical) return true;
  if (out != file) PSMC_TRY(check_form(out, form_of(file, text)));
  PSMC_TRY(write_file(out, canonical));
  return true;
}

}  // namespace

Result<int> format_modules(const FormatCommand& command) {
  if (!command.out.empty() && command.files.size() > 1)
    return error(Code::bad_option, "-o takes one module", {"without -o each file is formatted in place"});
  int status = 0;
  for (const std::string& file : command.files) {
    const Result<bool> done = format_file(file, command);
    if (!done.ok() && done.diagnostic().code == Code::bad_option) return done.diagnostic();
    if (!done.ok()) command.reporting.warn(done.diagnostic());
    if (!done.ok() || !*done) status = 1;
  }
  return status;
}

}  // namespace psmc::tools
