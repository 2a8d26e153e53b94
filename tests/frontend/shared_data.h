// SPDX-License-Identifier: Apache-2.0
// Where tests find data and put files.
#pragma once

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

/// The path of `name` below ../shared/data, or nothing (and a word about it) where there is no shared data.
inline std::optional<std::string> shared_data(const std::string& name) {
  const char* shared = std::getenv("SHARED");
  const std::string path = std::string(shared ? shared : PSMC_SOURCE_DIR "/../shared") + "/data/" + name;
  if (std::filesystem::exists(path)) return path;
  WARN("skipped: no shared data");
  return std::nullopt;
}

/// A folder of its own for one test, removed at the end.
class ScratchFolder {
 public:
  ScratchFolder() {
    static int counter = 0;
    path_ = std::filesystem::temp_directory_path() / fmt::format("psmc_test_{}_{}", ::getpid(), counter++);
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ / name; }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }
  std::string str() const { return path_; }

 private:
  std::filesystem::path path_;
};
