// SPDX-License-Identifier: Apache-2.0
#include "ir/text/names.h"

#include <fmt/format.h>

#include "ir/text/lexer.h"

namespace psmc::ir {

std::string UniqueNames::take(std::string_view wanted) {
  std::string name(wanted);
  if (taken_.insert(name).second) return name;
  uint32_t& suffix = next_[name];
  do {
    name = fmt::format("{}.{}", wanted, ++suffix);
  } while (!taken_.insert(name).second);
  return name;
}

std::string print_name(char mark, std::string_view name) {
  return mark + (is_plain_value_name(name) ? std::string(name) : quote_text(name));
}

ValueNames::ValueNames(const Module& module, FuncId func) : module_(module) { add_block(module.func(func).body); }

void ValueNames::add(ValueId value) {
  const StrId name = module_.value(value).name;
  names_[value] = name.valid() ? print_name('%', unique_.take(module_.text(name))) : fmt::format("%{}", next_number_++);
}

void ValueNames::add_block(BlockId block) {
  const BlockData& data = module_.block_data(block);
  for (uint32_t i = 0; i < data.num_args; ++i) add(module_.block_arg(block, i));
  for (OpId op : ops_of(module_, block)) {
    const OpData& op_data = module_.op(op);
    // The counter and the carried values of a loop stand after its results in the text.
    for (uint32_t i = 0; i < op_data.num_results; ++i) add(module_.result(op, i));
    for (uint32_t i = 0; i < op_data.num_blocks; ++i) add_block(module_.block(op, i));
  }
}

const std::string& ValueNames::of(ValueId value) const {
  static const std::string kUnknown = "%?";
  const auto found = names_.find(value);
  return found == names_.end() ? kUnknown : found->second;
}

std::vector<std::string> constant_names(const Module& module) {
  constexpr int64_t kMostInline = 8;
  std::vector<std::string> names(module.num_constants());
  UniqueNames unique;
  for (uint32_t i = 0; i < module.num_constants(); ++i) {
    const Constant& constant = module.constant(ConstId(i));
    if (constant.name.valid()) names[i] = print_name('@', unique.take(module.text(constant.name)));
  }
  for (uint32_t i = 0; i < module.num_constants(); ++i) {
    const Constant& constant = module.constant(ConstId(i));
    const bool is_inline = constant.file.empty() && module.type(constant.type).max_elements() <= kMostInline;
    if (!constant.name.valid() && !is_inline) names[i] = print_name('@', unique.take(fmt::format("const{}", i)));
  }
  return names;
}

}  // namespace psmc::ir
