// SPDX-License-Identifier: Apache-2.0
// Several errors of one JSON-IR document, and none that only follows from another.
#include <catch2/catch.hpp>

#include "ir/json/json_ir.h"

using namespace psmc;
using namespace psmc::ir;

namespace {

const std::string kType = R"("type": {"kind": "tensor", "dtype": "f32", "shape": [2]})";

/// A document with these constants and functions, each on a line of its own.
std::string document(const std::string& constants, const std::string& functions) {
  return "{\"psmc_ir\": {\"version\": \"1.1\"}, \"constants\": [\n" + constants + "], \"functions\": [\n" + functions +
         "]}\n";
}

/// A function that takes the value 0, with these ops, each on a line of its own.
std::string function(const std::string& name, const std::string& ops) {
  return "{\"name\": \"" + name + "\", \"args\": [{\"id\": 0, " + kType + "}], \"results\": [], \"body\": [\n" + ops +
         "\n{\"op\": \"return\", \"operands\": []}]}";
}

/// "PSM0208:5" for each error: its code and line.
std::vector<std::string> errors_of(const std::string& text, size_t max_errors = kMaxErrors) {
  const Result<Module> module = read_json("m.json", text, max_errors);
  std::vector<std::string> found;
  if (module.ok()) return found;
  const Diagnostic& first = module.diagnostic();
  found.push_back(code_name(first.code) + ":" + std::to_string(first.place.line));
  for (const Diagnostic& more : first.more) {
    CHECK(more.more.empty());
    found.push_back(code_name(more.code) + ":" + std::to_string(more.place.line));
  }
  return found;
}

using Errors = std::vector<std::string>;

}  // namespace

SCENARIO("Errors of several ops are told, and nothing of what uses their results", "[ir]") {
  const std::string text = document("", function("f", R"({"op": "ngg", "operands": [0], "results": [{"id": 1}]},
{"op": "neg", "operands": [1], "results": [{"id": 2}]},
{"op": "add", "operands": [2, 0], "results": [{"id": 3}]},
{"op": "neg", "operands": [9], "results": [{"id": 4}]},
{"op": "neg", "operands": [0], "results": [{"id": 5}]},
{"op": "add", "operands": [5, 4], "results": [{"id": 6}]},
{"op": "neg", "operands": [5, 5], "results": [{"id": 7}]},)"));
  CHECK(errors_of(text) == Errors{"PSM0208:4", "PSM0205:7", "PSM0350:10"});
  CHECK(errors_of(text, 2) == Errors{"PSM0208:4", "PSM0205:7"});
  CHECK(errors_of(text, 1) == Errors{"PSM0208:4"});
}

SCENARIO("Each function has errors of its own; ids are poisoned in one alone", "[ir]") {
  const std::string wrong = R"({"op": "ngg", "operands": [0], "results": [{"id": 1}]},)";
  const std::string use = R"({"op": "neg", "operands": [1], "results": [{"id": 2}]},)";
  const std::string text =
      document("", function("f", wrong + use) + ",\n" + function("g", use) + ",\n" + function("h", wrong));
  CHECK(errors_of(text) == Errors{"PSM0208:4", "PSM0205:7", "PSM0208:10"});
}

SCENARIO("What reads a wrong constant or calls a wrong function is dropped", "[ir]") {
  const std::string constants = "{\"id\": 0, " + kType + ", \"data\": {\"dense\": [1.0]}},\n{\"id\": 1, " + kType +
                                ", \"data\": {\"splat\": 1.0}},\n{\"id\": 2, " + kType + ", \"data\": {}}\n";
  const std::string reads = R"({"op": "constant", "attrs": {"id": 0}, "results": [{"id": 1}]},
{"op": "constant", "attrs": {"id": 1}, "results": [{"id": 2}]},
{"op": "add", "operands": [1, 2], "results": [{"id": 3}]},
{"op": "call", "operands": [0], "attrs": {"callee": "g"}, "results": [{"id": 4}]},
{"op": "call", "operands": [0], "attrs": {"callee": "none"}, "results": [{"id": 5}]},)";
  const std::string g = R"({"name": "g", "args": [], "results": [{"type": 7}], "body": []})";
  const std::vector<std::string> found = errors_of(document(constants, function("f", reads) + ",\n" + g));
  REQUIRE(found.size() == 4);
  CHECK(found[0] == "PSM0209:2");
  CHECK(found[1].ends_with(":4"));
  CHECK(found[2].ends_with(":13"));  // the type of g's result
  CHECK(found[3].ends_with(":11"));  // there is no @none
}

SCENARIO("An op with a block in which something is wrong is dropped", "[ir]") {
  const std::string text = document("", function("f", R"({"op": "group", "results": [{"id": 1}], "blocks": [{"body": [
{"op": "exp", "operands": [8], "results": [{"id": 2}]},
{"op": "yield", "operands": [2]}]}]},
{"op": "neg", "operands": [1], "results": [{"id": 3}]},
{"op": "neg", "operands": [2], "results": [{"id": 4}]},)"));
  CHECK(errors_of(text) == Errors{"PSM0205:5"});
}

SCENARIO("A key that stands twice is told once, and what follows is read", "[ir]") {
  const std::string text =
      document("", function("f", R"({"op": "neg", "op": "neg", "operands": [0], "results": [{"id": 1}]},
{"op": "neg", "operands": [0], "results": [{"id": 2, "id": 2}]},
{"op": "ngg", "operands": [0], "results": [{"id": 3}]},)"));
  CHECK(errors_of(text) == Errors{"PSM0201:4", "PSM0201:5", "PSM0208:6"});
}

SCENARIO("A text that is no JSON is told alone", "[ir]") {
  const std::string text = document("", function("f", R"({"op": "ngg", "operands": [0], "results": [{"id": 1}]},
{"op": "neg", "operands": [0], "results": [{"id": 2}})"));
  const std::vector<std::string> found = errors_of(text);
  REQUIRE(found.size() == 1);
  CHECK(found[0].starts_with("PSM0201:"));
}

SCENARIO("A redefined argument leaves the other functions to be read", "[ir]") {
  const std::string twice = "{\"name\": \"f\", \"args\": [{\"id\": 0, " + kType + "}, {\"id\": 0, " + kType +
                            "}], \"results\": [], \"body\": []},\n";
  CHECK(errors_of(document("", twice + function("g", R"({"op": "neg", "operands": [1], "results": [{"id": 2}]},)"))) ==
        Errors{"PSM0206:3", "PSM0205:5"});
}

SCENARIO("The body of a function with a wrong argument is not read", "[ir]") {
  const std::string wrong =
      "{\"name\": \"f\", \"args\": [{\"id\": -1, " + kType + "}], \"results\": [], \"body\": [\n" +
      R"({"op": "ngg", "operands": [0], "results": [{"id": 1}]}, {"op": "return", "operands": []}]})";
  CHECK(errors_of(document("", wrong)) == Errors{"PSM0202:3"});
  CHECK(errors_of(document("", wrong + ",\n" + function("g", R"({"op": "ngg", "results": []},)"))) ==
        Errors{"PSM0202:3", "PSM0208:6"});
}
