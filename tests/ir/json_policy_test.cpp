// SPDX-License-Identifier: Apache-2.0
// Versions, features and extensions of JSON-IR, and that the order of keys does not matter.
#include "tests/ir/sources.h"

#include "ir/clone.h"
#include "ir/json/json_ir.h"
#include "ir/limits.h"

using namespace psmc;
using namespace psmc::ir;

namespace {

/// A small document with a place for a header, and for a key in each object that may have extensions.
std::string document(const std::string& header, const std::string& extension = "") {
  const std::string x = extension.empty() ? "" : ", " + extension;
  const std::string type = R"("type": {"kind": "tensor", "dtype": "f32", "shape": [2]})";
  return "{\"psmc_ir\": " + header + R"(, "functions": [{"name": "f", "args": [{"id": 0, )" + type + x +
         R"(}], "results": [{)" + type + x + R"(}], "body": [{"op": "group", "results": [{"id": 1)" + x +
         R"(}], "blocks": [{"body": [{"op": "exp", "operands": [0], "results": [{"id": 2}]}, {"op": "yield", "operands": [2])" +
         x + "}]" + x + "}]" + x + R"(}, {"op": "return", "operands": [1]}])" + x +
         R"(}], "constants": [{"id": 0, "name": "c", )" + type + R"(, "data": {"splat": 1.0})" + x + "}]" + x + "}";
}

Module read_good(const std::string& text) {
  Result<Module> module = read_json("m.json", text);
  if (!module.ok()) FAIL(module.diagnostic().render() + text);
  for (const Diagnostic& diagnostic : verify(*module)) FAIL(diagnostic.render());
  return std::move(*module);
}

Diagnostic refusal(const std::string& text) {
  Result<Module> module = read_json("m.json", text);
  if (module.ok()) FAIL("this was read: " + text);
  return module.diagnostic();
}

size_t occurrences(const std::string& text, const std::string& piece) {
  size_t count = 0;
  for (size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1)) ++count;
  return count;
}

}  // namespace

SCENARIO("older and newer minors are read, other majors are not") {
  const std::string written = write_json(read_good(document(R"({"version": "1.1"})")));
  for (const std::string version : {"1.0", "1.1", "1.2", "1.40"})
    CHECK(write_json(read_good(document("{\"version\": \"" + version + "\"}"))) == written);
  for (const std::string version : {"0.9", "2.0", "1", "1.", "1.1.1", "one", "-1.0", ""})
    CHECK(refusal(document("{\"version\": \"" + version + "\"}")).code == Code::json_version);
}

SCENARIO("features that a document needs are known or refused by name") {
  read_good(document(R"({"version": "1.1", "requires": []})"));
  read_good(document(R"({"version": "1.7", "requires": ["extensions"]})"));
  const Diagnostic unknown = refusal(document(R"({"version": "1.7", "requires": ["extensions", "sparse"]})"));
  CHECK(unknown.code == Code::json_version);
  CHECK(unknown.message.find("\"sparse\"") != std::string::npos);
  CHECK(refusal(document(R"({"version": "1.1", "requires": "sparse"})")).code == Code::json_type);
}

SCENARIO("the version is told first, whatever stands before it") {
  const std::string text = R"({"functions": [{"surprise": 1}], "psmc_ir": {"version": "3.0"}})";
  CHECK(refusal(text).code == Code::json_version);
}

SCENARIO("extensions survive JSON -> JSON and JSON -> text -> JSON, wherever they stand") {
  const std::string extension = R"("x-tool_1": {"a": [1, 2.50, -0.0, "q\"\u00e9\n", null], "b": {}})";
  const Module module = read_good(document(R"({"version": "1.1"})", extension));
  const std::string json = write_json(module);
  CHECK(occurrences(json, "\"x-tool_1\": {\"a\": [1, 2.50, -0.0, \"q\\\"\xc3\xa9\\n\", null], \"b\": {}}") == 9);
  CHECK(write_json(read_good(json)) == json);
  const std::string text = print_module(module);
  CHECK(print_module(read_good(json)) == text);
  const Module again = read_valid(text);
  CHECK(write_json(again) == json);
  CHECK(print_module(again) == text);
  CHECK(write_json(clone_module(module)) == json);
  CHECK(write_json(compact_module(module)) == json);
}

SCENARIO("what is called type elsewhere than in a value is read like all else") {
  const std::string extension = R"("x-t": {"type": {"kind": "mine", "type": {"a": 1}}})";
  const std::string json = write_json(read_good(document(R"({"version": "1.1"})", extension)));
  CHECK(occurrences(json, extension) == 9);
  const std::string text =
      "func @f(%x: tensor<f32>) {type = bf16} {\n  %a = inst {opcode = \"o\", type = f32} : vreg\n  return\n}\n";
  CHECK(print_module(read_good(write_json(read_valid(text)))) == text);
  std::string broken = document(R"({"version": "1.1"})");
  broken.replace(broken.find("\"shape\": [2]"), 12, "\"shape\": [2,]");
  CHECK(refusal(broken).code == Code::bad_json);
  broken = document(R"({"version": "1.1"})");
  broken.replace(broken.find("\"shape\": [2]"), 12, "\"shape\": [2], \"shape\": [2]");
  CHECK(refusal(broken).code == Code::bad_json);
}

SCENARIO("an attribute that only looks like an extension stays an attribute") {
  const std::string text =
      "func @f(%x: tensor<f32>) {x.arg.01.t = \"1\", x.arg.1.t = \"1\", x.n = 3} {\n"
      "  %a = neg %x {x.bad = \"{\", x.result.1.t = \"1\", x.space = \"[ ]\"}\n  return\n}\n";
  const Module module = read_valid(text);
  const std::string json = write_json(module);
  CHECK(json.find("\"x-") == std::string::npos);
  CHECK(print_module(read_good(json)) == text);
}

SCENARIO("keys that are no extensions are refused with what was meant") {
  std::string text = document(R"({"version": "1.0"})");
  text.replace(text.find("\"operands\""), 10, "\"operand\"");
  const Diagnostic wrong = refusal(text);
  CHECK(wrong.code == Code::json_type);
  REQUIRE(!wrong.notes.empty());
  CHECK(wrong.notes[0].find("operands") != std::string::npos);
  for (const std::string key : {"x-", "x-a.b", "x-a b"})
    CHECK(refusal(document(R"({"version": "1.0"})", "\"" + key + "\": 1")).code == Code::json_type);
  CHECK(refusal(document(R"({"version": "1.0"})", R"("x-a": 1, "x-a": 2)")).code == Code::bad_json);
  CHECK(refusal(document(R"({"version": "1.0", "x-a": 1})")).code == Code::json_type);
  CHECK(refusal(R"({"psmc_ir": {"version": "1.1"}, "functions": [], "x-a": 1, "x-a": 2})").code == Code::bad_json);
  CHECK(refusal(R"({"psmc_ir": {"version": "1.1"}, "functions": [], "x-a.b": 1})").code == Code::json_type);
}

SCENARIO("an unknown op is refused with the one that was meant") {
  std::string text = document(R"({"version": "1.0"})");
  text.replace(text.find("\"exp\""), 5, "\"epx\"");
  const Diagnostic wrong = refusal(text);
  CHECK(wrong.code == Code::unknown_op);
  REQUIRE(wrong.fixes.size() == 1);
  CHECK(wrong.fixes[0].with == "\"exp\"");
  CHECK(wrong.fixes[0].place.column == wrong.place.column);
  CHECK(wrong.fixes[0].place.length == wrong.place.length);
}

SCENARIO("keys may come in any order, functions before the constants that they use") {
  const std::string text =
      R"({"functions": [{"body": [{"attrs": {"id": 0}, "results": [{"name": "c", "id": 5}], "op": "constant"},
        {"blocks": [{"body": [{"operands": [5], "op": "yield"}]}], "results": [{"id": 9}], "op": "group"},
        {"operands": [9], "op": "return"}], "results": [{"type": {"shape": [2], "kind": "tensor", "dtype": "f32"}}],
        "args": [], "name": "f"}],
      "constants": [{"data": {"splat": 0.5}, "type": {"dtype": "f32", "shape": [2], "kind": "tensor"}, "id": 0}],
      "psmc_ir": {"version": "1.0"}})";
  CHECK(print_module(read_good(text)) ==
        "func @f() -> tensor<2xf32> {\n  %c = constant splat[0.5] : tensor<2xf32>\n  %0 = group {\n    yield %c\n  }\n"
        "  return %0\n}\n");
}

SCENARIO("blocks nest as deeply in JSON as in text") {
  std::string text = "func @f() {\n";
  for (int i = 0; i < 62; ++i) text += "  group {\n";
  for (int i = 0; i < 62; ++i) text += "  yield\n  }\n";
  const Module module = read_valid(text + "  return\n}\n");
  CHECK(print_module(read_good(write_json(module))) == print_module(module));
}

SCENARIO("a text that is not JSON is refused at its first fault, though bodies are read last") {
  const std::string good = write_json(read_valid(printed_modules()[3]));
  Result<Module> module = read_json("m.json", good);
  REQUIRE(module.ok());
  for (size_t at = 0; at + 1 < good.size(); at += 7) {  // cut short anywhere
    module = read_json("m.json", good.substr(0, at));
    REQUIRE(!module.ok());
    CHECK(module.diagnostic().code == Code::bad_json);
  }
  std::string text = good;
  const size_t body = text.find("\"op\"");
  text.replace(body, 4, "\"op]");
  CHECK(refusal(text).code == Code::bad_json);
  text = good;
  text[text.find('[', body)] = '{';
  CHECK(refusal(text).code == Code::bad_json);
  CHECK(refusal(good + "x").code == Code::bad_json);
}

SCENARIO("what the verifier says of a function points at it in the JSON text") {
  const Result<Module> module = read_json("m.json", R"({"psmc_ir": {"version": "1.0"}, "functions": [
   {"name": "g", "args": [], "results": [], "body": [{"op": "return"}]},
   {"name": "f", "args": [], "results": [{"type": {"kind": "scalar", "dtype": "f32"}, "state": "s"}], "body": [
    {"op": "constant", "attrs": {"value": 1.0}, "results": [{"id": 0}]}, {"op": "return", "operands": [0]}]}]})");
  if (!module.ok()) FAIL(module.diagnostic().render());
  const std::vector<Diagnostic> errors = verify(*module);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].code == Code::ir_state);
  CHECK(errors[0].place.line == 3);
  CHECK(errors[0].place.column == 4);
}

SCENARIO("places are right in a text of one line as in one of many, in any order of keys") {
  const std::string text =
      R"({"functions": [{"body": [{"op": "return"}], "name": "f", "args": [], "results": []}], "psmc_ir": {"version": "1.0"}})";
  const Result<Module> one = read_json("m.json", text);
  REQUIRE(one.ok());
  CHECK(place_of(*one, OpId(0)).line == 1);
  CHECK(place_of(*one, OpId(0)).column == text.find("{\"op\"") + 1);
  CHECK(place_of(*one, one->func(FuncId(0)).loc).column == text.find("{\"body\"") + 1);
}

SCENARIO("reading ends at the extension that is one too many, before they are compared with each other") {
  std::string keys = "\"x-0\": 0";
  for (uint32_t i = 1; i < kMaxAttrs; ++i) keys += ", \"x-" + std::to_string(i) + "\": 0";
  const auto with = [](const std::string& extensions) {
    return R"({"psmc_ir": {"version": "1.1"}, "functions": [{"name": "f", "args": [], "results": [], "body": [{"op": "return", )" +
           extensions + "}]}]}";
  };
  read_good(with(keys));
  const std::string text = with(keys + ", \"x-last\": 7, \"x-0\": 0");
  const Diagnostic refused = refusal(text);
  CHECK(refused.code == Code::bad_syntax);
  CHECK(refused.place.column == text.find("7, \"x-0\"") + 1);
}
