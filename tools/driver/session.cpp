// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/session.h"

#include <fmt/format.h>

#include <cstring>

namespace psmc::tools {
namespace {

/// A function of tokens and state that gives logits and state, as the frontend makes it; a .psm file may hold anything.
Status check_function(const ir::Module& module, ir::FuncId id, size_t symbols) {
  const ir::Func& func = module.func(id);
  const uint32_t args = module.block_data(func.body).num_args;
  bool good = func.symbols.size() == symbols && args > 0 && func.results.size() == args &&
              func.arg_state.size() == args && func.result_state == func.arg_state &&
              func.result_names.size() == args && !func.arg_state[0].valid();
  if (good) {
    const ir::Type& tokens = module.value_type(module.block_arg(func.body, 0));
    const ir::Type& logits = module.type(func.results[0]);
    good = tokens.is_tensor() && tokens.dtype == DType::i32 && tokens.rank() == 1 && logits.is_tensor() &&
           logits.dtype == DType::f32 && logits.max_elements() > 0 &&
           module.text(module.value(module.block_arg(func.body, 0)).name) == "tokens" && func.result_names[0].valid() &&
           module.text(func.result_names[0]) == "logits";
    for (uint32_t i = 1; i < args; ++i) good &= func.arg_state[i].valid();
  }
  if (good) return {};
  return error(Code::not_a_language_model, fmt::format("@{} is not what `psmc run` calls", module.text(func.name)),
               {"it takes i32 %tokens and state, and returns f32 %logits and the same state in the same order"});
}

std::vector<float> floats(std::span<const std::byte> bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

class InterpreterSession final : public Session {
 public:
  InterpreterSession(const ir::Module& module, Positions positions, const ir::InterpOptions& options)
      : Session(positions),
        module_(module),
        interpreter_(module, options),
        decode_(module.find_func("decode")),
        prefill_(module.find_func("prefill")) {
    const ir::Func& func = module.func(decode_);
    for (uint32_t i = 1; i < func.arg_state.size(); ++i) {
      const ir::Type& type = module.value_type(module.block_arg(func.body, i));
      state_.emplace_back(type.dtype, type.bounds());
    }
  }
  Result<std::vector<float>> decode(int32_t token, int64_t pos) override {
    return run(decode_, std::span(&token, 1), {{module_.func(decode_).symbols[0].name, pos}});
  }
  Result<std::vector<float>> prefill(std::span<const int32_t> tokens, int64_t pos) override {
    const ir::Func& func = module_.func(prefill_);
    return run(prefill_, tokens,
               {{func.symbols[0].name, pos}, {func.symbols[1].name, static_cast<int64_t>(tokens.size())}});
  }

 private:
  Result<std::vector<float>> run(ir::FuncId func, std::span<const int32_t> tokens, const ir::SymbolValues& symbols) {
    ir::Array input(DType::i32, {static_cast<int64_t>(tokens.size())});
    std::memcpy(input.bytes.data(), tokens.data(), tokens.size_bytes());
    std::vector<const ir::Array*> args = {&input};
    for (const ir::Array& state : state_) args.push_back(&state);
    PSMC_ASSIGN(std::vector<ir::Array> results, interpreter_.run(func, args, symbols));
    for (size_t i = 0; i < state_.size(); ++i) state_[i] = std::move(results[i + 1]);
    return floats(results[0].bytes);
  }

  const ir::Module& module_;
  ir::Interpreter interpreter_;
  ir::FuncId decode_, prefill_;
  std::vector<ir::Array> state_;
};

class SimulatorSession final : public Session {
 public:
  SimulatorSession(Positions positions, Device& device, size_t decode, size_t prefill,
                   std::function<void(const sim::RunStats&, bool)> observe)
      : Session(positions), device_(device), decode_(decode), prefill_(prefill), observe_(std::move(observe)) {}

  Result<std::vector<float>> decode(int32_t token, int64_t pos) override {
    PSMC_TRY(device_.write(decode_, "pos", std::as_bytes(std::span(&pos, 1))));
    return run(decode_, {token});
  }
  Result<std::vector<float>> prefill(std::span<const int32_t> tokens, int64_t pos) override {
    const auto count = static_cast<int64_t>(tokens.size());
    PSMC_TRY(device_.write(prefill_, "pos", std::as_bytes(std::span(&pos, 1))));
    PSMC_TRY(device_.write(prefill_, "count", std::as_bytes(std::span(&count, 1))));
    std::vector<int32_t> padded(tokens.begin(), tokens.end());
    padded.resize(static_cast<size_t>(chunk()), 0);
    return run(prefill_, padded);
  }

 private:
  Result<std::vector<float>> run(size_t entry, const std::vector<int32_t>& tokens) {
    PSMC_TRY(device_.write(entry, "tokens", std::as_bytes(std::span(tokens))));
    PSMC_ASSIGN(const sim::RunStats stats, device_.launch(entry));
    if (observe_) observe_(stats, entry == prefill_);
    PSMC_ASSIGN(const std::vector<std::byte> logits, device_.read(entry, "logits"));
    return floats(logits);
  }

  Device& device_;
  size_t decode_, prefill_;
  std::function<void(const sim::RunStats&, bool)> observe_;
};

}  // namespace

Result<Positions> positions_of(const ir::Module& module) {
  const ir::FuncId decode = module.find_func("decode"), prefill = module.find_func("prefill");
  if (!decode)
    return error(Code::not_a_language_model, "the module has no function @decode[pos]",
                 {"`psmc run` runs language models; for others use `psmc sim`"});
  PSMC_TRY(check_function(module, decode, 1));
  Positions positions;
  positions.context = module.func(decode).symbols[0].high + 1;
  positions.vocab = module.type(module.func(decode).results[0]).max_elements();
  if (!prefill) return positions;
  PSMC_TRY(check_function(module, prefill, 2));
  positions.last_prefill = module.func(prefill).symbols[0].high;
  positions.chunk = module.func(prefill).symbols[1].high;
  return positions;
}

Result<std::unique_ptr<Session>> interpreter_session(const ir::Module& module, const ir::InterpOptions& options) {
  PSMC_ASSIGN(const Positions positions, positions_of(module));
  return std::unique_ptr<Session>(new InterpreterSession(module, positions, options));
}

Result<std::unique_ptr<Session>> simulator_session(const ir::Module& module, Device& device,
                                                   std::function<void(const sim::RunStats&, bool)> observe) {
  PSMC_ASSIGN(const Positions positions, positions_of(module));
  const size_t none = device.image().entries.size();
  size_t decode = none, prefill = none;
  for (size_t i = 0; i < none; ++i) {
    if (device.image().entries[i].name == "decode") decode = i;
    if (device.image().entries[i].name == "prefill") prefill = i;
  }
  return std::unique_ptr<Session>(new SimulatorSession(positions, device, decode, prefill, std::move(observe)));
}

}  // namespace psmc::tools
