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

class LibrarySession final : public HostSession {
 public:
  LibrarySession(Positions positions, host::Interface interface, host::HostLibrary library)
      : HostSession(positions), interface_(std::move(interface)), library_(std::move(library)) {}
  PSMC_CALLS_MADE_CODE ~LibrarySession() override {
    if (close_ != nullptr) close_(model_);
  }

  PSMC_CALLS_MADE_CODE Status open(const sim::Options& options,
                                   std::function<void(const sim::RunStats&, bool)> observe) {
    PSMC_ASSIGN(void* open, library_.find(interface_.prefix + "_open"));
    PSMC_ASSIGN(void* close, library_.find(interface_.prefix + "_close"));
    PSMC_ASSIGN(void* last_error, library_.find(interface_.prefix + "_last_error"));
    PSMC_TRY(find("decode", decode_, call_decode_));
    PSMC_TRY(find("prefill", prefill_, call_prefill_));
    close_ = reinterpret_cast<Close>(close);
    last_error_ = reinterpret_cast<LastError>(last_error);
    psmc_rt_options wanted{sizeof(psmc_rt_options),  options.races ? 0u : 1u, options.max_cycles, nullptr, nullptr,
                           options.numbers ? 0u : 1u};
    if (options.progress) {
      progress_ = options.progress;
      wanted.progress = [](void* self, uint64_t cycles) { static_cast<LibrarySession*>(self)->progress_(cycles); };
      wanted.progress_user = this;
    }
    PSMC_TRY(check(reinterpret_cast<Open>(open)(&wanted, &model_)));
    if (observe) {
      model_->observe = [observe = std::move(observe), this](const sim::RunStats& stats, size_t entry) {
        observe(stats, prefill_ != nullptr && entry == prefill_->entry);
      };
    }
    return {};
  }

  Result<std::vector<float>> decode(int32_t token, int64_t pos) override {
    if (decode_ == nullptr) return no_entry("decode");
    Arguments arguments(*decode_);
    PSMC_TRY(arguments.set("pos", static_cast<uint64_t>(pos)));
    return call(call_decode_, arguments, std::span(&token, 1));
  }
  Result<std::vector<float>> prefill(std::span<const int32_t> tokens, int64_t pos) override {
    if (prefill_ == nullptr) return no_entry("prefill");
    Arguments arguments(*prefill_);
    PSMC_TRY(arguments.set("pos", static_cast<uint64_t>(pos)));
    PSMC_TRY(arguments.set("count", tokens.size()));
    return call(call_prefill_, arguments, tokens);
  }
  const arch::Image& image() const override { return model_->image; }

 private:
  /// Leaves a function null that the image has not.
  Status find(std::string_view name, const host::Function*& function, Call& call) {
    for (const host::Function& f : interface_.functions) {
      if (f.name != name) continue;
      PSMC_ASSIGN(void* address, library_.find(interface_.prefix + "_" + f.name));
      function = &f;
      call = reinterpret_cast<Call>(address);
      return {};
    }
    return {};
  }

  static Diagnostic no_entry(std::string_view name) {
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

  host::Interface interface_;
  host::HostLibrary library_;
  psmc_rt_device* model_ = nullptr;
  Close close_ = nullptr;
  LastError last_error_ = nullptr;
  const host::Function* decode_ = nullptr;
  const host::Function* prefill_ = nullptr;
  Call call_decode_ = nullptr, call_prefill_ = nullptr;
  std::function<void(uint64_t)> progress_;
};

}  // namespace

Result<std::unique_ptr<HostSession>> host_session(const ir::Module& module, arch::Image image,
                                                  const sim::Options& options,
                                                  std::function<void(const sim::RunStats&, bool prefill)> observe) {
  constexpr const char* kName = "model";
  PSMC_ASSIGN(const Positions positions, positions_of(module));
  PSMC_ASSIGN(host::Interface interface, host::interface_of(image, kName));
  PSMC_ASSIGN(const host::LibraryMaker maker, host::LibraryMaker::create(image, kName));
  image = {};  // the maker holds its bytes, and the device will hold it again
  PSMC_ASSIGN(const std::string code, maker.code());
  auto imports = runtime_symbols();
  imports.emplace_back(maker.image_symbol(), const_cast<char*>(maker.image().data()));
  PSMC_ASSIGN(host::HostLibrary library, host::HostLibrary::load(code, imports));
  auto session = std::make_unique<LibrarySession>(positions, std::move(interface), std::move(library));
  PSMC_TRY(session->open(options, std::move(observe)));  // copies the image; its bytes go with the maker
  return std::unique_ptr<HostSession>(std::move(session));
}

}  // namespace psmc::tools
