// SPDX-License-Identifier: Apache-2.0
#include "base/staged_file.h"

#include "base/file.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

namespace psmc {
namespace {

std::string reason() { return std::strerror(errno); }

Diagnostic write_error(const std::string& path, std::string_view why) {
  return file_error(Code::cannot_write, path, fmt::format("cannot write this file: {}", why));
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

/// One file on its way: complete beside its place, then in its place. Goes if it never gets there.
class StagedFile {
 public:
  explicit StagedFile(const std::string& path) : path_(path) {}
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  ~StagedFile() {
    (void)close();
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  Status write(std::string_view bytes) {
    PSMC_TRY(find_place());
    bytes_ = bytes;
    if (through_) return {};
    PSMC_TRY(open_temporary());
    PSMC_TRY(append(bytes));
    return close();
  }

  Status commit() {
    if (through_) return write_through();
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) return write_error(path_, reason());
    temporary_.clear();
    return {};
  }

  bool through() const { return through_; }

  /// After commit: as if it had not been written, where that can be done.
  void take_back() const {
    if (!through_ && !exists_) ::unlink(target_.c_str());
  }

  // In pieces: open, append as often as wanted, close_pieces.

  Status open() {
    PSMC_TRY(find_place());
    return through_ ? open_device() : open_temporary();
  }
  Status append(std::string_view bytes) const {
    return write_all(fd_, bytes) ? Status() : write_error(path_, reason());
  }
  Status close_pieces() {
    PSMC_TRY(close());
    return through_ ? Status() : commit();
  }

 private:
  /// Devices and pipes cannot be replaced by a rename, and need not be.
  Status find_place() {
    struct stat info{};
    exists_ = path_ != "-" && ::stat(path_.c_str(), &info) == 0;
    if (exists_ && S_ISDIR(info.st_mode)) return write_error(path_, "it is a folder");
    through_ = path_ == "-" || (exists_ && !S_ISREG(info.st_mode));
    mode_ = info.st_mode & 07777;
    return {};
  }

  Status open_temporary() {
    target_ = resolved(path_);
    temporary_ = temporary_beside(target_, fd_);
    if (temporary_.empty()) return write_error(path_, reason());
    if (exists_) (void)!::fchmod(fd_, mode_);
    return {};
  }

  Status close() {
    const int fd = std::exchange(fd_, -1);
    return fd <= STDERR_FILENO || ::close(fd) == 0 ? Status() : write_error(path_, reason());
  }

  Status open_device() {
    fd_ = path_ == "-" ? STDOUT_FILENO : ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    return fd_ >= 0 ? Status() : write_error(path_, reason());
  }

  Status write_through() {
    PSMC_TRY(open_device());
    PSMC_TRY(append(bytes_));
    return close();
  }

  std::string path_, target_, temporary_;
  std::string_view bytes_;
  mode_t mode_ = 0;
  int fd_ = -1;
  bool exists_ = false, through_ = false;
};

}  // namespace

Status check_writable(const std::string& path) {
  struct stat info{};
  if (path == "-") return {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    return S_ISDIR(info.st_mode) ? Status(write_error(path, "it is a folder")) : Status();
  // A file is replaced by a new one, so it is its folder that must be writable.
  const std::filesystem::path parent = std::filesystem::path(resolved(path)).parent_path();
  const std::string folder = parent.empty() ? std::string(1, '.') : parent.string();
  if (::stat(folder.c_str(), &info) != 0) return write_error(path, reason());
  if (!S_ISDIR(info.st_mode)) return write_error(path, "what should be its folder is none");
  return ::access(folder.c_str(), W_OK | X_OK) == 0 ? Status() : Status(write_error(path, reason()));
}

Status write_files(std::span<const std::pair<std::string, std::string>> files) {
  std::vector<std::unique_ptr<StagedFile>> staged;
  for (const auto& [path, bytes] : files) {
    staged.push_back(std::make_unique<StagedFile>(path));
    PSMC_TRY(staged.back()->write(bytes));
  }
  // Devices and pipes first: they may refuse, and a rename hardly does.
  std::stable_partition(staged.begin(), staged.end(), [](const auto& file) { return file->through(); });
  for (size_t i = 0; i < staged.size(); ++i) {
    const Status status = staged[i]->commit();
    if (status.ok()) continue;
    for (size_t done = 0; done < i; ++done) staged[done]->take_back();
    return status;
  }
  return {};
}

Status write_file(const std::string& path, std::string_view bytes) {
  StagedFile file(path);
  PSMC_TRY(file.write(bytes));
  return file.commit();
}

struct StreamedFile::State {
  explicit State(const std::string& path) : file(path) {}
  StagedFile file;
};

StreamedFile::StreamedFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
StreamedFile::StreamedFile(StreamedFile&&) noexcept = default;
StreamedFile& StreamedFile::operator=(StreamedFile&&) noexcept = default;
StreamedFile::~StreamedFile() = default;

Result<StreamedFile> StreamedFile::create(const std::string& path) {
  auto state = std::make_unique<State>(path);
  PSMC_TRY(state->file.open());
  return StreamedFile(std::move(state));
}

Status StreamedFile::append(std::string_view bytes) { return state_->file.append(bytes); }
Status StreamedFile::commit() { return state_->file.close_pieces(); }

}  // namespace psmc
