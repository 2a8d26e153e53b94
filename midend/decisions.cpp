// SPDX-License-Identifier: Apache-2.0
#include "midend/decisions.h"

#include <algorithm>

namespace psmc::midend {
namespace {

constexpr DecisionInfo kDecisions[] = {
    {"spread-sums", "a long product of few results is cut along its sum, one part a tile", &Decisions::spread_sums},
    {"use-matrix-unit", "contractions whose bands may be tiled run on the matrix unit", &Decisions::use_matrix_unit},
    {"use-lanes", "a loop that carries nothing, or a sum, goes to the lanes of the vector unit", &Decisions::use_lanes},
    {"unroll-loops", "several groups of lanes, sums or matrix tiles at a time", &Decisions::unroll_loops},
    {"fetch-ahead", "streamed weights are fetched while earlier ones are used", &Decisions::fetch_ahead},
    {"pipeline-loops", "iterations of innermost loops overlap (modulo schedules)", &Decisions::pipeline_loops},
};

}  // namespace

std::span<const DecisionInfo> decisions() { return kDecisions; }

Decisions decisions_without(std::span<const std::string> names) {
  Decisions result;
  for (const DecisionInfo& info : kDecisions)
    if (std::find(names.begin(), names.end(), info.name) != names.end()) result.*info.flag = false;
  return result;
}

}  // namespace psmc::midend
