// SPDX-License-Identifier: Apache-2.0
// Modules from text, random arrays, and running one op: what the tests of ops share.
#pragma once

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

#include "ir/array.h"
#include "ir/interp/interpreter.h"
#include "ir/module.h"
#include "ir/text/parser.h"
#include "ir/verify.h"

#include "base/random.h"

namespace psmc::ir {

inline Module parse_good(const std::string& text) {
  Result<Module> module = parse_text("test.psm", text);
  if (!module.ok()) FAIL(module.diagnostic().render() + "\n" + text);
  return std::move(module).value();
}

/// A module that parses and verifies.
inline Module valid_module(const std::string& text) {
  Module module = parse_good(text);
  const Status status = verify_status(module);
  if (!status.ok()) FAIL(status.diagnostic().render() + "\n" + text);
  return module;
}

/// The code of the first thing that is wrong with the text, in parsing or in verification.
inline std::optional<Code> first_error(const std::string& text) {
  const Result<Module> module = parse_text("test.psm", text);
  if (!module.ok()) return module.diagnostic().code;
  const Status status = verify_status(*module);
  if (!status.ok()) return status.diagnostic().code;
  return std::nullopt;
}

/// Floats in (-2, 2), integers in -9..9, bools.
inline Array random_array(Random& random, DType dtype, std::vector<int64_t> shape) {
  Array array(dtype, std::move(shape));
  for (int64_t i = 0; i < array.elements(); ++i) {
    if (dtype == DType::boolean)
      array.set_int(i, random.range(0, 1));
    else if (is_float(dtype))
      array.set(i, random.uniform(-2, 2));
    else
      array.set_int(i, random.range(-9, 9));
  }
  return array;
}

/// A random argument for each of the function's, with the symbols' values.
inline std::vector<Array> random_args(Random& random, const Module& module, FuncId func,
                                      const SymbolValues& symbols = {}) {
  std::vector<Array> args;
  const BlockId body = module.func(func).body;
  for (uint32_t i = 0; i < module.block_data(body).num_args; ++i) {
    const Type& type = module.value_type(module.block_arg(body, i));
    std::vector<int64_t> shape;
    for (const Dim& dim : type.dims) {
      int64_t size = dim.size.constant;
      for (const auto& [name, factor] : dim.size.terms) {
        for (const auto& [symbol, value] : symbols) size += symbol == name ? factor * value : 0;
      }
      shape.push_back(size);
    }
    args.push_back(random_array(random, type.dtype, shape));
  }
  return args;
}

inline std::vector<Array> run_good(const Module& module, std::span<const Array> args, const SymbolValues& symbols = {},
                                   const InterpOptions& options = {}) {
  auto results = interpret(module, FuncId(0), args, symbols, options);
  if (!results.ok()) FAIL(results.diagnostic().render());
  return std::move(results).value();
}

/// The result of the one function of the text on these arguments.
inline Array run_text(const std::string& text, std::span<const Array> args) {
  return run_good(valid_module(text), args).at(0);
}

inline Array array_of(DType dtype, std::vector<int64_t> shape, const std::vector<double>& values) {
  Array array(dtype, std::move(shape));
  REQUIRE(array.elements() == static_cast<int64_t>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) array.set(static_cast<int64_t>(i), values[i]);
  return array;
}

}  // namespace psmc::ir
