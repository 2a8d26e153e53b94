// SPDX-License-Identifier: Apache-2.0
#include "ir/text/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/check.h"
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

template <typename Visit>
void ValueNames::each_value(BlockId block, const Visit& visit) const {
  const BlockData& data = module_.block_data(block);
  for (uint32_t i = 0; i < data.num_args; ++i) visit(module_.block_arg(block, i));
  for (OpId op : ops_of(module_, block)) {
    const OpData& op_data = module_.op(op);
    // The counter and the carried values of a loop stand after its results in the text.
    for (uint32_t i = 0; i < op_data.num_results; ++i) visit(module_.result(op, i));
    for (uint32_t i = 0; i < op_data.num_blocks; ++i) each_value(module_.block(op, i), visit);
  }
}

void ValueNames::use(FuncId func) {
  if (func_.valid()) each_value(module_.func(func_).body, [&](ValueId value) { forget(value); });
  func_ = func;
  suffixed_ = {};  // a table that was large once is slow to clear
  next_suffix_ = {};
  made_.clear();
  next_number_ = 0;
  each_value(module_.func(func).body, [&](ValueId value) { add(value); });
}

void ValueNames::set(ValueId value, Form form, size_t number) {
  PSMC_CHECK(number < uint32_t{1} << 30, "too many names");
  if (names_.empty()) first_ = value.index;
  if (value.index < first_) {  // room below grows in steps as large as the table
    const uint32_t room = std::min(first_, std::max(first_ - value.index, static_cast<uint32_t>(names_.size())));
    names_.insert(names_.begin(), room, Name());
    first_ -= room;
  }
  const size_t at = value.index - first_;
  if (at >= names_.size()) names_.resize(std::max(at + 1, names_.size() + names_.size() / 2));
  names_[at].form = static_cast<uint32_t>(form) & 3;
  names_[at].number = static_cast<uint32_t>(number) & 0x3fffffff;
}

bool ValueNames::is_taken(StrId name) const {
  if (name.index < taken_.size() && taken_[name.index]) return true;
  return !suffixed_.empty() && suffixed_.contains(std::string(module_.text(name)));
}

// `wanted.1` or the first after it that is free.
std::string ValueNames::with_suffix(std::string_view wanted) {
  uint32_t& suffix = next_suffix_[std::string(wanted)];
  for (;;) {
    std::string name = fmt::format("{}.{}", wanted, ++suffix);
    const StrId id = module_.find_str(name);
    if ((!id.valid() || !is_taken(id)) && suffixed_.insert(name).second) return name;
  }
}

void ValueNames::add(ValueId value) {
  const StrId name = module_.value(value).name;
  if (!name.valid()) return set(value, Form::number, next_number_++);
  const std::string_view text = module_.text(name);
  const bool taken = is_taken(name);
  if (name.index >= taken_.size()) taken_.resize(std::max<size_t>(name.index + size_t{1}, 2 * taken_.size()));
  if (!taken) taken_[name.index] = true;
  if (!taken && is_plain_value_name(text)) return set(value, Form::plain, name.index);
  made_.push_back(print_name('%', taken ? with_suffix(text) : std::string(text)));
  set(value, Form::made, made_.size() - 1);
}

void ValueNames::forget(ValueId value) {
  if (value.index - first_ < names_.size()) names_[value.index - first_] = Name();
  const StrId name = module_.value(value).name;
  if (name.valid() && name.index < taken_.size()) taken_[name.index] = false;
}

void ValueNames::append(std::string& out, ValueId value) const {
  const Name name = value.index - first_ < names_.size() ? names_[value.index - first_] : Name();
  switch (static_cast<Form>(name.form)) {
    case Form::unknown: out += "%?"; break;
    case Form::number: fmt::format_to(std::back_inserter(out), "%{}", static_cast<uint32_t>(name.number)); break;
    case Form::plain:
      out += '%';
      out += module_.text(StrId(name.number));
      break;
    case Form::made: out += made_[name.number]; break;
  }
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
    if (!constant.name.valid() && (!is_inline || constant.attrs.valid()))
      names[i] = print_name('@', unique.take(fmt::format("const{}", i)));
  }
  return names;
}

}  // namespace psmc::ir
