// SPDX-License-Identifier: Apache-2.0
// A part of a compilation: `--compile-to PHASE` writes what there is after a phase, `--compile-from PHASE` goes on with
// it, with the same other options. The image has the bytes of one compilation.
//
//   input      the graph, as a module
//   <a pass>   the graph after the last run of the pass in the pipeline
//   psma       the program as assembly
//   psmx       the program image
#pragma once

#include <string>

#include "arch/image.h"
#include "base/result.h"
#include "ir/module.h"
#include "ir/pass.h"

namespace psmc::tools {

struct PhaseSpan {
  enum class Stage : uint8_t { model, graph, psma, psmx };
  Stage from = Stage::model, to = Stage::psmx;
  std::string passes;       ///< of the graph level that are left to run, as a pipeline
  bool spread_sums = true;  ///< what comes before the passes is left to do
  bool everything() const { return from == Stage::model && to == Stage::psmx; }
};

/// Of the pipeline `passes` (empty: the usual one); `from` and `to` may be empty. Errors: bad_option, bad_pipeline.
Result<PhaseSpan> phase_span(const std::string& from, const std::string& to, const std::string& passes,
                             const ir::PipelineOptions& options);

/// The module of a graph phase. Places that were not written are none, for they would be those in the dump.
Result<ir::Module> read_graph_phase(const std::string& path, size_t max_errors);

/// The image of a phase that has one. Errors: those of the assembler or of reading images.
Result<arch::Image> read_image_phase(const std::string& path, PhaseSpan::Stage stage, size_t max_errors);

}  // namespace psmc::tools
