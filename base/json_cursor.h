// SPDX-License-Identifier: Apache-2.0
// JSON read piece by piece, for documents that are too large for a tree: a cursor enters arrays and objects, reads one
// small value at a time onto a tape, and passes over what is wanted later. The grammar is that of base/json.h; so are
// the messages. Errors: Code::bad_json with the position.
//
//   PSMC_ASSIGN(Walk items, cursor.enter('['));
//   for (;;) {
//     PSMC_ASSIGN(const bool more, cursor.next(items));
//     if (!more) break;
//     PSMC_ASSIGN(const Ref item, cursor.read(tape));
//   }
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json_tape.h"

namespace psmc::json {

/// An array or object being walked over.
struct Walk {
  size_t begin = 0;
  char close = 0;
  bool first = true;
};

class Cursor {
 public:
  /// Both outlive the cursor.
  Cursor(std::string_view file, std::string_view text);

  size_t at() const { return at_; }
  void move_to(size_t at) { at_ = at; }
  /// Where the next value begins.
  size_t value_begin() {
    skip_blanks();
    return at_;
  }
  bool is(char c) {
    skip_blanks();
    return at_ < text_.size() && text_[at_] == c;
  }

  /// At an opening bracket.
  Result<Walk> enter(char open);
  /// Whether another item or member follows; passes the comma or the closing bracket.
  Result<bool> next(Walk& walk) {
    skip_blanks();
    const char c = peek();
    if (c == walk.close) {
      ++at_;
      return false;
    }
    if (!walk.first && c != ',') return no_comma(walk);
    if (!walk.first) ++at_;
    walk.first = false;
    return true;
  }
  /// A key and its colon, onto the tape.
  Result<Ref> key(Tape& tape);
  /// A whole value, onto the tape.
  Result<Ref> read(Tape& tape, bool in_full = false);
  /// From now on objects that are the value of this key in a value that is read are passed over like by `skip`: their
  /// node has `flag` and no members, and `reread` reads them. Not so in a value that is read in full, and in the values
  /// of keys that begin with `except`.
  void pass_over(std::string_view key, std::string_view except) {
    lazy_key_ = key;
    lazy_except_ = except;
  }
  /// The value again, in full, at the end of the tape; where the cursor stands does not change.
  Result<Ref> reread(Tape& tape, Ref value);
  /// Passes over a value; of what is in an array or object only brackets and the ends of strings are looked at.
  Status skip();
  /// Nothing but blanks follows.
  Status end();

 private:
  Diagnostic fail_at(size_t offset, std::string message) const;
  bool fail(std::string message) { return fail(at_, std::move(message)); }
  bool fail(size_t offset, std::string message);
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  Diagnostic no_comma(const Walk& walk) const;
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  bool value(Tape& tape, size_t depth);
  bool word(Node& node);
  bool array(Tape& tape, uint32_t node, size_t depth);
  bool object(Tape& tape, uint32_t node, size_t depth);
  bool member_key(Tape& tape);
  bool member_value(Tape& tape, std::string_view key, size_t depth);
  bool check_unique(const Tape& tape, uint32_t object);
  bool string(Tape& tape, uint32_t node);
  bool escape(std::string& out);
  bool hex4(uint32_t& code);
  bool digits();
  bool number(Node& node);
  bool skip_string();
  std::string line_of(size_t offset) const;

  std::string_view file_, text_, lazy_key_, lazy_except_;
  std::string_view lazy_last_;  ///< the object that was passed over last
  bool lazy_ = true;
  size_t at_ = 0;
  std::optional<Diagnostic> error_;
};

/// `text` as canonical_text would write it; nothing if it is not JSON.
std::optional<std::string> canonical_json(std::string_view text);

/// The first place where `text` is not JSON. In constant memory.
Status check_syntax(std::string_view file, std::string_view text);

}  // namespace psmc::json
