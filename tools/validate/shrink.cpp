// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/shrink.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "ir/clone.h"
#include "ir/verify.h"

namespace psmc::tools {
namespace {

/// Extents are not divided below this: 0 and 1 would hide wrong indices.
constexpr int64_t kLeastExtent = 3;
/// Modules tried, at most.
constexpr int kMaxTries = 200;
/// Attributes that hold extents and places in tensors.
constexpr std::string_view kExtentAttrs[] = {"bound", "high", "low", "shape", "size", "start"};

/// What is divided with an extent: nothing, its multiples once, or each factor `extent` of a number (64 * 64 -> 32 *
/// 32).
enum class Along : uint8_t { powers, multiples, nothing };

/// `extent` is divided by `by`, which divides it.
struct Step {
  int64_t extent, by;
  Along along;
  int64_t operator()(int64_t n) const {
    if (n <= 0 || n % extent != 0 || (along == Along::nothing && n != extent)) return n;
    const int64_t rest = n / extent;
    return extent / by * (along == Along::powers ? (*this)(rest) : rest);
  }
};

int64_t smallest_factor(int64_t n) {
  for (int64_t p = 2; p * p <= n && p < 1000; ++p)
    if (n % p == 0) return p;
  return n;
}

class Shrinker {
 public:
  Shrinker(ir::Module& module, const Step& step) : module_(module), step_(step) {}
  void run() {
    for (uint32_t i = 0; i < module_.num_constants(); ++i) crop(module_.constant(ir::ConstId(i)));
    for (uint32_t i = 0; i < module_.num_values(); ++i)
      module_.set_value_type(ir::ValueId(i), smaller(module_.value(ir::ValueId(i)).type));
    for (uint32_t i = 0; i < module_.num_ops(); ++i)
      if (!module_.op(ir::OpId(i)).erased) shrink_attrs(ir::OpId(i));
    for (uint32_t i = 0; i < module_.num_funcs(); ++i) shrink_func(module_.func(ir::FuncId(i)));
  }

 private:
  ir::TypeId smaller(ir::TypeId id) {
    ir::Type type = module_.type(id);
    if (!type.is_tensor()) return id;
    for (ir::Dim& dim : type.dims)
      dim = dim.is_static() ? ir::Dim(step_(dim.bound)) : ir::Dim(dim.size, step_(dim.bound));
    return module_.type(type);
  }
  void shrink_func(ir::Func& func) {
    for (ir::TypeId& type : func.results) type = smaller(type);
    for (ir::Symbol& symbol : func.symbols) {
      const int64_t high = step_(symbol.high);
      symbol.high = high != symbol.high ? high : step_(symbol.high + 1) - 1;
      symbol.low = std::min(symbol.low, symbol.high);
    }
  }
  void shrink_attrs(ir::OpId op) {
    for (const std::string_view name : kExtentAttrs) {
      const ir::AttrValue* value = module_.find_attr(op, name);
      if (value == nullptr) continue;
      ir::AttrValue changed = *value;
      if (auto* ints = std::get_if<ir::IntList>(&changed))
        for (int64_t& n : *ints) n = step_(n);
      if (auto* syms = std::get_if<ir::SymList>(&changed))
        for (ir::SymExpr& expr : *syms) expr.constant = step_(expr.constant);
      if (changed != *value) module_.set_attr(op, name, std::move(changed));
    }
  }
  /// Keeps the first elements along each dimension.
  void crop(ir::Constant& constant) {
    const ir::TypeId type = smaller(constant.type);
    if (type == constant.type) return;
    const std::vector<int64_t> from = module_.type(constant.type).bounds(), to = module_.type(type).bounds();
    const size_t width = dtype_bytes(module_.type(type).dtype), row = static_cast<size_t>(to.back()) * width;
    const auto bytes = constant.bytes();
    std::vector<std::byte> kept;
    std::vector<int64_t> at(to.size());
    const int64_t rows = module_.type(type).max_elements() / std::max<int64_t>(1, to.back());
    for (int64_t r = 0; r < rows; ++r) {
      int64_t rest = r, offset = 0;
      for (size_t d = to.size() - 1; d-- > 0; rest /= to[d]) at[d] = rest % to[d];
      for (size_t d = 0; d < to.size(); ++d) offset = offset * from[d] + at[d];
      const auto begin = bytes.begin() + offset * static_cast<int64_t>(width);
      kept.insert(kept.end(), begin, begin + static_cast<int64_t>(row));
    }
    constant.type = type;
    constant.owned = std::move(kept);
    constant.view = {};
    constant.file = constant.entry = constant.hash = {};
  }

  ir::Module& module_;
  const Step& step_;
};

std::set<int64_t> extents_of(const ir::Module& module) {
  std::set<int64_t> extents;
  for (uint32_t i = 0; i < module.num_values(); ++i)
    for (const ir::Dim& dim : module.value_type(ir::ValueId(i)).dims) extents.insert(dim.bound);
  return extents;
}

double elements(const ir::Module& module, ir::ValueId value) {
  double count = 1;
  for (const ir::Dim& dim : module.value_type(value).dims) count *= static_cast<double>(dim.bound);
  return count;
}

/// Takes the first step that leaves a valid module; false if there is none.
bool take_step(ir::Module& module, int& tries) {
  for (const int64_t extent : extents_of(module)) {
    const int64_t by = smallest_factor(std::max<int64_t>(1, extent));
    if (extent / std::max<int64_t>(1, by) < kLeastExtent) continue;
    for (const Along along : {Along::powers, Along::multiples, Along::nothing}) {
      if (++tries > kMaxTries) return false;
      ir::Module trial = ir::clone_module(module);
      Shrinker(trial, {extent, by, along}).run();
      if (!ir::verify_status(trial).ok()) continue;
      module = std::move(trial);
      return true;
    }
  }
  return false;
}

}  // namespace

double work_of(const ir::Module& module) {
  double work = 0;
  for (uint32_t f = 0; f < module.num_funcs(); ++f) {
    if (module.func(ir::FuncId(f)).erased) continue;
    walk(module, module.func(ir::FuncId(f)).body, [&](ir::OpId op) {
      double most = 0, product = 1;
      for (const ir::ValueId value : module.operands(op)) {
        most = std::max(most, elements(module, value));
        product *= elements(module, value);
      }
      for (uint32_t r = 0; r < module.op(op).num_results; ++r) {
        most = std::max(most, elements(module, module.result(op, r)));
        product *= elements(module, module.result(op, r));
      }
      // Each letter of a plain contraction stands in two of its three tensors.
      work += module.kind(op) == ir::OpKind::contract ? std::sqrt(product) : most;
    });
  }
  return work;
}

std::optional<ir::Module> shrink_extents(const ir::Module& module, double wanted) {
  ir::Module small = ir::clone_module(module);
  int tries = 0;
  bool any = false;
  while (work_of(small) > wanted && take_step(small, tries)) any = true;
  if (!any) return std::nullopt;
  return small;
}

}  // namespace psmc::tools
