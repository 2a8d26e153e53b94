// SPDX-License-Identifier: Apache-2.0
#include "base/diagnostics.h"

#include <catch2/catch.hpp>

#include "base/result.h"

using namespace psmc;

TEST_CASE("a code prints as PSM and four digits and has a summary") {
  CHECK(code_name(Code::bad_json) == "PSM0201");
  CHECK(code_summary(Code::bad_json) == "a JSON text is malformed");
  CHECK(code_summary(static_cast<Code>(9999)).empty());
}

TEST_CASE("a diagnostic without a place is one line and its notes") {
  CHECK(error(Code::bad_option, "no such thing").render() == "error[PSM0103]: no such thing\n");
  CHECK(error(Code::bad_option, "no", {"try yes", "or maybe"}).render() ==
        "error[PSM0103]: no\n  note: try yes\n  note: or maybe\n");
}

TEST_CASE("a diagnostic of a whole file names the file") {
  CHECK(file_error(Code::unknown_format, "a.bin", "what is this").render() == "a.bin: error[PSM0106]: what is this\n");
}

TEST_CASE("a diagnostic in a text points at line and column") {
  const Diagnostic diagnostic = text_error(Code::bad_json, "a.json", "{\n  \"x\": ?\n}\n", 9, "a value is missing");
  CHECK(diagnostic.place.line == 2);
  CHECK(diagnostic.place.column == 8);
  CHECK(diagnostic.render() == "a.json:2:8: error[PSM0201]: a value is missing\n  2 |   \"x\": ?\n    |        ^\n");
}

TEST_CASE("the first and the last place of a text are right") {
  CHECK(text_error(Code::bad_json, "f", "", 0, "m").place.line == 1);
  CHECK(text_error(Code::bad_json, "f", "", 0, "m").place.column == 1);
  const Diagnostic end = text_error(Code::bad_json, "f", "ab\r\ncd", 100, "m");
  CHECK(end.place.line == 2);
  CHECK(end.place.column == 3);
  CHECK(text_error(Code::bad_json, "f", "ab\r\ncd", 1, "m").place.text == "ab");
  const Diagnostic at_newline = text_error(Code::bad_json, "f", "ab\ncd", 2, "m");
  CHECK(at_newline.place.line == 1);
  CHECK(at_newline.place.column == 3);
}

TEST_CASE("a long line is cut around the column") {
  const std::string text(5000, 'x');
  const std::string rendered = text_error(Code::bad_json, "f", text, 2500, "m").render();
  CHECK(rendered.size() < 500);
  const size_t caret = rendered.rfind('^');
  const size_t last_line = rendered.rfind('\n', caret);
  const size_t source_line = rendered.rfind('\n', last_line - 1);
  CHECK(rendered[source_line + (caret - last_line)] == 'x');
  CHECK(rendered.find("...") != std::string::npos);
}

TEST_CASE("the caret counts characters, not bytes") {
  CHECK(text_error(Code::bad_json, "f", "\xc3\xa4\xc3\xb6!", 4, "m").render() ==
        "f:1:5: error[PSM0201]: m\n  1 | \xc3\xa4\xc3\xb6!\n    |   ^\n");
}

TEST_CASE("control characters never reach the terminal") {
  const std::string rendered = text_error(Code::bad_json, "f\x1b", "a\x1b[2Jb\t!", 7, "m\x07").render();
  CHECK(rendered == "f\\x1b:1:8: error[PSM0201]: m\\x07\n  1 | a\\x1b[2Jb !\n    |           ^\n");
}

TEST_CASE("what is no UTF-8 is escaped") {
  CHECK(error(Code::bad_json, "\xc3\xa4 \xff\xfe \xc3").render() == "error[PSM0201]: \xc3\xa4 \\xff\\xfe \\xc3\n");
}

TEST_CASE("severities are named") {
  Diagnostic diagnostic = error(Code::bad_option, "m");
  diagnostic.severity = Severity::warning;
  CHECK(diagnostic.render() == "warning[PSM0103]: m\n");
  diagnostic.severity = Severity::note;
  CHECK(diagnostic.render() == "note[PSM0103]: m\n");
}

namespace {

Result<int> half(int x) {
  if (x % 2 != 0) return error(Code::bad_option, "odd");
  return x / 2;
}
Result<int> quarter(int x) {
  PSMC_ASSIGN(const int h, half(x));
  return half(h);
}
Status even(int x) {
  PSMC_TRY(half(x));
  return {};
}

}  // namespace

TEST_CASE("results carry a value or a diagnostic through the macros") {
  CHECK(quarter(8).value() == 2);
  CHECK(quarter(6).diagnostic().code == Code::bad_option);
  CHECK(quarter(3).diagnostic().message == "odd");
  CHECK(even(2).ok());
  CHECK(even(1).diagnostic().message == "odd");
  CHECK_FALSE(static_cast<bool>(even(1)));
}
