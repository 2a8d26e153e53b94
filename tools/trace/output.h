// SPDX-License-Identifier: Apache-2.0
// The file of a trace: text or bytes are collected and written in blocks, so memory is bounded.
#pragma once

#include <string>

#include "base/staged_file.h"

namespace psmc::tools::trace {

class Output {
 public:
  explicit Output(StreamedFile file) : file_(std::move(file)) {}

  /// What is to be written next; append to it, then call written().
  std::string& buffer() { return buffer_; }
  void written() {
    if (buffer_.size() >= kBlock) flush();
  }
  /// The first error, if there was one; from then on nothing is written.
  const Status& status() const { return status_; }
  /// Writes the rest and puts the file into its place. Errors: cannot_write.
  Status commit() {
    flush();
    return status_.ok() ? file_.commit() : status_;
  }

 private:
  static constexpr size_t kBlock = size_t{1} << 20;
  void flush() {
    if (status_.ok()) status_ = file_.append(buffer_);
    buffer_.clear();
  }

  StreamedFile file_;
  std::string buffer_;
  Status status_;
};

}  // namespace psmc::tools::trace
