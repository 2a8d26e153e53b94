// SPDX-License-Identifier: Apache-2.0
// Whole files, checked: reading with a limit, writing that never leaves half a file, mapping of large inputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace psmc {

/// The bytes of `path` ("-" is standard input). Errors: cannot_read, too_large.
Result<std::string> read_file(const std::string& path, size_t limit = size_t{1} << 32);
/// Writes to a temporary file beside `path` and renames it ("-" is standard output). Errors: cannot_write.
Status write_file(const std::string& path, std::string_view bytes);

/// A read-only memory mapping of a regular file; unmapped at the end of its life.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  MappedFile() = default;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// Joins `folder` and the relative `name`; rejects absolute names, "..", and links that leave the folder
/// (path_outside).
Result<std::string> path_inside(const std::string& folder, const std::string& name);

}  // namespace psmc
