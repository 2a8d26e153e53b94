// SPDX-License-Identifier: Apache-2.0
#include "tools/explain/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/nearest.h"

namespace psmc::tools {
namespace {

constexpr size_t kWidth = 100;

struct Subject {
  uint16_t first;
  std::string_view title;
};

constexpr Subject kSubjects[] = {{100, "files and options"},
                                 {200, "text form and JSON"},
                                 {300, "IR and verifier"},
                                 {400, "models and tokenizers"},
                                 {500, "machine files"},
                                 {600, "compiling for a machine"},
                                 {700, "program images, assembly"},
                                 {800, "running"},
                                 {900, "host library"}};

/// A test sees that there is one.
const Explanation* explanation_of(Code code) {
  for (const auto all : {input_explanations(), ir_explanations(), model_explanations(), program_explanations()})
    for (const Explanation& explanation : all)
      if (explanation.code == code) return &explanation;
  return nullptr;
}

/// `text` in lines of at most kWidth characters.
std::string wrapped(std::string_view text) {
  std::string out;
  while (text.size() > kWidth) {
    const size_t blank = text.substr(0, kWidth + 1).rfind(' ');
    if (blank == std::string_view::npos) break;
    out += text.substr(0, blank);
    out += '\n';
    text.remove_prefix(blank + 1);
  }
  return out + std::string(text) + "\n";
}

std::string example_text(const Explanation& explanation) {
  constexpr std::string_view kNames[] = {"", "m.psm", "m.json", "m.psma", "a command"};
  std::string out = fmt::format("Example, {}:\n    ", kNames[static_cast<size_t>(explanation.kind)]);
  for (const char c : explanation.example) {
    out += c;
    if (c == '\n') out += "    ";
  }
  return out + "\n\n";
}

std::string page(const CodeInfo& info) {
  std::string out = fmt::format("{} {}: {}\n", code_name(info.code), info.name, info.summary);
  const Explanation* explanation = explanation_of(info.code);
  if (explanation == nullptr) return out;
  out += "\n" + wrapped(explanation->meaning) + "\n";
  if (explanation->kind != Example::none) out += example_text(*explanation);
  return out + wrapped("What to do: " + std::string(explanation->what_to_do));
}

}  // namespace

std::string codes_text() {
  std::vector<CodeInfo> codes(all_codes().begin(), all_codes().end());
  std::sort(codes.begin(), codes.end(), [](const CodeInfo& a, const CodeInfo& b) { return a.code < b.code; });
  std::string out;
  for (const Subject& subject : kSubjects) {
    out += fmt::format("{}{}:\n", out.empty() ? "" : "\n", subject.title);
    for (const CodeInfo& info : codes)
      if (static_cast<uint16_t>(info.code) / 100 == subject.first / 100)
        out += fmt::format("  {} {:<22} {}\n", code_name(info.code), info.name, info.summary);
  }
  return out;
}

Result<std::string> explain_code(const std::string& wanted) {
  const std::string digits = wanted.starts_with("PSM") || wanted.starts_with("psm") ? wanted.substr(3) : wanted;
  std::vector<std::string_view> names;
  for (const CodeInfo& info : all_codes()) {
    if (wanted == info.name || fmt::format("PSM{:0>4}", digits) == code_name(info.code)) return page(info);
    names.push_back(info.name);
  }
  std::vector<std::string> notes = {"codes look like PSM0101; `psmc explain` lists them"};
  if (const std::string_view near = nearest(wanted, names); !near.empty())
    notes.insert(notes.begin(), fmt::format("did you mean `{}`?", near));
  return error(Code::bad_option, fmt::format("there is no diagnostic code '{}'", wanted), std::move(notes));
}

}  // namespace psmc::tools
