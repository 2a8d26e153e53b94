// SPDX-License-Identifier: Apache-2.0
#include "backend/link/runtime_kernels.h"

#include "arch/asm.h"
#include "arch/isa.h"
#include "base/check.h"

namespace psmc::backend {
namespace {

/// Words in order, with room for latencies.
class Sequence {
 public:
  explicit Sequence(const arch::Machine& machine)
      : load_(machine.latency.of(arch::LatencyClass::load)),
        scalar_(machine.latency.of(arch::LatencyClass::scalar)),
        multiply_(machine.latency.of(arch::LatencyClass::scalar_multiply)) {}

  Sequence& word(const std::string& text) {
    Result<arch::Word> word = arch::assemble_word(text);
    PSMC_CHECK(word.ok(), "a runtime kernel does not assemble: " + text);
    words_.push_back(*word);
    return *this;
  }
  /// The next `words` words run as often as scalar register `count` says.
  Sequence& loop(uint8_t count, int32_t words) {
    arch::Word word;
    word[arch::Slot::S] = {.op = arch::Opcode::loop, .a = count, .imm = words};
    words_.push_back(word);
    return *this;
  }
  /// Empty words until a load (scalar, multiply) of the word before has arrived.
  Sequence& after_load() { return gap(load_); }
  Sequence& after_scalar() { return gap(scalar_); }
  Sequence& after_multiply() { return gap(multiply_); }
  size_t size() const { return words_.size(); }
  std::vector<arch::Word> take() { return std::move(words_); }

 private:
  Sequence& gap(uint32_t latency) {
    for (uint32_t i = 1; i < latency; ++i) words_.emplace_back();
    return *this;
  }
  uint32_t load_, scalar_, multiply_;
  std::vector<arch::Word> words_;
};

std::vector<arch::Word> wait_kernel(const arch::Machine& machine) {
  Sequence s(machine);
  s.word("addi s1,s1,24 | ld.s.i64 s8,[s1+8] | ld.s.i64 s9,[s1+16]").after_scalar();
  s.word("ld.s.i64 s10,[s1+0]").after_load();
  s.word("wait.sn s8,s9").word("jr s10").word("nop").word("nop");
  return s.take();
}

std::vector<arch::Word> start_kernel(const arch::Machine& machine, const std::string& engine) {
  Sequence s(machine);
  s.word("addi s1,s1,16 | ld.s.i64 s8,[s1+8]").after_scalar();
  s.word("ld.s.i64 s10,[s1+0]").after_load();
  s.word("jr s10 | dma.start " + engine + ",s8").word("nop").word("nop");
  return s.take();
}

/// Rows one after the other on in0; each is waited for, so that descriptor and destination are free again.
std::vector<arch::Word> fetch_kernel(const arch::Machine& machine) {
  Sequence s(machine);
  s.word("addi s1,s1,64 | ld.s.i64 s8,[s1+8] | ld.s.i64 s9,[s1+16]").after_scalar();
  s.word("ld.s.i64 s10,[s1-40] | ld.s.i64 s11,[s1-32]");
  s.word("ld.s.i64 s12,[s1-24] | ld.s.i64 s13,[s1-16]");
  s.word("ld.s.i64 s14,[s1-8] | ld.s.i64 s15,[s1+0]").after_load();
  s.word("addi s11,s11,-1 | ld.s.i64 s6,[s8+32]").after_load();  // the destination of the first row
  Sequence body(machine);
  body.word("ld.s.i32 s7,[s9+=4]").after_load();
  body.word("max s7,s7,s0").after_scalar();
  body.word("min s7,s7,s11").after_scalar();
  body.word("mul s7,s7,s13").after_multiply();
  body.word("add s7,s7,s12").after_scalar();
  body.word("st.s.i64 [s8+24],s7 | st.s.i64 [s8+32],s6");
  for (int i = 0; i < 4; ++i) body.word("nop");
  body.word("add s6,s6,s14 | dma.start in0,s8").after_scalar();
  body.word("wait #1,1").word("nop").word("nop");
  const std::vector<arch::Word> words = body.take();
  s.loop(10, static_cast<int32_t>(words.size()));
  std::vector<arch::Word> result = s.take();
  result.insert(result.end(), words.begin(), words.end());
  Sequence end(machine);
  end.word("jr s15").word("nop").word("nop");
  const std::vector<arch::Word> tail = end.take();
  result.insert(result.end(), tail.begin(), tail.end());
  return result;
}

std::vector<arch::Word> symbols_kernel(const arch::Machine& machine) {
  Sequence s(machine);
  s.word("addi s1,s1,16 | ld.s.i64 s8,[s1+8]").after_load();
  s.word("ld.s.i64 s2,[s8+0] | ld.s.i64 s3,[s8+8]");
  s.word("ld.s.i64 s4,[s8+16] | ld.s.i64 s5,[s8+24]");
  s.word("ld.s.i64 s10,[s1+0]").after_load();
  s.word("jr s10").word("nop").word("nop");
  return s.take();
}

}  // namespace

std::vector<RuntimeKernel> runtime_kernels(const arch::Machine& machine) {
  std::vector<RuntimeKernel> kernels;
  kernels.push_back({"wait", wait_kernel(machine)});
  kernels.push_back({"halt", Sequence(machine).word("halt").take()});
  kernels.push_back({"fetch", fetch_kernel(machine)});
  kernels.push_back({"symbols", symbols_kernel(machine)});
  for (uint32_t i = 0; i < machine.dma.in_engines; ++i)
    kernels.push_back({"start_in", start_kernel(machine, "in" + std::to_string(i))});
  for (uint32_t i = 0; i < machine.dma.out_engines; ++i)
    kernels.push_back({"start_out", start_kernel(machine, "out" + std::to_string(i))});
  return kernels;
}

}  // namespace psmc::backend
