// SPDX-License-Identifier: Apache-2.0
#include "tests/property/numbers_device.h"

#include <fmt/format.h>

#include <cstring>

#include "ir/clone.h"
#include "midend/node/constants.h"
#include "midend/node/node.h"
#include "midend/passes.h"
#include "tools/driver/compile.h"

namespace psmc::test {
namespace {

using ir::Array;
using ir::OpKind;

/// Whether a kernel computes the op's result into memory of its own.
bool is_computed(const ir::Module& module, ir::OpId op) {
  switch (module.kind(op)) {
    case OpKind::constant:
    case OpKind::iota:
    case OpKind::symbol:
    case OpKind::update:
    case OpKind::return_: return false;
    default: return !midend::is_view(module, op);
  }
}

void show_function(ir::Module& module, ir::FuncId id) {
  ir::Func& func = module.func(id);
  const ir::OpId ret = module.terminator(func.body);
  const auto held = module.operands(ret);
  std::vector<ir::ValueId> results(held.begin(), held.end());
  for (ir::OpId op : ir::ops_of(module, func.body)) {
    if (!is_computed(module, op)) continue;
    const ir::ValueId value = module.result(op);
    if (std::find(results.begin(), results.end(), value) != results.end()) continue;
    results.push_back(value);
    func.results.push_back(module.value(value).type);
    func.result_state.push_back({});
    func.result_names.push_back({});
  }
  module.set_operands(ret, results);
}

void scale(ir::Module& module, const ScaledWeight& weight) {
  ir::Constant& constant = module.constant(weight.constant);
  Array array(module.type(constant.type).dtype, module.type(constant.type).bounds());
  array.bytes.assign(constant.bytes().begin(), constant.bytes().end());
  array.set(weight.element, array.get(weight.element) * (1 + 0x1p-4));
  constant.owned = array.bytes;
}

std::vector<int64_t> extents_of(const ir::Type& type, const ir::EvalInput& in) {
  std::vector<int64_t> extents;
  for (const ir::Dim& dim : type.dims) extents.push_back(in.value_of(dim.size));
  return extents;
}

/// Calls `move(offset in bounds, offset in extents)` for each element of `extents`.
void for_each_element(const std::vector<int64_t>& bounds, const std::vector<int64_t>& extents,
                      const std::function<void(int64_t, int64_t)>& move) {
  int64_t count = 1;
  for (int64_t extent : extents) count *= extent;
  for (int64_t i = 0; i < count; ++i) {
    int64_t left = i, at = 0, stride = 1;
    for (size_t d = extents.size(); d-- > 0;) {
      at += left % extents[d] * stride;
      left /= extents[d];
      stride *= bounds[d];
    }
    move(at, i);
  }
}

}  // namespace

Result<ir::Module> show_values(ir::Module module) {
  tools::CompileOptions options;
  options.passes = midend::kDefaultPipeline;
  const std::string last = ",fuse-elementwise";
  PSMC_CHECK(options.passes.ends_with(last), "the pipeline does not end in fusion");
  options.passes.resize(options.passes.size() - last.size());
  PSMC_TRY(tools::prepare(module, options));
  for (uint32_t f = 0; f < module.num_funcs(); ++f)
    if (!module.func(ir::FuncId(f)).erased) show_function(module, ir::FuncId(f));
  return module;
}

Result<std::unique_ptr<ShownProgram>> ShownProgram::open(const ir::Module& module, const ShownOptions& options) {
  std::unique_ptr<ShownProgram> program(new ShownProgram(module));
  ir::Module compiled = ir::clone_module(module);
  if (options.scaled) scale(compiled, *options.scaled);
  tools::CompileOptions compile;
  compile.passes = "fuse-elementwise{writes=64}";
  compile.stream_weights = options.stream_weights;
  tools::CompileReport report;
  PSMC_ASSIGN(const arch::Machine machine, arch::load_machine(options.arch));
  PSMC_ASSIGN(program->image_, tools::compile(compiled, machine, compile, report));
  PSMC_ASSIGN(program->device_, tools::Device::open(program->image_, {}));
  PSMC_ASSIGN(program->twin_, TimingTwin::open(program->image_));
  return program;
}

Status ShownProgram::write(size_t entry, std::string_view name, const Array& value, const ir::Type& type) {
  Array whole(value.dtype, type.bounds());
  const size_t bytes = dtype_bytes(value.dtype);
  for_each_element(type.bounds(), value.shape, [&](int64_t to, int64_t from) {
    std::memcpy(&whole.bytes[static_cast<size_t>(to) * bytes], &value.bytes[static_cast<size_t>(from) * bytes], bytes);
  });
  return device_->write(entry, name, whole.bytes);
}

std::map<ir::ValueId, Array> ShownProgram::enter(ir::FuncId id, std::span<const Array> inputs) const {
  const ir::Func& func = module_.func(id);
  std::map<ir::ValueId, Array> values;
  size_t input = 0;
  for (uint32_t i = 0; i < func.arg_state.size(); ++i) {
    const ir::ValueId arg = module_.block_arg(func.body, i);
    const ir::Type& type = module_.value_type(arg);
    if (!func.arg_state[i])
      values[arg] = inputs[input++];
    else if (const auto held = states_.find(func.arg_state[i]); held != states_.end())
      values[arg] = held->second;
    else
      values[arg] = Array(type.dtype, type.bounds());
  }
  return values;
}

Result<std::vector<Array>> ShownProgram::launch(ir::FuncId id, std::span<const Array> inputs,
                                                const ir::SymbolValues& symbols, std::vector<std::string>& wrong) {
  const ir::Func& func = module_.func(id);
  size_t entry = 0;
  while (image_.entries[entry].name != module_.text(func.name)) ++entry;
  std::map<ir::ValueId, Array> values = enter(id, inputs);
  for (const auto& [value, array] : values) {
    const std::string name = module_.value(value).name ? std::string(module_.text(module_.value(value).name))
                                                       : fmt::format("{}", value.index);
    const arch::Entry& e = image_.entries[entry];
    if (std::any_of(e.symbols.begin(), e.symbols.end(), [&](const arch::Symbol& s) { return s.name == name; }))
      PSMC_TRY(write(entry, name, array, module_.value_type(value)));
  }
  for (const auto& [name, value] : symbols)
    PSMC_TRY(device_->write(entry, module_.text(name), std::as_bytes(std::span(&value, 1))));
  PSMC_ASSIGN(const sim::RunStats stats, device_->launch(entry));
  if (const std::string wrong = twin_->differs(*device_, entry, stats); !wrong.empty())
    return error(Code::bad_launch, wrong);
  macs_ += stats.macs;

  const ir::OpId ret = module_.terminator(func.body);
  std::map<ir::ValueId, std::string> shown;
  for (uint32_t i = 0; i < module_.op(ret).num_operands; ++i)
    if (!func.result_state[i])
      shown[module_.operand(ret, i)] =
          func.result_names[i] ? std::string(module_.text(func.result_names[i])) : fmt::format("result{}", i);
  for (ir::OpId op : ir::ops_of(module_, func.body)) {
    if (op == ret) break;
    const ir::ValueId result = module_.result(op);
    const ir::Type& type = module_.value_type(result);
    if (module_.kind(op) == OpKind::constant) {
      Array constant(type.dtype, type.bounds());
      const auto bytes = module_.constant(midend::constant_id(module_, op)).bytes();
      constant.bytes.assign(bytes.begin(), bytes.end());
      values[result] = std::move(constant);
      continue;
    }
    std::vector<const Array*> operands;
    for (ir::ValueId operand : module_.operands(op)) operands.push_back(&values.at(operand));
    const ir::EvalInput in{module_, op, operands, symbols};
    const auto name = shown.find(result);
    if (name == shown.end()) {
      PSMC_ASSIGN(values[result], ir::op_def(module_.kind(op)).eval(in));
      continue;
    }
    PSMC_ASSIGN(const std::vector<std::byte> bytes, device_->read(entry, name->second));
    Array got(type.dtype, extents_of(type, in));
    const size_t size = dtype_bytes(type.dtype);
    for_each_element(type.bounds(), got.shape, [&](int64_t from, int64_t to) {
      std::memcpy(&got.bytes[static_cast<size_t>(to) * size], &bytes[static_cast<size_t>(from) * size], size);
    });
    const std::string kind = kind_of(module_, op);
    if (std::string complaint = check_op(in, got, worst_[kind]); !complaint.empty())
      wrong.push_back(fmt::format("{} ({}): {}", kind, name->second, complaint));
    values[result] = std::move(got);
  }
  std::vector<Array> results;
  for (uint32_t i = 0; i < module_.op(ret).num_operands; ++i) {
    if (func.result_state[i])
      states_[func.result_state[i]] = values.at(module_.operand(ret, i));
    else
      results.push_back(values.at(module_.operand(ret, i)));
  }
  return results;
}

}  // namespace psmc::test
