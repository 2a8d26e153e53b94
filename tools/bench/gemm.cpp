// SPDX-License-Identifier: Apache-2.0
// bench gemm: each shape of a table as a module of one contraction, compiled, simulated and checked.
//
// Steps: read_shapes, then for each shape: build, compile, simulate, check.
// The check: float64 on the device's own inputs; |error| <= g(K) sum|a||b| with g(K) = K u / (1 - K u), u = 2^-24 (f32
// accumulation of exact products in any order: Higham, Accuracy and Stability of Numerical Algorithms, 3.1), plus one
// rounding of the result.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/file.h"
#include "base/json.h"
#include "base/random.h"
#include "ir/builder.h"
#include "sim/trap.h"
#include "tools/bench/bound.h"
#include "tools/commands/bench_command.h"
#include "tools/driver/compile.h"
#include "tools/driver/device.h"
#include "tools/driver/progress.h"

namespace psmc::tools {
namespace {

constexpr int64_t kMaxExtent = int64_t{1} << 24;

struct Shape {
  std::string tag;
  int64_t m = 0, n = 0, k = 0;
  int64_t macs() const { return m * n * k; }  // extents are at most 2^20 where this is asked
};

struct Measured {
  uint64_t cycles = 0;
  Bound bound;
  double share = 0, max_err = 0, seconds = 0;
  std::string status = "ok";
  int exit = 0;
};

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  size_t at = 0;
  while (at <= line.size()) {
    const size_t tab = std::min(line.find('\t', at), line.size());
    fields.emplace_back(line.substr(at, tab - at));
    at = tab + 1;
  }
  return fields;
}

Result<int64_t> extent_of(const std::string& text) {
  const bool digits = !text.empty() && text.size() <= 8 && text.find_first_not_of("0123456789") == std::string::npos;
  const int64_t value = digits ? std::stoll(text) : 0;
  if (value < 1 || value > kMaxExtent)
    return error(Code::bad_option, fmt::format("'{}' is no extent of a matrix", text));
  return value;
}

/// Shapes of at most `max_macs` multiply-adds.
Result<std::vector<Shape>> read_shapes(const BenchGemm& options) {
  PSMC_ASSIGN(const std::string text, read_file(options.shapes, size_t{1} << 24));
  std::vector<Shape> shapes;
  uint32_t line_number = 0, in_table = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::vector<std::string> fields = fields_of(std::string_view(text).substr(at, end - at));
    const size_t start = at;
    at = end + 1;
    if (++line_number == 1 || (fields.size() == 1 && fields[0].empty())) continue;
    if (fields.size() != 4)
      return text_error(Code::unknown_format, options.shapes, text, start,
                        "a shape is a tag and three numbers, separated by tabs");
    Shape shape{fields[0]};
    for (auto [out, field] : {std::pair{&shape.m, 1}, {&shape.n, 2}, {&shape.k, 3}}) {
      const Result<int64_t> extent = extent_of(fields[static_cast<size_t>(field)]);
      if (!extent.ok())
        return text_error(Code::unknown_format, options.shapes, text, start, extent.diagnostic().message);
      *out = *extent;
    }
    const double macs = static_cast<double>(shape.m) * static_cast<double>(shape.n) * static_cast<double>(shape.k);
    ++in_table;
    if (macs > static_cast<double>(options.max_macs) || (!options.only.empty() && options.only != shape.tag)) continue;
    shapes.push_back(std::move(shape));
  }
  if (in_table == 0) return file_error(Code::unknown_format, options.shapes, "this table has no shapes");
  if (shapes.empty())
    return error(Code::bad_option, fmt::format("none of the {} shapes of '{}' is to be run", in_table, options.shapes),
                 {options.only.empty() ? "--max-macs leaves all of them out"
                                       : fmt::format("--tag '{}' and --max-macs leave all of them out", options.only)});
  return shapes;
}

ir::Array random_matrix(DType dtype, int64_t rows, int64_t columns, Random& random) {
  ir::Array array(dtype, {rows, columns});
  for (int64_t i = 0; i < rows * columns; ++i) array.set(i, random.uniform(-1, 1));
  return array;
}

ir::Module build(const Shape& shape, const BenchGemm& options, const ir::Array& b) {
  ir::Module module;
  std::vector<ir::TypeId> types = {module.type(ir::tensor_type(options.dtype, {shape.m, shape.k}))};
  const ir::Type b_type = ir::tensor_type(options.dtype, {shape.k, shape.n});
  if (!options.constant_weight) types.push_back(module.type(b_type));
  const ir::FuncId id = module.create_func("gemm", types);
  ir::Func& func = module.func(id);
  func.arg_state.assign(types.size(), {});
  module.set_name(module.block_arg(func.body, 0), "a");
  ir::Builder builder(module);
  builder.at_end(func.body);
  ir::ValueId right;
  if (options.constant_weight) {
    ir::Constant constant;
    constant.name = module.str("b");
    constant.type = module.type(b_type);
    constant.owned = b.bytes;
    right = builder.constant(module.add_constant(std::move(constant)));
  } else {
    right = module.block_arg(func.body, 1);
    module.set_name(right, "b");
  }
  const ir::ValueId results[] = {builder.contract("mk,kn->mn", module.block_arg(func.body, 0), right, options.result)};
  builder.ret(id, results);
  func.result_state.assign(1, {});
  func.result_names = {module.str("c")};
  return module;
}

/// Checks c = a b; sets max_err and status.
void check(const Shape& shape, const ir::Array& a, const ir::Array& b, const ir::Array& c, Measured& measured) {
  const double u = 0x1p-24, ku = static_cast<double>(shape.k) * u, g = ku / (1 - ku);
  const double rounding = c.dtype == DType::bf16 ? 0x1p-8 : u;
  std::vector<double> right(static_cast<size_t>(shape.k * shape.n));
  for (size_t i = 0; i < right.size(); ++i) right[i] = b.get(static_cast<int64_t>(i));
  std::vector<double> sum(static_cast<size_t>(shape.n)), magnitude(sum.size());
  for (int64_t m = 0; m < shape.m; ++m) {
    std::fill(sum.begin(), sum.end(), 0.0);
    std::fill(magnitude.begin(), magnitude.end(), 0.0);
    for (int64_t k = 0; k < shape.k; ++k) {
      const double left = a.get(m * shape.k + k);
      const double* row = &right[static_cast<size_t>(k * shape.n)];
      for (size_t n = 0; n < sum.size(); ++n) {
        sum[n] += left * row[n];
        magnitude[n] += std::fabs(left * row[n]);
      }
    }
    for (size_t n = 0; n < sum.size(); ++n) {
      const double difference = std::fabs(c.get(m * shape.n + static_cast<int64_t>(n)) - sum[n]);
      const double accumulated = g * magnitude[n];
      const bool right_enough = difference <= accumulated + rounding * (std::fabs(sum[n]) + accumulated);
      if (!right_enough) measured.status = "wrong";  // also if it is not a number
      measured.max_err = std::isnan(difference) ? difference : std::max(measured.max_err, difference);
    }
  }
  if (measured.status == "wrong") measured.exit = 3;
}

Work work_of(const Shape& shape, const BenchGemm& options) {
  Work work;
  work.add_macs(options.dtype, static_cast<double>(shape.macs()));
  const auto element = static_cast<double>(dtype_bytes(options.dtype));
  work.bytes_in = element * static_cast<double>(shape.m * shape.k);
  if (!options.constant_weight) work.bytes_in += element * static_cast<double>(shape.k * shape.n);
  work.bytes_out = static_cast<double>(dtype_bytes(options.result)) * static_cast<double>(shape.m * shape.n);
  return work;
}

Status simulate(const arch::Image& image, const BenchGemm& options, const Shape& shape, const ir::Array& a,
                const ir::Array& b, Measured& measured) {
  sim::Options simulation;
  Progress progress;
  simulation.progress = progress.of_cycles(fmt::format("{} {}x{}x{}", shape.tag, shape.m, shape.n, shape.k));
  PSMC_ASSIGN(const std::unique_ptr<Device> device, Device::open(image, simulation));
  PSMC_TRY(device->write(0, "a", a.bytes));
  if (!options.constant_weight) PSMC_TRY(device->write(0, "b", b.bytes));
  PSMC_ASSIGN(const sim::RunStats stats, device->launch(0));
  measured.cycles = stats.cycles;
  ir::Array c(options.result, {shape.m, shape.n});
  PSMC_ASSIGN(c.bytes, device->read(0, "c"));
  check(shape, a, b, c, measured);
  return {};
}

Status run_shape(const arch::Machine& machine, const BenchGemm& options, const Shape& shape, Measured& measured) {
  Random random(options.seed);
  const ir::Array a = random_matrix(options.dtype, shape.m, shape.k, random);
  const ir::Array b = random_matrix(options.dtype, shape.k, shape.n, random);
  ir::Module module = build(shape, options, b);
  CompileReport report;
  PSMC_ASSIGN(const arch::Image image, compile(module, machine, {}, report));
  measured.seconds = report.seconds;
  return simulate(image, options, shape, a, b, measured);
}

Measured measure(const arch::Machine& machine, const BenchGemm& options, const Shape& shape) {
  Measured measured;
  measured.bound = lower_bound(machine, work_of(shape, options));
  if (const Status status = run_shape(machine, options, shape, measured); !status.ok()) {
    const Code code = status.diagnostic().code;
    const bool trap = sim::is_trap(code);
    measured.status = (trap ? "trap " : "rejected ") + code_name(code);
    measured.exit = trap ? 4 : 1;
    options.reporting.warn(status.diagnostic());
  }
  if (measured.cycles > 0)
    measured.share =
        static_cast<double>(shape.macs()) / (static_cast<double>(measured.cycles) * peak_macs(machine, options.dtype));
  return measured;
}

void print_json(const Shape& s, const BenchGemm& options, const Measured& m) {
  fmt::print(
      R"({{"tag": {}, "M": {}, "N": {}, "K": {}, "dtype": "{}", "cycles": {}, "bound": {:.0f}, "binding": "{}", "share_of_peak": {:.4f}, "max_err": {}, "compile_seconds": {:.3f}, "status": "{}"}})"
      "\n",
      json::quote(s.tag), s.m, s.n, s.k, dtype_name(options.dtype), m.cycles, std::ceil(m.bound.cycles),
      m.bound.binding, m.share, json::number_text(m.max_err), m.seconds, m.status);
}

void print_text(const Shape& s, const Measured& m) {
  fmt::print("{:<20} {:>5} {:>5} {:>5} {:>10} {:>9.0f} {:<8} {:>6.2f} % {:>9.2e}  {}\n", s.tag, s.m, s.n, s.k, m.cycles,
             std::ceil(m.bound.cycles), m.bound.binding, 100 * m.share, m.max_err, m.status);
}

void print_results(const std::vector<std::pair<Shape, Measured>>& table, std::FILE* to) {
  double share_sum = 0;
  size_t good = 0;
  for (const auto& [s, m] : table) {
    const std::string name = fmt::format("gemm.{}.{}x{}x{}", s.tag, s.m, s.n, s.k);
    fmt::print(to, "RESULT {}.cycles {} cycles\n", name, m.cycles);
    fmt::print(to, "RESULT {}.share_of_peak {:.4f} ratio\n", name, m.share);
    if (m.exit != 0) continue;
    ++good;
    share_sum += std::log(std::max(1e-9, m.bound.cycles / static_cast<double>(std::max<uint64_t>(1, m.cycles))));
  }
  fmt::print(to, "RESULT gemm.shapes_ok {} shapes\nRESULT gemm.shapes_wrong {} shapes\n", good,
             std::count_if(table.begin(), table.end(), [](const auto& row) { return row.second.exit == 3; }));
  if (good > 0)
    fmt::print(to, "RESULT gemm.share_of_bound {:.4f} ratio\n", std::exp(share_sum / static_cast<double>(good)));
}

}  // namespace

Result<int> bench_gemm(const BenchGemm& options) {
  PSMC_ASSIGN(const arch::Machine machine, arch::load_machine(options.arch));
  PSMC_ASSIGN(const std::vector<Shape> shapes, read_shapes(options));
  if (!options.json)
    fmt::print("{:<20} {:>5} {:>5} {:>5} {:>10} {:>9} {:<8} {:>8} {:>9}  {}\n", "tag", "M", "N", "K", "cycles", "bound",
               "binding", "peak", "max err", "status");
  std::vector<std::pair<Shape, Measured>> table;
  int exit = 0;
  for (const Shape& shape : shapes) {
    const Measured measured = measure(machine, options, shape);
    if (options.json)
      print_json(shape, options, measured);
    else
      print_text(shape, measured);
    std::fflush(stdout);
    if (exit != 3 && measured.exit != 0) exit = measured.exit;
    table.emplace_back(shape, measured);
  }
  print_results(table, stdout);
  return exit;
}

}  // namespace psmc::tools
