// SPDX-License-Identifier: Apache-2.0
// JSON-IR: text -> JSON -> text changes nothing, writing is canonical, and mistakes are named with their place.
#include "tests/ir/sources.h"

#include "ir/json/json_ir.h"

using namespace psmc;
using namespace psmc::ir;

SCENARIO("text -> JSON -> text changes nothing, and JSON -> JSON neither") {
  for (const std::string& text : printed_modules()) {
    const std::string json = write_json(read_valid(text));
    Result<Module> module = read_json("m.json", json);
    if (!module.ok()) FAIL(module.diagnostic().render());
    CHECK(print_module(*module) == text);
    CHECK(write_json(*module) == json);
  }
}

SCENARIO("types may be left out where they follow") {
  const Result<Module> module = read_json("m.json", R"({"psmc_ir": {"version": "1.0"}, "functions": [
    {"name": "f", "args": [{"id": 7, "type": {"kind": "tensor", "dtype": "f32", "shape": [2]}}],
     "results": [{"type": {"kind": "tensor", "dtype": "f32", "shape": [2]}}],
     "body": [{"op": "exp", "operands": [7], "results": [{"id": 3, "name": "e"}]}, {"op": "return", "operands": [3]}]}]})");
  if (!module.ok()) FAIL(module.diagnostic().render());
  CHECK(print_module(*module) == "func @f(%0: tensor<2xf32>) -> tensor<2xf32> {\n  %e = exp %0\n  return %e\n}\n");
  CHECK(verify(*module).empty());
  CHECK(place_of(*module, OpId(0)).line == 4);
}

SCENARIO("each mistake in JSON-IR is named with its code and place") {
  struct Wrong {
    std::string from, to;  ///< a piece of the good text, and what it becomes
    Code code;
    std::string at;  ///< the diagnostic points to the line and column where this text begins
  };
  const std::string good = R"({"psmc_ir": {"version": "1.0"},
 "constants": [{"id": 0, "name": "c", "type": {"kind": "tensor", "dtype": "f32", "shape": [2]}, "data": {"dense": [1.0, 2.0]}}],
 "functions": [{"name": "f", "symbols": [{"name": "p", "low": 0, "high": 7}],
  "args": [{"id": 0, "name": "x", "type": {"kind": "tensor", "dtype": "f32", "shape": [8]}}],
  "results": [{"type": {"kind": "tensor", "dtype": "f32", "shape": [1]}}],
  "body": [
   {"op": "slice", "operands": [0], "results": [{"id": 1, "name": "s"}], "attrs": {"size": [1], "start": {"syms": [{"p": 1}]}}},
   {"op": "group", "results": [{"id": 2}], "blocks": [{"body": [{"op": "yield", "operands": [1]}]}]},
   {"op": "return", "operands": [2]}]}]})";
  REQUIRE(read_json("good.json", good).ok());
  const std::vector<Wrong> wrong = {
      {"{\"psmc_ir\"", "[\"psmc_ir\"", Code::bad_json, ""},
      {"\"version\": \"1.0\"", "\"version\": \"7.0\"", Code::json_version, "\"7.0\""},
      {"\"psmc_ir\": {\"version\": \"1.0\"},", "", Code::json_type, "{"},
      {"\"functions\"", "\"funktions\"", Code::json_type, "\"funktions\""},
      {"\"id\": 0, \"name\": \"c\"", "\"id\": 1, \"name\": \"c\"", Code::json_type, "1, \"name\": \"c\""},
      {"[1.0, 2.0]", "[1.0]", Code::bad_constant, "[1.0]}"},
      {"[1.0, 2.0]", "[1.0, \"x\"]", Code::bad_constant, "\"x\""},
      {"{\"dense\": [1.0, 2.0]}", "{\"hex\": \"00\"}", Code::bad_constant, "\"00\""},
      {"{\"dense\": [1.0, 2.0]}", "{\"file\": \"m\", \"entry\": \"n\", \"sha256\": \"00\"}", Code::bad_constant,
       "\"00\""},
      {"{\"dense\": [1.0, 2.0]}", "{}", Code::json_type, "{}}"},
      {"\"shape\": [2]}", "\"shape\": [1000000000000]}", Code::bad_constant, "[1.0, 2.0]"},
      {"\"shape\": [2]}", "\"shape\": [10000000000000]}", Code::bad_type, "10000000000000"},
      {"\"low\": 0", "\"low\": 8", Code::json_type, "7}"},
      {"\"kind\": \"tensor\", \"dtype\": \"f32\", \"shape\": [8]", "\"kind\": \"cube\"", Code::bad_type, "\"cube\""},
      {"\"dtype\": \"f32\", \"shape\": [8]", "\"dtype\": \"f31\", \"shape\": [8]", Code::bad_type, "\"f31\""},
      {"\"slice\"", "\"slyce\"", Code::unknown_op, "\"slyce\""},
      {"\"operands\": [0]", "\"operands\": [5]", Code::undefined_name, "5]"},
      {"\"id\": 1, \"name\": \"s\"", "\"id\": 0, \"name\": \"s\"", Code::redefined_name, "{\"id\": 0, \"name\": \"s\""},
      {"{\"id\": 1, \"name\": \"s\"}",
       "{\"id\": 1, \"type\": {\"kind\": \"tensor\", \"dtype\": \"f32\", \"shape\": [2]}}", Code::type_differs,
       "{\"op\": \"slice\""},
      {"{\"p\": 1}", "{\"q\": 1}", Code::unknown_symbol, "1}]}}}"},
      {"\"size\": [1]", "\"size\": [9]", Code::shape_mismatch, "{\"op\": \"slice\""},
      {"\"size\": [1]", "\"size\": [1], \"much\": true", Code::ir_attribute, "{\"op\": \"slice\""},
      {"\"size\": [1]", "\"size\": null", Code::json_type, "null"},
      {"\"op\": \"yield\", \"operands\": [1]", "\"op\": \"yield\"", Code::bad_syntax, "{\"op\": \"group\""},
      {", \"blocks\": [{\"body\": [{\"op\": \"yield\", \"operands\": [1]}]}]", "", Code::bad_syntax,
       "{\"op\": \"group\""},
  };
  for (const Wrong& w : wrong) {
    std::string text = good;
    const size_t at = text.find(w.from);
    REQUIRE(at != std::string::npos);
    text.replace(at, w.from.size(), w.to);
    INFO(text);
    const Result<Module> module = read_json("wrong.json", text);
    REQUIRE(!module.ok());
    INFO(module.diagnostic().render());
    CHECK(code_name(module.diagnostic().code) == code_name(w.code));
    if (w.at.empty()) continue;
    const size_t wanted = text.find(w.at);
    REQUIRE(wanted != std::string::npos);
    const auto line =
        static_cast<uint32_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(wanted), '\n') + 1);
    const size_t start = wanted == 0 ? 0 : text.rfind('\n', wanted - 1) + 1;
    CHECK(module.diagnostic().place.line == line);
    CHECK(module.diagnostic().place.column == wanted - start + 1);
  }
}

SCENARIO("numbers keep their kind and every bit") {
  const std::string text =
      "func @f(%x: tensor<f32>) {\n"
      "  %a = neg %x {t.a = 9223372036854775807, t.b = -9223372036854775808, t.c = 1.0, t.d = -0.0, t.e = inf, t.f = "
      "-inf, t.g = nan, "
      "t.h = 0.1, t.i = 1e+300, t.j = true, t.k = [], t.l = f32, t.m = \"f32\", t.n = 0}\n  return\n}\n";
  const Module module = read_valid(text);
  CHECK(print_module(module) == text);
  Result<Module> again = read_json("m.json", write_json(module));
  REQUIRE(again.ok());
  CHECK(print_module(*again) == text);
}

SCENARIO("Ids below and above the document's length are the same to its reader", "[ir]") {
  std::string text = R"({"psmc_ir": {"version": "1.1"}, "functions": [{"name": "f", "args": [
{"id": 600, "type": {"kind": "tensor", "dtype": "f32", "shape": [2]}}], "results": [], "body": [
{"op": "neg", "operands": [600], "results": [{"id": 700}]},
{"op": "neg", "operands": [700], "results": [{"id": 1100}]},
{"op": "neg", "operands": [1100], "results": [{"id": 1100}]},
{"op": "return", "operands": []}]}]})";
  text.append(1000 - text.size(), ' ');
  const Result<Module> module = read_json("m.json", text);
  REQUIRE(!module.ok());
  CHECK(module.diagnostic().code == Code::redefined_name);
  CHECK(module.diagnostic().place.line == 5);
}
