// SPDX-License-Identifier: Apache-2.0
// All passes of the midend that work on graph-level modules, what must come before what, and the usual order.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ir/pass.h"

namespace psmc::midend {

std::span<const ir::PassInfo> passes();
std::span<const ir::PassOrder> pass_orders();

/// From any graph-level module to one that `nodes_of` takes.
inline constexpr std::string_view kDefaultPipeline =
    "inline,inline-composites,split-reshapes,canonicalize,fold-constants,canonicalize,cse,copy-before-update,"
    "fuse-elementwise";

/// Pipelines with names; the usual one is `default`.
std::span<const ir::PassPreset> presets();

/// Each name is that of a pass or of a decision (midend/decisions.h). Errors: bad_pipeline.
Status check_disabled(std::span<const std::string> names);

/// The pipeline `text` (empty: kDefaultPipeline), with what the options name checked. Errors: bad_pipeline.
Result<ir::Pipeline> read_passes(std::string_view text, const ir::PipelineOptions& options);

/// Runs the pipeline of read_passes. Errors: bad_pipeline, those of the passes.
Result<std::vector<ir::PassReport>> run_passes(ir::Module& module, std::string_view text,
                                               const ir::PipelineOptions& options, ir::PassContext& context);

}  // namespace psmc::midend
