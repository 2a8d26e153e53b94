// SPDX-License-Identifier: Apache-2.0
// A model of any kind that psmc reads, as a module: checkpoints go through a frontend, .psm and .json are IR already.
#pragma once

#include <memory>
#include <string>

#include "base/trace.h"
#include "frontend/checkpoint/checkpoint.h"
#include "frontend/llama/llama_graph.h"
#include "frontend/tokenizer/tokenizer.h"
#include "ir/module.h"

namespace psmc::tools {

struct LoadedModel {
  std::unique_ptr<frontend::Checkpoint> checkpoint;  ///< keeps the weights of `module` mapped; null for IR files
  ir::Module module;
  std::optional<int64_t> bos;
  std::vector<int64_t> eos;
};

/// Errors: unknown_format and those of the readers.
Result<LoadedModel> load_model(const std::string& path, const frontend::LlamaOptions& options,
                               size_t max_errors = kMaxErrors, const TimeScope* time = nullptr);

/// A verified module from the text form or JSON-IR ("-": standard input). The diagnostic carries all errors found,
/// `max_errors` at most.
Result<ir::Module> load_ir(const std::string& path, size_t max_errors = kMaxErrors, const TimeScope* time = nullptr);

/// The tokenizer given, or the one beside the model (tokenizer.json or tokenizer.bin of its folder).
Result<std::unique_ptr<frontend::Tokenizer>> load_tokenizer(const std::string& model, const std::string& tokenizer);

}  // namespace psmc::tools
