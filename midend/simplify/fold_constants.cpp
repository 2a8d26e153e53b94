// SPDX-License-Identifier: Apache-2.0
// fold-constants: an op whose operands are all constants becomes the constant that its reference evaluation gives.
//
//   %a = constant @two; %b = constant @three; %c = mul %a, %b   =>   %c = constant dense[6.0]
//
// One forward sweep (`fold` on each op), so folded results fold on. An op is left alone if it reads a run-time symbol,
// if the bytes of an operand are not there (a file that is mapped later), if the result is larger than `limit` bytes,
// or larger than the operands together and than 1 KiB (a constant that grows costs memory of the machine), or if it
// takes more than 4 million steps. Ops in groups stay.
//
// Needs: nothing. Ensures: results are those of the interpreter, bit for bit. Cost: that of the folded ops.
#include "midend/simplify/fold_constants.h"

#include "ir/builder.h"
#include "midend/simplify/fold_op.h"
#include "midend/simplify/for_each_function.h"
#include "midend/simplify/forward.h"

namespace psmc::midend {
namespace {

constexpr ir::PassOption kOptions[] = {
    ir::integer_option("limit", "most bytes of a folded result; default 65536", 0, int64_t{1} << 30)};

class Folder {
 public:
  Folder(ir::Module& module, int64_t limit) : module_(module), limit_(limit), forwarding_(module) {}

  /// Returns the number of ops folded.
  int64_t run(ir::BlockId body) {
    const int64_t before = folded_;
    for (ir::OpId op : ir::ops_of(module_, body)) {
      for (uint32_t i = 0; i < module_.op(op).num_operands; ++i)
        module_.set_operand(op, i, forwarding_.latest(module_.operand(op, i)));
      if (is_foldable(module_, op)) fold(op);
    }
    forwarding_.apply(body);
    return folded_ - before;
  }

 private:
  void fold(ir::OpId op) {
    std::vector<const ir::Constant*> operands;
    for (const ir::ValueId operand : module_.operands(op)) {
      operands.push_back(constant_of(module_, operand));
      if (operands.back() == nullptr) return;
    }
    std::optional<ir::Constant> constant = fold_op(module_, op, operands, limit_);
    if (!constant) return;
    ir::Builder builder(module_);
    builder.before(op);
    builder.set_loc(module_.op(op).loc);
    forwarding_.replace(module_.result(op), builder.constant(module_.add_constant(std::move(*constant))));
    module_.erase(op);
    ++folded_;
  }

  ir::Module& module_;
  int64_t limit_;
  Forwarding forwarding_;
  int64_t folded_ = 0;
};

}  // namespace

std::span<const ir::PassOption> fold_constants_options() { return kOptions; }

bool fold_constants(ir::Module& module, ir::PassContext& context) {
  const int64_t limit = context.int_option("limit", kFoldBytes);
  Folder folder(module, limit);
  return for_each_function(module, context, [&](ir::FuncId func) {
    const int64_t folded = folder.run(module.func(func).body);
    context.count("folded", folded);
    return folded > 0;
  });
}

}  // namespace psmc::midend
