// SPDX-License-Identifier: Apache-2.0
#include "ir/random/random_module.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "ir/random/generator.h"

namespace psmc::ir {

namespace {

constexpr int64_t kExtents[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 12, 13, 15,
                                16, 17, 19, 20, 23, 24, 31, 32, 33, 40, 48, 50, 64};

/// Integers of inputs: what indices and small counts need.
constexpr int64_t kLowInteger = -3, kHighInteger = 20;

}  // namespace

Generator::Generator(Module& module, uint64_t seed, const RandomOptions& options)
    : module_(module), builder_(module), random_(seed), options_(options) {}

bool Generator::allowed(OpKind kind) const {
  return options_.kinds.empty() ||
         std::find(options_.kinds.begin(), options_.kinds.end(), kind) != options_.kinds.end();
}

int64_t Generator::random_extent() {
  for (;;) {
    const int64_t extent = kExtents[random_.below(std::size(kExtents))];
    if (extent <= options_.max_extent) return extent;
  }
}

DType Generator::random_float() { return options_.floats[random_.below(options_.floats.size())]; }

Type Generator::random_type(DType dtype, size_t min_rank) {
  std::vector<Dim> dims;
  const size_t rank = std::max<size_t>(min_rank, random_.below(5));
  int64_t elements = 1;
  for (size_t d = 0; d < rank; ++d) {
    int64_t extent = random_extent();
    while (elements * extent > options_.max_elements) extent = (extent + 1) / 2;
    elements *= extent;
    dims.emplace_back(extent);
    if (elements * 2 > options_.max_elements) break;
  }
  while (dims.size() < min_rank) dims.emplace_back(1);
  return tensor_type(dtype, std::move(dims));
}

void Generator::begin_function(std::string_view name, bool with_state) {
  std::vector<TypeId> types;
  const size_t floats = 1 + random_.below(3);
  for (size_t i = 0; i < floats; ++i) types.push_back(module_.type(random_type(random_float())));
  if (options_.integers && random_.chance(0.6)) types.push_back(module_.type(random_type(DType::i32)));
  std::vector<Symbol> symbols;
  if (options_.symbols && random_.chance(0.7)) symbols.push_back({module_.str("pos"), 0, random_.range(1, 15)});
  if (options_.symbols && random_.chance(0.3)) symbols.push_back({module_.str("count"), 1, random_.range(2, 8)});
  if (with_state) {
    Type state = random_type(random_float(), 1);
    const auto axis = random_.below(state.rank());
    state.dims[axis] = Dim(std::max<int64_t>(state.dims[axis].bound, 16));
    types.push_back(module_.type(state));
  }
  func_ = module_.create_func(name, types);
  module_.func(func_).symbols = std::move(symbols);
  builder_.at_end(module_.func(func_).body);
  pool_.clear();
  for (uint32_t i = 0; i < types.size(); ++i) {
    const ValueId arg = module_.block_arg(module_.func(func_).body, i);
    module_.set_name(arg, "x" + std::to_string(i));
    if (with_state && i + 1 == types.size()) {
      state_ = arg;
      module_.func(func_).arg_state[i] = module_.str("state");
    }
    const bool integer = module_.value_type(arg).dtype == DType::i32;
    pool_.push_back(note(arg, integer ? kLowInteger : -4, integer ? kHighInteger : 4, true));
  }
}

// A value of static shape, for results: run-time dimensions are summed up.
ValueId Generator::make_static(const Known& known) {
  const Type& t = type(known);
  IntList axes;
  for (size_t d = 0; d < t.rank(); ++d) {
    if (!t.dims[d].is_static()) axes.push_back(static_cast<int64_t>(d));
  }
  return axes.empty() ? known.value : builder_.reduce("max", known.value, axes, false);
}

void Generator::finish_function() {
  std::vector<ValueId> results;
  for (const Known& known : pool_) {
    const bool is_arg = !module_.def(known.value).valid();
    const bool boolean = type(known).dtype == DType::boolean;
    if (known.used || is_arg || results.size() >= 4 || (boolean && !type(known).has_static_shape())) continue;
    results.push_back(make_static(known));
  }
  if (results.empty()) results.push_back(make_static(pool_.front()));
  if (state_.valid()) results.push_back(state_);
  builder_.ret(func_, results);
  Func& func = module_.func(func_);
  func.result_names[0] = module_.str("result");
  if (state_.valid()) func.result_state.back() = module_.str("state");
}

// A small function of floats only, so that a call needs no symbols.
void Generator::add_callee() {
  RandomOptions small = options_;
  small.ops = 4;
  small.symbols = small.states = small.integers = small.functions = false;
  Generator inner(module_, random_.next(), small);
  inner.begin_function("callee", false);
  for (int i = 0; i < small.ops; ++i) inner.one_op();
  inner.finish_function();
  callee_ = inner.func_;
}

void Generator::run() {
  if (options_.functions) add_callee();
  begin_function("main", options_.states && random_.chance(0.4));
  for (int made = 0, tries = 0; made < options_.ops && tries < options_.ops * 20; ++tries) made += one_op();
  finish_function();
  if (options_.extensions) add_extensions();
}

// After all else, so that it stays the same with them and without.
void Generator::add_extensions() {
  const auto draw = [&] {
    const std::string number = std::to_string(random_.range(-9, 9));
    return module_.attrs({{module_.str("x.a-tool"), "[" + number + ", {\"k\": null}]"}, {module_.str("x.n"), number}});
  };
  if (random_.chance(0.7)) module_.own_attrs = draw();
  for (uint32_t i = 0; i < module_.num_constants(); ++i)
    if (random_.chance(0.5)) module_.constant(ConstId(i)).attrs = draw();
}

bool Generator::one_op() {
  using Maker = bool (Generator::*)();
  struct Choice {
    Maker make;
    uint32_t weight;
  };
  static constexpr Choice kChoices[] = {
      {&Generator::unary, 10},    {&Generator::binary, 12},      {&Generator::compare, 2},
      {&Generator::logic, 1},     {&Generator::select, 3},       {&Generator::cast, 3},
      {&Generator::reduce, 7},    {&Generator::contract, 8},     {&Generator::reshape, 3},
      {&Generator::transpose, 4}, {&Generator::slice, 4},        {&Generator::run_time_slice, 4},
      {&Generator::concat, 3},    {&Generator::pad, 3},          {&Generator::broadcast, 3},
      {&Generator::iota, 1},      {&Generator::symbol, 1},       {&Generator::gather, 3},
      {&Generator::update, 3},    {&Generator::composite, 5},    {&Generator::group, 2},
      {&Generator::call, 2},      {&Generator::new_constant, 2},
  };
  uint64_t total = 0;
  for (const Choice& choice : kChoices) total += choice.weight;
  uint64_t at = random_.below(total);
  for (const Choice& choice : kChoices) {
    if (at < choice.weight) return (this->*choice.make)();
    at -= choice.weight;
  }
  return false;
}

Module random_module(uint64_t seed, const RandomOptions& options) {
  PSMC_CHECK(!options.floats.empty(), "random modules need a float type");
  Module module;
  module.source = "random";
  Generator(module, seed, options).run();
  return module;
}

RandomInputs random_inputs(const Module& module, FuncId func, uint64_t seed) {
  Random random(seed);
  RandomInputs inputs;
  for (const Symbol& symbol : module.func(func).symbols) {
    inputs.symbols.emplace_back(symbol.name, random.range(symbol.low, symbol.high));
  }
  const BlockId body = module.func(func).body;
  for (uint32_t i = 0; i < module.block_data(body).num_args; ++i) {
    const Type& type = module.value_type(module.block_arg(body, i));
    std::vector<int64_t> shape;
    for (const Dim& dim : type.dims) {
      int64_t size = dim.size.constant;
      for (const auto& [symbol, factor] : dim.size.terms) {
        for (const auto& [name, value] : inputs.symbols) size += name == symbol ? factor * value : 0;
      }
      shape.push_back(size);
    }
    Array array(type.dtype, std::move(shape));
    for (int64_t e = 0; e < array.elements(); ++e) {
      if (is_float(type.dtype))
        array.set(e, static_cast<double>(random.range(-64, 64)) / 16);
      else if (type.dtype == DType::boolean)
        array.set_int(e, random.range(0, 1));
      else
        array.set_int(e, random.range(kLowInteger, kHighInteger));
    }
    inputs.args.push_back(std::move(array));
  }
  return inputs;
}

}  // namespace psmc::ir
