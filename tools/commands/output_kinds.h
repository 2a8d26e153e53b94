// SPDX-License-Identifier: Apache-2.0
// Kinds of files that `psmc compile` makes, and what can be said against the places where they are to go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace psmc::tools {

enum class OutputKind : uint8_t { psm, json, partition, loops, psma, psmx, llvm_ir, object, shared, header, dot };

struct OutputInfo {
  OutputKind kind;
  std::string_view name, extension;
  /// The graph-level module, which needs no compiling.
  bool is_module() const { return kind == OutputKind::psm || kind == OutputKind::json || kind == OutputKind::dot; }
};

/// Names that --emit takes.
std::vector<std::string> emit_names();

/// Those of `emit`, each once; if it is empty, the one that the extension of `out` says, or .psmx if `out` has none.
/// Errors: bad_option.
Result<std::vector<OutputInfo>> output_kinds(const std::string& out, const std::vector<std::string>& emit);

/// `out`, or with several kinds `out` with the kind's extension instead of its own.
std::string output_path(const std::string& out, const std::vector<OutputInfo>& kinds, const OutputInfo& kind);

/// Before anything is read or made. Errors: bad_option (standard output for several kinds, a name that says another
/// kind, the model's own file, the runtime's name), cannot_write.
Status check_outputs(const std::string& out, const std::string& model, const std::vector<OutputInfo>& kinds);

}  // namespace psmc::tools
