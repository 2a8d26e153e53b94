// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/diagnostic_forms.h"

#include "base/json.h"
#include "tools/cli/version.h"

#include <fmt/format.h>

#include <algorithm>

namespace psmc::tools {
namespace {

using json::quote;

constexpr std::string_view kSeverities[] = {"note", "warning", "error"};

std::string_view severity_name(const Diagnostic& diagnostic) {
  return kSeverities[static_cast<size_t>(diagnostic.severity)];
}

std::string_view name_of(Code code) {
  for (const CodeInfo& info : all_codes())
    if (info.code == code) return info.name;
  return "";
}

/// `[item, item]`
template <typename Items, typename Write>
std::string list_of(const Items& items, Write write) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + write(item);
  return "[" + out + "]";
}

std::string json_place(const SourcePlace& place) {
  std::string out = fmt::format("{{\"file\": {}", quote(place.file));
  if (place.line != 0) out += fmt::format(", \"line\": {}", place.line);
  if (place.line != 0 && place.column != 0)
    out += fmt::format(", \"column\": {}, \"length\": {}", place.column, place.length);
  if (!place.text.empty()) out += fmt::format(", \"source\": {}", quote(place.text));
  if (place.skipped > 0) out += fmt::format(", \"source_column\": {}", place.skipped + 1);
  return out + "}";
}

/// A relative reference, or one to an absolute file, with what a URI cannot hold as %XX.
std::string uri_of(const std::string& file) {
  std::string out = file.starts_with("/") ? "file://" : "";
  for (const char c : file) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

/// Characters of the first `bytes` bytes of the line, as far as it is known.
size_t characters(const SourcePlace& place, size_t bytes) {
  const std::string_view known = std::string_view(place.text).substr(0, bytes - std::min<size_t>(bytes, place.skipped));
  const auto inner = std::count_if(known.begin(), known.end(), [](char c) { return (c & '\xc0') == '\x80'; });
  return bytes - static_cast<size_t>(inner);
}

std::string sarif_region(const SourcePlace& place, bool with_snippet) {
  std::string out = fmt::format("{{\"startLine\": {}", place.line);
  if (place.column != 0) {
    const size_t begin = characters(place, place.column - 1);
    out += fmt::format(", \"startColumn\": {}, \"endColumn\": {}", begin + 1,
                       characters(place, place.column - 1 + place.length) + 1);
  }
  if (with_snippet && !place.text.empty()) out += fmt::format(", \"snippet\": {{\"text\": {}}}", quote(place.text));
  return out + "}";
}

std::string sarif_artifact(const SourcePlace& place) {
  return fmt::format("\"artifactLocation\": {{\"uri\": {}}}", quote(uri_of(place.file)));
}

/// `"physicalLocation": {...}`
std::string sarif_location(const SourcePlace& place) {
  const std::string region = place.line == 0 ? "" : fmt::format(", \"region\": {}", sarif_region(place, true));
  return fmt::format("\"physicalLocation\": {{{}{}}}", sarif_artifact(place), region);
}

std::string sarif_fix(const FixIt& fix) {
  return fmt::format(
      "{{\"artifactChanges\": [{{{}, \"replacements\": [{{\"deletedRegion\": {}, \"insertedContent\": {{\"text\": "
      "{}}}}}]}}]}}",
      sarif_artifact(fix.place), sarif_region(fix.place, false), quote(fix.with));
}

std::string sarif_result(const Diagnostic& diagnostic) {
  const std::span<const CodeInfo> codes = all_codes();
  const auto rule =
      std::find_if(codes.begin(), codes.end(), [&](const CodeInfo& c) { return c.code == diagnostic.code; });
  std::string text = diagnostic.message;
  for (const std::string& note : diagnostic.notes) text += "\nnote: " + note;
  std::string out = fmt::format("{{\"ruleId\": {}, \"ruleIndex\": {}, \"level\": {}, \"message\": {{\"text\": {}}}",
                                quote(code_name(diagnostic.code)), rule - codes.begin(),
                                quote(severity_name(diagnostic)), quote(text));
  if (!diagnostic.place.file.empty()) out += fmt::format(", \"locations\": [{{{}}}]", sarif_location(diagnostic.place));
  if (!diagnostic.related.empty()) {
    out += ", \"relatedLocations\": " + list_of(diagnostic.related, [](const RelatedPlace& related) {
             return fmt::format("{{{}, \"message\": {{\"text\": {}}}}}", sarif_location(related.place),
                                quote(related.message));
           });
  }
  if (!diagnostic.fixes.empty()) out += ", \"fixes\": " + list_of(diagnostic.fixes, sarif_fix);
  return out + "}";
}

std::string sarif_rule(const CodeInfo& info) {
  return fmt::format("\n  {{\"id\": {}, \"name\": {}, \"shortDescription\": {{\"text\": {}}}}}",
                     quote(code_name(info.code)), quote(info.name), quote(info.summary));
}

}  // namespace

std::string diagnostic_json(const Diagnostic& diagnostic) {
  std::string out =
      fmt::format("{{\"severity\": {}, \"code\": {}, \"name\": {}, \"message\": {}", quote(severity_name(diagnostic)),
                  quote(code_name(diagnostic.code)), quote(name_of(diagnostic.code)), quote(diagnostic.message));
  if (!diagnostic.place.file.empty()) out += ", \"place\": " + json_place(diagnostic.place);
  if (!diagnostic.notes.empty()) out += ", \"notes\": " + list_of(diagnostic.notes, [](auto& n) { return quote(n); });
  if (!diagnostic.related.empty()) {
    out +=
        ", \"related\": " + list_of(diagnostic.related, [](const RelatedPlace& related) {
          return fmt::format("{{\"message\": {}, \"place\": {}}}", quote(related.message), json_place(related.place));
        });
  }
  if (!diagnostic.fixes.empty()) {
    out += ", \"fixes\": " + list_of(diagnostic.fixes, [](const FixIt& fix) {
             return fmt::format("{{\"place\": {}, \"with\": {}}}", json_place(fix.place), quote(fix.with));
           });
  }
  return out + "}";
}

std::string diagnostics_sarif(std::span<const Diagnostic> diagnostics, int status) {
  return fmt::format(
      "{{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\", \"version\": \"2.1.0\", \"runs\": [{{\n"
      " \"tool\": {{\"driver\": {{\"name\": \"psmc\", \"version\": {}, \"rules\": {}}}}},\n"
      " \"columnKind\": \"unicodeCodePoints\",\n"
      " \"invocations\": [{{\"executionSuccessful\": {}, \"exitCode\": {}}}],\n"
      " \"results\": {}\n}}]}}\n",
      quote(kVersion), list_of(all_codes(), sarif_rule), status == 0, status,
      list_of(diagnostics, [](const Diagnostic& d) { return "\n  " + sarif_result(d); }));
}

}  // namespace psmc::tools
