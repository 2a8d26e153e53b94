// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/module_commands.h"

#include "base/file.h"
#include "ir/constants.h"
#include "ir/json/json_ir.h"
#include "ir/text/comments.h"

#include <fmt/format.h>

#include <cstdio>

namespace psmc::tools {
namespace {

/// The text in canonical form. Files of constants are not opened: a module is formatted wherever it lies.
Result<std::string> formatted(const std::string& file, const std::string& text, size_t max_errors) {
  std::vector<Diagnostic> errors;
  const std::optional<ir::Module> module = ir::parse_module(file, text, errors, max_errors);
  if (module) return ir::is_json_ir(file, text) ? ir::write_json(*module) : ir::canonical_with_comments(*module, text);
  return combined(std::move(errors));
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
    if (!done.ok()) command.reporting.warn(done.diagnostic());
    if (!done.ok() || !*done) status = 1;
  }
  return status;
}

}  // namespace psmc::tools
