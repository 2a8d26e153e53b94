// SPDX-License-Identifier: Apache-2.0
#include "arch/machine_errors.h"

#include <algorithm>

namespace psmc::arch {
namespace {

/// Where the key of the member with this value begins. The text was parsed: before a value stand blanks, a colon,
/// blanks and the key in quotes; a quote of the key itself has an odd number of backslashes before it.
size_t key_offset(std::string_view text, size_t value) {
  size_t at = text.rfind(':', value);
  const size_t close = at == std::string_view::npos ? at : text.rfind('"', at);
  if (close == std::string_view::npos || close == 0) return value;
  for (at = text.rfind('"', close - 1); at != std::string_view::npos && at > 0; at = text.rfind('"', at - 1)) {
    size_t backslashes = 0;
    while (backslashes < at && text[at - 1 - backslashes] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return at;
  }
  return at == 0 ? at : value;
}

}  // namespace

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

void FileErrors::unknown_key(const json::Member& member, std::string_view what,
                             std::span<const std::string_view> keys) {
  if (is_full()) return;
  json::Value key;
  key.offset = key_offset(document_.text, member.value.offset);
  add(Code::machine_unknown_key, key, fmt::format("{} has no {}", what, json::quote(member.key)),
      names_there_are(member.key, keys, "its keys"));
}

std::vector<Diagnostic> FileErrors::take() {
  const auto place = [](const Diagnostic& d) { return std::pair(d.place.line, d.place.column); };
  std::ranges::stable_sort(found_, {}, place);
  return std::move(found_);
}

const json::Value* ObjectReader::find(std::string_view key) {
  keys_.push_back(key);
  return object_->find(key);
}

bool ObjectReader::read_bool(std::string_view key, bool& field) {
  const Result<bool> value = errors_->document().get_bool(*object_, key);
  if (!value) return errors_->tell(value.diagnostic());
  field = *value;
  return true;
}

bool ObjectReader::read_number(std::string_view key, int64_t& value, uint64_t low, uint64_t high) {
  const Result<int64_t> read = errors_->document().get_int(*object_, key, INT64_MIN, INT64_MAX);
  if (!read) return errors_->tell(read.diagnostic());
  value = *read;
  if (value >= static_cast<int64_t>(low) && value <= static_cast<int64_t>(high)) return true;
  return errors_->add(Code::machine_range, at(key),
                      fmt::format("\"{}\" is {}; it must be from {} to {}", key, value, low, high));
}

bool ObjectReader::read_name(std::string_view key, std::string& name) {
  keys_.push_back(key);
  Result<std::string> read = errors_->document().get_string(*object_, key);
  if (!read) return errors_->tell(read.diagnostic());
  name = std::move(*read);
  return is_plain_name(name) ||
         errors_->add(Code::machine_range, at(key), "a name has 1 to 64 letters, digits, '-', '_' or '.'");
}

bool ObjectReader::read_choice(std::string_view key, std::span<const std::string_view> names, size_t& index) {
  keys_.push_back(key);
  const Result<std::string> read = errors_->document().get_string(*object_, key);
  if (!read) return errors_->tell(read.diagnostic());
  const auto found = std::ranges::find(names, std::string_view(*read));
  index = static_cast<size_t>(found - names.begin());
  return found != names.end() ||
         errors_->add(Code::machine_range, at(key), fmt::format("\"{}\" cannot be {}", key, json::quote(*read)),
                      names_there_are(*read, names));
}

void ObjectReader::reject_unknown() {
  for (const json::Member& member : object_->members)
    if (std::ranges::find(keys_, std::string_view(member.key)) == keys_.end())
      errors_->unknown_key(member, what_, keys_);
}

}  // namespace psmc::arch
