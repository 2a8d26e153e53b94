// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/load.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/file.h"
#include "ir/constants.h"
#include "ir/verify.h"

namespace psmc::tools {

namespace fs = std::filesystem;

namespace {

/// All errors in one, and whether there may be more.
Diagnostic stopped(std::vector<Diagnostic> errors, size_t max_errors) {
  if (errors.size() >= max_errors && max_errors > 1)
    errors.back().notes.push_back(
        fmt::format("psmc stops after {} errors; --max-errors=0 shows all of them", errors.size()));
  return combined(std::move(errors));
}

/// What the verifier has said, with source lines; `text` if the file cannot be read twice.
std::vector<Diagnostic> with_source_lines(std::vector<Diagnostic> errors, const std::string& path, std::string text) {
  if (path != "-") {
    if (Result<std::string> again = read_file(path); again.ok()) text = std::move(again).value();
  }
  add_source_lines(path, text, errors);
  return errors;
}

}  // namespace

Result<ir::Module> load_ir(const std::string& path, size_t max_errors, const TimeScope* time) {
  std::vector<Diagnostic> errors;
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    return file_error(Code::cannot_read, path, "cannot read this file: it is a folder",
                      {fmt::format("`psmc compile {} -o model.psm` makes a module of a model", path)});
  std::string text;
  ir::LoadOptions options;
  options.max_errors = max_errors;
  if (path == "-") options.text = &text;
  TimeScope read(time, "read");
  std::optional<ir::Module> module = ir::load_module(path, errors, options);
  read.stop();
  if (!module) {
    PSMC_CHECK(!errors.empty(), "no module and no error");
    return stopped(std::move(errors), max_errors);
  }
  const TimeScope verify(time, "verify");
  errors = ir::verify(*module, {max_errors});
  if (!errors.empty()) return stopped(with_source_lines(std::move(errors), path, std::move(text)), max_errors);
  return std::move(*module);
}

Result<LoadedModel> load_model(const std::string& path, const frontend::LlamaOptions& options, size_t max_errors,
                               const TimeScope* time) {
  LoadedModel model;
  const std::string extension = fs::path(path).extension().string();
  if (path == "-" || extension == ".psm" || extension == ".json" || extension == ".psmb") {
    PSMC_ASSIGN(model.module, load_ir(path, max_errors, time));
    return model;
  }
  const TimeScope read(time, "read");
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
