// SPDX-License-Identifier: Apache-2.0
#include "ir/json/text_lines.h"

#include "ir/json/json_ir.h"
#include "tests/ir/sources.h"

#include "base/random.h"

using namespace psmc;
using namespace psmc::ir;

SCENARIO("lines are found in any order of offsets") {
  Random random(7);
  std::string text;
  for (int i = 0; i < 300; ++i) text += random.below(4) == 0 ? '\n' : 'x';
  TextLines lines(text);
  for (int i = 0; i < 2000; ++i) {
    const size_t offset = random.below(text.size() + 2);
    const std::string_view head = std::string_view(text).substr(0, offset);
    const TextLines::Line line = lines.at(offset);
    CHECK(line.number == static_cast<size_t>(std::count(head.begin(), head.end(), '\n')) + 1);
    CHECK(line.begin == head.rfind('\n') + 1);
  }
}

SCENARIO("offsets in order, each with a look at what is a little before, cost one walk over the text") {
  const bool one_line = GENERATE(false, true);
  std::string text;
  for (int i = 0; i < 10000; ++i) text += one_line ? "0123456789" : "012345678\n";
  TextLines lines(text);
  for (size_t offset = 40; offset < text.size(); offset += 20) {
    lines.at(offset);
    lines.at(offset - 35);
    lines.at(offset);
  }
  CHECK(lines.steps() <= 8 * text.size());
}

SCENARIO("many errors in a large document, in lines or in one, are told with their places") {
  const bool one_line = GENERATE(false, true);
  constexpr size_t kOps = 100000;
  const std::string head =
      R"({"psmc_ir": {"version": "1.1"}, "functions": [{"name": "f", "args": [], "results": [], "body": [)";
  const std::string op = R"({"op": "nope", "x-pad": ")" + std::string(200, 'p') + R"("},)" + (one_line ? ' ' : '\n');
  std::string text = head + "\n";
  for (size_t i = 0; i < kOps; ++i) text += op;
  text += R"({"op": "return", "operands": []}]}]})";
  const Result<Module> module = read_json("m.json", text, SIZE_MAX);
  REQUIRE(!module.ok());
  const std::vector<Diagnostic>& more = module.diagnostic().more;
  REQUIRE(more.size() == kOps - 1);
  CHECK(more.back().place.line == (one_line ? 2 : kOps + 1));
  CHECK(more.back().place.column == (one_line ? (kOps - 1) * op.size() : 0) + 8);
}
