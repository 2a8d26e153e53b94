// SPDX-License-Identifier: Apache-2.0
// Any bytes as the text form or JSON-IR: no crash; what is accepted is verified without a crash, prints, and what was
// printed reads back and prints the same; the same through JSON-IR.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "ir/json/json_ir.h"
#include "ir/text/parser.h"
#include "ir/text/printer.h"
#include "ir/verify.h"

namespace {

using namespace psmc;
using namespace psmc::ir;

void require(bool condition, const std::string& text, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n%s\n", what, text.c_str());
  std::abort();
}

void check(const Module& module) {
  (void)verify(module);
  const std::string text = print_module(module);
  const Result<Module> again = parse_text("again", text);
  if (!again.ok()) require(false, text, again.diagnostic().render().c_str());
  require(print_module(*again) == text, text, "printing is not stable");
  const std::string json = write_json(*again);
  Result<Module> from_json = read_json("json", json);
  if (!from_json.ok()) require(false, json, from_json.diagnostic().render().c_str());
  require(print_module(*from_json) == text, json, "JSON-IR changes the module");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 1 << 16) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  Result<Module> module = !text.empty() && text[0] == '{' ? read_json("fuzz", text) : parse_text("fuzz", text);
  if (module.ok()) check(*module);
  return 0;
}
