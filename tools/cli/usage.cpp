// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/usage.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/nearest.h"

namespace psmc::tools {
namespace {

std::string help_of(const std::string& command) { return fmt::format("`{} --help` shows what can be said", command); }

}  // namespace

Diagnostic not_understood(const Usage& usage) {
  PSMC_CHECK(!usage.words.empty(), "everything was understood");
  const std::string& word = usage.words[0];
  if (word.starts_with("-") && word.size() > 1) {
    const std::string name = word.substr(0, word.find('='));
    Diagnostic wrong = wrong_usage(usage.command, fmt::format("{} has no option '{}'", usage.command, name));
    if (const std::string_view near = nearest(name, usage.options); !near.empty())
      wrong.notes.insert(wrong.notes.begin(), fmt::format("did you mean `{}`?", near));
    return wrong;
  }
  if (usage.commands.empty())
    return wrong_usage(usage.command, fmt::format("{} has no use for '{}'", usage.command, word));
  return error(Code::bad_option, fmt::format("{} has no command '{}'", usage.command, word),
               names_there_are(word, usage.commands, "its commands"));
}

Diagnostic wrong_usage(const std::string& command, std::string message) {
  return error(Code::bad_option, std::move(message), {help_of(command)});
}

}  // namespace psmc::tools
