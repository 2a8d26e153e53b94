// SPDX-License-Identifier: Apache-2.0
// What is wrong with one JSON document, collected on the way, and the reading of one of its objects: each number in its
// range, no key that is not known.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/json.h"
#include "base/nearest.h"

namespace psmc::arch {

/// Up to kMaxErrors errors (or warnings) of a document.
class FileErrors {
 public:
  explicit FileErrors(const json::Document& document) : document_(document) {}

  bool is_full() const { return found_.size() >= kMaxErrors; }
  bool empty() const { return found_.empty(); }
  size_t size() const { return found_.size(); }
  /// False if `status` is an error, which is kept.
  bool tell(const Status& status) {
    if (!status.ok() && !is_full()) found_.push_back(status.diagnostic());
    return status.ok();
  }
  /// Always false.
  bool add(Code code, const json::Value& at, std::string message, std::vector<std::string> notes = {}) {
    return !is_full() && tell(document_.error_at(code, at, std::move(message), std::move(notes)));
  }
  /// The key of `value`, a member of an object, is none of `keys`, which `what` has.
  void unknown_key(const json::Member& member, std::string_view what, std::span<const std::string_view> keys);

  const json::Document& document() const { return document_; }
  /// All of them, in the order of the file.
  std::vector<Diagnostic> take();

 private:
  const json::Document& document_;
  std::vector<Diagnostic> found_;
};

/// The members of one object of the document: read by key, then those that nobody asked for are told.
class ObjectReader {
 public:
  /// `what` the object is, for messages: "a channel". Needs: an object.
  ObjectReader(FileErrors& errors, const json::Value& object, std::string what)
      : errors_(&errors), object_(&object), what_(std::move(what)) {}

  /// The signature of visitors of machine_fields.h; the section is known to the caller.
  template <typename Field>
  void operator()(std::string_view, std::string_view key, Field& field, uint64_t low, uint64_t high, std::string_view) {
    read(key, field, low, high);
  }
  template <typename Field>
  bool read(std::string_view key, Field& field, uint64_t low, uint64_t high) {
    keys_.push_back(key);
    if constexpr (std::is_same_v<Field, bool>)
      return read_bool(key, field);
    else {
      int64_t value = 0;
      if (!read_number(key, value, low, high)) return false;
      field = static_cast<Field>(value);
      return true;
    }
  }
  /// A name of 1 to 64 letters, digits, '-', '_' or '.'.
  bool read_name(std::string_view key, std::string& name);
  /// One of `names`, as its index.
  bool read_choice(std::string_view key, std::span<const std::string_view> names, size_t& index);
  /// The member if there is one; it counts as known.
  const json::Value* find(std::string_view key);
  bool has(std::string_view key) const { return object_->find(key) != nullptr; }
  void reject_unknown();

  const json::Value& object() const { return *object_; }
  const json::Value& at(std::string_view key) const { return *object_->find(key); }

 private:
  bool read_bool(std::string_view key, bool& field);
  bool read_number(std::string_view key, int64_t& value, uint64_t low, uint64_t high);

  FileErrors* errors_;
  const json::Value* object_;
  std::string what_;
  std::vector<std::string_view> keys_;
};

/// Whether `name` may name a machine, a node or a network.
bool is_plain_name(std::string_view name);

}  // namespace psmc::arch
