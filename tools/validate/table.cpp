// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace psmc::tools {
namespace {

constexpr size_t kMaxColumns = 64;

}  // namespace

std::optional<double> parse_real(std::string_view text, double least, double most) {
  double value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc() || end != text.data() + text.size() || !(value >= least && value <= most))
    return std::nullopt;
  return value;
}

Table::Table(std::string_view file, std::string_view text) : file_(file), text_(text) {
  next_line();
  names_ = fields_;
}

bool Table::has(std::string_view column) const {
  return std::find(names_.begin(), names_.end(), column) != names_.end();
}

Status Table::select(const std::vector<std::string_view>& columns) {
  for (const std::string_view column : columns) {
    if (!has(column))
      return file_error(Code::unknown_format, file_, fmt::format("the table has no column `{}`", column),
                        {"its first line names the columns, with tabs between them"});
    place_.push_back(static_cast<size_t>(std::find(names_.begin(), names_.end(), column) - names_.begin()));
  }
  selected_ = columns;
  return {};
}

bool Table::next_row() {
  do {
    if (!next_line()) return false;
  } while (line_.empty());
  return true;
}

bool Table::next_line() {
  if (at_ >= text_.size()) return false;
  const size_t end = std::min(text_.find('\n', at_), text_.size());
  line_ = text_.substr(at_, end - at_);
  begin_ = at_;
  at_ = end + 1;
  if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
  fields_.clear();
  for (size_t from = 0; from <= line_.size() && fields_.size() < kMaxColumns;) {
    const size_t tab = std::min(line_.find('\t', from), line_.size());
    fields_.push_back(line_.substr(from, tab - from));
    from = tab + 1;
  }
  return true;
}

Result<std::string_view> Table::text(size_t column) const {
  if (place_[column] >= fields_.size())
    return at_row(Code::unknown_format, fmt::format("the row ends before `{}`", selected_[column]));
  return fields_[place_[column]];
}

Result<uint64_t> Table::number(size_t column, uint64_t least, uint64_t most) const {
  PSMC_ASSIGN(const std::string_view field, text(column));
  uint64_t value = 0;
  const auto [end, wrong] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (wrong != std::errc() || end != field.data() + field.size() || value < least || value > most)
    return at_field(column, fmt::format("`{}` is a number from {} to {}", selected_[column], least, most));
  return value;
}

Result<double> Table::real(size_t column, double least, double most) const {
  PSMC_ASSIGN(const std::string_view field, text(column));
  const std::optional<double> value = parse_real(field, least, most);
  if (!value) return at_field(column, fmt::format("`{}` is a number from {} to {}", selected_[column], least, most));
  return *value;
}

Diagnostic Table::at_row(Code code, std::string message) const {
  return text_error(code, file_, text_, begin_, std::move(message));
}

Diagnostic Table::at_field(size_t column, std::string message) const {
  const auto offset = static_cast<size_t>(fields_[place_[column]].data() - text_.data());
  return text_error(Code::unknown_format, file_, text_, offset, std::move(message));
}

}  // namespace psmc::tools
