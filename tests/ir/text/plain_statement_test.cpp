// SPDX-License-Identifier: Apache-2.0
// Statements that stand as the printer writes them are read by parse_plain.cpp, others by parse_op.cpp: both ways give
// the same module, places included. A blank before the end of a line sends a statement the other way.
#include <fmt/format.h>

#include "ir/random/random_module.h"
#include "tests/ir/sources.h"

using namespace psmc;
using namespace psmc::ir;

namespace {

std::string with_blanks(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += ' ';
    out += c;
  }
  return out;
}

std::string with_places(const Module& module) {
  PrintOptions options;
  options.own_places = true;
  return print_module(module, options);
}

/// What reading says of a module or, where it is wrong, of its errors.
std::string outcome(const std::string& text) {
  std::vector<Diagnostic> errors;
  const auto module = parse_text("m.psm", text, errors);
  if (module) return with_places(*module);
  std::string said;
  for (const Diagnostic& error : errors)
    said += fmt::format("{}:{} {}\n", error.place.line, error.place.column, error.message);
  return said;
}

}  // namespace

SCENARIO("plain statements are read like all others") {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    RandomOptions options;
    options.ops = 3 + static_cast<int>(seed % 60);
    options.functions = seed % 3 == 0;
    const std::string text = print_module(random_module(seed, options));
    INFO("seed " << seed);
    REQUIRE(with_places(read_text(text)) == with_places(read_text(with_blanks(text))));
  }
}

SCENARIO("what is wrong in a plain statement is said as in all others") {
  const std::string line =
      GENERATE(as<std::string>(), "%b = neg %c", "%a = neg %x", "%b = neg %x, %x", "%b = negg %x", "%b = neg %x.",
               "%b. = neg %x", "%b = neg %\"x", "%b = neg %", "%b = add %x,", "%b = neg %x {", "%b = neg %x {a = 1}",
               "%b = neg %a\n  %b = neg %a", "%7 = neg %07", "%7 = neg %99999999999999999999", "%b = neg  %x",
               "%b = neg %x // c", "%\"b\" = neg %\"x\"", "%b, %c = neg %x", "%b = for %x", "%b = constant %x",
               "%b = transpose %a {permutation = [1, 0]}");
  const std::string text = "func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {\n  %a = neg %x\n  " + line +
                           "\n  %r = neg %b\n  return %r\n}\n";
  INFO(text);
  CHECK(outcome(text) == outcome(with_blanks(text)));
}

SCENARIO("a text may end inside a plain statement") {
  const std::string text = "func @main(%x: f32) -> f32 {\n  %a = neg %x\n  %b = add %a, %x\n  return %b\n}\n";
  for (size_t size = 1; size + 1 < text.size(); ++size) {
    const std::vector<char> part(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));  // nothing behind it
    std::vector<Diagnostic> errors;
    CHECK(!parse_text("m.psm", {part.data(), part.size()}, errors));
  }
}
