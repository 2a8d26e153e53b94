// SPDX-License-Identifier: Apache-2.0
// The text of a pipeline, "a,b{x=1},c", read and printed, and the order of its passes.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/nearest.h"
#include "ir/pass.h"

namespace psmc::ir {
namespace {

/// `wrong` at a word, with the candidate that was probably meant as a fix.
Diagnostic with_near(Diagnostic wrong, std::string_view word, std::span<const std::string_view> candidates) {
  FixIt fix{wrong.place, std::string(nearest(word, candidates))};
  fix.place.length = static_cast<uint32_t>(word.size());
  if (!fix.with.empty() && !word.empty()) wrong.fixes.push_back(std::move(fix));
  return wrong;
}

/// Reads the text of a pipeline.
class PipelineReader {
 public:
  PipelineReader(std::string_view text, std::span<const PassInfo> passes, std::span<const PassPreset> presets)
      : text_(text), passes_(passes), presets_(presets) {}
  Result<Pipeline> read();

 private:
  Status read_item(Pipeline& pipeline);
  Result<PassStep> read_step();
  Status read_option(PassStep& step);
  std::string_view word();
  void skip_space();
  bool accept(char c);
  Diagnostic fail(std::string message, std::vector<std::string> notes = {}) const {
    return text_error(Code::bad_pipeline, "<pipeline>", text_, std::min(at_, text_.size()), std::move(message),
                      std::move(notes));
  }

  std::string_view text_;
  std::span<const PassInfo> passes_;
  std::span<const PassPreset> presets_;
  size_t at_ = 0;
};

void PipelineReader::skip_space() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
}

bool PipelineReader::accept(char c) {
  skip_space();
  if (at_ >= text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

std::string_view PipelineReader::word() {
  skip_space();
  const size_t begin = at_;
  at_ = std::min(text_.find_first_of(",{}= \n", at_), text_.size());
  return text_.substr(begin, at_ - begin);
}

Result<Pipeline> PipelineReader::read() {
  Pipeline pipeline;
  skip_space();
  if (at_ >= text_.size()) return pipeline;
  do {
    PSMC_TRY(read_item(pipeline));
  } while (accept(','));
  if (at_ < text_.size()) return fail("expected `,` between passes");
  return pipeline;
}

/// A pass, or all of a preset. Presets are constants that refer to earlier ones alone, so this ends.
Status PipelineReader::read_item(Pipeline& pipeline) {
  skip_space();
  const size_t begin = at_;
  const std::string_view name = word();
  const auto preset =
      std::find_if(presets_.begin(), presets_.end(), [&](const PassPreset& p) { return p.name == name; });
  if (preset == presets_.end()) {
    at_ = begin;
    PSMC_ASSIGN(PassStep step, read_step());
    pipeline.push_back(std::move(step));
    return {};
  }
  const auto earlier = presets_.first(static_cast<size_t>(preset - presets_.begin()));
  Result<Pipeline> steps = PipelineReader(preset->pipeline, passes_, earlier).read();
  PSMC_CHECK(steps.ok(), "a preset is no pipeline: " + steps.diagnostic().render());
  for (PassStep& step : *steps) pipeline.push_back(std::move(step));
  return {};
}

Result<PassStep> PipelineReader::read_step() {
  const std::string_view name = word();
  const auto pass = std::find_if(passes_.begin(), passes_.end(), [&](const PassInfo& p) { return p.name == name; });
  if (pass == passes_.end()) {
    at_ -= name.size();
    std::vector<std::string_view> known;
    for (const PassInfo& p : passes_) known.push_back(p.name);
    for (const PassPreset& p : presets_) known.push_back(p.name);
    return with_near(fail(fmt::format("there is no pass `{}`", name), names_there_are(name, known)), name, known);
  }
  PassStep step{&*pass, {}};
  if (!accept('{') || accept('}')) return step;
  do {
    PSMC_TRY(read_option(step));
  } while (accept(','));
  if (!accept('}')) return fail("expected `}` after the options");
  return step;
}

/// Why `value` is none for the option; empty if it is.
std::string objection(const PassOption& option, std::string_view value) {
  if (option.kind == PassOption::Kind::text) return {};
  int64_t number = 0;
  const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (wrong == std::errc::result_out_of_range ||
      (wrong == std::errc() && end == value.data() + value.size() && (number < option.low || number > option.high)))
    return fmt::format("`{}` must be from {} to {}", option.name, option.low, option.high);
  if (wrong != std::errc() || end != value.data() + value.size())
    return fmt::format("`{}` takes an integer, not `{}`", option.name, value);
  return {};
}

Status PipelineReader::read_option(PassStep& step) {
  const std::string_view name = word();
  const auto options = step.pass->options;
  const auto option = std::find_if(options.begin(), options.end(), [&](const PassOption& o) { return o.name == name; });
  if (option == options.end()) {
    at_ -= name.size();
    std::vector<std::string_view> known;
    for (const PassOption& o : options) known.push_back(o.name);
    return with_near(fail(fmt::format("`{}` has no option `{}`", step.pass->name, name),
                          names_there_are(name, known, "its options")),
                     name, known);
  }
  if (!accept('=')) return fail("expected `=`");
  const std::string_view value = word();
  if (value.empty()) return fail("expected a value");
  if (std::string why = objection(*option, value); !why.empty()) {
    at_ -= value.size();
    return fail(std::move(why));
  }
  step.options[std::string(name)] = value;
  return {};
}

}  // namespace

Result<Pipeline> parse_pipeline(std::string_view text, std::span<const PassInfo> passes,
                                std::span<const PassPreset> presets) {
  return PipelineReader(text, passes, presets).read();
}

std::string pipeline_text(std::span<const PassStep> pipeline) {
  std::string out;
  for (const PassStep& step : pipeline) {
    out += (out.empty() ? "" : ",") + std::string(step.pass->name);
    std::string options;
    for (const auto& [name, value] : step.options) options += (options.empty() ? "" : ",") + name + "=" + value;
    if (!options.empty()) out += "{" + options + "}";
  }
  return out;
}

Status check_order(const Pipeline& pipeline, std::span<const PassOrder> orders) {
  for (const PassOrder& order : orders) {
    bool seen = false;  // `after`
    for (const PassStep& step : pipeline) {
      seen = seen || step.pass->name == order.after;
      if (!seen || step.pass->name != order.before) continue;
      return error(Code::bad_pipeline, fmt::format("`{}` must run before `{}`", order.before, order.after),
                   {fmt::format("because {}", order.because)});
    }
  }
  return {};
}

Status check_printed(const Pipeline& pipeline, const PipelineOptions& options) {
  std::vector<std::string_view> names;
  for (const PassStep& step : pipeline)
    if (std::find(names.begin(), names.end(), step.pass->name) == names.end()) names.push_back(step.pass->name);
  for (const auto* list : {&options.dumps.before, &options.dumps.after})
    for (const std::string& wanted : *list)
      if (std::find(names.begin(), names.end(), wanted) == names.end())
        return error(Code::bad_pipeline,
                     fmt::format("no pass `{}` runs {} which the IR could be printed", wanted,
                                 list == &options.dumps.before ? "before" : "after"),
                     names_there_are(wanted, names, "the pipeline has"));
  return {};
}

}  // namespace psmc::ir
