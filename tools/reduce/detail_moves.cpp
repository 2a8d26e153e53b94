// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "tools/reduce/move_families.h"

#include "ir/op.h"

namespace psmc::tools {
namespace {

/// Static extents of values and constants that are more than `least`, the largest first.
template <int64_t least>
std::vector<int64_t> extents(const ir::Module& module) {
  std::set<int64_t, std::greater<>> found;
  const auto see = [&](const ir::Type& type) {
    for (const ir::Dim& dim : type.dims)
      if (dim.is_static() && dim.bound > least) found.insert(dim.bound);
  };
  for (uint32_t i = 0; i < module.num_values(); ++i) see(module.value_type(ir::ValueId(i)));
  return {found.begin(), found.end()};
}

/// One extent becomes another in all types, and in the attributes that hold shapes.
class ExtentChange {
 public:
  ExtentChange(ir::Module& module, int64_t from, int64_t to) : module_(module), from_(from), to_(to) {}

  void run() {
    for (uint32_t i = 0; i < module_.num_constants(); ++i) change_constant(module_.constant(ir::ConstId(i)));
    for (uint32_t i = 0; i < module_.num_values(); ++i)
      module_.set_value_type(ir::ValueId(i), changed(module_.value(ir::ValueId(i)).type));
    for (uint32_t i = 0; i < module_.num_funcs(); ++i)
      for (ir::TypeId& result : module_.func(ir::FuncId(i)).results) result = changed(result);
    each_op(module_, [&](ir::FuncId, ir::OpId op) {
      for (const char* name : {"shape", "size", "bound"})
        if (const ir::AttrValue* value = module_.find_attr(op, name)) change_attr(op, name, *value);
    });
  }

 private:
  ir::TypeId changed(ir::TypeId id) {
    ir::Type type = module_.type(id);
    if (!type.is_tensor()) return id;
    for (ir::Dim& dim : type.dims)
      if (dim.is_static() && dim.bound == from_) dim = ir::Dim(to_);
    return module_.type(type);
  }

  // The first bytes stay.
  void change_constant(ir::Constant& constant) {
    const ir::TypeId type = changed(constant.type);
    if (type == constant.type) return;
    constant.type = type;
    const size_t bytes = static_cast<size_t>(module_.type(type).max_elements()) * dtype_bytes(module_.type(type).dtype);
    const auto old = constant.bytes();
    if (bytes > old.size()) return;  // not loaded: the verifier decides
    constant.owned = std::vector<std::byte>(old.begin(), old.begin() + static_cast<std::ptrdiff_t>(bytes));
    constant.view = {};
    constant.file.clear();
    constant.entry.clear();
    constant.hash.clear();
  }

  void change_attr(ir::OpId op, std::string_view name, ir::AttrValue value) {
    if (auto* ints = std::get_if<ir::IntList>(&value)) std::replace(ints->begin(), ints->end(), from_, to_);
    if (auto* syms = std::get_if<ir::SymList>(&value))
      std::replace(syms->begin(), syms->end(), ir::SymExpr(from_), ir::SymExpr(to_));
    module_.set_attr(op, name, std::move(value));
  }

  ir::Module& module_;
  int64_t from_, to_;
};

void shrink_to_one(Edit& edit, int64_t extent) { ExtentChange(edit.module(), extent, 1).run(); }
void shrink_to_two(Edit& edit, int64_t extent) { ExtentChange(edit.module(), extent, 2).run(); }
void shrink_to_half(Edit& edit, int64_t extent) { ExtentChange(edit.module(), extent, extent / 2).run(); }

struct OpAttr {
  ir::OpId op;
  std::string name;
};

std::vector<OpAttr> optional_attrs(const ir::Module& module) {
  std::vector<OpAttr> found;
  each_op(module, [&](ir::FuncId, ir::OpId op) {
    const ir::OpDef& def = ir::op_def(module.kind(op));
    for (const ir::Attr& attr : module.attrs(module.op(op).attrs)) {
      const std::string_view name = module.text(attr.name);
      if (def.kind == ir::OpKind::constant && name == "id") continue;
      const bool required = std::any_of(def.attrs.begin(), def.attrs.end(),
                                        [&](const ir::AttrSpec& spec) { return spec.name == name && spec.required; });
      if (!required) found.push_back({op, std::string(name)});
    }
  });
  return found;
}

void drop_attr(Edit& edit, const OpAttr& attr) { edit.module().remove_attr(attr.op, attr.name); }

std::vector<ir::FuncId> funcs_with_attrs(const ir::Module& module) {
  std::vector<ir::FuncId> found;
  for (uint32_t i = 0; i < module.num_funcs(); ++i)
    if (!module.attrs(module.func(ir::FuncId(i)).attrs).empty()) found.push_back(ir::FuncId(i));
  return found;
}

void drop_func_attrs(Edit& edit, ir::FuncId func) { edit.module().func(func).attrs = ir::AttrId(); }

/// Constants that are not one value again and again.
std::vector<ir::ConstId> uneven_constants(const ir::Module& module) {
  std::vector<ir::ConstId> found;
  for (uint32_t i = 0; i < module.num_constants(); ++i) {
    const auto bytes = module.constant(ir::ConstId(i)).bytes();
    const size_t size = dtype_bytes(module.type(module.constant(ir::ConstId(i)).type).dtype);
    if (bytes.size() > size &&
        !std::equal(bytes.begin() + static_cast<std::ptrdiff_t>(size), bytes.end(), bytes.begin()))
      found.push_back(ir::ConstId(i));
  }
  return found;
}

void make_splat(Edit& edit, ir::ConstId id) {
  ir::Constant& constant = edit.module().constant(id);
  const size_t size = dtype_bytes(edit.module().type(constant.type).dtype);
  const std::vector<std::byte> bytes(constant.bytes().begin(), constant.bytes().end());
  constant.owned.clear();
  for (size_t at = 0; at < bytes.size(); at += size)
    constant.owned.insert(constant.owned.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
  constant.file.clear();
  constant.entry.clear();
  constant.hash.clear();
}

/// The whole module is one site.
std::vector<int> whole(const ir::Module&) { return {0}; }

void drop_names(Edit& edit, int) {
  ir::Module& module = edit.module();
  for (uint32_t i = 0; i < module.num_values(); ++i) module.set_name(ir::ValueId(i), ir::StrId());
  for (uint32_t i = 0; i < module.num_funcs(); ++i)
    for (ir::StrId& name : module.func(ir::FuncId(i)).result_names) name = ir::StrId();
}

void drop_places(Edit& edit, int) {
  each_op(edit.module(), [&](ir::FuncId, ir::OpId op) { edit.module().set_loc(op, ir::LocId()); });
}

}  // namespace

std::vector<Move> detail_moves() {
  return {move_of<extents<1>, shrink_to_one>("extents-to-one", "an extent becomes 1 wherever it stands"),
          move_of<extents<2>, shrink_to_two>("extents-to-two", "an extent becomes 2 wherever it stands"),
          move_of<extents<3>, shrink_to_half>("halve-extents", "an extent becomes half of it wherever it stands"),
          move_of<uneven_constants, make_splat>("make-splats", "a constant becomes its first element again and again"),
          move_of<optional_attrs, drop_attr>("drop-attributes", "attributes that may be left out go"),
          move_of<funcs_with_attrs, drop_func_attrs>("drop-function-attributes", "a function loses its attributes"),
          move_of<whole, drop_names>("drop-names", "values lose their names"),
          move_of<whole, drop_places>("drop-places", "ops lose their places")};
}

}  // namespace psmc::tools
