// SPDX-License-Identifier: Apache-2.0
// What is shown and written between passes: texts before and after them, diffs, a folder of files.
#pragma once

#include <string>
#include <string_view>

#include "ir/pass.h"

namespace psmc::ir {

class PassDumps {
 public:
  explicit PassDumps(const PipelineOptions& options) : options_(options) {}
  /// Before the first pass. Errors: those of write_dump.
  Status begin(Module& module);
  void before(const Module& module, const PassStep& step) const;
  /// `number`: place in the pipeline, from 1. Errors: those of write_dump.
  Status after(Module& module, const PassStep& step, uint32_t number, bool changed);

 private:
  void print(std::string_view what, const PassStep& step, const std::string& text) const;
  Status write(Module& module, uint32_t number, std::string_view name, std::string_view head) const;

  const PipelineOptions& options_;
  std::string last_;  ///< the text so far, for diffs
};

/// Where dumps go.
void print_dump(const PipelineOptions& options, std::string_view text);

}  // namespace psmc::ir
