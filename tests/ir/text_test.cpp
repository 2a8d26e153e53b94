// SPDX-License-Identifier: Apache-2.0
// The text form: what the printer writes is read back as the same module.
#include "tests/ir/sources.h"

#include "ir/text/elements.h"
#include "ir/text/lexer.h"

#include "base/random.h"
#include "base/utf8.h"

#include <cmath>
#include <cstring>

using namespace psmc;
using namespace psmc::ir;

SCENARIO("a printed module reads back and prints the same") {
  for (const std::string& text : printed_modules()) {
    const Module module = read_valid(text);
    CHECK(print_module(module) == text);
  }
}

SCENARIO("a scalar truth value is written as a word or a number") {
  const std::string before = "func @k(%a: buffer<bool, scratchpad>) {\n  %v = constant ";
  const std::string after = " : bool\n  store %v, %a[]\n  return\n}\n";
  for (const auto& [word, number] : {std::pair("true", "1"), std::pair("false", "0")})
    CHECK(print_module(read_valid(before + word + after)) == before + number + after);
}

SCENARIO("what people write prints in its one stable form") {
  const Module module = read_valid(R"(
// comments and any spacing
func   @f [ p : -1 .. 3 ] ( %a:tensor< 2 x (p+2<=8)xf32> )->(tensor<2x(2 + 1*p <= 8)xf32>) { //here
  %b=add %a ,%a : tensor<2x(p + 2 <= 8)xf32>
  %c = neg %b {} loc("x")
  %d = slice %c { start = sym [ 0, 1 - 1 ], size = sym[2, p*1+2+0] }
  return %d }
)");
  CHECK(print_module(module) == R"(func @f[p: -1..3](%a: tensor<2x(p + 2 <= 8)xf32>) -> tensor<2x(p + 2 <= 8)xf32> {
  %b = add %a, %a
  %c = neg %b  loc("x")
  %d = slice %c {size = sym[2, p + 2], start = [0, 0]}
  return %d
}
)");
}

SCENARIO("names that clash get a suffix, and keep it") {
  Module module =
      read_valid("func @f(%x: tensor<f32>) -> tensor<f32> {\n  %0 = neg %x\n  %1 = neg %0\n  return %1\n}\n");
  const BlockId body = module.func(FuncId(0)).body;
  for (OpId op : ops_of(module, body)) {
    if (module.op(op).num_results > 0) module.set_name(module.result(op), "x");
  }
  const std::string printed = print_module(module);
  CHECK(printed == "func @f(%x: tensor<f32>) -> tensor<f32> {\n  %x.1 = neg %x\n  %x.2 = neg %x.1\n  return %x.2\n}\n");
  CHECK(print_module(read_valid(printed)) == printed);
}

SCENARIO("a value may have the same name in two blocks, but not where both are seen") {
  const std::string loops = R"(func @f() {
  for %i = 0 to 2 { %a = index %i * 2 }
  for %i = 0 to 2 { %a = index %i * 3 }
  return
}
)";
  CHECK(print_module(read_valid(loops)).find("%i.1") != std::string::npos);
}

SCENARIO("an op without a location gets its place in the text, which is not printed") {
  const Module module = read_text("func @f(%x: tensor<f32>) {\n  %y = neg %x\n  return\n}\n");
  const OpId op = module.block_data(module.func(FuncId(0)).body).first;
  const SourcePlace place = place_of(module, op);
  CHECK(place.file == "test.psm");
  CHECK(place.line == 2);
  CHECK(place.column == 8);
}

SCENARIO("one op can be printed for a message") {
  const Module module = read_text(printed_modules()[3]);
  const OpId op = module.op(module.block_data(module.func(FuncId(0)).body).first).next;
  CHECK(print_op(module, op) == "%h = contract %x, %w {dtype = f32, spec = \"mk,kn->mn\"}  loc(\"layer 0\")");
}

SCENARIO("strings keep every character") {
  std::string bytes;
  for (uint32_t c = 1; c < 0x3000; ++c) append_utf8(bytes, c);
  const std::string quoted = quote_text(bytes);
  StringTable decoded;
  Lexer lexer(quoted, decoded);
  const Token token = lexer.next();
  CHECK(token.kind == TokenKind::string);
  CHECK(token.text == bytes);
}

SCENARIO("every element reads back bit for bit") {
  Random random(7);
  for (DType dtype : {DType::f32, DType::f16, DType::bf16, DType::f64}) {
    for (int i = 0; i < 20000; ++i) {
      const uint64_t bits = random.next();
      std::byte bytes[8], back[8];
      std::memcpy(bytes, &bits, 8);
      const size_t size = dtype_bytes(dtype);
      if (data_form(dtype, {bytes, size}) == DataForm::hex) continue;  // a NaN with a payload
      std::string text = element_text(dtype, bytes);
      const bool negative = text[0] == '-';
      if (negative) text.erase(0, 1);
      double value = text == "inf" ? HUGE_VAL : text == "nan" ? NAN : double_from_text(text).value();
      store_number(dtype, negative ? -value : value, back);
      CHECK(std::memcmp(bytes, back, size) == 0);
    }
  }
}

SCENARIO("nested blocks and long lists end in an error, not in a crash") {
  std::string deep = "func @f() {\n";
  for (int i = 0; i < 5000; ++i) deep += "for %a" + std::to_string(i) + " = 0 to 2 {\n";
  CHECK(parse_text("deep", deep).diagnostic().code == Code::bad_syntax);
  for (int i = 0; i < 5000; ++i) deep += "}\n";
  deep += "return }\n";
  CHECK(parse_text("deep", deep).diagnostic().code == Code::too_deep);
  std::string wide = "func @f(%x: tensor<1xf32>) {\n%r = concat %x";
  for (int i = 0; i < 70000; ++i) wide += ", %x";
  CHECK(parse_text("wide", wide + " {axis = 0}\nreturn }").diagnostic().code == Code::bad_syntax);
  CHECK(parse_text("open", std::string(200000, '[')).diagnostic().code == Code::bad_syntax);
}
