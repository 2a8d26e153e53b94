// SPDX-License-Identifier: Apache-2.0
// bench accuracy: a model in a narrow dtype against the same model in f32 in the reference interpreter, over given ids.
//
// Steps: follow (both models read the prompt and then each id, whatever they would have said themselves), run_free (the
// narrow model continues from its own first different token). A decode overwrites the cache at its position and reads
// nothing beyond it, so going back to an earlier position needs no new session.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/file.h"
#include "tools/commands/bench_command.h"
#include "tools/commands/bindings.h"
#include "tools/driver/compile.h"
#include "tools/driver/host_session.h"
#include "tools/driver/load.h"
#include "tools/driver/progress.h"

namespace psmc::tools {
namespace {

using Ids = std::vector<int32_t>;

struct Measured {
  size_t agreed = 0, reference_agreed = 0;  ///< likeliest token is the given one, after the given ones
  size_t first_different = 0;               ///< ids before the narrow model's first other choice
  size_t free_agreed = 0;                   ///< equal ids when it goes its own way
  double max_err = 0, largest = 0;          ///< of logits
  double nll = 0, reference_nll = 0;        ///< summed, of the given ids
};

struct Asked {
  Ids prompt, ids;
  int64_t positions() const { return static_cast<int64_t>(prompt.size() + ids.size()) - 1; }
};

/// The first line of the file.
Result<Ids> read_ids(const std::string& path) {
  PSMC_ASSIGN(const std::string text, read_file(path, size_t{1} << 24));
  const std::string line = text.substr(0, text.find('\n'));
  Result<Ids> ids = parse_ids(line.substr(0, line.find_last_not_of(" \r") + 1));
  if (ids.ok()) return ids;
  return file_error(Code::unknown_format, path,
                    "the first line is not token ids with commas: " + ids.diagnostic().message);
}

/// Everything must be a token and fit.
Status check_asked(const Asked& asked, const LoadedModel& model) {
  PSMC_ASSIGN(const Positions positions, positions_of(model.module));
  if (asked.positions() > positions.context)
    return error(Code::context_full, fmt::format("{} tokens of prompt and {} ids exceed the context of {}",
                                                 asked.prompt.size(), asked.ids.size(), positions.context));
  const ir::Func& decode = model.module.func(model.module.find_func("decode"));
  const int64_t vocab =
      model.checkpoint ? model.checkpoint->config().vocab : model.module.type(decode.results[0]).max_elements();
  for (const Ids* part : {&asked.prompt, &asked.ids})
    for (const int32_t id : *part)
      if (id >= vocab) return error(Code::bad_option, fmt::format("token {} is none of the model's {}", id, vocab));
  return {};
}

int32_t likeliest(const std::vector<float>& logits) {
  return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

/// -log softmax(logits)[id].
double surprise(const std::vector<float>& logits, int32_t id) {
  const double top = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float value : logits) sum += std::exp(static_cast<double>(value) - top);
  return std::log(sum) + top - static_cast<double>(logits[static_cast<size_t>(id)]);
}

void compare(const std::vector<float>& got, const std::vector<float>& expected, int32_t id, Measured& measured) {
  for (size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::fabs(static_cast<double>(got[i]) - static_cast<double>(expected[i]));
    measured.max_err = std::isnan(difference) ? difference : std::max(measured.max_err, difference);
    measured.largest = std::max(measured.largest, std::fabs(static_cast<double>(expected[i])));
  }
  measured.agreed += likeliest(got) == id;
  measured.reference_agreed += likeliest(expected) == id;
  measured.nll += surprise(got, id);
  measured.reference_nll += surprise(expected, id);
}

/// Leaves the narrow model's first different choice, -1 if there is none.
Result<int32_t> follow(Session& narrow, Session& reference, const Asked& asked, Measured& measured) {
  Ids tokens = asked.prompt;
  tokens.insert(tokens.end(), asked.ids.begin(), asked.ids.end());
  int32_t other = -1;
  for (int64_t pos = 0; pos < asked.positions(); ++pos) {
    const int32_t token = tokens[static_cast<size_t>(pos)], next = tokens[static_cast<size_t>(pos) + 1];
    PSMC_ASSIGN(const std::vector<float> got, narrow.decode(token, pos));
    PSMC_ASSIGN(const std::vector<float> expected, reference.decode(token, pos));
    if (pos + 1 < static_cast<int64_t>(asked.prompt.size())) continue;
    compare(got, expected, next, measured);
    if (other < 0 && likeliest(got) != next) other = likeliest(got);
    if (other < 0) ++measured.first_different;
  }
  return other;
}

Status run_free(Session& narrow, const Asked& asked, int32_t token, Measured& measured) {
  measured.free_agreed = measured.first_different;
  for (size_t i = measured.first_different + 1; i < asked.ids.size(); ++i) {
    PSMC_ASSIGN(const std::vector<float> logits,
                narrow.decode(token, static_cast<int64_t>(asked.prompt.size() + i) - 1));
    token = likeliest(logits);
    measured.free_agreed += token == asked.ids[i];
  }
  return {};
}

Result<std::unique_ptr<Session>> narrow_session(const BenchAccuracy& options, ir::Module& module, Progress& progress) {
  PSMC_ASSIGN(const arch::Machine machine, arch::load_machine(options.arch));
  if (options.on == "interpreter") return interpreter_session(module, without_limit());
  CompileReport report;
  CompileOptions compile_options;
  compile_options.entries = {"decode"};
  PSMC_ASSIGN(arch::Image image, compile(module, machine, compile_options, report));
  sim::Options simulation;
  simulation.progress = progress.of_cycles("simulating");
  PSMC_ASSIGN(std::unique_ptr<HostSession> session, host_session(module, std::move(image), simulation, nullptr));
  return std::unique_ptr<Session>(std::move(session));
}

void print(const BenchAccuracy& options, size_t ids, const Measured& m) {
  const std::string name = fmt::format("accuracy.{}", dtype_name(options.dtype));
  const auto count = static_cast<double>(ids);
  fmt::print("RESULT {}.agreed {} of_{}\n", name, m.agreed, ids);
  fmt::print("RESULT accuracy.reference.agreed {} of_{}\n", m.reference_agreed, ids);
  fmt::print("RESULT {}.free_running.agreed {} of_{}\n", name, m.free_agreed, ids);
  fmt::print("RESULT {}.free_running.same_until {} of_{}\n", name, m.first_different, ids);
  fmt::print("RESULT {}.largest_logit_error {:.6f} logits\n", name, m.max_err);
  fmt::print("RESULT accuracy.reference.largest_logit {:.6f} logits\n", m.largest);
  fmt::print("RESULT {}.mean_nll {:.6f} nats\n", name, m.nll / count);
  fmt::print("RESULT accuracy.reference.mean_nll {:.6f} nats\n", m.reference_nll / count);
}

}  // namespace

Result<int> bench_accuracy(const BenchAccuracy& options) {
  frontend::LlamaOptions llama;
  llama.prefill = false;
  llama.chunk = 1;
  llama.dtype = DType::f32;
  PSMC_ASSIGN(const LoadedModel wide, load_model(options.model, llama));
  llama.dtype = options.dtype;
  PSMC_ASSIGN(LoadedModel narrow, load_model(options.model, llama));
  Asked asked{{static_cast<int32_t>(wide.bos.value_or(1))}, {}};
  if (!options.prompt_ids.empty()) {
    PSMC_ASSIGN(asked.prompt, parse_ids(options.prompt_ids));
  }
  PSMC_ASSIGN(asked.ids, read_ids(options.ids));
  PSMC_TRY(check_asked(asked, wide));
  Progress progress;
  PSMC_ASSIGN(const std::unique_ptr<Session> reference, interpreter_session(wide.module, without_limit()));
  PSMC_ASSIGN(const std::unique_ptr<Session> session, narrow_session(options, narrow.module, progress));
  Measured measured;
  PSMC_ASSIGN(const int32_t other, follow(*session, *reference, asked, measured));
  PSMC_TRY(run_free(*session, asked, other, measured));
  progress.clear();
  print(options, asked.ids.size(), measured);
  return 0;
}

}  // namespace psmc::tools
