// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/compile_model.h"

namespace psmc::tools {

Result<arch::Image> compile_to_fit(const std::string& path, frontend::LlamaOptions llama, const arch::Machine& machine,
                                   const CompileOptions& options, LoadedModel& model, CompileReport& report) {
  for (;;) {
    Result<arch::Image> image = compile(model.module, machine, options, report);
    const Code code = image.ok() ? Code{} : image.diagnostic().code;
    const bool full = code == Code::scratchpad_full || code == Code::code_too_large || code == Code::too_many_events;
    if (!full || !model.checkpoint || !llama.prefill) return image;
    llama.chunk /= 2;
    llama.prefill = llama.chunk > 1;
    report = {};
    PSMC_ASSIGN(model, load_model(path, llama));
  }
}

}  // namespace psmc::tools
