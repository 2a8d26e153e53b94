// SPDX-License-Identifier: Apache-2.0
#include "ir/pass.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <optional>
#include <system_error>

#include "base/file.h"
#include "base/nearest.h"
#include "ir/clone.h"
#include "ir/fingerprint.h"
#include "ir/text/printer.h"
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
  Status write_reproducer() const;
  void verify_after() const;
  void check_after(const Module& before) const;
  void dump() const;

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
  if (!options_.reproducer.empty()) PSMC_TRY(write_reproducer());
  std::optional<Module> before;
  if (options_.check_each) before = clone_module(module_);
  const bool looks = options_.verify_each || options_.check_each;
  const uint64_t print_before = looks ? fingerprint(module_) : 0;
  context_.options_ = step_.options;
  context_.counters_.clear();
  const std::clock_t start = std::clock();
  PassReport report;
  report.pass = step_.pass->name;
  report.changed = step_.pass->run(module_, context_);
  report.milliseconds = 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  report.counters = context_.counters_;
  report.ops = count_ops(module_);
  if (!context_.errors_.empty()) {
    Diagnostic first = context_.errors_[0];
    context_.errors_.clear();
    return first;
  }
  if (options_.verify_each) verify_after();
  if (looks && !report.changed)
    PSMC_CHECK(fingerprint(module_) == print_before, "the pass changes the module and says that it does not");
  if (before && report.changed) check_after(*before);
  const auto& names = options_.print_after;
  const bool named = std::find(names.begin(), names.end(), step_.pass->name) != names.end();
  if (named || (options_.print_after_all && report.changed)) dump();
  return report;
}

Status PassScope::write_reproducer() const {
  const std::string text =
      fmt::format("// psmc opt --passes '{}' %s\n{}", pipeline_text({&step_, 1}), print_module(module_));
  return write_file(options_.reproducer, text);
}

void PassScope::verify_after() const {
  const auto errors = verify(module_);
  std::string all;
  for (const Diagnostic& diagnostic : errors) all += diagnostic.render() + "\n";
  PSMC_CHECK(errors.empty(), "the pass leaves a module that is not valid:\n" + all);
}

void PassScope::check_after(const Module& before) const {
  const Status same = options_.check_each(before, module_);
  if (!same.ok()) PSMC_CHECK(false, "the pass changes what the module computes:\n" + same.diagnostic().render());
}

void PassScope::dump() const {
  const std::string text = fmt::format("// ---- after {}\n{}", pipeline_text({&step_, 1}), print_module(module_));
  if (options_.print)
    options_.print(text);
  else
    std::fputs(text.c_str(), stderr);
}

uint32_t count_ops(const Module& module) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    if (!module.func(FuncId(i)).erased) walk(module, module.func(FuncId(i)).body, [&](OpId) { ++count; });
  }
  return count;
}

Result<std::vector<PassReport>> run_pipeline(Module& module, const Pipeline& pipeline, const PipelineOptions& options,
                                             PassContext& context) {
  PSMC_TRY(check_printed(pipeline, options));
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
