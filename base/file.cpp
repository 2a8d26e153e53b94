// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace psmc {
namespace {

/// A file descriptor that closes itself, standard input and output excepted.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool close() {
    const int fd = std::exchange(fd_, -1);
    return fd <= STDERR_FILENO || ::close(fd) == 0;
  }

 private:
  int fd_;
};

std::string reason() { return std::strerror(errno); }

Diagnostic read_error(const std::string& path, std::string_view why) {
  return file_error(Code::cannot_read, path, fmt::format("cannot read this file: {}", why));
}

Diagnostic size_error(const std::string& path, size_t limit) {
  return file_error(Code::too_large, path, fmt::format("this file is larger than the {} bytes accepted here", limit));
}

/// Reads to the end; the limit also holds for pipes and devices, whose size nobody knows before.
Result<std::string> read_all(int fd, const std::string& path, size_t size_hint, size_t limit) {
  std::string bytes;
  bytes.reserve(size_hint);
  char block[65536];
  for (;;) {
    const ssize_t got = ::read(fd, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return read_error(path, reason());
    if (got == 0) return bytes;
    if (static_cast<size_t>(got) > limit - bytes.size()) return size_error(path, limit);
    bytes.append(block, static_cast<size_t>(got));
  }
}

}  // namespace

Result<std::string> read_file(const std::string& path, size_t limit) {
  Descriptor file(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info{};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0) return read_error(path, reason());
  if (S_ISDIR(info.st_mode)) return read_error(path, "it is a folder");
  const size_t size = S_ISREG(info.st_mode) ? static_cast<size_t>(info.st_size) : 0;
  if (size > limit) return size_error(path, limit);
  return read_all(file.get(), path, size, limit);
}

Result<MappedFile> MappedFile::open(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info{};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0) return read_error(path, reason());
  if (!S_ISREG(info.st_mode)) return read_error(path, "it is not a regular file");
  MappedFile mapped;
  if (info.st_size == 0) return mapped;
  const auto size = static_cast<size_t>(info.st_size);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED) return read_error(path, reason());
  mapped.data_ = static_cast<const std::byte*>(data);
  mapped.size_ = size;
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

Result<std::string> path_inside(const std::string& folder, const std::string& name) {
  const std::filesystem::path relative(name);
  const auto outside = [&] {
    return error(Code::path_outside, fmt::format("the file name \"{}\" leaves the folder it may refer to", name),
                 {fmt::format("name a file below \"{}\", without \"..\" and without a leading \"/\"", folder)});
  };
  if (name.empty() || relative.is_absolute() || name.find('\0') != std::string::npos) return outside();
  if (std::find(relative.begin(), relative.end(), "..") != relative.end()) return outside();
  const std::filesystem::path root(folder.empty() ? "." : folder);
  std::error_code failed;
  const std::filesystem::path real_root = std::filesystem::weakly_canonical(root, failed);
  if (failed) return read_error(folder, failed.message());
  const std::filesystem::path real = std::filesystem::weakly_canonical(root / relative, failed);
  if (failed) return read_error((root / relative).string(), failed.message());
  const auto ends = std::mismatch(real_root.begin(), real_root.end(), real.begin(), real.end());
  if (ends.first != real_root.end()) return outside();
  return (root / relative).string();
}

}  // namespace psmc
