// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/load.h"

#include <fmt/format.h>

#include <filesystem>

#include "ir/text/parser.h"
#include "ir/verify.h"

namespace psmc::tools {

namespace fs = std::filesystem;

Result<LoadedModel> load_model(const std::string& path, const frontend::LlamaOptions& options) {
  LoadedModel model;
  const std::string extension = fs::path(path).extension().string();
  if (extension == ".psm") {
    PSMC_ASSIGN(const std::string text, read_file(path));
    PSMC_ASSIGN(model.module, ir::parse_text(path, text));
    PSMC_TRY(ir::verify_status(model.module));
    return model;
  }
  PSMC_ASSIGN(frontend::Checkpoint checkpoint, frontend::open_checkpoint(path));
  model.checkpoint = std::make_unique<frontend::Checkpoint>(std::move(checkpoint));
  model.bos = model.checkpoint->config().bos;
  model.eos = model.checkpoint->config().eos;
  PSMC_ASSIGN(model.module, frontend::llama_module(*model.checkpoint, options));
  return model;
}

Result<std::unique_ptr<frontend::Tokenizer>> load_tokenizer(const std::string& model, const std::string& tokenizer) {
  if (!tokenizer.empty()) return frontend::open_tokenizer(tokenizer);
  std::error_code ignored;
  const fs::path folder = fs::is_directory(model, ignored) ? fs::path(model) : fs::path(model).parent_path();
  for (const char* name : {"tokenizer.json", "tokenizer.bin"})
    if (fs::exists(folder / name, ignored)) return frontend::open_tokenizer((folder / name).string());
  return error(Code::no_tokenizer, fmt::format("there is no tokenizer beside '{}'", model),
               {"name one with --tokenizer FILE, or give --prompt-ids and --print ids"});
}

}  // namespace psmc::tools
