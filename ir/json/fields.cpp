// SPDX-License-Identifier: Apache-2.0
// Objects of JSON-IR: which keys they have, what is said about others, and what becomes of extensions.
//
// An extension is a key that begins with "x-", for tools that keep something of their own in a module; in the IR it is
// an attribute (ir/json/extensions.h). The writer makes keys of them again.
#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "ir/json/extensions.h"
#include "ir/json/reader.h"
#include "ir/limits.h"

namespace psmc::ir {

using json::Kind;

Diagnostic JsonReader::unknown_key(std::string_view key, size_t offset, Keys keys) const {
  std::vector<std::string> notes = names_there_are(key, keys, "the keys here are");
  if (is_newer_)
    notes.push_back(fmt::format("the document is newer than JSON-IR {}, which psmc knows", kJsonIrVersion));
  notes.emplace_back(
      "keys that begin with \"x-\" are free for other tools in the document, constants, functions, ops and their "
      "values");
  return fail(Code::json_type, offset, fmt::format("{} is not a key here", json::quote(key)), std::move(notes));
}

Status JsonReader::missing(std::string_view key, size_t at) const {
  return fail(Code::json_type, at, fmt::format("this object has no key {}", json::quote(key)));
}

Status JsonReader::read_fields(Keys keys, std::string_view pass, Fields& fields) {
  fields.begin = cursor_.value_begin();
  fields.mark = tape_.size();
  if (!cursor_.is('{')) return fail(Code::json_type, fields.begin, "expected an object");
  PSMC_ASSIGN(fields.walk, cursor_.enter('{'));
  return read_more_fields(keys, pass, fields);
}

Status JsonReader::read_more_fields(Keys keys, std::string_view pass, Fields& fields) {
  fields.stopped = false;
  for (;;) {
    PSMC_ASSIGN(const bool more, cursor_.next(fields.walk));
    if (!more) return {};
    PSMC_ASSIGN(const Ref key, cursor_.key(tape_));
    const auto found = std::find(keys.begin(), keys.end(), key->string);
    const auto twice = [&] {
      return fail(Code::bad_json, key, fmt::format("the key {} stands here a second time", json::quote(key->string)));
    };
    if (key->string == pass && found != keys.end()) {
      if (fields.passed != 0) return twice();
      fields.passed = cursor_.value_begin();
      fields.stopped = fields.stop_with < kMaxKeys && fields.value[fields.stop_with];
      if (fields.stopped) return {};
      PSMC_TRY(cursor_.skip());
      continue;
    }
    if (found == keys.end() && !is_extension(key->string)) return unknown_key(key->string, key->begin, keys);
    PSMC_ASSIGN(const Ref value, cursor_.read(tape_, found == keys.end()));
    if (found == keys.end()) {
      const size_t before = fields.extensions.size();
      PSMC_TRY(take_extension(key->string, value, {}, fields.extensions));
      for (size_t i = 0; i < before; ++i)
        if (fields.extensions[i].name == fields.extensions.back().name) return twice();
      continue;
    }
    Ref& field = fields.value[static_cast<size_t>(found - keys.begin())];
    if (field) return twice();
    field = value;
  }
}

Status JsonReader::check_keys(Ref value, KeyList keys, AttrDict* extensions, std::string_view part, uint32_t index) {
  if (!value.is_object()) return fail(Code::json_type, value, "expected an object");
  for (const Ref::Member& member : value.members()) {
    if (std::find(keys.begin(), keys.end(), member.key) != keys.end()) continue;
    if (extensions == nullptr || !is_extension(member.key))
      return unknown_key(member.key, member.key_ref->begin, Keys(keys.begin(), keys.size()));
    PSMC_TRY(take_extension(member.key, member.value, fmt::format("{}.{}.", part, index), *extensions));
  }
  return {};
}

Status JsonReader::take_extension(std::string_view key, Ref value, std::string_view place, AttrDict& extensions) {
  if (!is_extension_name(key)) {
    return fail(Code::json_type, value, fmt::format("{} is no name for an extension", json::quote(key)),
                {"after \"x-\" stand letters, digits, - and _"});
  }
  if (extensions.size() >= kMaxAttrs) return fail(Code::bad_syntax, value, "too many attributes");
  extensions.push_back({module_.str(extension_attr(place, key)), json::canonical_text(value, text_)});
  return {};
}

Result<AttrId> JsonReader::with_extensions(AttrId attrs, AttrDict extensions, size_t at) {
  if (extensions.empty()) return attrs;
  AttrDict dict = module_.attrs(attrs);
  for (Attr& extension : extensions) {
    const auto same = [&](const Attr& attr) { return attr.name == extension.name; };
    if (std::any_of(dict.begin(), dict.end(), same))
      return fail(Code::redefined_name, at,
                  fmt::format("the attribute {} is an extension here, too", json::quote(module_.text(extension.name))));
  }
  if (dict.size() + extensions.size() > kMaxAttrs) return fail(Code::bad_syntax, at, "too many attributes");
  dict.insert(dict.end(), std::make_move_iterator(extensions.begin()), std::make_move_iterator(extensions.end()));
  return module_.attrs(std::move(dict));
}

Status JsonReader::check_kind(Ref value, std::string_view key, Kind kind) const {
  if (value->kind == kind) return {};
  return fail(Code::json_type, value, fmt::format("{} has the wrong type", json::quote(key)));
}

Result<JsonReader::Ref> JsonReader::member(Ref object, std::string_view key, Kind kind) const {
  const Ref found = object.find(key);
  if (!found) return missing(key, object->begin).diagnostic();
  PSMC_TRY(check_kind(found, key, kind));
  return found;
}

Result<int64_t> JsonReader::get_int(Ref object, std::string_view key, int64_t low, int64_t high) const {
  const Ref value = object.find(key);
  if (!value) return missing(key, object->begin).diagnostic();
  if (!value.is_integer())
    return fail(Code::json_type, value, fmt::format("{} must be an integer of 64 bits", json::quote(key)));
  if (value->integer >= low && value->integer <= high) return value->integer;
  return fail(Code::json_type, value,
              fmt::format("{} is {}; it must be from {} to {}", json::quote(key), value->integer, low, high));
}

Result<StrId> JsonReader::optional_name(Ref object, std::string_view key) {
  const Ref value = object.find(key);
  if (!value) return StrId();
  PSMC_TRY(check_kind(value, key, Kind::string));
  return module_.str(value->string);
}

}  // namespace psmc::ir
