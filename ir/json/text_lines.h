// SPDX-License-Identifier: Apache-2.0
// Which line an offset of a text is in. Offsets are asked for nearly in order: what is paid is the way from the last
// one, forward or back, not the way from the head of the text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace psmc::ir {

class TextLines {
 public:
  struct Line {
    size_t number = 1;  ///< from 1
    size_t begin = 0;   ///< offset of its first byte
  };

  explicit TextLines(std::string_view text) : text_(text) {}

  Line at(size_t offset) {
    offset = std::min(offset, text_.size());
    if (offset < line_.begin) go_back(offset);
    const size_t from = std::max(line_.begin, scanned_);
    steps_ += offset > from ? offset - from : 0;
    for (size_t next = from;;) {
      const size_t end = text_.substr(0, offset).find('\n', next);
      if (end == std::string_view::npos) break;
      next = line_.begin = end + 1;
      ++line_.number;
    }
    scanned_ = std::max(scanned_, offset);
    return line_;
  }

  /// Bytes that were looked at so far.
  uint64_t steps() const { return steps_; }

 private:
  void go_back(size_t offset) {
    const std::string_view between = text_.substr(offset, line_.begin - offset);
    line_.number -= static_cast<size_t>(std::count(between.begin(), between.end(), '\n'));
    const size_t end = offset == 0 ? std::string_view::npos : text_.rfind('\n', offset - 1);
    line_.begin = end == std::string_view::npos ? 0 : end + 1;
    steps_ += between.size() + (offset - line_.begin);
    scanned_ = offset;
  }

  std::string_view text_;
  Line line_;
  size_t scanned_ = 0;  ///< from the begin of the line to here it has no end
  uint64_t steps_ = 0;
};

}  // namespace psmc::ir
