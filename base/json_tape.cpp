// SPDX-License-Identifier: Apache-2.0
#include "base/json_tape.h"

namespace psmc::json {

Ref Ref::find(std::string_view key) const {
  for (const Member& member : members())
    if (member.key == key) return member.value;
  return {};
}

namespace {

void append(std::string& out, Ref value, std::string_view text) {
  const char* comma = "";
  switch (value->kind) {
    case Kind::string: out += quote(value->string); return;
    case Kind::array:
      out += '[';
      for (const Ref item : value.items()) {
        out += std::exchange(comma, ", ");
        append(out, item, text);
      }
      out += ']';
      return;
    case Kind::object:
      out += '{';
      for (const Ref::Member& member : value.members()) {
        out += std::exchange(comma, ", ");
        out += quote(member.key) + ": ";
        append(out, member.value, text);
      }
      out += '}';
      return;
    default: out += text.substr(value->begin, value->end - value->begin);
  }
}

}  // namespace

std::string canonical_text(Ref value, std::string_view text) {
  std::string out;
  append(out, value, text);
  return out;
}

}  // namespace psmc::json
