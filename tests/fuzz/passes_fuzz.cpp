// SPDX-License-Identifier: Apache-2.0
// Random valid modules through random pipelines of all passes: after each pass the module is verified and computes what
// it computed before (tools/driver/check_each.h). The bytes choose the module, its options, the passes and their
// options; of what fails a reproducer is written and the command that replays it printed.
#include <algorithm>
#include <cstdint>
#include <string>

#include "ir/clone.h"
#include "ir/random/random_module.h"
#include "midend/passes.h"
#include "tools/driver/check_each.h"

namespace {

using namespace psmc;

/// Small modules and few steps: the fuzzer shall see many.
constexpr int64_t kMaxElements = 256;
constexpr uint64_t kMaxSteps = uint64_t{1} << 22;

/// Numbers from the fuzzer's bytes; zeros when they are used up.
class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  bool empty() const { return at_ >= size_; }
  uint8_t next() { return empty() ? 0 : data_[at_++]; }
  uint64_t below(uint64_t n) { return next() % n; }

 private:
  const uint8_t* data_;
  size_t size_, at_ = 0;
};

ir::Module draw_module(Bytes& bytes) {
  const uint64_t seed = bytes.next() | uint64_t{bytes.next()} << 8 | uint64_t{bytes.next()} << 16;
  const uint8_t flags = bytes.next(), more = bytes.next();
  ir::RandomOptions options;
  options.ops = 1 + static_cast<int>(bytes.below(48));
  options.symbols = flags & 1;
  options.composites = flags & 2;
  options.groups = flags & 4;
  options.states = flags & 8;
  options.functions = flags & 16;
  options.integers = flags & 32;
  if (flags & 64) options.floats = {DType::f32, DType::bf16};
  if (flags & 128) options.floats.push_back(DType::f16);
  options.max_extent = 1 + more % 9;
  options.max_elements = kMaxElements;
  return ir::random_module(seed, options);
}

ir::PassStep draw_step(Bytes& bytes) {
  const auto passes = midend::passes();
  ir::PassStep step{&passes[bytes.below(passes.size())], {}};
  for (const ir::PassOption& option : step.pass->options) {
    if (option.kind != ir::PassOption::Kind::integer || bytes.below(2) == 0) continue;
    const int64_t value = option.low + static_cast<int64_t>(bytes.next());
    step.options[std::string(option.name)] = std::to_string(std::min(value, option.high));
  }
  return step;
}

/// Passes that may not come after those before them are left out.
ir::Pipeline draw_pipeline(Bytes& bytes) {
  ir::Pipeline pipeline;
  while (!bytes.empty() && pipeline.size() < 8) {
    pipeline.push_back(draw_step(bytes));
    if (!ir::check_order(pipeline, midend::pass_orders()).ok()) pipeline.pop_back();
  }
  return pipeline;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes bytes(data, size);
  ir::Module module = draw_module(bytes);
  const ir::Pipeline pipeline = draw_pipeline(bytes);
  const ir::Module first = ir::clone_module(module);
  ir::PipelineOptions options;
  options.input = [&]() -> Result<ir::Module> { return ir::clone_module(first); };  // for the reproducer
  options.check_each = tools::same_results({.max_steps = kMaxSteps});
  ir::PassContext context;
  (void)ir::run_pipeline(module, pipeline, options, context);
  return 0;
}
