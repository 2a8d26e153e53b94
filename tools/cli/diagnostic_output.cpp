// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/diagnostic_output.h"

#include "base/file.h"
#include "base/render.h"
#include "tools/cli/diagnostic_forms.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace psmc::tools {
namespace {

/// On a terminal that can, unless the user's environment says no (https://no-color.org).
bool terminal_takes_color() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return isatty(STDERR_FILENO) == 1 && !dumb && (no_color == nullptr || *no_color == '\0');
}

}  // namespace

DiagnosticOptions find_diagnostic_options(const std::vector<std::string>& words) {
  DiagnosticOptions options;
  const auto find = [&](std::string_view name, std::string& value) {
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i] == name && i + 1 < words.size()) value = words[i + 1];
      if (words[i].size() > name.size() && words[i].starts_with(name) && words[i][name.size()] == '=')
        value = words[i].substr(name.size() + 1);
    }
  };
  find("--diagnostics", options.form);
  find("--diagnostics-file", options.file);
  find("--color", options.color);
  return options;
}

void DiagnosticOutput::configure(const DiagnosticOptions& options) {
  options_ = options;
  color_ = options.color == "always" || (options.color != "never" && terminal_takes_color());
}

void DiagnosticOutput::tell(const Diagnostic& diagnostic) {
  const bool to_file = !options_.file.empty();
  const bool sarif = options_.form == "sarif", json = options_.form == "json";
  if (to_file || (!sarif && !json)) tell_text(diagnostic);
  if (json) {
    const std::string line = diagnostic_json(diagnostic) + "\n";
    if (to_file)
      lines_ += line;
    else
      std::fputs(line.c_str(), stderr);
  } else if (sarif) {
    Diagnostic& kept = told_.emplace_back(diagnostic);
    kept.more.clear();
  } else if (to_file) {
    lines_ += diagnostic.render() + "\n";
  }
  const size_t most = options_.max_errors == 0 ? diagnostic.more.size() : options_.max_errors - 1;
  for (const Diagnostic& next : std::span(diagnostic.more).first(std::min(most, diagnostic.more.size()))) tell(next);
}

void DiagnosticOutput::tell_text(const Diagnostic& diagnostic) const {
  std::fputs((render(diagnostic, {color_}) + "\n").c_str(), stderr);
}

int DiagnosticOutput::finish(int status) {
  const std::string document = options_.form == "sarif" ? diagnostics_sarif(told_, status) : lines_;
  if (options_.file.empty()) {
    if (options_.form == "sarif") std::fputs(document.c_str(), stderr);
    return status;
  }
  const Status written = write_file(options_.file, document);
  if (written.ok()) return status;
  tell_text(written.diagnostic());
  return status == 0 ? 1 : status;
}

}  // namespace psmc::tools
