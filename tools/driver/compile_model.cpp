// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/compile_model.h"

namespace psmc::tools {

Result<arch::Image> compile_to_fit(const std::string& path, frontend::LlamaOptions llama, const arch::Machine& machine,
                                   const CompileOptions& options, LoadedModel& model, CompileReport& report) {
  for (;;) {
    Result<arch::Image> image = compile(model.module, machine, options, report);
    const bool full = !image.ok() && (image.diagnostic().code == Code::scratchpad_full ||
                                      image.diagnostic().code == Code::code_too_large);
    if (!full || !model.checkpoint || !llama.prefill) return image;
    llama.chunk /= 2;
    llama.prefill = llama.chunk > 1;
    report = {};
    PSMC_ASSIGN(model, load_model(path, llama));
  }
}

}  // namespace psmc::tools
