// SPDX-License-Identifier: Apache-2.0
// Running pipelines of the midend on modules from text, and comparing what a module computes before and after.
#pragma once

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/random.h"
#include "ir/clone.h"
#include "ir/entry.h"
#include "ir/interp/interpreter.h"
#include "ir/text/parser.h"
#include "ir/text/printer.h"
#include "ir/verify.h"
#include "midend/passes.h"
#include "tools/driver/check_each.h"

namespace psmc::midend {

inline ir::Module valid_module(const std::string& text) {
  Result<ir::Module> module = ir::parse_text("test.psm", text);
  if (!module.ok()) FAIL(module.diagnostic().render() + "\n" + text);
  const Status status = ir::verify_status(*module);
  if (!status.ok()) FAIL(status.diagnostic().render() + "\n" + text);
  return std::move(module).value();
}

/// Runs the passes, each verified and checked with the interpreter; returns the reports.
inline std::vector<ir::PassReport> run_good(ir::Module& module, std::string_view pipeline) {
  ir::PassContext context;
  ir::PipelineOptions options;
  options.check_each = tools::same_results();
  Result<std::vector<ir::PassReport>> reports = run_passes(module, pipeline, options, context);
  if (!reports.ok()) FAIL(reports.diagnostic().render());
  return std::move(reports).value();
}

/// The text of the module after the passes.
inline std::string after(std::string_view pipeline, const std::string& text) {
  ir::Module module = valid_module(text);
  run_good(module, pipeline);
  return ir::print_module(module);
}

/// How often `part` stands in the text, overlaps included.
inline size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// Small numbers, and of floats zeros of both signs, infinities and NaN now and then; many equal ones.
inline ir::Array awkward_array(Random& random, DType dtype, std::vector<int64_t> shape, bool finite = false) {
  ir::Array array(dtype, std::move(shape));
  for (int64_t i = 0; i < array.elements(); ++i) {
    if (!is_float(dtype)) {
      const bool extreme = dtype != DType::boolean && random.chance(0.1);
      array.set_int(i, extreme ? (dtype == DType::i8 ? -128 : -2147483647 - 1)
                               : random.range(dtype == DType::boolean ? 0 : -3, dtype == DType::boolean ? 1 : 3));
      continue;
    }
    const double odd[] = {0.0,
                          -0.0,
                          1.0,
                          -1.0,
                          std::numeric_limits<double>::infinity(),
                          -std::numeric_limits<double>::infinity(),
                          std::numeric_limits<double>::quiet_NaN(),
                          1e-40};
    array.set(i, random.chance(0.3) ? odd[random.below(finite ? 4 : 8)] : random.uniform(-2, 2));
  }
  return array;
}

inline std::vector<ir::Array> awkward_args(Random& random, const ir::Module& module, ir::FuncId func,
                                           const ir::SymbolValues& symbols, bool finite = false) {
  std::vector<ir::Array> args;
  const ir::BlockId body = module.func(func).body;
  for (uint32_t i = 0; i < module.block_data(body).num_args; ++i) {
    const ir::Type& type = module.value_type(module.block_arg(body, i));
    std::vector<int64_t> shape;
    for (const ir::Dim& dim : type.dims) {
      int64_t size = dim.size.constant;
      for (const auto& [name, factor] : dim.size.terms)
        for (const auto& [symbol, value] : symbols) size += symbol == name ? factor * value : 0;
      shape.push_back(size);
    }
    args.push_back(awkward_array(random, type.dtype, shape, finite));
  }
  return args;
}

/// Bit for bit, but any NaN equals any other.
inline bool same_numbers(const ir::Array& a, const ir::Array& b) {
  if (a.dtype != b.dtype || a.shape != b.shape) return false;
  if (a == b) return true;
  for (int64_t i = 0; i < a.elements(); ++i) {
    const double x = a.get(i), y = b.get(i);
    if (std::isnan(x) && std::isnan(y)) continue;
    if (x != y || std::signbit(x) != std::signbit(y)) return false;
  }
  return true;
}

/// Both modules compute the same for random arguments and symbols, in every entry that the first has.
inline void require_same(const ir::Module& before, const ir::Module& after, uint64_t seed, int runs = 4,
                         bool finite = false) {
  Random random(seed);
  for (uint32_t f = 0; f < before.num_funcs(); ++f) {
    const ir::Func& func = before.func(ir::FuncId(f));
    if (!ir::is_entry(before, ir::FuncId(f))) continue;
    const ir::FuncId other = after.find_func(before.text(func.name));
    REQUIRE(other.valid());
    for (int run = 0; run < runs; ++run) {
      ir::SymbolValues symbols, others;
      for (const ir::Symbol& symbol : func.symbols) {
        symbols.emplace_back(symbol.name, random.range(symbol.low, symbol.high));
        others.emplace_back(after.find_str(before.text(symbol.name)), symbols.back().second);
      }
      const std::vector<ir::Array> args = awkward_args(random, before, ir::FuncId(f), symbols, finite);
      const auto wanted = ir::interpret(before, ir::FuncId(f), args, symbols);
      const auto got = ir::interpret(after, other, args, others);
      if (!wanted.ok()) FAIL(wanted.diagnostic().render());
      if (!got.ok()) FAIL(got.diagnostic().render());
      REQUIRE(wanted->size() == got->size());
      for (size_t i = 0; i < wanted->size(); ++i) {
        INFO("result " << i << " before\n" << ir::print_module(before) << "after\n" << ir::print_module(after));
        REQUIRE(same_numbers((*wanted)[i], (*got)[i]));
      }
    }
  }
}

/// `after`, checked against the interpreter.
inline std::string checked_after(std::string_view pipeline, const std::string& text) {
  ir::Module module = valid_module(text);
  const ir::Module before = ir::clone_module(module);
  run_good(module, pipeline);
  require_same(before, module, 1);
  return ir::print_module(module);
}

}  // namespace psmc::midend
