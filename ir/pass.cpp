// SPDX-License-Identifier: Apache-2.0
#include "ir/pass.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>

#include "ir/clone.h"
#include "ir/text/elements.h"
#include "ir/text/printer.h"
#include "ir/verify.h"

namespace psmc::ir {

int64_t PassContext::int_option(std::string_view name, int64_t otherwise) const {
  const auto found = options_.find(name);
  if (found == options_.end()) return otherwise;
  int64_t value = otherwise;
  std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

double PassContext::number_option(std::string_view name, double otherwise) const {
  const auto found = options_.find(name);
  return found == options_.end() ? otherwise : double_from_text(found->second).value_or(otherwise);
}

bool PassContext::bool_option(std::string_view name, bool otherwise) const {
  const auto found = options_.find(name);
  return found == options_.end() ? otherwise : found->second != "false" && found->second != "0";
}

std::string PassContext::text_option(std::string_view name, std::string_view otherwise) const {
  const auto found = options_.find(name);
  return found == options_.end() ? std::string(otherwise) : found->second;
}

namespace {

/// Reads the text of a pipeline.
class PipelineReader {
 public:
  PipelineReader(std::string_view text, std::span<const PassInfo> passes) : text_(text), passes_(passes) {}
  Result<Pipeline> read();

 private:
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
    PSMC_ASSIGN(PassStep step, read_step());
    pipeline.push_back(std::move(step));
  } while (accept(','));
  if (at_ < text_.size()) return fail("expected `,` between passes");
  return pipeline;
}

Result<PassStep> PipelineReader::read_step() {
  const std::string_view name = word();
  const auto pass = std::find_if(passes_.begin(), passes_.end(), [&](const PassInfo& p) { return p.name == name; });
  if (pass == passes_.end()) {
    at_ -= name.size();
    std::string known;
    for (const PassInfo& p : passes_) known += (known.empty() ? "" : ", ") + std::string(p.name);
    return fail(fmt::format("there is no pass `{}`", name), {"there are: " + known});
  }
  PassStep step{&*pass, {}};
  if (!accept('{') || accept('}')) return step;
  do {
    PSMC_TRY(read_option(step));
  } while (accept(','));
  if (!accept('}')) return fail("expected `}` after the options");
  return step;
}

Status PipelineReader::read_option(PassStep& step) {
  const std::string_view name = word();
  const auto options = step.pass->options;
  if (std::none_of(options.begin(), options.end(), [&](const PassOption& o) { return o.name == name; })) {
    at_ -= name.size();
    return fail(fmt::format("`{}` has no option `{}`", step.pass->name, name));
  }
  if (!accept('=')) return fail("expected `=`");
  const std::string_view value = word();
  if (value.empty()) return fail("expected a value");
  step.options[std::string(name)] = value;
  return {};
}

}  // namespace

Result<Pipeline> parse_pipeline(std::string_view text, std::span<const PassInfo> passes) {
  return PipelineReader(text, passes).read();
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

/// Runs one pass and everything that surrounds it.
class PassScope {
 public:
  PassScope(Module& module, const PassStep& step, const PipelineOptions& options, PassContext& context)
      : module_(module), step_(step), options_(options), context_(context) {}
  Result<PassReport> run();

 private:
  void write_reproducer() const;
  void check_after(const std::optional<Module>& before) const;
  void dump() const;
  uint32_t count_ops() const;

  Module& module_;
  const PassStep& step_;
  const PipelineOptions& options_;
  PassContext& context_;
};

Result<PassReport> PassScope::run() {
  const std::string hint = options_.reproducer.empty()
                               ? "run again with --reproducer=FILE to get the module before the pass"
                               : "the module before the pass is in " + options_.reproducer;
  const CheckContext in_pass(fmt::format("running the pass {} ({})", pipeline_text({&step_, 1}), hint));
  if (!options_.reproducer.empty()) write_reproducer();
  std::optional<Module> before;
  if (options_.check_each) before = clone_module(module_);
  context_.options_ = step_.options;
  context_.counters_.clear();
  const auto start = std::chrono::steady_clock::now();
  PassReport report;
  report.pass = step_.pass->name;
  report.changed = step_.pass->run(module_, context_);
  report.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  report.counters = context_.counters_;
  report.ops = count_ops();
  if (!context_.errors_.empty()) {
    Diagnostic first = context_.errors_[0];
    context_.errors_.clear();
    return first;
  }
  if (report.changed) check_after(before);
  const auto& names = options_.print_after;
  const bool named = std::find(names.begin(), names.end(), step_.pass->name) != names.end();
  if (named || (options_.print_after_all && report.changed)) dump();
  return report;
}

void PassScope::write_reproducer() const {
  const std::string text =
      fmt::format("// psmc opt --passes '{}' %s\n{}", pipeline_text({&step_, 1}), print_module(module_));
  if (Status written = write_file(options_.reproducer, text); !written.ok()) context_.warn(written.diagnostic());
}

void PassScope::check_after(const std::optional<Module>& before) const {
  if (options_.verify_each) {
    const auto errors = verify(module_);
    std::string all;
    for (const Diagnostic& diagnostic : errors) all += diagnostic.render() + "\n";
    PSMC_CHECK(errors.empty(), "the pass leaves a module that is not valid:\n" + all);
  }
  if (!before) return;
  const Status same = options_.check_each(*before, module_);
  if (!same.ok()) PSMC_CHECK(false, "the pass changes what the module computes:\n" + same.diagnostic().render());
}

void PassScope::dump() const {
  const std::string text = fmt::format("// ---- after {}\n{}", pipeline_text({&step_, 1}), print_module(module_));
  if (options_.print)
    options_.print(text);
  else
    std::fputs(text.c_str(), stderr);
}

uint32_t PassScope::count_ops() const {
  uint32_t count = 0;
  for (uint32_t i = 0; i < module_.num_funcs(); ++i) {
    if (!module_.func(FuncId(i)).erased) walk(module_, module_.func(FuncId(i)).body, [&](OpId) { ++count; });
  }
  return count;
}

Result<std::vector<PassReport>> run_pipeline(Module& module, const Pipeline& pipeline, const PipelineOptions& options,
                                             PassContext& context) {
  std::vector<PassReport> reports;
  const auto& disabled = options.disabled;
  for (const PassStep& step : pipeline) {
    if (std::find(disabled.begin(), disabled.end(), step.pass->name) != disabled.end()) continue;
    PSMC_ASSIGN(PassReport report, PassScope(module, step, options, context).run());
    reports.push_back(std::move(report));
  }
  return reports;
}

std::string report_text(std::span<const PassReport> reports) {
  std::string out = "       ms      ops  pass\n";
  for (const PassReport& report : reports) {
    out += fmt::format("{:9.3f} {:8}  {}{}", report.milliseconds, report.ops, report.pass,
                       report.changed ? "" : " (no change)");
    for (const auto& [what, count] : report.counters) out += fmt::format("  {} {}", count, what);
    out += "\n";
  }
  return out;
}

}  // namespace psmc::ir
