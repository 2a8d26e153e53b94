// SPDX-License-Identifier: Apache-2.0
// Files that appear whole or not at all: several together, or one that is written piece by piece.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace psmc {

/// Whether a file can be written there, as far as can be told without writing. Errors: cannot_write.
Status check_writable(const std::string& path);

/// Paths and bytes: all are written beside their places, and take them when the last one is complete. Those that are
/// new are removed if a later one cannot take its place. "-" is standard output. Errors: cannot_write.
Status write_files(std::span<const std::pair<std::string, std::string>> files);

/// A file too large to be held in memory. Its pieces are written beside its place, which it takes with commit();
/// without that nothing is left of it. Pieces for a device or pipe go there at once. Errors: cannot_write.
class StreamedFile {
 public:
  static Result<StreamedFile> create(const std::string& path);
  StreamedFile(StreamedFile&&) noexcept;
  StreamedFile& operator=(StreamedFile&&) noexcept;
  ~StreamedFile();
  Status append(std::string_view bytes);
  Status commit();

 private:
  struct State;
  explicit StreamedFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace psmc
