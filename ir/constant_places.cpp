// SPDX-License-Identifier: Apache-2.0
#include "ir/constant_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/json_cursor.h"
#include "ir/binary/binary.h"
#include "ir/constants.h"
#include "ir/text/lexer.h"

namespace psmc::ir {
namespace {

constexpr size_t kNowhere = SIZE_MAX;

/// By name: const @w : tensor<...> = file("m.safetensors", ...) has its place at the name of the file.
std::unordered_map<std::string, size_t> offsets_in_text(std::string_view text) {
  std::unordered_map<std::string, size_t> offsets;
  StringTable decoded;
  Lexer lexer(text, decoded);
  std::string name;
  for (Token token = lexer.next(); token.kind != TokenKind::end && token.kind != TokenKind::bad; token = lexer.next()) {
    if (token.is("{") && !lexer.skip_braces()) break;
    if (token.is_name("const")) {
      token = lexer.next();
      name = token.text;
    } else if (token.is_name("file") && lexer.next().is("(")) {
      offsets.try_emplace(name, lexer.next().begin);
    }
  }
  return offsets;
}

/// The value of the member `key` of the object that the cursor stands at, which is left behind for it; false if there
/// is none.
Result<bool> enter_member(json::Cursor& cursor, json::Tape& tape, std::string_view key) {
  PSMC_ASSIGN(json::Walk members, cursor.enter('{'));
  for (;;) {
    PSMC_ASSIGN(const bool more, cursor.next(members));
    if (!more) return false;
    PSMC_ASSIGN(const json::Ref found, cursor.key(tape));
    const bool is_it = found->string == key;
    tape.cut(0);
    if (is_it) return true;
    PSMC_TRY(cursor.skip());
  }
}

/// By number: the value of "file" in the "data" of each constant.
Status offsets_in_json(std::string_view text, std::vector<size_t>& offsets) {
  json::Tape tape;
  json::Cursor cursor("", text);
  PSMC_ASSIGN(const bool any, enter_member(cursor, tape, "constants"));
  if (!any) return {};
  PSMC_ASSIGN(json::Walk constants, cursor.enter('['));
  for (;;) {
    PSMC_ASSIGN(const bool more, cursor.next(constants));
    if (!more) return {};
    const size_t begin = cursor.value_begin();
    offsets.push_back(kNowhere);
    PSMC_ASSIGN(bool found, enter_member(cursor, tape, "data"));
    if (found) {
      PSMC_ASSIGN(found, enter_member(cursor, tape, "file"));
    }
    if (found) offsets.back() = cursor.value_begin();
    cursor.move_to(begin);
    PSMC_TRY(cursor.skip());
  }
}

std::vector<size_t> offsets_of(const Module& module, std::span<const ConstId> ids, std::string_view text) {
  std::vector<size_t> offsets(ids.size(), kNowhere);
  if (text.empty() || is_binary(text)) return offsets;
  if (is_json_ir(module.source, text)) {
    std::vector<size_t> all;
    if (!offsets_in_json(text, all).ok()) return offsets;
    for (size_t i = 0; i < ids.size(); ++i)
      if (ids[i].index < all.size()) offsets[i] = all[ids[i].index];
    return offsets;
  }
  const auto all = offsets_in_text(text);
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto found = all.find(std::string(module.text(module.constant(ids[i]).name)));
    if (found != all.end()) offsets[i] = found->second;
  }
  return offsets;
}

}  // namespace

std::vector<SourcePlace> places_of_files(const Module& module, std::span<const ConstId> ids, std::string_view text) {
  const std::vector<size_t> offsets = offsets_of(module, ids, text);
  std::vector<SourcePlace> places(ids.size());
  size_t line = 1, begin = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (offsets[i] == kNowhere) continue;
    if (offsets[i] < begin) line = 1, begin = 0;
    for (size_t next = text.find('\n', begin); next < offsets[i]; next = text.find('\n', begin)) {
      begin = next + 1;
      ++line;
    }
    places[i] = place_in_line(module.source, text, offsets[i], line, begin);
  }
  return places;
}

std::string constant_title(const Module& module, ConstId id) {
  const StrId name = module.constant(id).name;
  return name.valid() ? fmt::format("constant @{}", module.text(name)) : fmt::format("constant {}", id.index);
}

}  // namespace psmc::ir
