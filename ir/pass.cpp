// SPDX-License-Identifier: Apache-2.0
#include "ir/pass.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "base/check_context.h"
#include "ir/bisect.h"
#include "ir/clone.h"
#include "ir/fingerprint.h"
#include "ir/pass_dumps.h"
#include "ir/reproducer.h"
#include "ir/verify.h"

namespace psmc::ir {

int64_t PassContext::int_option(std::string_view name, int64_t otherwise) const {
  const auto found = options_.find(name);
  if (found == options_.end()) return otherwise;
  const std::string& text = found->second;
  int64_t value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  PSMC_CHECK(wrong == std::errc() && end == text.data() + text.size(), "an integer option was not checked");
  return value;
}

std::string PassContext::text_option(std::string_view name, std::string_view otherwise) const {
  const auto found = options_.find(name);
  return found == options_.end() ? std::string(otherwise) : found->second;
}

/// Runs one pass and everything that surrounds it.
class PassScope {
 public:
  PassScope(Module& module, const PassStep& step, const PipelineOptions& options, PassContext& context)
      : module_(module), step_(step), options_(options), context_(context) {}
  Result<PassReport> run();

 private:
  PassReport run_pass();
  Status check_after(const PassReport& report, const std::optional<Module>& before, uint64_t print_before);
  void verify_after() const;

  Module& module_;
  const PassStep& step_;
  const PipelineOptions& options_;
  PassContext& context_;
};

Result<PassReport> PassScope::run() {
  if (!options_.reproducer.empty()) PSMC_TRY(write_reproducer(module_, options_.reproducer, step_));
  std::optional<Module> before;
  if (options_.check_each) before = clone_module(module_);
  const uint64_t print_before = options_.check_each ? fingerprint(module_) : 0;
  const PassReport report = run_pass();
  PSMC_TRY(check_after(report, before, print_before));
  return report;
}

PassReport PassScope::run_pass() {
  context_.options_ = step_.options;
  context_.left_out_ = step_.left_out;
  context_.counters_.clear();
  PassReport report;
  report.pass = step_.pass->name;
  TimeScope time(options_.time, step_.pass->name);
  report.changed = step_.pass->run(module_, context_);
  report.counters = context_.counters_;
  report.ops = count_ops(module_);
  if (time.is_on()) time.note(fmt::format("{} ops{}", report.ops, report.changed ? "" : ", no change"));
  return report;
}

/// What the pass refused, as an error; a bug in it ends the process.
Status PassScope::check_after(const PassReport& report, const std::optional<Module>& before, uint64_t print_before) {
  if (!context_.errors_.empty()) {
    Diagnostic first = context_.errors_[0];
    context_.errors_.clear();
    return first;
  }
  if (!options_.verify_each && !options_.check_each) return {};
  const TimeScope time(options_.time, "(checks)");
  if (options_.verify_each) verify_after();
  if (!before) return {};
  if (!report.changed) {
    PSMC_CHECK(fingerprint(module_) == print_before, "the pass changes the module and says that it does not");
    return {};
  }
  const Status same = options_.check_each(*before, module_, [&](Module& other) {
    PassContext context = context_;
    context.options_ = step_.options;
    step_.pass->run(other, context);
    return context.errors_.empty();
  });
  if (!same.ok()) PSMC_CHECK(false, "the pass changes what the module computes:\n" + same.diagnostic().render());
  return {};
}

void PassScope::verify_after() const {
  const auto errors = verify(module_);
  std::string all;
  for (const Diagnostic& diagnostic : errors) all += diagnostic.render() + "\n";
  PSMC_CHECK(errors.empty(), "the pass leaves a module that is not valid:\n" + all);
}

Result<std::vector<PassReport>> run_pipeline(Module& module, const Pipeline& pipeline, const PipelineOptions& options,
                                             PassContext& context) {
  PSMC_TRY(check_printed(pipeline, options));
  std::vector<PassReport> reports;
  PassDumps dumps(options);
  PSMC_TRY(dumps.begin(module));
  Bisect bisect(options);
  Pipeline so_far;  // what has run, and what runs
  for (size_t i = 0; i < pipeline.size(); ++i) {
    PassStep step = pipeline[i];
    const auto number = static_cast<uint32_t>(i + 1);
    if (std::ranges::find(options.disabled, step.pass->name) != options.disabled.end()) continue;
    if (!bisect.admits(module, step)) continue;
    so_far.push_back(step);
    const CheckContext in_pass(fmt::format("running the pass {}", pipeline_text({&step, 1})));
    const FailureNote note([so_far, options] { return reproduce(so_far, options); });
    dumps.before(module, step);
    PSMC_ASSIGN(PassReport report, PassScope(module, step, options, context).run());
    report.number = number;
    PSMC_TRY(dumps.after(module, step, number, report.changed));
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace psmc::ir
