// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/difference.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "ir/text/print_type.h"
#include "ir/text/printer.h"
#include "ir/verify.h"

namespace psmc::tools {
namespace {

/// What is kept of the first run to be compared with the second one, bytes.
constexpr size_t kMaxKept = size_t{1} << 28;

bool same_element(const ir::Array& a, const ir::Array& b, int64_t i) {
  if (!is_float(a.dtype)) return a.get_int(i) == b.get_int(i);
  const double x = a.get(i), y = b.get(i);
  return (std::isnan(x) && std::isnan(y)) || (x == y && std::signbit(x) == std::signbit(y));
}

std::string number_text(const ir::Array& array, int64_t i) {
  const size_t width = dtype_bytes(array.dtype);
  uint64_t bits = 0;
  std::memcpy(&bits, array.bytes.data() + static_cast<size_t>(i) * width, width);
  const std::string number =
      is_float(array.dtype) ? fmt::format("{}", array.get(i)) : fmt::format("{}", array.get_int(i));
  return fmt::format("{} (0x{:0{}x})", number, bits, 2 * width);
}

std::string type_text(const ir::Array& array) {
  return fmt::format("{} of shape [{}]", dtype_name(array.dtype), fmt::join(array.shape, ", "));
}

std::vector<int64_t> index_of(int64_t element, const std::vector<int64_t>& shape) {
  std::vector<int64_t> index(shape.size());
  for (size_t d = shape.size(); d-- > 0; element /= shape[d]) index[d] = element % shape[d];
  return index;
}

/// A key for each value by which the other module's counterpart is found; where two values have one key, none has it.
class Counterparts {
 public:
  explicit Counterparts(const ir::Module& module) : keys_(module.num_values()) {
    std::map<std::string, int> seen;
    for (uint32_t f = 0; f < module.num_funcs(); ++f) {
      if (module.func(ir::FuncId(f)).erased) continue;
      walk(module, module.func(ir::FuncId(f)).body, [&](ir::OpId op) {
        for (uint32_t r = 0; r < module.op(op).num_results; ++r)
          ++seen[keys_[module.result(op, r).index] = key_of(module, ir::FuncId(f), op, r)];
      });
    }
    for (std::string& key : keys_)
      if (!key.empty() && seen[key] > 1) key.clear();
  }
  /// Empty: none.
  const std::string& key(ir::ValueId value) const { return keys_[value.index]; }

 private:
  static std::string key_of(const ir::Module& module, ir::FuncId func, ir::OpId op, uint32_t r) {
    const ir::ValueId value = module.result(op, r);
    const std::string home =
        fmt::format("@{}:{}:", module.text(module.func(func).name), ir::print_type(module, module.value_type(value)));
    if (const auto name = module.text(module.value(value).name); !name.empty()) return home + std::string(name);
    const ir::Location loc = module.loc(module.op(op).loc);
    if (loc.line == 0) return {};
    return fmt::format("{}{}:{}:{}:{}", home, module.text(loc.file), loc.line, loc.column, r);
  }
  std::vector<std::string> keys_;
};

}  // namespace

int64_t first_difference(const ir::Array& a, const ir::Array& b) {
  if (a == b) return -1;
  if (a.dtype != b.dtype || a.shape != b.shape) return -2;
  for (int64_t i = 0, count = a.elements(); i < count; ++i)
    if (!same_element(a, b, i)) return i;
  return -1;
}

std::string difference_text(const ir::Array& before, const ir::Array& after) {
  const int64_t at = first_difference(before, after);
  if (at < 0) return fmt::format("is {}, but was {}", type_text(after), type_text(before));
  return fmt::format("is {} at [{}], but was {}", number_text(after, at), fmt::join(index_of(at, after.shape), ", "),
                     number_text(before, at));
}

std::optional<Diagnostic> first_wrong_op(const TwoRuns& runs, const ir::InterpOptions& limits) {
  std::map<std::string, ir::Array, std::less<>> values;
  size_t kept = 0;
  ir::InterpOptions options = limits;
  const Counterparts before(runs.before), after(runs.after);
  options.observer = [&](ir::ValueId value, const ir::Array& array) {
    if (before.key(value).empty() || kept + array.bytes.size() > kMaxKept) return;
    if (values.emplace(before.key(value), array).second) kept += array.bytes.size();
  };
  (void)ir::interpret(runs.before, runs.func, runs.args, runs.symbols, options);
  std::optional<Diagnostic> wrong;
  options.observer = [&](ir::ValueId value, const ir::Array& array) {
    const auto known = wrong ? values.end() : values.find(after.key(value));
    if (known == values.end()) return;
    if (first_difference(known->second, array) != -1) {
      const ir::OpId op = runs.after.def(value);
      wrong = error(Code::interp_arguments,
                    fmt::format("the first op with another value than before: `{}` {}", ir::print_op(runs.after, op),
                                difference_text(known->second, array)));
      wrong->place = ir::place_of(runs.after, op);
    }
    values.erase(known);
  };
  (void)ir::interpret(runs.after, runs.other, runs.args, runs.other_symbols, options);
  return wrong;
}

}  // namespace psmc::tools
