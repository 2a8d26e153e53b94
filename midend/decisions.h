// SPDX-License-Identifier: Apache-2.0
// Decisions after the graph-level passes that can be switched off by name, like a pass: --disable-pass=use-lanes. The
// program stays right without any of them, only slower.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace psmc::midend {

struct Decisions {
  bool spread_sums = true;
  bool use_matrix_unit = true;
  bool use_lanes = true;
  bool unroll_loops = true;
  bool fetch_ahead = true;
  bool pipeline_loops = true;
};

struct DecisionInfo {
  std::string_view name, summary;
  bool Decisions::* flag;
};

std::span<const DecisionInfo> decisions();
/// All decisions but those named; other names are not looked at.
Decisions decisions_without(std::span<const std::string> names);

}  // namespace psmc::midend
