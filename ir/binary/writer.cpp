// SPDX-License-Identifier: Apache-2.0
// Tables are numbered in the order in which what they hold is met first, so equal modules give equal bytes.
#include "ir/binary/writer.h"

#include <algorithm>

#include "base/check.h"
#include "ir/binary/binary.h"
#include "ir/binary/format.h"

namespace psmc::ir {

uint32_t BinaryWriter::stem(std::string_view head, std::string_view tail) {
  Hasher hasher;
  hasher.add(hash_text(head));
  hasher.add(hash_text(tail));
  const auto id = static_cast<uint32_t>(known_stems_.size());
  const uint32_t found = stem_index_.find_or_insert(
      hasher.value(), id, [&](uint32_t i) { return known_stems_[i].head == head && known_stems_[i].tail == tail; });
  if (found != id) return found;
  known_stems_.push_back({head, tail});
  stems_.text(head);
  stems_.text(tail);
  return id;
}

// A name with a number is its stem and how far the number is from the last one of that stem.
BinaryWriter::NameForm BinaryWriter::name_form(StrId id) {
  if (!id.valid()) return {kNameNone, 0};
  const auto parts = split_number(module_.text(id));
  if (!parts) return {kNameString, string(id)};
  const uint32_t number = stem(parts->head, parts->tail);
  Stem& known = known_stems_[number];
  const int64_t step = int64_t{parts->number} - known.last - 1;
  known.last = parts->number;
  return {kNameStem + number, step};
}

void BinaryWriter::name(ByteWriter& out, const NameForm& name) {
  if (name.form == kNameString) return out.number(static_cast<uint64_t>(name.detail));
  out.integer(name.detail);
}

// A value where it is defined, if no op defines it.
void BinaryWriter::value(ByteWriter& out, ValueId id) {
  numbers_[id.index] = next_value_++;
  const NameForm form = name_form(module_.value(id).name);
  out.number(type(module_.value(id).type));
  out.number(form.form);
  name(out, form);
}

uint8_t BinaryWriter::place_form(LocId id) const {
  if (!id.valid()) return kPlaceNone;
  if (!module_.is_own_place(id)) return kPlaceTable;
  const Location place = module_.loc(id);
  return place.line == last_place_.line + 1 && place.column == last_place_.column ? kPlaceNextLine : kPlaceOwn;
}

void BinaryWriter::place(LocId id, uint8_t form) {
  if (form == kPlaceTable) return ops_.number(loc(id));
  if (form == kPlaceNone) return;
  const Location place = module_.loc(id);
  if (form == kPlaceOwn) {
    ops_.integer(int64_t{place.line} - last_place_.line);
    ops_.number(place.column);
  }
  last_place_ = place;
}

// All but operands, names and places is the same in many ops, and written once.
uint32_t BinaryWriter::op_form(const OpData& op, uint8_t place, std::span<const NameForm> names) {
  const auto begin = static_cast<uint32_t>(form_words_.size());
  form_words_.insert(form_words_.end(), {kind(op.kind), op.num_operands, op.num_blocks,
                                         op.attrs.valid() ? attrs(op.attrs) + 1 : 0, place, op.num_results});
  for (uint32_t i = 0; i < op.num_results; ++i) {
    const TypeId result = module_.value(ValueId(op.first_result.index + i)).type;
    form_words_.insert(form_words_.end(), {type(result), names[i].form});
  }
  const auto words = std::span(form_words_).subspan(begin);
  Hasher hasher;
  for (const uint32_t word : words) hasher.add(word);
  const auto id = static_cast<uint32_t>(known_forms_.size());
  const uint32_t found = form_index_.find_or_insert(hasher.value(), id, [&](uint32_t i) {
    const FormPlace& known = known_forms_[i];
    return std::equal(words.begin(), words.end(), form_words_.begin() + known.begin, form_words_.begin() + known.end);
  });
  if (found == id) {
    for (const uint32_t word : words) forms_.number(word);
    known_forms_.push_back({begin, static_cast<uint32_t>(form_words_.size())});
  } else {
    form_words_.resize(begin);
  }
  return found;
}

void BinaryWriter::op(OpId op) {
  const OpData& data = module_.op(op);
  const uint8_t place_of_op = place_form(data.loc);
  ++num_ops_;
  names_.clear();
  for (uint32_t i = 0; i < data.num_results; ++i)
    names_.push_back(name_form(module_.value(module_.result(op, i)).name));
  ops_.number(op_form(data, place_of_op, names_));
  for (ValueId operand : module_.operands(op)) {
    PSMC_CHECK(numbers_[operand.index] != IdTable::kNone,
               "an op to be written uses a value that is not defined before it");
    ops_.number(next_value_ - numbers_[operand.index]);
  }
  for (uint32_t i = 0; i < data.num_results; ++i) {
    numbers_[module_.result(op, i).index] = next_value_++;
    name(ops_, names_[i]);
  }
  place(data.loc, place_of_op);
  for (uint32_t i = 0; i < data.num_blocks; ++i) block(module_.block(op, i));
}

// The arguments of a function's body stand in its signature.
void BinaryWriter::block(BlockId block) {
  const BlockData& data = module_.block_data(block);
  if (!data.parent_func.valid()) {
    ops_.number(data.num_args);
    for (uint32_t i = 0; i < data.num_args; ++i) value(ops_, module_.block_arg(block, i));
  }
  uint32_t count = 0;
  for (OpId inner = data.first; inner.valid(); inner = module_.op(inner).next) ++count;
  ops_.number(count);
  for (OpId inner = data.first; inner.valid(); inner = module_.op(inner).next) op(inner);
}

std::string BinaryWriter::write() {
  for (uint32_t i = 0; i < module_.num_constants(); ++i) constant(module_.constant(ConstId(i)));
  const bool with_extensions = has_extensions();
  if (with_extensions) {
    optional_attrs(extensions_, module_.own_attrs);
    for (uint32_t i = 0; i < module_.num_constants(); ++i)
      optional_attrs(extensions_, module_.constant(ConstId(i)).attrs);
  }
  uint32_t funcs = 0;
  for (uint32_t i = 0; i < module_.num_funcs(); ++i) {
    if (module_.func(FuncId(i)).erased) continue;
    ++funcs;
    signature(module_.func(FuncId(i)));
  }
  for (uint32_t i = 0; i < module_.num_funcs(); ++i) {
    if (!module_.func(FuncId(i)).erased) block(module_.func(FuncId(i)).body);
  }
  ByteWriter all;
  const auto table = [&](size_t count, const ByteWriter& items) {
    all.number(count);
    all.append(items);
  };
  all.text(module_.source);
  table(kind_ids_.count(), kinds_);
  table(string_ids_.count(), strings_);
  table(known_stems_.size(), stems_);
  table(type_ids_.count(), types_);
  table(attr_ids_.count(), attrs_);
  table(loc_ids_.count(), locs_);
  table(module_.num_constants(), constants_);
  all.append(extensions_);
  table(known_forms_.size(), forms_);
  table(funcs, signatures_);
  all.number(num_ops_);
  all.number(next_value_);
  all.append(ops_);
  return with_header(all.take(), with_extensions ? kMinorWithExtensions : 0);
}

std::string write_binary(const Module& module) { return BinaryWriter(module).write(); }

}  // namespace psmc::ir
