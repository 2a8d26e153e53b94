// SPDX-License-Identifier: Apache-2.0
// Every kernel comes in forms, from the fastest to the shortest: loops pipelined, then only where a word of code saves
// four cycles, then plain, then not unrolled either. All begin with the first form. While they are more than the code
// memory holds, the kernel that loses least for each word that it saves takes its next form: the multiple-choice
// knapsack, solved greedily (Dyer 1984: optimal for its relaxation when each kernel's forms lie on a convex curve).
//
// What a kernel loses is counted in shares of the time of the function that runs it, so that a function of a few
// cycles matters as much as a long one: more cycles a run (backend::KernelCode::cycles) times its runs on the tile that
// runs it most, over the cycles of all kernels of that function.
#include "tools/driver/code_memory.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/parallel.h"
#include "ir/text/parser.h"

namespace psmc::tools {
namespace {

using backend::KernelCode;

constexpr size_t kRuntimeWords = 256;  ///< room for the kernels of backend/link
constexpr size_t kForms = 4;
constexpr const char* kFormNames[kForms] = {"kernel", "kernel, pipelined less", "kernel, plain", "kernel, shortest"};

backend::KernelOptions form(size_t number) {
  constexpr double kWordsSaved[kForms] = {1, 4, 1, backend::KernelOptions::kCompact};
  return {.pipeline = number < 2, .cycles_per_word = kWordsSaved[number]};
}

/// By function and kernel: how often the tile runs it that does so most.
std::vector<std::vector<double>> runs_of(const arch::Plan& plan, size_t kernels) {
  std::vector<std::vector<double>> runs(plan.entries.size(), std::vector<double>(kernels, 0));
  for (size_t e = 0; e < plan.entries.size(); ++e)
    for (const arch::TileProgram& tile : plan.entries[e].tiles) {
      std::map<uint32_t, double> count;
      for (const arch::Command& command : tile.commands)
        if (command.kind == arch::CommandKind::run) ++count[command.index];
      for (const auto& [kernel, number] : count) runs[e][kernel] = std::max(runs[e][kernel], number);
    }
  return runs;
}

/// The forms of one kernel.
struct Forms {
  ir::Module module;
  KernelCode now;   ///< the form in use
  KernelCode next;  ///< the next form that is shorter, if `has_next`
  size_t next_form = 1;
  bool has_next = true;
  double weight = 0;  ///< share of a function's time that a cycle of this kernel is, summed over functions

  double loss() const {
    return weight * std::max(0.0, next.cycles - now.cycles) / static_cast<double>(now.words.size() - next.words.size());
  }
};

class CodeMemory {
 public:
  CodeMemory(const arch::Machine& machine, const CompileKernels& options) : machine_(machine), options_(options) {}

  /// Kernels are compiled side by side; each has a module of its own.
  Status add_all(const std::vector<std::string>& texts) {
    kernels_.resize(texts.size());
    PSMC_TRY(for_each_kernel([&](size_t i) { return read(texts[i], kernels_[i]); }));
    for (const Forms& forms : kernels_) words_ += forms.now.words.size();
    return {};
  }

  Status fit(const arch::Plan& plan) {
    if (words_ <= machine_.code_words()) return {};
    weigh(plan);
    PSMC_TRY(for_each_kernel([&](size_t i) { return find_next(kernels_[i]); }));
    while (words_ > machine_.code_words()) {
      Forms* best = nullptr;
      for (Forms& forms : kernels_)
        if (forms.has_next && (best == nullptr || forms.loss() < best->loss())) best = &forms;
      if (best == nullptr) return {};
      PSMC_TRY(shrink(*best));
    }
    return grow_back();
  }

  std::vector<KernelCode> take() {
    std::vector<KernelCode> codes;
    for (Forms& forms : kernels_) codes.push_back(std::move(forms.now));
    return codes;
  }

 private:
  /// The error of the first kernel that has one, on any number of threads.
  Status for_each_kernel(const std::function<Status(size_t)>& work) const {
    std::vector<Status> done(kernels_.size());
    parallel_for(kernels_.size(), options_.threads, [&](size_t i) { done[i] = work(i); });
    for (Status& status : done) PSMC_TRY(std::move(status));
    return {};
  }

  Status read(const std::string& text, Forms& forms) const {
    Result<ir::Module> module = ir::parse_text("kernel", text);
    PSMC_CHECK(module.ok(), "a lowered kernel does not parse: " + module.diagnostic().render() + "\n" + text);
    forms.module = std::move(*module);
    PSMC_ASSIGN(forms.now, compile(forms, 0));
    return {};
  }

  Result<KernelCode> compile(const Forms& forms, size_t number) const {
    backend::KernelOptions options = form(number);
    options.pipeline = options.pipeline && options_.pipeline;
    const TimeScope time(options_.time, kFormNames[number], forms.module.text(forms.module.func(ir::FuncId(0)).name));
    options.time = &time;
    return backend::compile_kernel(forms.module, ir::FuncId(0), machine_, options);
  }

  Status find_next(Forms& forms) {
    for (; forms.next_form < kForms; ++forms.next_form) {
      PSMC_ASSIGN(forms.next, compile(forms, forms.next_form));
      if (forms.next.words.size() >= forms.now.words.size()) continue;
      ++forms.next_form;
      return {};
    }
    forms.has_next = false;
    return {};
  }

  Status shrink(Forms& forms) {
    words_ -= forms.now.words.size() - forms.next.words.size();
    taken_.push_back({&forms, forms.loss(), std::exchange(forms.now, std::move(forms.next))});
    return find_next(forms);
  }

  /// The last steps may have saved more than was needed: those that cost most are undone where there is room.
  Status grow_back() {
    std::stable_sort(taken_.begin(), taken_.end(), [](const Step& a, const Step& b) { return a.loss > b.loss; });
    for (Step& step : taken_) {
      const size_t more = step.before.words.size() - step.forms->now.words.size();
      if (step.before.words.size() < step.forms->now.words.size() || words_ + more > machine_.code_words()) continue;
      words_ += more;
      step.forms->now = std::move(step.before);
    }
    return {};
  }

  void weigh(const arch::Plan& plan) {
    for (const std::vector<double>& runs : runs_of(plan, kernels_.size())) {
      double all = 0;
      for (size_t k = 0; k < kernels_.size(); ++k) all += runs[k] * kernels_[k].now.cycles;
      for (size_t k = 0; k < kernels_.size() && all > 0; ++k) kernels_[k].weight += runs[k] / all;
    }
  }

  struct Step {
    Forms* forms;
    double loss;  ///< a word
    KernelCode before;
  };

  const arch::Machine& machine_;
  const CompileKernels& options_;
  std::vector<Forms> kernels_;
  std::vector<Step> taken_;
  size_t words_ = kRuntimeWords;
};

}  // namespace

Result<std::vector<KernelCode>> compile_kernels(const arch::Plan& plan, const std::vector<std::string>& texts,
                                                const CompileKernels& options) {
  CodeMemory memory(plan.machine, options);
  PSMC_TRY(memory.add_all(texts));
  PSMC_TRY(memory.fit(plan));
  return memory.take();
}

}  // namespace psmc::tools
