// SPDX-License-Identifier: Apache-2.0
#include "ir/entry.h"

namespace psmc::ir {

bool is_entry(const Module& module, FuncId func) {
  if (module.func(func).erased) return false;
  for (const Attr& attr : module.attrs(module.func(func).attrs))
    if (module.text(attr.name) == kPrivate) return attr.value != AttrValue(true);
  return true;
}

AttrId attrs_but_private(Module& module, FuncId func) {
  AttrDict dict = module.attrs(module.func(func).attrs);
  std::erase_if(dict, [&](const Attr& attr) { return module.text(attr.name) == kPrivate; });
  return dict.empty() ? AttrId() : module.attrs(std::move(dict));
}

}  // namespace psmc::ir
