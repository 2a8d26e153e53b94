// SPDX-License-Identifier: Apache-2.0
// JSON values on a tape: a flat list of nodes, filled and cut back again and again, so that reading a value allocates
// nothing once the tape is warm. A Ref names a value on it and has what json::Value has; strings stand in the text
// unless they hold escapes. base/json_cursor.h fills tapes.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace psmc::json {

/// One value; the items of an array, and keys and values of an object by turns, follow it.
struct Node {
  Kind kind = Kind::null;
  bool flag = false;   ///< of a boolean: its value; of a number: it was written without point and exponent
  uint32_t next = 0;   ///< the node after this value and all that is in it
  uint32_t count = 0;  ///< items or members
  int64_t integer = 0;
  double number = 0;  ///< of an integer, too
  std::string_view string;
  size_t begin = 0, end = 0;  ///< in the text
};

class Tape {
 public:
  uint32_t size() const { return static_cast<uint32_t>(nodes_.size()); }
  const Node& operator[](uint32_t at) const { return nodes_[at]; }
  Node& operator[](uint32_t at) { return nodes_[at]; }
  uint32_t push(Kind kind, size_t begin) {
    Node& node = nodes_.emplace_back();
    node.kind = kind;
    node.begin = begin;
    return size() - 1;
  }
  /// Forgets what came after the first `size` nodes.
  void cut(uint32_t size) {
    nodes_.resize(size);
    while (!strings_.empty() && strings_.back().first >= size) strings_.pop_back();
  }
  /// Keeps a string that stands nowhere in the text, for the node `at`.
  std::string_view keep(uint32_t at, std::string text) { return strings_.emplace_back(at, std::move(text)).second; }

 private:
  std::vector<Node> nodes_;
  std::deque<std::pair<uint32_t, std::string>> strings_;
};

template <bool kMembers>
class Values;
struct TapeMember;

/// A value on a tape, or none. It stays good while the tape grows, until the tape is cut before it.
class Ref {
 public:
  using Member = TapeMember;

  Ref() = default;
  Ref(const Tape& tape, uint32_t at) : tape_(&tape), at_(at) {}

  explicit operator bool() const { return tape_ != nullptr; }
  const Node& operator*() const { return (*tape_)[at_]; }
  const Node* operator->() const { return &(*tape_)[at_]; }
  bool is_object() const { return (*this)->kind == Kind::object; }
  bool is_array() const { return (*this)->kind == Kind::array; }
  bool is_string() const { return (*this)->kind == Kind::string; }
  bool is_integer() const { return (*this)->kind == Kind::integer; }
  /// The member of an object, or none.
  Ref find(std::string_view key) const;
  Values<false> items() const;   ///< of an array
  Values<true> members() const;  ///< of an object

 private:
  const Tape* tape_ = nullptr;
  uint32_t at_ = 0;
};

struct TapeMember {
  std::string_view key;
  Ref key_ref, value;
};

/// The items of an array as Refs, or the members of an object.
template <bool kMembers>
class Values {
 public:
  Values(const Tape& tape, uint32_t begin, uint32_t end) : begin_{&tape, begin}, end_{&tape, end} {}
  struct Iterator {
    const Tape* tape;
    uint32_t at;
    auto operator*() const {
      if constexpr (kMembers) {
        return TapeMember{(*tape)[at].string, Ref(*tape, at), Ref(*tape, at + 1)};
      } else {
        return Ref(*tape, at);
      }
    }
    Iterator& operator++() {
      at = (*tape)[at + (kMembers ? 1 : 0)].next;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at == other.at; }
  };
  Iterator begin() const { return begin_; }
  Iterator end() const { return end_; }

 private:
  Iterator begin_, end_;
};

inline Values<false> Ref::items() const { return {*tape_, at_ + 1, (*this)->next}; }
inline Values<true> Ref::members() const { return {*tape_, at_ + 1, (*this)->next}; }

/// The value as this project writes JSON: one line, ", " and ": ", numbers as they were written.
std::string canonical_text(Ref value, std::string_view text);

}  // namespace psmc::json
