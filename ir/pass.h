// SPDX-License-Identifier: Apache-2.0
// Passes and the running of them. A pass is one function with a name; the caller (a tool) puts the table of all passes
// together as a plain constant array, so nothing registers itself.
//
//   constexpr PassInfo kPasses[] = {{"fuse-elementwise", "maps in a row become one group", fuse_elementwise}, ...};
//   PSMC_ASSIGN(auto pipeline, parse_pipeline("canonicalize,inline{limit=80},cse", kPasses));
//   PSMC_TRY(run_pipeline(module, pipeline, options, context));
//
// One scope around each pass times it, verifies the module after it, dumps it if it has changed and names the pass in
// failed checks; no pass does any of it by itself.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

#include "base/trace.h"
#include "ir/module.h"
#include "ir/pass_report.h"

namespace psmc::ir {

/// What a pass sees besides the module: its options, counters, and what the tool provides.
class PassContext {
 public:
  /// Options of the running pass, as written in the pipeline ("inline{limit=80}") and checked there; absent:
  /// `otherwise`.
  int64_t int_option(std::string_view name, int64_t otherwise) const;
  std::string text_option(std::string_view name, std::string_view otherwise) const;
  /// Whether the running pass, one of functions, is to leave this one alone (bisect.h).
  bool leaves_out(FuncId func) const { return func.index < left_out_.size() && left_out_[func.index]; }
  bool leaves_out_some() const { return std::ranges::find(left_out_, true) != left_out_.end(); }

  /// Counts something that the pass has done; shown with its timing.
  void count(std::string_view what, int64_t n = 1) { counters_[std::string(what)] += n; }
  /// A user error: the pipeline ends after this pass.
  void fail(Diagnostic diagnostic) { errors_.push_back(std::move(diagnostic)); }
  void warn(Diagnostic diagnostic) { warnings.push_back(std::move(diagnostic)); }

  /// Objects that the tool lends to passes, by type (the machine of arch/, a random seed). Null if there is none.
  template <typename T>
  void provide(const T* object) {
    provided_[typeid(T)] = object;
  }
  template <typename T>
  const T* find() const {
    const auto found = provided_.find(typeid(T));
    return found == provided_.end() ? nullptr : static_cast<const T*>(found->second);
  }

  std::vector<Diagnostic> warnings;

 private:
  friend class PassScope;
  std::map<std::string, std::string, std::less<>> options_;
  std::vector<bool> left_out_;  ///< by function
  std::map<std::string, int64_t> counters_;
  std::vector<Diagnostic> errors_;
  std::map<std::type_index, const void*> provided_;
};

/// One option that a pass takes in its braces: a text, or an integer with a range.
struct PassOption {
  enum class Kind : uint8_t { text, integer };
  std::string_view name;
  std::string_view meaning;  ///< with the default
  Kind kind = Kind::text;
  int64_t low = 0, high = 0;  ///< of an integer, both allowed
};
constexpr PassOption integer_option(std::string_view name, std::string_view meaning, int64_t low, int64_t high) {
  return {name, meaning, PassOption::Kind::integer, low, high};
}

/// What a pass works on: the module as a whole, or each function without regard to the others.
enum class PassUnit : uint8_t { module, function };

struct PassInfo {
  std::string_view name;  ///< a verb phrase: "fuse-elementwise"
  std::string_view summary;
  bool (*run)(Module&, PassContext&);  ///< whether it changed the module
  std::span<const PassOption> options = {};
  bool required = false;             ///< what comes after cannot do without it: the bisect limit does not leave it out
  PassUnit unit = PassUnit::module;  ///< of functions: it asks PassContext::leaves_out
};

/// A pipeline with a name, which may stand wherever a pass may.
struct PassPreset {
  std::string_view name;
  std::string_view pipeline;  ///< of passes and presets; empty: nothing
  std::string_view summary;
};

struct PassStep {
  const PassInfo* pass;
  std::map<std::string, std::string, std::less<>> options;
  std::vector<bool> left_out = {};  ///< by function: it is not worked on
};
using Pipeline = std::vector<PassStep>;

/// Reads "a,b{x=1,y=two},c"; a preset becomes its passes. Errors: bad_pipeline.
Result<Pipeline> parse_pipeline(std::string_view text, std::span<const PassInfo> passes,
                                std::span<const PassPreset> presets = {});
std::string pipeline_text(std::span<const PassStep> pipeline);

/// "`before` runs before `after`, because ...": checked wherever both are in a pipeline.
struct PassOrder {
  std::string_view before, after, because;
};
/// Errors: bad_pipeline.
Status check_order(const Pipeline& pipeline, std::span<const PassOrder> orders);

/// What is shown of the module between passes. Each text is a module that can be read.
struct DumpOptions {
  bool before_all = false;
  bool after_all = false;                  ///< after each pass that changed something
  bool changes = false;                    ///< what each pass changed, as a unified diff
  std::vector<std::string> before, after;  ///< these passes
  /// Files `000-input.psm`, `001-inline.psm` ...: the module before the first pass and after each that changed
  /// something, by its number in the pipeline. The data of constants lie in `data/` there. Empty: none.
  std::string folder;
};

/// Runs the pass in question on another module, with the same options; false if the pass refused it.
using PassRerun = std::function<bool(Module&)>;
/// Looks at the module from before and the one from after a pass; a diagnostic is a bug in the pass.
using PassCheck = std::function<Status(const Module& before, const Module& after, const PassRerun& rerun)>;

struct PipelineOptions {
  std::vector<std::string> disabled;  ///< passes that are left out
  /// A module that is not valid after a pass is a bug: an internal check.
  bool verify_each = true;
  DumpOptions dumps;
  std::function<void(std::string_view)> print;  ///< where dumps go; default: standard error
  /// Called after each pass that changed something; a module that differs though the pass says that it changed nothing
  /// is an internal check too.
  PassCheck check_each;
  /// Written before each pass if not empty: the module, and in a comment the command that replays the pass. The data
  /// of constants go to a folder beside it.
  std::string reproducer;
  /// Makes the module again as it was before the pipeline: a failed check then writes a reproducer by itself.
  std::function<Result<Module>()> input;
  /// Runs of passes on functions of a higher number, counted from 1, are left out if nothing needs them; says so
  /// (bisect.h).
  std::optional<uint64_t> bisect_limit;
  const TimeScope* time = nullptr;
};

/// Whether each pass whose dump is wanted is in the pipeline. Errors: bad_pipeline.
Status check_printed(const Pipeline& pipeline, const PipelineOptions& options);

/// Runs the passes in order. Errors: what a pass reported with `fail`; bad_pipeline if a pass to be dumped is not in
/// the pipeline; cannot_write of the reproducer and of dumps.
Result<std::vector<PassReport>> run_pipeline(Module& module, const Pipeline& pipeline, const PipelineOptions& options,
                                             PassContext& context);

}  // namespace psmc::ir
