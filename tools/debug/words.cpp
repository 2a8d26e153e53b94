// SPDX-License-Identifier: Apache-2.0
#include "tools/debug/words.h"

#include <fmt/format.h>

#include <charconv>

namespace psmc::tools::debug {
namespace {

bool read_number(std::string_view text, uint64_t& value) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  return wrong == std::errc() && end == text.data() + text.size();
}

}  // namespace

void Words::skip() {
  while (more() && (place_.text[at_] == ' ' || place_.text[at_] == '\t' || place_.text[at_] == '\r')) ++at_;
}

std::string_view Words::peek() const {
  const size_t end = std::min(place_.text.find_first_of(" \t\r", at_), place_.text.size());
  return std::string_view(place_.text).substr(at_, end - at_);
}

std::string_view Words::next() {
  const std::string_view word = peek();
  last_ = at_;
  length_ = word.size();
  at_ += word.size();
  skip();
  return word;
}

std::string_view Words::rest() {
  std::string_view text = std::string_view(place_.text).substr(at_);
  text = text.substr(0, text.find_last_not_of(" \t\r") + 1);
  last_ = at_;
  length_ = text.size();
  at_ = place_.text.size();
  return text;
}

Result<uint64_t> Words::number(std::string_view what, uint64_t limit) {
  uint64_t value = 0;
  const std::string_view word = next();
  if (word.empty()) return wrong(fmt::format("{} is missing", what));
  if (!read_number(word, value)) return wrong(fmt::format("{} is a number, not '{}'", what, word));
  if (value >= limit) return wrong(fmt::format("{} is {}, it must be below {}", what, value, limit));
  return value;
}

Result<Words::Range> Words::range(std::string_view what) {
  const std::string_view word = next();
  const size_t dots = word.find("..");
  Range range;
  const bool read = read_number(word.substr(0, dots), range.low) &&
                    (dots == std::string_view::npos || read_number(word.substr(dots + 2), range.high));
  if (dots == std::string_view::npos) range.high = range.low;
  if (!read || range.high < range.low)
    return wrong(fmt::format("{} is an address or a range such as 0x400..0x43f, not '{}'", what, word));
  return range;
}

Status Words::end() {
  if (!more()) return {};
  const std::string word(next());
  return wrong(fmt::format("'{}' is more than this command takes", word));
}

Diagnostic Words::wrong(std::string message, std::vector<std::string> notes) const {
  SourcePlace place = place_;
  place.column = static_cast<uint32_t>(last_ + 1);
  place.length = static_cast<uint32_t>(length_);
  return place_error(Code::bad_syntax, std::move(place), std::move(message), std::move(notes));
}

}  // namespace psmc::tools::debug
