// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/assembly_commands.h"

#include "arch/asm.h"
#include "arch/check.h"
#include "base/file.h"

#include <filesystem>

namespace psmc::tools {

Result<arch::Image> read_image(const std::string& path) {
  if (std::filesystem::path(path).extension() == ".psma") {
    PSMC_ASSIGN(const std::string text, read_file(path));
    return arch::assemble(path, text);
  }
  if (path != "-") return arch::open_image(path);
  PSMC_ASSIGN(const std::string bytes, read_file(path));
  return arch::parse_image("standard input", std::as_bytes(std::span(bytes)));
}

Result<int> assemble_file(const AssemblyCommand& command) {
  PSMC_ASSIGN(const std::string text, read_file(command.in));
  const std::string name = command.in == "-" ? "standard input" : command.in;
  PSMC_ASSIGN(const arch::Image image, arch::assemble(name, text, command.reporting.max_errors));
  if (Status status = command.check ? arch::check_image(image) : Status(); !status.ok()) {
    Diagnostic hazard = status.diagnostic();
    hazard.place.file = name;
    return hazard;
  }
  PSMC_ASSIGN(const std::string bytes, arch::serialize(image));
  PSMC_TRY(write_file(command.out, bytes));
  return 0;
}

Result<int> disassemble_file(const AssemblyCommand& command) {
  PSMC_ASSIGN(const arch::Image image, read_image(command.in));
  PSMC_TRY(write_file(command.out, arch::print_psma(image)));
  return 0;
}

}  // namespace psmc::tools
