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

#include <algorithm>

#include "base/check.h"
#include "ir/builder.h"
#include "midend/simplify/for_each_function.h"
#include "midend/simplify/forward.h"

namespace psmc::midend {
namespace {

constexpr int64_t kLimit = 65536;
constexpr int64_t kMayGrowTo = 1024;
constexpr int64_t kMostSteps = int64_t{1} << 22;
constexpr ir::PassOption kOptions[] = {
    ir::integer_option("limit", "most bytes of a folded result; default 65536", 0, int64_t{1} << 30)};

class Folder {
 public:
  Folder(ir::Module& module, int64_t limit) : module_(module), limit_(limit), forwarding_(module) {}

  int64_t run(ir::BlockId body) {
    for (ir::OpId op : ir::ops_of(module_, body)) {
      for (uint32_t i = 0; i < module_.op(op).num_operands; ++i)
        module_.set_operand(op, i, forwarding_.latest(module_.operand(op, i)));
      if (may_fold(op)) fold(op);
    }
    forwarding_.apply(body);
    return folded_;
  }

 private:
  bool may_fold(ir::OpId op) const {
    const ir::OpDef& def = ir::op_def(module_.kind(op));
    const ir::OpData& data = module_.op(op);
    if (def.eval == nullptr || data.num_operands == 0 || data.num_results != 1) return false;
    const ir::Type& type = module_.value_type(module_.result(op));
    if (!type.is_tensor() || !type.has_static_shape() || reads_symbols(op)) return false;
    int64_t operand_bytes = 0;
    for (const ir::ValueId operand : module_.operands(op)) {
      const ir::Constant* constant = constant_of(operand);
      if (constant == nullptr) return false;
      operand_bytes += static_cast<int64_t>(constant->bytes().size());
    }
    return size_fits(type, operand_bytes) && steps_of(op) <= kMostSteps;
  }

  /// Null unless `value` is a constant whose bytes are there.
  const ir::Constant* constant_of(ir::ValueId value) const {
    const ir::OpId def = module_.def(value);
    if (!def.valid() || module_.kind(def) != ir::OpKind::constant || !module_.find_attr(def, "id")) return nullptr;
    const ir::Constant& constant = module_.constant(ir::ConstId(static_cast<uint32_t>(module_.int_attr(def, "id"))));
    const ir::Type& type = module_.type(constant.type);
    const auto wanted = static_cast<uint64_t>(type.max_elements()) * dtype_bytes(type.dtype);
    return constant.bytes().size() == wanted ? &constant : nullptr;
  }

  bool reads_symbols(ir::OpId op) const {
    const ir::AttrDict& attrs = module_.attrs(module_.op(op).attrs);
    return std::any_of(attrs.begin(), attrs.end(),
                       [](const ir::Attr& a) { return std::holds_alternative<ir::SymList>(a.value); });
  }

  bool size_fits(const ir::Type& type, int64_t operand_bytes) const {
    const int64_t elements = type.max_elements(), width = static_cast<int64_t>(dtype_bytes(type.dtype));
    if (elements > limit_ / width) return false;
    return elements * width <= std::max(operand_bytes, kMayGrowTo);
  }

  int64_t steps_of(ir::OpId op) const {
    int64_t steps = 0;
    if (!ir::has_access(module_, op)) return module_.value_type(module_.operand(op, 0)).max_elements();
    for (const ir::Piece& piece : ir::access_of(module_, op)) {
      int64_t points = 1;
      for (const ir::IterDim& dim : piece.space)
        if (__builtin_mul_overflow(points, dim.extent.bound, &points)) return kMostSteps + 1;
      if (__builtin_add_overflow(steps, points, &steps)) return kMostSteps + 1;
    }
    return steps;
  }

  void fold(ir::OpId op) {
    std::vector<ir::Array> arrays;
    for (const ir::ValueId operand : module_.operands(op)) arrays.push_back(array_of(*constant_of(operand)));
    std::vector<const ir::Array*> operands;
    for (const ir::Array& array : arrays) operands.push_back(&array);
    Result<ir::Array> result = ir::op_def(module_.kind(op)).eval({module_, op, operands, {}});
    const ir::TypeId type = module_.value(module_.result(op)).type;
    if (!result.ok() || result->shape != module_.type(type).bounds()) return;
    ir::Constant constant;
    constant.type = type;
    constant.owned = std::move(result->bytes);
    ir::Builder builder(module_);
    builder.before(op);
    builder.set_loc(module_.op(op).loc);
    forwarding_.replace(module_.result(op), builder.constant(module_.add_constant(std::move(constant))));
    module_.erase(op);
    ++folded_;
  }

  ir::Array array_of(const ir::Constant& constant) const {
    ir::Array array;
    array.dtype = module_.type(constant.type).dtype;
    array.shape = module_.type(constant.type).bounds();
    array.bytes.assign(constant.bytes().begin(), constant.bytes().end());
    return array;
  }

  ir::Module& module_;
  int64_t limit_;
  Forwarding forwarding_;
  int64_t folded_ = 0;
};

}  // namespace

std::span<const ir::PassOption> fold_constants_options() { return kOptions; }

bool fold_constants(ir::Module& module, ir::PassContext& context) {
  const int64_t limit = context.int_option("limit", kLimit);
  return for_each_function(module, [&](ir::FuncId func) {
    const int64_t folded = Folder(module, limit).run(module.func(func).body);
    context.count("folded", folded);
    return folded > 0;
  });
}

}  // namespace psmc::midend
