// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
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

Diagnostic write_error(const std::string& path, std::string_view why) {
  return file_error(Code::cannot_write, path, fmt::format("cannot write this file: {}", why));
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

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), std::min<size_t>(bytes.size(), size_t{1} << 30));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return true;
}

/// Devices and pipes cannot be replaced by a rename, and need not be.
Status write_through(const std::string& path, std::string_view bytes) {
  Descriptor file(path == "-" ? STDOUT_FILENO : ::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() < 0 || !write_all(file.get(), bytes) || !file.close()) return write_error(path, reason());
  return {};
}

/// Creates a file beside `target` that nobody else has; gives its name, or an empty one with errno set.
std::string temporary_beside(const std::string& target, int& fd) {
  static std::atomic<unsigned> counter{0};
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string name = fmt::format("{}.{}.{}.tmp", target, ::getpid(), counter.fetch_add(1));
    fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) return name;
    if (errno != EEXIST) break;
  }
  return {};
}

/// Where a write to `path` ends up: links are followed, so that they stay links.
std::string resolved(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path target = std::filesystem::canonical(path, failed);
  return failed ? path : target.string();
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

Status write_file(const std::string& path, std::string_view bytes) {
  struct stat info{};
  const bool exists = path != "-" && ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) return write_error(path, "it is a folder");
  if (path == "-" || (exists && !S_ISREG(info.st_mode))) return write_through(path, bytes);
  const std::string target = resolved(path);
  int fd = -1;
  const std::string temporary = temporary_beside(target, fd);
  if (temporary.empty()) return write_error(path, reason());
  Descriptor file(fd);
  if (exists) (void)!::fchmod(fd, info.st_mode & 07777);
  if (write_all(fd, bytes) && file.close() && ::rename(temporary.c_str(), target.c_str()) == 0) return {};
  Diagnostic failure = write_error(path, reason());
  ::unlink(temporary.c_str());
  return failure;
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
