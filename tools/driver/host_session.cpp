// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/host_session.h"

#include <fmt/format.h>

#include <cstring>

#include "backend/host/interface.h"
#include "backend/host/library.h"
#include "sim/runtime/device.h"
#include "tools/driver/host_imports.h"

namespace psmc::tools {
namespace {

using Open = int32_t (*)(const psmc_rt_options*, psmc_rt_device**);
using Close = void (*)(psmc_rt_device*);
using LastError = const char* (*)(const psmc_rt_device*);
using Call = int32_t (*)(psmc_rt_device*, void*);

/// The argument struct of one entry, filled by field name as its header lays it out.
class Arguments {
 public:
  explicit Arguments(const host::Function& function) : function_(function), words_((function.args_bytes + 7) / 8) {
    const uint32_t head[2] = {function.args_bytes, host::kAbiVersion};
    std::memcpy(words_.data(), head, sizeof(head));
  }
  Status set(std::string_view name, uint64_t value, uint64_t count = 0) {
    for (const host::Argument& argument : function_.arguments) {
      if (argument.name != name) continue;
      words_[argument.offset / 8] = value;
      if (!argument.by_value) words_[argument.offset / 8 + 1] = count;
      return {};
    }
    return error(Code::not_a_language_model,
                 fmt::format("entry '{}' has no input or output '{}'", function_.name, name));
  }
  uint64_t elements(std::string_view name) const {
    for (const host::Argument& argument : function_.arguments)
      if (argument.name == name) return argument.elements;
    return 0;
  }
  void* data() { return words_.data(); }

 private:
  const host::Function& function_;
  std::vector<uint64_t> words_;
};

struct Positions {
  int64_t context = 0, chunk = 0, last_prefill = 0;
};

Result<Positions> positions_of(const ir::Module& module) {
  Positions out;
  const ir::FuncId decode = module.find_func("decode"), prefill = module.find_func("prefill");
  if (!decode || module.func(decode).symbols.empty())
    return error(Code::not_a_language_model, "the module has no function @decode[pos]");
  out.context = module.func(decode).symbols[0].high + 1;
  if (prefill && module.func(prefill).symbols.size() >= 2) {
    out.last_prefill = module.func(prefill).symbols[0].high;
    out.chunk = module.func(prefill).symbols[1].high;
  }
  return out;
}

class HostSession final : public Session {
 public:
  HostSession(Positions positions, host::Interface interface, host::HostLibrary library)
      : positions_(positions), interface_(std::move(interface)), library_(std::move(library)) {}
  PSMC_CALLS_MADE_CODE ~HostSession() override {
    if (close_ != nullptr) close_(model_);
  }

  PSMC_CALLS_MADE_CODE Status open(const sim::Options& options,
                                   std::function<void(const sim::RunStats&, bool)> observe) {
    PSMC_ASSIGN(void* open, library_.find(interface_.prefix + "_open"));
    PSMC_ASSIGN(void* close, library_.find(interface_.prefix + "_close"));
    PSMC_ASSIGN(void* last_error, library_.find(interface_.prefix + "_last_error"));
    PSMC_TRY(find("decode", decode_, call_decode_));
    if (positions_.chunk > 0) PSMC_TRY(find("prefill", prefill_, call_prefill_));
    close_ = reinterpret_cast<Close>(close);
    last_error_ = reinterpret_cast<LastError>(last_error);
    const psmc_rt_options wanted{sizeof(psmc_rt_options), options.races ? 0u : 1u, options.max_cycles};
    PSMC_TRY(check(reinterpret_cast<Open>(open)(&wanted, &model_)));
    if (observe) {
      model_->observe = [observe = std::move(observe), this](const sim::RunStats& stats, size_t entry) {
        observe(stats, prefill_ != nullptr && entry == prefill_->entry);
      };
    }
    return {};
  }

  Result<std::vector<float>> decode(int32_t token, int64_t pos) override {
    Arguments arguments(*decode_);
    PSMC_TRY(arguments.set("pos", static_cast<uint64_t>(pos)));
    return call(call_decode_, arguments, std::span(&token, 1));
  }
  Result<std::vector<float>> prefill(std::span<const int32_t> tokens, int64_t pos) override {
    if (prefill_ == nullptr) return error(Code::not_a_language_model, "the model has no entry 'prefill'");
    Arguments arguments(*prefill_);
    PSMC_TRY(arguments.set("pos", static_cast<uint64_t>(pos)));
    PSMC_TRY(arguments.set("count", tokens.size()));
    return call(call_prefill_, arguments, tokens);
  }
  int64_t chunk() const override { return positions_.chunk; }
  int64_t last_prefill() const override { return positions_.last_prefill; }
  int64_t context() const override { return positions_.context; }

 private:
  Status find(std::string_view name, const host::Function*& function, Call& call) {
    for (const host::Function& f : interface_.functions) {
      if (f.name != name) continue;
      PSMC_ASSIGN(void* address, library_.find(interface_.prefix + "_" + f.name));
      function = &f;
      call = reinterpret_cast<Call>(address);
      return {};
    }
    return error(Code::not_a_language_model, fmt::format("the image has no entry '{}'", name));
  }

  PSMC_CALLS_MADE_CODE Result<std::vector<float>> call(Call function, Arguments& arguments,
                                                       std::span<const int32_t> tokens) {
    std::vector<float> logits(arguments.elements("logits"));
    PSMC_TRY(arguments.set("tokens", reinterpret_cast<uintptr_t>(tokens.data()), tokens.size()));
    PSMC_TRY(arguments.set("logits", reinterpret_cast<uintptr_t>(logits.data()), logits.size()));
    PSMC_TRY(check(function(model_, arguments.data())));
    return logits;
  }

  /// The library's error as a diagnostic of the same code. Its text has been rendered already.
  PSMC_CALLS_MADE_CODE Status check(int32_t status) const {
    if (status == 0) return {};
    std::string text = last_error_(model_);
    const std::string head = fmt::format("error[{}]: ", code_name(static_cast<Code>(status)));
    if (text.starts_with(head)) text.erase(0, head.size());
    return error(static_cast<Code>(status), text);
  }

  Positions positions_;
  host::Interface interface_;
  host::HostLibrary library_;
  psmc_rt_device* model_ = nullptr;
  Close close_ = nullptr;
  LastError last_error_ = nullptr;
  const host::Function* decode_ = nullptr;
  const host::Function* prefill_ = nullptr;
  Call call_decode_ = nullptr, call_prefill_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Session>> host_session(const ir::Module& module, const arch::Image& image,
                                              const sim::Options& options,
                                              std::function<void(const sim::RunStats&, bool prefill)> observe) {
  constexpr const char* kName = "model";
  PSMC_ASSIGN(const Positions positions, positions_of(module));
  PSMC_ASSIGN(host::Interface interface, host::interface_of(image, kName));
  PSMC_ASSIGN(const host::LibraryMaker maker, host::LibraryMaker::create(image, kName));
  PSMC_ASSIGN(const std::string object, maker.object());
  PSMC_ASSIGN(host::HostLibrary library, host::HostLibrary::load(object, runtime_symbols()));
  auto session = std::make_unique<HostSession>(positions, std::move(interface), std::move(library));
  PSMC_TRY(session->open(options, std::move(observe)));
  return std::unique_ptr<Session>(std::move(session));
}

}  // namespace psmc::tools
