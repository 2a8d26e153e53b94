// SPDX-License-Identifier: Apache-2.0
#include "base/diagnostics.h"

#include <catch2/catch.hpp>

#include "base/render.h"
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

TEST_CASE("marks that reorder or hide text, and controls beyond ASCII, are escaped") {
  CHECK(printable("a\xc2\x9b"
                  "2J") == "a\\u{9b}2J");
  CHECK(printable("\xe2\x80\xae"
                  "x") == "\\u{202e}x");
  CHECK(printable("\xf0\x9f\x98\x80") == "\xf0\x9f\x98\x80");
  CHECK(printable("a\nb") == "a\\x0ab");
  CHECK(printable("a\nb", true) == "a\nb");
}

TEST_CASE("the caret stands below its character when others are wide or have marks") {
  CHECK(display_width("\xe4\xbd\xa0\xe5\xa5\xbd") == 4);
  CHECK(display_width("e\xcc\x81") == 1);
  CHECK(text_error(Code::bad_json, "f", "\xe4\xbd\xa0 ?", 4, "m").render() ==
        "f:1:5: error[PSM0201]: m\n  1 | \xe4\xbd\xa0 ?\n    |    ^\n");
}

TEST_CASE("a word is underlined as long as it is") {
  const auto length = [](const char* text, size_t offset) {
    return text_error(Code::bad_json, "f", text, offset, "m").place.length;
  };
  CHECK(length("%a = frob %b", 5) == 4);
  CHECK(length("%a = frob %b", 0) == 2);
  CHECK(length("x \"a\\\"b\" y", 2) == 6);
  CHECK(length("x \"open", 2) == 5);
  CHECK(length("@\"a b\"(", 0) == 6);
  CHECK(length("a(b)", 1) == 1);
  CHECK(length("-1.5,", 0) == 4);
  CHECK(length("ab", 2) == 0);
  CHECK(text_error(Code::bad_json, "f", "a frob b", 2, "m").render() ==
        "f:1:3: error[PSM0201]: m\n  1 | a frob b\n    |   ^~~~\n");
}

TEST_CASE("only a part of a long line is kept") {
  const Diagnostic wrong = text_error(Code::bad_json, "f", std::string(1000000, 'x'), 500000, "m");
  CHECK(wrong.place.column == 500001);
  CHECK(wrong.place.text.size() == 180);
  CHECK(wrong.place.skipped == 500000 - 80);
  CHECK(wrong.place.cut);
}

TEST_CASE("fixes, related places and notes follow the source line") {
  Diagnostic wrong = text_error(Code::unknown_op, "m", "%a = ad %x", 5, "there is no op `ad`", {"a note"});
  wrong.fixes.push_back({wrong.place, "add"});
  FixIt insertion{place_in_text("m", "%a = ad %x", 10), ","};
  insertion.place.length = 0;
  wrong.fixes.push_back(insertion);
  wrong.related.push_back({"it is here", place_in_text("m", "%a = ad %x", 8)});
  wrong.more.push_back(error(Code::bad_json, "not shown"));
  CHECK(wrong.render() ==
        "m:1:6: error[PSM0208]: there is no op `ad`\n  1 | %a = ad %x\n    |      ^~\n"
        "  fix: replace `ad` by `add`\n  fix: insert `,` at 1:11\n"
        "  m:1:9: note: it is here\n  1 | %a = ad %x\n    |         ^~\n  note: a note\n");
}

TEST_CASE("colours change nothing but colours") {
  Diagnostic wrong = text_error(Code::unknown_op, "m", "%a = ad %x", 5, "there is no op `ad`", {"a note"});
  wrong.fixes.push_back({wrong.place, "add"});
  const std::string colored = render(wrong, {true});
  CHECK(colored.find("\x1b[1;31merror[PSM0208]:\x1b[0m") != std::string::npos);
  std::string plain;
  for (size_t i = 0; i < colored.size(); ++i) {
    if (colored[i] == '\x1b')
      i = colored.find('m', i);
    else
      plain += colored[i];
  }
  CHECK(plain == wrong.render());
}

TEST_CASE("source lines are added where they are missing") {
  std::vector<Diagnostic> errors;
  for (const auto& [line, column] : std::vector<std::pair<uint32_t, uint32_t>>{{3, 2}, {1, 0}, {9, 1}, {2, 50}}) {
    SourcePlace place;
    place.file = "f";
    place.line = line;
    place.column = column;
    errors.push_back(place_error(Code::ir_type, place, "m"));
  }
  errors.push_back(file_error(Code::ir_type, "g", "m"));
  add_source_lines("f", "one\ntwo\nxthree\n", errors);
  CHECK(errors[0].place.text == "xthree");
  CHECK(errors[0].place.length == 5);
  CHECK(errors[1].place.text == "one");
  CHECK(errors[1].place.column == 0);
  for (size_t i = 2; i < 5; ++i) CHECK(errors[i].place.text.empty());
}

TEST_CASE("one diagnostic carries all errors of an input") {
  const Diagnostic all = combined({error(Code::bad_json, "a"), error(Code::bad_json, "b"), error(Code::bad_json, "c")});
  CHECK(all.message == "a");
  REQUIRE(all.more.size() == 2);
  CHECK(all.more[1].message == "c");
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
