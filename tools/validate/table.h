// SPDX-License-Identifier: Apache-2.0
// Tables with tabs whose first line names the columns; columns that nobody asks for are passed over.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace psmc::tools {

/// All of `text` as a number from `least` to `most`, if it is one.
std::optional<double> parse_real(std::string_view text, double least, double most);

class Table {
 public:
  /// Reads the first line. The texts must outlive the table.
  Table(std::string_view file, std::string_view text);

  bool has(std::string_view column) const;
  const std::vector<std::string_view>& columns() const { return names_; }
  /// Which of the columns are wanted: from then on, column i is the i-th of these. Errors: unknown_format (there is
  /// none of that name).
  Status select(const std::vector<std::string_view>& columns);
  /// The next line that is not empty; false at the end.
  bool next_row();
  /// Errors: unknown_format (the row is too short; for numbers also: none, or out of range).
  Result<std::string_view> text(size_t column) const;
  Result<uint64_t> number(size_t column, uint64_t least, uint64_t most) const;
  Result<double> real(size_t column, double least, double most) const;
  /// The row ends before the column, or nothing stands there.
  bool is_empty(size_t column) const { return place_[column] >= fields_.size() || fields_[place_[column]].empty(); }
  /// An error at the row.
  Diagnostic at_row(Code code, std::string message) const;
  /// An error at its column; the row must have it.
  Diagnostic at_field(size_t column, std::string message) const;

 private:
  bool next_line();

  std::string_view file_, text_, line_;
  std::vector<std::string_view> names_, selected_, fields_;
  std::vector<size_t> place_;
  size_t at_ = 0, begin_ = 0;
};

}  // namespace psmc::tools
