// SPDX-License-Identifier: Apache-2.0
#include "frontend/tokenizer/regex.h"

#include <utility>

namespace psmc::frontend {

void CharacterClass::finish() {
  for (uint32_t code = 0; code < 128; ++code) ascii[code] = slow_contains(code);
}

bool CharacterClass::slow_contains(uint32_t code) const {
  for (const Item& item : items) {
    const bool in = (code >= item.low && code <= item.high) || (item.space && is_white_space(code)) ||
                    (item.categories != 0 && (category_of(code) & item.categories) != 0);
    if (in != item.negated) return !negated;
  }
  return negated;
}

/// Adds `step` and all that follows from it without reading, in order of preference. True if a match was reached:
/// what would come after it is less preferred and dropped.
bool Regex::follow(uint32_t step, Character next, std::vector<uint32_t>& threads, Scratch& scratch) const {
  scratch.stack.assign(1, step);
  while (!scratch.stack.empty()) {
    const uint32_t at = scratch.stack.back();
    scratch.stack.pop_back();
    if (scratch.seen[at] == scratch.generation) continue;
    scratch.seen[at] = scratch.generation;
    if (scratch.steps_left > 0) --scratch.steps_left;
    const RegexStep& s = steps_[at];
    switch (s.kind) {
      case RegexStep::Kind::character: threads.push_back(at); break;
      case RegexStep::Kind::jump: scratch.stack.push_back(s.first); break;
      case RegexStep::Kind::split:
        scratch.stack.push_back(s.second);
        scratch.stack.push_back(s.first);
        break;
      case RegexStep::Kind::look_ahead:
      case RegexStep::Kind::look_ahead_not: {
        const bool there = next.length > 0 && classes_[s.first].contains(next.code);
        if (there == (s.kind == RegexStep::Kind::look_ahead)) scratch.stack.push_back(at + 1);
        break;
      }
      case RegexStep::Kind::match: return true;
    }
  }
  return false;
}

std::optional<size_t> Regex::match_at(std::string_view text, size_t at, Scratch& scratch) const {
  const auto character = [&](size_t i) { return i < text.size() ? character_at(text, i) : Character{kNotUnicode, 0}; };
  if (scratch.seen.size() != steps_.size() || scratch.generation > 0xfffffff0u) {
    scratch.seen.assign(steps_.size(), 0);
    scratch.generation = 0;
  }
  std::optional<size_t> end;
  scratch.now.clear();
  ++scratch.generation;
  Character here = character(at);
  if (follow(0, here, scratch.now, scratch)) end = at;
  while (!scratch.now.empty() && here.length > 0 && scratch.steps_left > 0) {
    at += here.length;
    const Character after = character(at);
    scratch.next.clear();
    ++scratch.generation;
    for (const uint32_t thread : scratch.now) {
      if (!classes_[steps_[thread].first].contains(here.code)) continue;
      if (!follow(thread + 1, after, scratch.next, scratch)) continue;
      end = at;
      break;
    }
    std::swap(scratch.now, scratch.next);
    here = after;
  }
  return end;
}

}  // namespace psmc::frontend
