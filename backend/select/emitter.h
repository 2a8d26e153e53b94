// SPDX-License-Identifier: Apache-2.0
// Code under construction. Scopes are the function's body and the loops open now; each has a block that still grows. An
// instruction that does not depend on an inner loop is appended to the scope where its operands live, which is before
// the inner loop: so invariant code is hoisted by construction and no pass has to find it again.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arch/machine.h"
#include "backend/mir/mir.h"
#include "base/diagnostics.h"

namespace psmc::backend {

/// How often a loop runs: a number, or a register.
struct Trip {
  int64_t known = -1;
  Reg reg = kNoReg;
  double expected = kExpectedTrip;  ///< if not known: a guess
};

class Emitter {
 public:
  Emitter(MFunc& func, const arch::Machine& machine);

  MFunc& func() { return func_; }
  const arch::Machine& machine() const { return machine_; }
  void set_loc(uint32_t loc) { loc_ = loc; }

  /// The first error wins; the code made after it is never used.
  void fail(Diagnostic diagnostic);
  const std::optional<Diagnostic>& failure() const { return failure_; }

  // Scopes: 0 is the function's body.
  uint32_t depth() const { return static_cast<uint32_t>(scopes_.size()) - 1; }
  void open_loop();
  /// Ends the body; what `on_exit` registered runs first. Chooses the loop's form by its height.
  void close_loop(const Trip& trip);
  /// `reg += step` at the end of each iteration of the loop that is scope `depth`.
  void increment(uint32_t depth, Reg reg, int64_t step);
  /// Registers made for a key in a scope; forgotten when the scope closes.
  using Key = std::vector<int64_t>;
  std::map<Key, Reg>& cache(uint32_t depth) { return scopes_[depth].cache; }
  /// Grows whenever a loop opens or closes: straight-line facts hold while it stays the same.
  uint32_t epoch() const { return epoch_; }

  // Instructions. Results are new registers.
  void put(const MInst& inst) { put_at(depth(), inst); }
  void put_at(uint32_t depth, const MInst& inst);
  Reg make(arch::Opcode op, Reg a = kNoReg, Reg b = kNoReg, Reg c = kNoReg, Reg m = kNoReg, int64_t imm = 0);
  Reg make_at(uint32_t depth, arch::Opcode op, Reg a = kNoReg, Reg b = kNoReg, Reg c = kNoReg, Reg m = kNoReg,
              int64_t imm = 0);
  /// The same into a given register.
  void into(Reg d, arch::Opcode op, Reg a = kNoReg, Reg b = kNoReg, Reg c = kNoReg, Reg m = kNoReg, int64_t imm = 0);
  void move(Reg d, Reg s);

  // Constants, made once in the function's body.
  Reg vector_bits(uint32_t bits);
  Reg vector_const(float value);
  Reg vector_int(int32_t value) { return vector_bits(static_cast<uint32_t>(value)); }
  Reg scalar_const(int64_t value);
  Reg lane_numbers();           ///< lane i = i, i32
  Reg lanes_below(uint32_t n);  ///< mask of the first n lanes
  Reg no_lanes();
  /// Parameter `i` of the record.
  Reg argument(uint32_t i);

  /// Loads the code address of the next record early: nothing waits for it at the end.
  void begin(uint32_t record_bytes);
  /// Ends the function: the dispatch to the next record. Lays the blocks out.
  void finish();

 private:
  struct Scope {
    std::vector<uint32_t> layout;  ///< blocks; the last one grows
    uint32_t loop = kNone;
    uint32_t height = 0;  ///< loops below
    std::vector<std::pair<Reg, int64_t>> increments;
    std::map<Key, Reg> cache;
  };
  uint32_t new_block(uint32_t loop);
  void lay_out(const std::vector<uint32_t>& order);

  MFunc& func_;
  const arch::Machine& machine_;
  std::vector<Scope> scopes_;
  std::map<Key, Reg> constants_;
  Reg next_ = kNoReg;  ///< code address of the next record
  uint32_t record_bytes_ = 0;
  uint32_t loc_ = kNone;
  uint32_t epoch_ = 0;
  size_t emitted_ = 0;
  std::optional<Diagnostic> failure_;
};

}  // namespace psmc::backend
