// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/compile_model.h"

#include <fmt/format.h>

namespace psmc::tools {
namespace {

/// `why` is what was said against the last longer chunk.
void tell_shortened(const CompileOptions& options, int64_t wanted, int64_t chunk, Diagnostic why) {
  why.severity = Severity::warning;
  why.notes = {why.message};
  why.message = fmt::format("{} tokens of prefill at once do not fit: ", wanted) +
                (chunk > 1 ? fmt::format("it takes {} at most", chunk) : "the model is compiled without prefill");
  options.reporting.warn(why);
}

}  // namespace

namespace {

/// The module that is compiled, for a reproducer; standard input cannot be read again.
std::function<Result<ir::Module>()> again(const std::string& path, const frontend::LlamaOptions& llama) {
  if (path == "-") return {};
  const auto kept = std::make_shared<LoadedModel>();  // the checkpoint holds the weights
  return [path, llama, kept]() -> Result<ir::Module> {
    PSMC_ASSIGN(*kept, load_model(path, llama));
    return std::move(kept->module);
  };
}

}  // namespace

Result<arch::Image> compile_to_fit(const std::string& path, frontend::LlamaOptions llama, const arch::Machine& machine,
                                   CompileOptions options, LoadedModel& model, CompileReport& report) {
  const int64_t wanted = llama.chunk;
  Diagnostic why;
  for (;;) {
    options.pipeline.input = again(path, llama);
    Result<arch::Image> image = compile(model.module, machine, options, report);
    const Code code = image.ok() ? Code{} : image.diagnostic().code;
    const bool full = code == Code::scratchpad_full || code == Code::code_too_large || code == Code::too_many_events;
    if (!full || !model.checkpoint || !llama.prefill) {
      if (image.ok() && llama.chunk != wanted) tell_shortened(options, wanted, llama.chunk, why);
      return image;
    }
    why = image.diagnostic();
    llama.chunk /= 2;
    llama.prefill = llama.chunk > 1;
    report = {};
    PSMC_ASSIGN(model, load_model(path, llama));
  }
}

}  // namespace psmc::tools
