// SPDX-License-Identifier: Apache-2.0
// A folder of its own for one test; gone with everything in it at the end of the scope.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace psmc::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "psmc-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string path() const { return path_.string(); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  /// Number of files in it, at any depth.
  size_t count() const {
    size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_))
      files += entry.is_directory() ? 0 : 1;
    return files;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace psmc::test
