// SPDX-License-Identifier: Apache-2.0
#include "tests/property/run_functions.h"

#include <fmt/format.h>

#include <cmath>

#include "ir/clone.h"
#include "ir/interp/interpreter.h"
#include "ir/text/parser.h"
#include "tests/property/timing_twin.h"
#include "tools/driver/device.h"

namespace psmc::test {
namespace {

bool agrees(double got, double expected, double tolerance) {
  if (std::isnan(expected) || std::isnan(got)) return std::isnan(expected) && std::isnan(got);
  return got == expected || std::abs(got - expected) <= tolerance * (1 + std::abs(expected));
}

class Runner {
 public:
  Runner(const ir::Module& module, tools::Device& device, TimingTwin& twin, const FunctionRuns& runs, Random& random)
      : module_(module), device_(device), twin_(twin), runs_(runs), random_(random) {}

  Result<std::string> run(size_t entry, const std::string& name) {
    func_ = module_.find_func(name);
    entry_ = entry;
    PSMC_ASSIGN(const std::vector<ir::Array> args, draw_inputs());
    PSMC_ASSIGN(const ir::SymbolValues symbols, draw_symbols());
    PSMC_ASSIGN(const std::vector<ir::Array> expected, ir::interpret(module_, func_, args, symbols));
    PSMC_ASSIGN(const sim::RunStats stats, device_.launch(entry));
    if (std::string wrong = twin_.differs(device_, entry, stats); !wrong.empty()) return name + " " + wrong;
    const ir::Func& func = module_.func(func_);
    for (size_t r = 0; r < expected.size(); ++r) {
      if (func.result_state[r]) {
        states_.insert_or_assign(func.result_state[r], expected[r]);
        continue;
      }
      const ir::StrId given = func.result_names[r];
      const std::string result = given ? std::string(module_.text(given)) : fmt::format("result{}", r);
      ir::Array got = expected[r];
      PSMC_ASSIGN(got.bytes, device_.read(entry, result));
      if (std::string wrong = compare(got, expected[r], tolerance(name, r)); !wrong.empty())
        return name + " " + result + wrong;
    }
    return std::string();
  }

 private:
  Result<std::vector<ir::Array>> draw_inputs() {
    std::vector<ir::Array> args;
    const ir::Func& func = module_.func(func_);
    for (uint32_t i = 0; i < module_.block_data(func.body).num_args; ++i) {
      const ir::ValueId value = module_.block_arg(func.body, i);
      const ir::Type& type = module_.value_type(value);
      ir::Array array(type.dtype, type.bounds());
      if (func.arg_state[i]) {
        args.push_back(states_.try_emplace(func.arg_state[i], array).first->second);
        continue;
      }
      for (int64_t e = 0; e < array.elements(); ++e) draw(array, e);
      PSMC_TRY(device_.write(entry_, module_.text(module_.value(value).name), array.bytes));
      args.push_back(std::move(array));
    }
    return args;
  }
  /// Integers: the ends of i8, beyond any in i32.
  void draw(ir::Array& array, int64_t e) {
    if (is_float(array.dtype))
      array.set(e, random_.uniform(-1, 1));
    else if (array.dtype == DType::boolean)
      array.set_int(e, random_.range(0, 1));
    else
      array.set_int(
          e, random_.chance(0.1) ? -(int64_t{1} << (array.dtype == DType::i8 ? 7 : 31)) : random_.range(-127, 127));
  }
  Result<ir::SymbolValues> draw_symbols() {
    ir::SymbolValues values;
    for (const ir::Symbol& symbol : module_.func(func_).symbols) {
      values.emplace_back(symbol.name, random_.range(symbol.low, symbol.high));
      const std::span<const int64_t, 1> one(&values.back().second, 1);
      PSMC_TRY(device_.write(entry_, module_.text(symbol.name), std::as_bytes(one)));
    }
    return values;
  }
  double tolerance(const std::string& function, size_t result) const {
    const auto all = runs_.tolerances.find(function);
    return all == runs_.tolerances.end() ? 1e-5 : all->second.at(result);
  }
  std::string compare(const ir::Array& got, const ir::Array& expected, double tolerance) const {
    for (int64_t e = 0; e < got.elements(); ++e)
      if (!agrees(got.get(e), expected.get(e), tolerance))
        return fmt::format(" element {}: {} instead of {} (tolerance {})", e, got.get(e), expected.get(e), tolerance);
    return {};
  }

  const ir::Module& module_;  ///< as it was before it was compiled
  tools::Device& device_;
  TimingTwin& twin_;
  const FunctionRuns& runs_;
  Random& random_;
  ir::FuncId func_;
  size_t entry_ = 0;
  std::map<ir::StrId, ir::Array> states_;
};

}  // namespace

std::string differs_on(const arch::Machine& machine, ir::Module& module, const FunctionRuns& runs, Random& random) {
  const ir::Module before = ir::clone_module(module);
  tools::CompileReport report;
  const auto image = tools::compile(module, machine, runs.options, report);
  if (!image.ok()) return image.diagnostic().render();
  auto device = tools::Device::open(*image, {});
  if (!device.ok()) return device.diagnostic().render();
  auto twin = TimingTwin::open(*image);
  if (!twin.ok()) return twin.diagnostic().render();
  Runner runner(before, **device, *twin, runs, random);
  for (const std::string& name : runs.order) {
    size_t entry = 0;
    while (entry < image->entries.size() && image->entries[entry].name != name) ++entry;
    if (entry == image->entries.size()) return "no entry " + name;
    const Result<std::string> wrong = runner.run(entry, name);
    if (!wrong.ok()) return wrong.diagnostic().render();
    if (!wrong->empty()) return *wrong;
  }
  return {};
}

std::string differs(const std::string& text, const FunctionRuns& runs) {
  for (const char* name : {"psm1", "lab4", "grid3x5"}) {
    Result<ir::Module> module = ir::parse_text("test.psm", text);
    if (!module.ok()) return module.diagnostic().render();
    Random random(1);
    if (const std::string wrong = differs_on(*arch::load_machine(name), *module, runs, random); !wrong.empty())
      return std::string(name) + ": " + wrong;
  }
  return {};
}

}  // namespace psmc::test
