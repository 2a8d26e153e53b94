// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/load.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "ir/constants.h"
#include "ir/verify.h"
#include "tools/driver/stopwatch.h"

namespace psmc::tools {

namespace fs = std::filesystem;

namespace {

/// Prints all but the last, in order.
Diagnostic last_of(const std::vector<Diagnostic>& errors) {
  for (size_t i = 0; i + 1 < errors.size(); ++i) std::fputs((errors[i].render() + "\n").c_str(), stderr);
  return errors.back();
}

}  // namespace

Result<ir::Module> load_ir(const std::string& path, std::vector<ir::PassReport>* times) {
  std::vector<Diagnostic> errors;
  Stopwatch watch;
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    return file_error(Code::cannot_read, path, "cannot read this file: it is a folder",
                      {fmt::format("`psmc compile {} -o model.psm` makes a module of a model", path)});
  std::optional<ir::Module> module = ir::load_module(path, errors);
  if (!module) {
    PSMC_CHECK(!errors.empty(), "no module and no error");
    return last_of(errors);
  }
  if (times != nullptr) times->push_back(watch.row("(read)", *module));
  if (const std::vector<Diagnostic> wrong = ir::verify(*module); !wrong.empty()) return last_of(wrong);
  if (times != nullptr) times->push_back(watch.row("(verify)", *module));
  return std::move(*module);
}

Result<LoadedModel> load_model(const std::string& path, const frontend::LlamaOptions& options) {
  LoadedModel model;
  const std::string extension = fs::path(path).extension().string();
  if (path == "-" || extension == ".psm" || extension == ".json") {
    PSMC_ASSIGN(model.module, load_ir(path));
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
