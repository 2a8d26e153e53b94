// SPDX-License-Identifier: Apache-2.0
// Any bytes as the payload of a binary module: no crash, no large memory; what is accepted and verified is written and
// read back as the same module.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "ir/binary/binary.h"
#include "ir/binary/format.h"
#include "ir/text/printer.h"
#include "ir/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace psmc::ir;
  if (size > 1 << 16) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto module = read_binary("fuzz.psmb", is_binary(bytes) ? bytes : with_header(bytes));
  if (!module.ok() || !verify(*module).empty()) return 0;
  const auto again = read_binary("again.psmb", write_binary(*module));
  if (again.ok() && print_module(*again) == print_module(*module)) return 0;
  std::fprintf(stderr, "not the same module:\n%s\n", print_module(*module).c_str());
  std::abort();
}
