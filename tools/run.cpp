// SPDX-License-Identifier: Apache-2.0
#include "tools/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/file.h"
#include "base/staged_file.h"
#include "frontend/sampling.h"
#include "tools/commands/bindings.h"
#include "tools/driver/compile_model.h"
#include "tools/driver/host_session.h"
#include "tools/driver/load.h"
#include "tools/driver/progress.h"
#include "tools/report/record.h"

namespace psmc::tools {
namespace {

/// Prints tokens as they come.
class Printer {
 public:
  Printer(const frontend::Tokenizer* tokenizer, bool ids) : tokenizer_(tokenizer), ids_(ids) {
    if (tokenizer_ != nullptr) state_ = tokenizer_->start();
  }
  /// Tokens of the prompt: no output, but the decoder must know them.
  void skip(int32_t id) {
    if (tokenizer_ != nullptr && !ids_) tokenizer_->decode_next(id, state_, ignored_);
  }
  Status show(int32_t id) {
    std::string text;
    if (ids_)
      text = fmt::format("{}{}", first_ ? "" : ",", id);
    else
      tokenizer_->decode_next(id, state_, text);
    std::fwrite(text.data(), 1, text.size(), stdout);
    first_ = false;
    if (std::fflush(stdout) == 0) return {};
    return error(Code::cannot_write, std::string("cannot write standard output: ") + std::strerror(errno));
  }

 private:
  const frontend::Tokenizer* tokenizer_;
  bool ids_, first_ = true;
  frontend::DecodeState state_;
  std::string ignored_;
};

Result<std::vector<float>> read_prompt(Session& session, const std::vector<int32_t>& prompt) {
  std::vector<float> logits;
  const auto size = static_cast<int64_t>(prompt.size());
  int64_t pos = 0;
  while (pos < size) {
    const int64_t take = std::min(session.chunk(), size - pos);
    if (take > 1 && pos <= session.last_prefill()) {
      PSMC_ASSIGN(logits,
                  session.prefill(std::span(prompt).subspan(static_cast<size_t>(pos), static_cast<size_t>(take)), pos));
      pos += take;
    } else {
      PSMC_ASSIGN(logits, session.decode(prompt[static_cast<size_t>(pos)], pos));
      ++pos;
    }
  }
  return logits;
}

struct Stops {
  std::vector<int64_t> ids;
  bool at(int32_t id) const { return std::find(ids.begin(), ids.end(), id) != ids.end(); }
};

Status tell(Session& session, const RunOptions& options, const std::vector<int32_t>& prompt, const Stops& stops,
            Printer& printer) {
  const auto size = static_cast<int64_t>(prompt.size());
  PSMC_ASSIGN(frontend::Sampler sampler, frontend::Sampler::create({options.temperature, options.top_p, options.seed}));
  for (int32_t id : prompt) printer.skip(id);
  PSMC_ASSIGN(std::vector<float> logits, read_prompt(session, prompt));
  for (int64_t i = 0; i < options.tokens; ++i) {
    const int32_t next = sampler.next(logits);
    if (stops.at(next)) break;
    PSMC_TRY(printer.show(next));
    if (i + 1 == options.tokens) break;
    PSMC_ASSIGN(logits, session.decode(next, size + i));
  }
  return {};
}

frontend::LlamaOptions llama_options(const RunOptions& options, int64_t chunk) {
  frontend::LlamaOptions llama;
  llama.dtype = options.dtype;
  llama.chunk = chunk;
  llama.prefill = chunk > 1;
  return llama;
}

/// Before anything is compiled: prompt and generated tokens must fit, and be tokens. Nothing follows the last token, so
/// it needs no position.
Status check_prompt(const LoadedModel& model, const RunOptions& options, const std::vector<int32_t>& prompt) {
  PSMC_ASSIGN(const Positions positions, positions_of(model.module));
  const auto size = static_cast<int64_t>(prompt.size());
  if (size + options.tokens - 1 > positions.context)
    return error(Code::context_full,
                 fmt::format("{} tokens of prompt and {} to generate exceed the context of {}", size, options.tokens,
                             positions.context),
                 {"shorten the prompt, or ask for fewer tokens with --tokens"});
  for (int32_t id : prompt)
    if (id < 0 || id >= positions.vocab)
      return error(Code::bad_option,
                   fmt::format("token {} of the prompt is none of the model's {}", id, positions.vocab));
  return {};
}

/// A report must have a known form and a place; the interpreter must not be asked for what only the chip does.
Status check_options(const RunOptions& options) {
  if (options.on == "interpreter" && !options.only_on_sim.empty())
    return error(Code::bad_option, fmt::format("{} means nothing to the interpreter", options.only_on_sim[0]),
                 {"it is for --on sim"});
  PSMC_TRY(frontend::Sampler::create({options.temperature, options.top_p, options.seed}));
  return check_report(options.report);
}

/// Models often have a few rows more than the tokenizer has tokens, for alignment; with many it is another model's.
void compare_vocabularies(const RunOptions& options, const LoadedModel& model, const frontend::Tokenizer* tokenizer) {
  const Result<Positions> positions = positions_of(model.module);
  if (tokenizer == nullptr || !positions.ok()) return;
  const int64_t tokens = tokenizer->size(), rows = positions->vocab;
  if (tokens <= rows && rows - tokens < std::max<int64_t>(256, rows / 64)) return;
  Diagnostic warning =
      error(Code::bad_tokenizer, fmt::format("the tokenizer has {} tokens, the model {}", tokens, rows),
            {"is it the model's own?"});
  warning.severity = Severity::warning;
  options.reporting.warn(warning);
}

/// The work of a decode in the middle of what was generated, for the bounds of ops.
WorkByOp decode_work(ir::Module& module, int64_t position) {
  const ir::FuncId decode = module.find_func("decode");
  const ir::SymbolValues symbols = {{module.func(decode).symbols[0].name, position}};
  return work_of(module, decode, symbols, false);
}

Status run_on_simulator(const RunOptions& options, const arch::Machine& machine, LoadedModel& model,
                        const std::vector<int32_t>& prompt, const Stops& stops, Printer& printer) {
  Progress progress;
  progress.show("compiling ...");
  CompileReport compiled;
  CompileOptions compile_options;
  compile_options.reporting = options.reporting;
  compile_options.columns = options.columns;
  compile_options.rows = options.rows;
  compile_options.stream_weights = options.stream_weights;
  PSMC_ASSIGN(arch::Image image, compile_to_fit(options.model, llama_options(options, options.chunk), machine,
                                                compile_options, model, compiled));
  progress.show("opening the image ...");
  sim::Options simulation;
  simulation.races = options.races;
  simulation.max_cycles = options.max_cycles;
  simulation.progress = progress.of_cycles("simulating");
  std::function<void(const sim::RunStats&, bool)> observe;
  PSMC_ASSIGN(const std::unique_ptr<HostSession> session,
              host_session(model.module, std::move(image), simulation,
                           [&](const sim::RunStats& stats, bool prefill) { observe(stats, prefill); }));
  RunRecord record(session->image());
  observe = [&](const sim::RunStats& stats, bool prefill) {
    record.add(prefill ? "prefill" : "decode", stats);
    progress.output_began();
  };
  PSMC_TRY(tell(*session, options, prompt, stops, printer));
  fmt::print("\n");
  std::fflush(stdout);
  record.set_work("decode", decode_work(model.module, static_cast<int64_t>(prompt.size()) + options.tokens / 2 - 1));
  std::fputs(summary_text(record).c_str(), stderr);
  return write_report(options.report, record, options.model);
}

}  // namespace

Result<int> run(const RunOptions& options) {
  PSMC_TRY(check_options(options));
  PSMC_ASSIGN(const arch::Machine machine, arch::load_machine(options.arch));
  PSMC_ASSIGN(LoadedModel model,
              load_model(options.model, llama_options(options, options.chunk), options.reporting.max_errors));
  std::unique_ptr<frontend::Tokenizer> tokenizer;
  if (options.print == "text" || !options.prompt.empty()) {
    PSMC_ASSIGN(tokenizer, load_tokenizer(options.model, options.tokenizer));
  } else if (Result<std::unique_ptr<frontend::Tokenizer>> found = load_tokenizer(options.model, options.tokenizer);
             found.ok()) {
    tokenizer = std::move(found).value();
  }
  Stops stops{model.eos};
  std::optional<int64_t> bos = model.bos;
  if (tokenizer && tokenizer->bos()) bos = *tokenizer->bos();
  if (bos) stops.ids.push_back(*bos);
  if (tokenizer && tokenizer->eos()) stops.ids.push_back(*tokenizer->eos());
  std::vector<int32_t> prompt = {static_cast<int32_t>(bos.value_or(1))};
  if (!options.prompt_ids.empty()) {
    PSMC_ASSIGN(prompt, parse_ids(options.prompt_ids));
  } else if (!options.prompt.empty()) {
    PSMC_ASSIGN(prompt, tokenizer->encode(options.prompt));
  }
  compare_vocabularies(options, model, tokenizer.get());
  Printer printer(tokenizer.get(), options.print == "ids");
  PSMC_TRY(check_prompt(model, options, prompt));
  if (options.on == "interpreter") {
    ir::InterpOptions limits;
    limits.max_steps = options.max_steps;
    PSMC_ASSIGN(const std::unique_ptr<Session> session, interpreter_session(model.module, limits));
    PSMC_TRY(tell(*session, options, prompt, stops, printer));
    fmt::print("\n");
    return 0;
  }
  PSMC_TRY(run_on_simulator(options, machine, model, prompt, stops, printer));
  return 0;
}

}  // namespace psmc::tools
