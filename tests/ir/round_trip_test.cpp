// SPDX-License-Identifier: Apache-2.0
// text -> IR -> JSON-IR -> IR -> binary -> IR -> text gives the same bytes, for every golden module and for random
// ones.
#include <filesystem>

#include "base/file.h"
#include "ir/binary/binary.h"
#include "ir/json/json_ir.h"
#include "ir/random/random_module.h"
#include "tests/ir/sources.h"

using namespace psmc;
using namespace psmc::ir;

namespace {

/// What is left of `text` after all forms.
std::string through_all_forms(const std::string& text) {
  const Module module = read_text(text);
  const auto from_json = read_json("m.json", write_json(module));
  if (!from_json.ok()) return from_json.diagnostic().render();
  const std::string bytes = write_binary(*from_json);
  const auto from_binary = read_binary("m.psmb", bytes);
  if (!from_binary.ok()) return from_binary.diagnostic().render();
  if (write_binary(*from_binary) != bytes) return "the binary form changes";
  return print_module(*from_binary);
}

}  // namespace

SCENARIO("10,000 random modules go through all forms without a change") {
  for (uint64_t seed = 0; seed < 10'000; ++seed) {
    RandomOptions options;
    options.ops = 3 + static_cast<int>(seed % 30);
    options.functions = seed % 3 == 0;
    options.extensions = seed % 5 == 0;
    if (seed % 4 == 1) options.floats = {DType::f32, DType::bf16, DType::f16};
    const std::string text = print_module(random_module(seed, options));
    if (through_all_forms(text) != text) FAIL("seed " << seed << "\n" << text);
  }
}

SCENARIO("every golden module goes through all forms without a change") {
  namespace fs = std::filesystem;
  size_t seen = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(PSMC_SOURCE_DIR) / "tests")) {
    if (entry.path().extension() != ".psm") continue;
    const auto bytes = read_file(entry.path().string());
    REQUIRE(bytes.ok());
    std::vector<Diagnostic> errors;
    const auto module = parse_text("m.psm", *bytes, errors);
    if (!module || !verify(*module).empty()) continue;  // a module that is to be refused
    const std::string text = print_module(*module);
    INFO(entry.path());
    CHECK(through_all_forms(text) == text);
    ++seen;
  }
  CHECK(seen >= 25);
}
