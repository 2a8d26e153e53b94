// SPDX-License-Identifier: Apache-2.0
// Going on after an error, so that one run tells several. Where JSON itself ends nothing is known of what follows: that
// is told alone (JsonReader::read).
//   op         its results are poisoned; an op with a block in which ops were dropped is dropped, too
//   constant   a stand-in keeps the numbers of those that follow; ops that read it are dropped
//   function   its body is not read; calls of it are dropped
#include "ir/json/reader.h"

namespace psmc::ir {

using json::Kind;

Status JsonReader::tell(const Diagnostic& wrong) {
  if (is_over_) return wrong;
  if (!is_silent_) errors_.push_back(wrong);
  is_silent_ = false;
  is_over_ = errors_.size() >= max_errors_;
  return is_over_ ? Status(wrong) : Status();
}

Status JsonReader::drop() {
  is_silent_ = true;
  return error(Code::undefined_name, "this uses what could not be read");
}

// A new cursor: one that has failed says the same ever after.
void JsonReader::go_back(const Before& before) {
  tape_.cut(before.mark);
  leave(before.scope);
  cursor_ = json::Cursor(file_, text_);
  cursor_.pass_over("type", "x-");
  cursor_.move_to(before.begin);
}

// The whole value, so that the names in it can be looked at, or none if its keys do not allow it; the cursor stands
// behind it.
Result<JsonReader::Ref> JsonReader::reread(const Before& before) {
  go_back(before);
  auto value = cursor_.read(tape_, true);
  if (value.ok()) return value;
  go_back(before);
  const Status passed = cursor_.skip();
  is_over_ = !passed.ok();
  if (is_over_) return passed.diagnostic();
  return Ref();
}

Status JsonReader::recover_op(const Before& before, const Diagnostic& wrong) {
  PSMC_TRY(tell(wrong));
  ++dropped_;
  PSMC_ASSIGN(const Ref op, reread(before));
  const Ref results = op && op.is_object() ? op.find("results") : Ref();
  if (results && results.is_array()) {
    for (const Ref result : results.items()) {
      const Ref id = result.is_object() ? result.find("id") : Ref();
      if (id && id.is_integer()) poisoned_.insert(id->integer);
    }
  }
  tape_.cut(before.mark);
  return {};
}

Status JsonReader::recover_constant(const Before& before, const Diagnostic& wrong) {
  PSMC_TRY(tell(wrong));
  poisoned_constants_.insert(module_.num_constants());
  Constant stand_in;
  stand_in.type = module_.type(tensor_type(DType::f32, {}));
  module_.add_constant(std::move(stand_in));
  go_back(before);
  Status passed = cursor_.skip();
  is_over_ = !passed.ok();
  return passed;
}

Status JsonReader::recover_signature(const Before& before, const Diagnostic& wrong) {
  PSMC_TRY(tell(wrong));
  if (bodies_.size() < module_.num_funcs()) bodies_.push_back({0, arg_ids_.size()});
  PSMC_ASSIGN(const Ref func, reread(before));
  const Ref name = func && func.is_object() ? func.find("name") : Ref();
  if (name && name.is_string()) poisoned_funcs_.emplace(name->string);
  tape_.cut(before.mark);
  return {};
}

bool JsonReader::uses_poisoned(OpKind kind, AttrId attrs) const {
  if (poisoned_constants_.empty() && poisoned_funcs_.empty()) return false;
  for (const Attr& attr : module_.attrs(attrs)) {
    const auto* id = std::get_if<int64_t>(&attr.value);
    const auto* callee = std::get_if<std::string>(&attr.value);
    const std::string_view name = module_.text(attr.name);
    if (kind == OpKind::constant && name == "id" && id) return poisoned_constants_.contains(*id);
    if (kind == OpKind::call && name == "callee" && callee) return poisoned_funcs_.contains(*callee);
  }
  return false;
}

}  // namespace psmc::ir
