// SPDX-License-Identifier: Apache-2.0
// What is wrong in a text is named with its code and place; reading goes on after it.
#include <catch2/catch.hpp>

#include "ir/text/parser.h"

using namespace psmc;
using namespace psmc::ir;

namespace {

struct Wrong {
  std::string text;
  Code code;
  uint32_t line, column;
};

std::string body(const std::string& line) { return "func @f[p: 0..7](%x: tensor<4xf32>) {\n" + line + "\nreturn\n}\n"; }

const std::vector<Wrong> kWrong = {
    {"hello", Code::bad_syntax, 1, 1},
    {"func f()", Code::bad_syntax, 1, 6},
    {"func @f() {", Code::bad_syntax, 1, 11},
    {"func @f() { return }\nfunc @f() { return }", Code::redefined_name, 2, 6},
    {"func @f[a: 0..1, a: 0..2]() { return }", Code::redefined_name, 1, 18},
    {"func @f[a: 3..1]() { return }", Code::bad_syntax, 1, 9},
    {"func @f(%x: tensor<4xf31>) { return }", Code::bad_syntax, 1, 22},
    {"func @f(%x: matrix<4xf32>) { return }", Code::bad_type, 1, 13},
    {"func @f(%x: tensor<99999999999999999999xf32>) { return }", Code::bad_token, 1, 20},
    {"func @f(%x: tensor<1000000000x1000000000xf32>) { return }", Code::bad_type, 1, 13},
    {"func @f(%x: tensor<(p <= 4)xf32>) { return }", Code::unknown_symbol, 1, 21},
    {"func @f(%x: buffer<4xf32, moon>) { return }", Code::bad_syntax, 1, 27},
    {"func @f(%x: buffer<4xf32, strides [1, 2]>) { return }", Code::bad_syntax, 1, 41},
    {"const @a : tensor<2xf32> = dense[1.0]", Code::bad_constant, 1, 33},
    {"const @a : tensor<2xf32> = dense[1.0, 2.0, 3.0]", Code::bad_constant, 1, 44},
    {"const @a : tensor<2xi8> = dense[1, 300]", Code::bad_constant, 1, 36},
    {"const @a : tensor<2xi8> = dense[1, 0.5]", Code::bad_constant, 1, 36},
    {"const @a : tensor<2xf32> = hex \"00\"", Code::bad_constant, 1, 32},
    {"const @a : tensor<2xf32> = hex \"0x\"", Code::bad_constant, 1, 32},
    {"const @a : tensor<1099511627776xf32> = splat[1.0]", Code::too_large, 1, 45},
    {"const @a : tensor<f32> = file(\"m\", \"n\", \"abc\")", Code::bad_constant, 1, 41},
    {"const @a : tensor<f32> = dense[0.0]\nconst @a : tensor<f32> = dense[0.0]", Code::redefined_name, 2, 7},
    {"const @a : f32 = dense[0.0]", Code::bad_type, 1, 7},
    {"const @a : tensor<f32> = dense[0.0] {x.a = 3}", Code::bad_attribute, 1, 37},
    {"const @a : tensor<f32> = dense[0.0] {x.arg.0.a = \"3\"}", Code::bad_attribute, 1, 37},
    {"module {place.region = \"3\"}", Code::bad_attribute, 1, 8},
    {"module {x.a = \"[ ]\"}", Code::bad_attribute, 1, 8},
    {"module {x.a = \"1\"}\nmodule {x.b = \"1\"}", Code::redefined_name, 2, 1},
    {"module", Code::bad_syntax, 1, 7},
    {body("%y = frobnicate %x"), Code::unknown_op, 2, 6},
    {body("%y = neg %z"), Code::undefined_name, 2, 10},
    {body("%x = neg %x"), Code::redefined_name, 2, 1},
    {body("%y = neg %x : tensor<5xf32>"), Code::type_differs, 2, 6},
    {body("%y = neg %x, %x"), Code::bad_operand_count, 2, 6},
    {body("%y = neg %x {speed = 3}"), Code::ir_attribute, 2, 14},
    {body("%y = cast %x"), Code::bad_attribute, 2, 6},
    {body("%y = slice %x {size = [1], start = sym[q]}"), Code::unknown_symbol, 2, 40},
    {body("%y, %z = neg %x"), Code::bad_syntax, 2, 10},
    {body("neg %x"), Code::bad_syntax, 2, 1},
    {body("%y = alloc"), Code::bad_type, 2, 6},
    {body("%y = constant @nothing"), Code::undefined_name, 2, 15},
    {body("%y = constant dense[1.0]"), Code::bad_type, 2, 15},
    {body("%y = constant 99999999999999999999"), Code::bad_token, 2, 15},
    {body("%y = constant 1e999 : f32"), Code::bad_token, 2, 15},
    {body("%y = constant \"a"), Code::bad_token, 2, 15},
    {body("%y = neg %x {a.b = \"\\q\"}"), Code::bad_token, 2, 20},
    {body("%y = neg %x {a.b = 1, a.b = 2}"), Code::redefined_name, 2, 23},
    {body("%y = neg %x ?"), Code::bad_token, 2, 13},
    {body("%y = load %x[0]"), Code::bad_operand_type, 2, 6},
    {body("%y = group { %z = neg %x }"), Code::bad_syntax, 2, 6},
    {body("for %i = 0 to 4 {lots = 1} { }"), Code::ir_attribute, 2, 18},
    {body("for %i = 0 to 4 step 0 { }"), Code::bad_attribute, 2, 1},
    {body("call @nothing(%x)"), Code::unknown_callee, 2, 6},
};

}  // namespace

SCENARIO("each mistake is named with its code and place") {
  for (const Wrong& wrong : kWrong) {
    INFO(wrong.text);
    std::vector<Diagnostic> errors;
    CHECK(!parse_text("wrong.psm", wrong.text, errors));
    REQUIRE(!errors.empty());
    INFO(errors[0].render());
    CHECK(code_name(errors[0].code) == code_name(wrong.code));
    CHECK(errors[0].place.line == wrong.line);
    CHECK(errors[0].place.column == wrong.column);
  }
}

SCENARIO("all mistakes of a text are named at once, and none twice") {
  std::vector<Diagnostic> errors;
  CHECK(!parse_text("many.psm", R"(const @a : tensor<2xf32> = dense[1.0]
func @f(%x: tensor<4xf32>) {
  %a = frobnicate %x
  %b = add %a, %x
  %c = neg %nothing
  %g = group {
    %d = neg %b
    %e = exp2 %x {much = 1}
    yield %d
  }
  %h = neg %g
  return %h
}
func @g() {
  %q = neg %a
  return
}
)",
                    errors));
  std::vector<uint32_t> lines;
  for (const Diagnostic& diagnostic : errors) lines.push_back(diagnostic.place.line);
  CHECK(lines == std::vector<uint32_t>{1, 3, 5, 8, 15});
}

namespace {

std::vector<Diagnostic> errors_of(const std::string& text, size_t max_errors = kMaxErrors) {
  std::vector<Diagnostic> errors;
  CHECK(!parse_text("wrong.psm", text, errors, max_errors));
  REQUIRE(!errors.empty());
  return errors;
}

/// `text` after the first fix of its first error.
std::string fixed(const std::string& text) {
  const Diagnostic wrong = errors_of(text)[0];
  INFO(text << wrong.render());
  REQUIRE(!wrong.fixes.empty());
  const FixIt& fix = wrong.fixes[0];
  size_t begin = 0;
  for (uint32_t line = 1; line < fix.place.line; ++line) begin = text.find('\n', begin) + 1;
  return std::string(text).replace(begin + fix.place.column - 1, fix.place.length, fix.with);
}

}  // namespace

SCENARIO("a fix makes the text right") {
  struct Slip {
    std::string wrong, right;
  };
  const std::vector<Slip> slips = {
      {body("%y = ngg %x"), body("%y = neg %x")},
      {body("%why = neg %x\n%z = exp %whi"), body("%why = neg %x\n%z = exp %why")},
      {body("%y = cast %x {dtipe = bf16}"), body("%y = cast %x {dtype = bf16}")},
      {body("%y = call @softmaks(%x) {axis = 0}"), body("%y = call @softmax(%x) {axis = 0}")},
      {body("%y = neg %x : tensr<4xf32>"), body("%y = neg %x : tensor<4xf32>")},
      {body("%y = cast %x {dtype = bf16} : tensor<4xbf61>"), body("%y = cast %x {dtype = bf16} : tensor<4xbf16>")},
      {body("%y neg %x"), body("%y= neg %x")},
      {body("%y = neg %x : tensor<4xf32\n"), body("%y = neg %x : tensor<4xf32>\n")},
      {body("%y = call @softmax(%x\n"), body("%y = call @softmax(%x)\n")},
      {"func @f(%x: f32 {\n  return\n}\n", "func @f(%x: f32) {\n  return\n}\n"},
      {"func @f(%x f32) {\n  return\n}\n", "func @f(%x: f32) {\n  return\n}\n"},
      {"const @one : tensor<f32> = dense[1.0]\nfunc @f() {\n  %c = constant @onne\n  return\n}\n",
       "const @one : tensor<f32> = dense[1.0]\nfunc @f() {\n  %c = constant @one\n  return\n}\n"},
  };
  for (const Slip& slip : slips) {
    CHECK(fixed(slip.wrong) == slip.right);
    if (slip.right.find("@softmax(%x)\n") == std::string::npos) CHECK(parse_text("right.psm", slip.right).ok());
  }
}

SCENARIO("where nothing is near or certain there is no fix") {
  for (const char* line : {"%y = frobnicate %x", "%y = neg %q", "%y = neg %x {speed = 3}", "%y = call @nothing(%x)",
                           "%y = neg %x : matrix<4xf32>", "%y = load %x[0 1]", "neg"}) {
    INFO(line);
    CHECK(errors_of(body(line))[0].fixes.empty());
  }
}

SCENARIO("an error names the other places that it is about") {
  struct Related {
    std::string text, message;
    uint32_t line, column;
  };
  const std::vector<Related> wrong = {
      {body("%y = neg %x\n%y = exp %x"), "it is defined here", 2, 1},
      {body("%x = neg %x"), "it is defined here", 1, 18},
      {"func @f() { return }\nfunc @f() { return }", "it is defined here", 1, 6},
      {"const @a : tensor<f32> = dense[0.0]\nconst @a : tensor<f32> = dense[0.0]", "it is defined here", 1, 7},
      {body("%y = neg %z\n%z = neg %x"), "it is defined here, after its use", 3, 1},
      {body("%y = constant dense[1.0, 2.0] : tensor<2xf32>\n%z = add %x, %y"), "`%x` is tensor<4xf32>", 1, 18},
      {body("%y = call @g()") + "func @g(%a: f32) -> f32 {\n  return %a\n}\n", "it is defined here", 5, 6},
  };
  for (const Related& w : wrong) {
    const Diagnostic error = errors_of(w.text)[0];
    INFO(error.render());
    REQUIRE(!error.related.empty());
    CHECK(error.related[0].message == w.message);
    CHECK(error.related[0].place.line == w.line);
    CHECK(error.related[0].place.column == w.column);
    CHECK(!error.related[0].place.text.empty());
  }
}

SCENARIO("a constant or function that is wrong is not missing, too") {
  CHECK(errors_of("const @c : tensor<2xf32> = dense[1.0]\nfunc @f() {\n  %c = constant @c\n  return\n}\n").size() == 1);
  CHECK(errors_of("func @g(%x: f31) -> f32 {\n  return %x\n}\nfunc @f(%x: f32) {\n  %c = call @g(%x)\n  %d = neg %c\n"
                  "  return\n}\n")
            .size() == 1);
}

SCENARIO("as many mistakes are named as are asked for") {
  std::string text = "func @f() {\n";
  for (int i = 0; i < 300; ++i) text += "  frobnicate\n";
  text += "}\n";
  CHECK(errors_of(text, 1).size() == 1);
  CHECK(errors_of(text, 50).size() == 50);
  CHECK(errors_of(text, SIZE_MAX).size() == 300);
}

SCENARIO("not more than 20 mistakes are named") {
  std::string text = "func @f() {\n";
  for (int i = 0; i < 100; ++i) text += "  frobnicate\n";
  std::vector<Diagnostic> errors;
  CHECK(!parse_text("many.psm", text + "}\n", errors));
  CHECK(errors.size() == 20);
}

SCENARIO("a type with very many extents is refused at the first one too many") {
  std::string type = "tensor<";
  for (int i = 0; i < 1'000'000; ++i) type += "1x";  // reading on took time by the square of them
  const auto module = parse_text("wide.psm", "func @f(%x: " + type + "f32>) {\n  return\n}\n");
  REQUIRE(!module.ok());
  CHECK(module.diagnostic().code == Code::bad_type);
  CHECK(module.diagnostic().message == "at most 16 dimensions are possible");
}

SCENARIO("any prefix and any single changed byte of a good text is read or refused") {
  const std::string good = R"(const @c : tensor<2xf32> = dense[1.0, -2.5e-3]
func @f[p: 0..7](%x: buffer<4x4xf32, scratchpad, strides [8, 1]>, %t: tensor<4x(p + 1 <= 8)xf32>) -> tensor<2xf32> {
  %c = constant @c
  for %i = 0 to sym(p) step 1 {max_trip = 7} {
    %v = load %x[%i - 2 * p, 3]
    store %v, %x[0, %i]
  }
  %n = neg %c {a.b = "s\x41"}  loc("l", "f":1:2)
  return %n
}
)";
  REQUIRE(parse_text("good", good).ok());
  for (size_t i = 0; i < good.size(); ++i) {
    (void)parse_text("prefix", good.substr(0, i)).ok();
    for (char c : std::string("%@\"{}()[]<0x9-.\n\x80")) {
      std::string changed = good;
      changed[i] = c;
      (void)parse_text("changed", changed).ok();
    }
  }
  SUCCEED();
}
