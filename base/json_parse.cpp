// SPDX-License-Identifier: Apache-2.0
// Reads one JSON text (RFC 8259) into a tree, piece by piece with a cursor (base/json_cursor.h), whose grammar and
// messages these are: values and keys go over a tape of one value each. Every value knows where it stands in the text,
// and repeated keys are found (docs/decisions/0003).
//
// Bounds: 200 levels, 256 MiB of text, 2^24 values; so the work and memory of a hostile text are bounded too.
#include "base/json.h"

#include "base/json_cursor.h"

#include <fmt/format.h>

#include <algorithm>

namespace psmc::json {
namespace {

constexpr size_t kMaxDepth = 200;
constexpr size_t kMaxText = size_t{1} << 28;
constexpr size_t kMaxValues = size_t{1} << 24;

/// A member that has been read, and where its key stands.
using KeyPlace = std::pair<std::string_view, size_t>;

class Reader {
 public:
  Reader(std::string_view file, std::string_view text) : file_(file), text_(text), cursor_(file, text) {}

  Status read(Value& root) {
    if (text_.size() > kMaxText)
      return file_error(Code::too_large, file_, fmt::format("a JSON text of more than {} bytes", kMaxText));
    PSMC_TRY(read_value(root, 0));
    return cursor_.end();
  }

 private:
  Diagnostic fail(size_t offset, std::string message) const {
    return text_error(Code::bad_json, file_, text_, offset, std::move(message));
  }

  Status read_value(Value& out, size_t depth) {
    out.offset = cursor_.value_begin();
    if (depth > kMaxDepth) return fail(out.offset, fmt::format("nested deeper than {} levels", kMaxDepth));
    if (++values_ > kMaxValues) return fail(out.offset, fmt::format("more than {} values", kMaxValues));
    if (cursor_.is('{')) return read_object(out, depth);
    if (cursor_.is('[')) return read_array(out, depth);
    tape_.cut(0);
    PSMC_ASSIGN(const Ref value, cursor_.read(tape_));
    out.kind = value->kind;
    out.boolean = out.kind == Kind::boolean && value->flag;
    out.integer = value->integer;
    out.number = value->number;
    if (out.kind == Kind::string) out.string = value->string;
    return {};
  }

  Status read_array(Value& out, size_t depth) {
    out.kind = Kind::array;
    PSMC_ASSIGN(Walk items, cursor_.enter('['));
    for (;;) {
      PSMC_ASSIGN(const bool more, cursor_.next(items));
      if (!more) return {};
      PSMC_TRY(read_value(out.items.emplace_back(), depth + 1));
    }
  }

  Status read_object(Value& out, size_t depth) {
    out.kind = Kind::object;
    std::vector<size_t> key_offsets;
    PSMC_ASSIGN(Walk members, cursor_.enter('{'));
    for (;;) {
      PSMC_ASSIGN(const bool more, cursor_.next(members));
      if (!more) return check_unique(out, key_offsets);
      tape_.cut(0);
      PSMC_ASSIGN(const Ref key, cursor_.key(tape_));
      key_offsets.push_back(key->begin);
      Member& member = out.members.emplace_back();
      member.key = key->string;
      PSMC_TRY(read_value(member.value, depth + 1));
    }
  }

  Status check_unique(const Value& object, const std::vector<size_t>& key_offsets) const {
    std::vector<KeyPlace> keys;
    keys.reserve(key_offsets.size());
    for (size_t i = 0; i < key_offsets.size(); ++i) keys.emplace_back(object.members[i].key, key_offsets[i]);
    std::sort(keys.begin(), keys.end());
    const auto same = [](const KeyPlace& a, const KeyPlace& b) { return a.first == b.first; };
    const auto found = std::adjacent_find(keys.begin(), keys.end(), same);
    if (found == keys.end()) return {};
    return fail(found[1].second, fmt::format("the key {} stands here a second time", quote(found->first)));
  }

  std::string_view file_, text_;
  Cursor cursor_;
  Tape tape_;  ///< one key or scalar
  size_t values_ = 0;
};

}  // namespace

Result<Document> parse(std::string file, std::string text) {
  Document document{std::move(file), std::move(text), {}};
  PSMC_TRY(Reader(document.file, document.text).read(document.root));
  return document;
}

}  // namespace psmc::json
