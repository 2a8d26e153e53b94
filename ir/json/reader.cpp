// SPDX-License-Identifier: Apache-2.0
// The document: version, functions. Signatures are read before bodies, so that a call may come before its callee.
#include "ir/json/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/nearest.h"
#include "ir/json/extensions.h"
#include "ir/limits.h"

namespace psmc::ir {

using json::Kind;

namespace {

/// What a document may ask for in "requires".
constexpr std::string_view kFeatures[] = {"extensions"};

/// "1.0" as numbers.
std::optional<std::pair<uint32_t, uint32_t>> parse_version(std::string_view text) {
  std::pair<uint32_t, uint32_t> version;
  const char* end = text.data() + text.size();
  const auto [point, wrong_major] = std::from_chars(text.data(), end, version.first);
  if (wrong_major != std::errc() || point == end || *point != '.') return std::nullopt;
  const auto [last, wrong_minor] = std::from_chars(point + 1, end, version.second);
  if (wrong_minor != std::errc() || last != end) return std::nullopt;
  return version;
}

}  // namespace

Result<Module> read_json(std::string file, std::string_view text, size_t max_errors) {
  Module module;
  module.source = file;
  const size_t slash = file.rfind('/');
  if (slash != std::string::npos) module.folder = file.substr(0, slash + 1);
  PSMC_TRY(JsonReader(file, text, module, max_errors).read());
  return module;
}

// That a text is no JSON is told before all else, at the first place; a bracket too many may show late.
Status JsonReader::read() {
  own_file_ = module_.str(file_);
  cursor_.pass_over("type", "x-");  // equal types are read once
  const Status status = read_document();
  if (status.ok() && errors_.empty()) return {};
  PSMC_TRY(json::check_syntax(file_, text_));
  if (!status.ok() && errors_.size() < max_errors_) errors_.push_back(status.diagnostic());
  return errors_.empty() ? status : Status(combined(std::move(errors_)));
}

Status JsonReader::read_document() {
  static constexpr std::string_view kKeys[] = {"psmc_ir", "constants", "functions"};
  const size_t begin = cursor_.value_begin();
  if (!cursor_.is('{')) return fail(Code::json_type, begin, "expected an object");
  PSMC_TRY(find_header());
  PSMC_ASSIGN(json::Walk walk, cursor_.enter('{'));
  std::vector<std::string> seen;
  AttrDict extensions;
  for (;;) {
    PSMC_ASSIGN(const bool more, cursor_.next(walk));
    if (!more) break;
    const uint32_t mark = tape_.size();
    PSMC_ASSIGN(const Ref key_ref, cursor_.key(tape_));
    const std::string key(key_ref->string);
    if (std::find(seen.begin(), seen.end(), key) != seen.end())
      return fail(Code::bad_json, key_ref, fmt::format("the key {} stands here a second time", json::quote(key)));
    seen.push_back(key);
    const size_t offset = cursor_.value_begin();
    if (key == "psmc_ir") {
      PSMC_TRY(cursor_.skip());
    } else if (key == "constants" || key == "functions") {
      if (!cursor_.is('['))
        return fail(Code::json_type, offset, fmt::format("{} has the wrong type", json::quote(key)));
      PSMC_TRY(key == "constants" ? read_list(&JsonReader::read_constant, &JsonReader::recover_constant)
                                  : read_list(&JsonReader::read_signature, &JsonReader::recover_signature));
    } else if (is_extension(key)) {
      PSMC_ASSIGN(const Ref value, cursor_.read(tape_, true));
      PSMC_TRY(take_extension(key, value, {}, extensions));
    } else {
      return unknown_key(key, key_ref->begin, kKeys);
    }
    tape_.cut(mark);
  }
  PSMC_TRY(cursor_.end());
  PSMC_ASSIGN(module_.own_attrs, with_extensions({}, std::move(extensions), begin));
  if (std::find(seen.begin(), seen.end(), "functions") == seen.end()) return missing("functions", begin);
  for (uint32_t i = 0; i < module_.num_funcs(); ++i) {
    const Status body = read_body(FuncId(i));
    if (body.ok()) continue;
    PSMC_TRY(tell(body.diagnostic()));
    leave(0);
  }
  return {};
}

// The version comes first whatever the order of the keys, since what else stands there depends on it.
Status JsonReader::find_header() {
  const size_t begin = cursor_.at();
  PSMC_ASSIGN(json::Walk walk, cursor_.enter('{'));
  for (;;) {
    PSMC_ASSIGN(const bool more, cursor_.next(walk));
    if (!more) return missing("psmc_ir", begin);
    const uint32_t mark = tape_.size();
    PSMC_ASSIGN(const Ref key, cursor_.key(tape_));
    const bool found = key->string == "psmc_ir";
    tape_.cut(mark);
    if (!found) {
      PSMC_TRY(cursor_.skip());
      continue;
    }
    PSMC_ASSIGN(const Ref header, cursor_.read(tape_));
    PSMC_TRY(read_version(header));
    tape_.cut(mark);
    cursor_.move_to(begin);
    return {};
  }
}

Status JsonReader::read_version(Ref header) {
  if (!header.is_object()) return fail(Code::json_type, header, "\"psmc_ir\" has the wrong type");
  PSMC_ASSIGN(const Ref text, member(header, "version", Kind::string));
  const auto version = parse_version(text->string);
  const auto own = parse_version(kJsonIrVersion);
  if (!version || version->first != own->first) {
    return fail(Code::json_version, text,
                fmt::format("this is JSON-IR {}, but only {}.x can be read", json::quote(text->string), own->first));
  }
  is_newer_ = version->second > own->second;
  if (const Ref features = header.find("requires")) {
    PSMC_TRY(check_kind(features, "requires", Kind::array));
    for (const Ref feature : features.items()) {
      PSMC_TRY(check_kind(feature, "requires", Kind::string));
      if (std::find(std::begin(kFeatures), std::end(kFeatures), feature->string) != std::end(kFeatures)) continue;
      return fail(
          Code::json_version, feature,
          fmt::format("this document needs the feature {}, which psmc does not have", json::quote(feature->string)),
          {fmt::format("psmc knows JSON-IR {} and the features: {}", kJsonIrVersion, fmt::join(kFeatures, ", "))});
    }
  }
  return check_keys(header, {"version", "requires"});
}

Status JsonReader::read_list(Status (JsonReader::*item)(), Recover recover) {
  PSMC_ASSIGN(json::Walk walk, cursor_.enter('['));
  for (;;) {
    PSMC_ASSIGN(const bool more, cursor_.next(walk));
    if (!more) return {};
    const Before before = here();
    const Status done = (this->*item)();
    if (!done.ok()) PSMC_TRY((this->*recover)(before, done.diagnostic()));
  }
}

Status JsonReader::read_symbols(Ref list) {
  symbols_.clear();
  if (!list) return {};
  PSMC_TRY(check_kind(list, "symbols", Kind::array));
  if (list->count > kMaxSymbols) return fail(Code::bad_syntax, list, "too many symbols");
  for (const Ref item : list.items()) {
    PSMC_TRY(check_keys(item, {"name", "low", "high"}));
    PSMC_ASSIGN(const Ref name, member(item, "name", Kind::string));
    PSMC_ASSIGN(const int64_t low, get_int(item, "low", -kMaxSymbol, kMaxSymbol));
    PSMC_ASSIGN(const int64_t high, get_int(item, "high", low, kMaxSymbol));
    const StrId id = module_.str(name->string);
    const auto same = [&](const Symbol& s) { return s.name == id; };
    if (name->string.empty() || std::any_of(symbols_.begin(), symbols_.end(), same)) {
      return fail(Code::redefined_name, item,
                  fmt::format("the symbol {} is declared twice or empty", json::quote(name->string)));
    }
    symbols_.push_back({id, low, high});
  }
  return {};
}

Status JsonReader::read_signature() {
  static constexpr std::string_view kKeys[] = {"name", "symbols", "args", "results", "attrs", "body"};
  Fields fields;
  PSMC_TRY(read_fields(kKeys, "body", fields));
  const auto [name, symbols, args, results, attrs, body] = fields.value;
  for (const auto& [key, there] : {std::pair("name", bool(name)), std::pair("args", bool(args)),
                                   std::pair("results", bool(results)), std::pair("body", fields.passed != 0)})
    if (!there) return missing(key, fields.begin);
  PSMC_TRY(check_kind(name, "name", Kind::string));
  if (!func_names_.insert(std::string(name->string)).second) {
    return fail(Code::redefined_name, fields.begin,
                fmt::format("two functions are called {}", json::quote(name->string)));
  }
  types_.clear();
  attrs_.clear();
  PSMC_TRY(read_symbols(symbols));
  std::vector<TypeId> types;
  std::vector<StrId> states;
  PSMC_TRY(read_args(args, types, states, fields.extensions));
  const FuncId id = module_.create_func(name->string, types);
  Func& func = module_.func(id);
  func.symbols = symbols_;
  func.loc = module_.loc(place_in_text(fields.begin));
  func.arg_state = std::move(states);
  PSMC_TRY(read_results(results, func, fields.extensions));
  PSMC_ASSIGN(const AttrId own, read_attrs(attrs));
  PSMC_ASSIGN(func.attrs, with_extensions(own, std::move(fields.extensions), fields.begin));
  const size_t first_arg = arg_ids_.size();
  uint32_t i = 0;
  for (const Ref arg : args.items()) {
    PSMC_ASSIGN(const int64_t number, get_int(arg, "id", 0, std::numeric_limits<int64_t>::max()));
    arg_ids_.push_back({number, arg->begin});
    PSMC_ASSIGN(const StrId arg_name, optional_name(arg, "name"));
    module_.set_name(module_.block_arg(func.body, i++), arg_name);
  }
  bodies_.push_back({fields.passed, first_arg});  // only now: the body of a function with a wrong argument is not read
  tape_.cut(fields.mark);
  return {};
}

Status JsonReader::read_args(Ref list, std::vector<TypeId>& types, std::vector<StrId>& states, AttrDict& extensions) {
  PSMC_TRY(check_kind(list, "args", Kind::array));
  for (const Ref arg : list.items()) {
    PSMC_TRY(check_keys(arg, {"id", "name", "type", "state"}, &extensions, "arg", static_cast<uint32_t>(types.size())));
    PSMC_ASSIGN(const TypeId type, type_of(arg));
    PSMC_ASSIGN(const StrId state, optional_name(arg, "state"));
    types.push_back(type);
    states.push_back(state);
  }
  return {};
}

Status JsonReader::read_results(Ref list, Func& func, AttrDict& extensions) {
  PSMC_TRY(check_kind(list, "results", Kind::array));
  for (const Ref result : list.items()) {
    PSMC_TRY(check_keys(result, {"name", "type", "state"}, &extensions, "result",
                        static_cast<uint32_t>(func.results.size())));
    PSMC_ASSIGN(const TypeId type, type_of(result));
    PSMC_ASSIGN(const StrId name, optional_name(result, "name"));
    PSMC_ASSIGN(const StrId state, optional_name(result, "state"));
    func.results.push_back(type);
    func.result_names.push_back(name);
    func.result_state.push_back(state);
  }
  return {};
}

Status JsonReader::read_body(FuncId func) {
  poisoned_.clear();
  if (bodies_[func.index].offset == 0) return {};  // its signature is wrong
  symbols_ = module_.func(func).symbols;
  types_.clear();
  attrs_.clear();
  const BlockId block = module_.func(func).body;
  for (uint32_t i = 0; i < module_.block_data(block).num_args; ++i) {
    const auto& [id, at] = arg_ids_[bodies_[func.index].first_arg + i];
    PSMC_TRY(define(id, at, module_.block_arg(block, i)));
  }
  cursor_.move_to(bodies_[func.index].offset);
  if (!cursor_.is('[')) return fail(Code::json_type, cursor_.at(), "\"body\" has the wrong type");
  PSMC_TRY(read_block(block, 0));
  leave(0);
  return {};
}

// `value` has an "id" and may have a "name".
Status JsonReader::define(Ref value, ValueId id) {
  PSMC_ASSIGN(const int64_t number, get_int(value, "id", 0, std::numeric_limits<int64_t>::max()));
  PSMC_ASSIGN(const StrId name, optional_name(value, "name"));
  if (name.valid()) module_.set_name(id, name);
  return define(number, value->begin, id);
}

Status JsonReader::define(int64_t number, size_t at, ValueId id) {
  if (visible(number).valid())
    return fail(Code::redefined_name, at, fmt::format("the value {} is defined already", number));
  if (static_cast<uint64_t>(number) < text_.size()) {
    const auto index = static_cast<size_t>(number);
    if (index >= values_.size()) values_.resize(std::clamp(2 * values_.size(), index + 1, text_.size()));
    values_[index] = id;
  } else {
    large_.emplace(number, id);
  }
  scope_.push_back(number);
  return {};
}

ValueId JsonReader::visible(int64_t id) const {
  if (id >= 0 && static_cast<uint64_t>(id) < values_.size()) return values_[static_cast<size_t>(id)];
  const auto found = large_.find(id);
  return found == large_.end() ? ValueId() : found->second;
}

// The values defined since there were `outer` of them are no longer visible.
void JsonReader::leave(size_t outer) {
  for (; scope_.size() > outer; scope_.pop_back()) {
    if (static_cast<uint64_t>(scope_.back()) < values_.size()) {
      values_[static_cast<size_t>(scope_.back())] = ValueId();
    } else {
      large_.erase(scope_.back());
    }
  }
}

}  // namespace psmc::ir
