// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/compile_phases.h"

#include "tools/commands/assembly_commands.h"
#include "tools/driver/load.h"

#include "arch/asm.h"
#include "base/file.h"
#include "base/nearest.h"
#include "midend/passes.h"

#include <fmt/format.h>

#include <algorithm>

namespace psmc::tools {
namespace {

using Stage = PhaseSpan::Stage;

/// A place between two phases: after `passes` steps of the pipeline, or a form of the program.
struct Phase {
  Stage stage = Stage::graph;
  size_t passes = 0;
  auto operator<=>(const Phase&) const = default;
};

Result<Phase> named(const std::string& name, const ir::Pipeline& pipeline) {
  if (name == "input") return Phase{};
  if (name == "psma") return Phase{Stage::psma, pipeline.size()};
  if (name == "psmx") return Phase{Stage::psmx, pipeline.size()};
  std::vector<std::string_view> names = {"input", "psma", "psmx"};
  for (size_t i = pipeline.size(); i-- > 0;) {
    if (pipeline[i].pass->name == name) return Phase{Stage::graph, i + 1};
    if (std::ranges::find(names, pipeline[i].pass->name) == names.end()) names.push_back(pipeline[i].pass->name);
  }
  return error(Code::bad_option, fmt::format("there is no phase `{}`", name), names_there_are(name, names));
}

}  // namespace

Result<PhaseSpan> phase_span(const std::string& from, const std::string& to, const std::string& passes,
                             const ir::PipelineOptions& options) {
  PSMC_ASSIGN(const ir::Pipeline pipeline, midend::read_passes(passes, options));
  PhaseSpan span;
  Phase first, last{Stage::psmx, pipeline.size()};
  if (!from.empty()) {
    PSMC_ASSIGN(first, named(from, pipeline));
    span.from = first.stage;
    span.spread_sums = first == Phase{};
  }
  if (!to.empty()) {
    PSMC_ASSIGN(last, named(to, pipeline));
    span.to = last.stage;
  }
  if (last < first) return error(Code::bad_option, fmt::format("phase `{}` is before phase `{}`", to, from));
  const auto steps = std::span(pipeline).subspan(first.passes, last.passes - first.passes);
  span.passes = steps.empty() ? "none" : ir::pipeline_text(steps);
  span.spread_sums = span.spread_sums && (last.stage != Stage::graph || last.passes > 0);
  return span;
}

Result<ir::Module> read_graph_phase(const std::string& path, size_t max_errors) {
  PSMC_ASSIGN(ir::Module module, load_ir(path, max_errors));
  for (uint32_t i = 0; i < module.num_ops(); ++i) {
    const ir::Location place = module.loc(module.op(ir::OpId(i)).loc);
    if (!place.file.valid() || module.text(place.file) != module.source) continue;
    const ir::Location label{{}, 0, 0, place.label};
    module.set_loc(ir::OpId(i), label.label.valid() ? module.loc(label) : ir::LocId());
  }
  return module;
}

Result<arch::Image> read_image_phase(const std::string& path, Stage stage, size_t max_errors) {
  if (stage == Stage::psmx) return read_image(path);
  PSMC_ASSIGN(const std::string text, read_file(path));
  return arch::assemble(path == "-" ? "standard input" : path, text, max_errors);
}

}  // namespace psmc::tools
