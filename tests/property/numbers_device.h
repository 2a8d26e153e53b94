// SPDX-License-Identifier: Apache-2.0
// A module compiled so that the device shows every value that it computes: each op is then checked by itself, on the
// operands that the device had (numbers_reference.h). Values that are never computed (views, constants, indices) are
// taken from the ones that are; a state is followed through its updates.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>

#include "ir/interp/interpreter.h"
#include "tests/property/numbers_reference.h"
#include "tests/property/timing_twin.h"
#include "tools/driver/device.h"

namespace psmc::test {

/// One element of a constant, scaled by 1 + 2^-4.
struct ScaledWeight {
  ir::ConstId constant;
  int64_t element = 0;
};

struct ShownOptions {
  std::string arch = "psm1";
  bool stream_weights = false;
  std::optional<ScaledWeight> scaled;  ///< in what is compiled, not in what it is compared with
};

/// The composites inlined and everything simplified as for compilation, not yet fused, each computed value a result.
Result<ir::Module> show_values(ir::Module module);

class ShownProgram {
 public:
  /// `module`: of show_values; must outlive the program.
  static Result<std::unique_ptr<ShownProgram>> open(const ir::Module& module, const ShownOptions& options);

  /// Runs `func` on its inputs (in order, without states; run-time extents in force) and checks every op. Errors: those
  /// of the device. `what_is_wrong`: "op: element ..." for each op with a wrong element.
  Result<std::vector<ir::Array>> launch(ir::FuncId func, std::span<const ir::Array> inputs,
                                        const ir::SymbolValues& symbols, std::vector<std::string>& what_is_wrong);

  const std::map<std::string, Worst>& worst() const { return worst_; }
  uint64_t macs() const { return macs_; }  ///< of the matrix unit, so far

 private:
  explicit ShownProgram(const ir::Module& module) : module_(module) {}
  Status write(size_t entry, std::string_view name, const ir::Array& value, const ir::Type& type);
  std::map<ir::ValueId, ir::Array> enter(ir::FuncId func, std::span<const ir::Array> inputs) const;

  const ir::Module& module_;
  arch::Image image_;
  std::unique_ptr<tools::Device> device_;
  std::optional<TimingTwin> twin_;
  std::map<ir::StrId, ir::Array> states_;
  std::map<std::string, Worst> worst_;
  uint64_t macs_ = 0;
};

}  // namespace psmc::test
