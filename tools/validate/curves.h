// SPDX-License-Identifier: Apache-2.0
// Latency against load: a table of another simulator's, and what ours has at the same points.
//
// A latency is the mean over packets from creation to the tail's arrival. It is measured in ten runs with seeds of
// their own; a run leaves out what is created while the network fills, and what is created at the end, when nothing
// follows that could hold it up.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/network/trace.h"

namespace psmc::tools {

struct CurvePoint {
  double load = 0;     ///< flits a node a cycle
  double latency = 0;  ///< cycles
};

struct Curve {
  sim::Pattern pattern = sim::Pattern::uniform;
  uint8_t flits = 1;  ///< of a packet
  std::vector<CurvePoint> points;
  std::optional<double> throughput;  ///< flits a node a cycle, when every node offers one a cycle
};

/// Rows of `router` with 4 virtual channels of 8 flits, uniform or transpose; points up to 80 % of the highest load
/// that was stable. Errors: unknown_format (no such column, no number, no row).
Result<std::vector<Curve>> parse_curves(std::string_view file, std::string_view text, std::string_view router);

struct Estimate {
  double mean = 0;
  double error = 0;  ///< half of the 95 % confidence interval
};

/// Mean latency of a curve's traffic at `load`, in cycles.
Estimate latency_at(const sim::NetworkSpec& spec, const Curve& curve, double load);

/// Flits a node a cycle that arrive when every node offers one a cycle.
double throughput(const sim::NetworkSpec& spec, const Curve& curve);

}  // namespace psmc::tools
