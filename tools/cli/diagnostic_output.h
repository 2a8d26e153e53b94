// SPDX-License-Identifier: Apache-2.0
// Where diagnostics go: to standard error, in the form that the user chose, or, with a file, as text to standard error
// and in that form to the file. A SARIF log is one document, so it is written at the end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostics.h"

namespace psmc::tools {

/// What every command takes.
struct DiagnosticOptions {
  std::string form = "text";   ///< text, json or sarif
  std::string color = "auto";  ///< auto, always or never
  std::string file;
  uint64_t max_errors = kMaxErrors;  ///< of one input; 0: all
};

/// The options as they stand among `words`, for a command line that could not be understood as a whole. What is no
/// usable value is left out.
DiagnosticOptions find_diagnostic_options(const std::vector<std::string>& words);

class DiagnosticOutput {
 public:
  void configure(const DiagnosticOptions& options);
  /// `diagnostic` and those that it carries.
  void tell(const Diagnostic& diagnostic);
  /// Call once, at the end, with the status so far; gives the status to end with: 1 instead of 0 if the file could not
  /// be written.
  int finish(int status);

 private:
  void tell_text(const Diagnostic& diagnostic) const;

  DiagnosticOptions options_;
  bool color_ = false;
  std::vector<Diagnostic> told_;  ///< for SARIF
  std::string lines_;             ///< for a file
};

}  // namespace psmc::tools
