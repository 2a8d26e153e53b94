// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/staged_file.h"
#include "tests/base/temporary_folder.h"

using namespace psmc;
using psmc::test::TemporaryFolder;

TEST_CASE("what was written is read") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  const std::string bytes("zero \0 and \xff\n", 14);
  for (const std::string& content : {bytes, std::string(), std::string(300'000, 'x'), bytes}) {
    REQUIRE(write_file(path, content).ok());
    CHECK(read_file(path).value() == content);
    CHECK(folder.count() == 1);
  }
}

TEST_CASE("reading fails with a reason") {
  const TemporaryFolder folder;
  CHECK(read_file(folder.file("none")).diagnostic().code == Code::cannot_read);
  CHECK(read_file(folder.file("none")).diagnostic().message.find("No such file") != std::string::npos);
  CHECK(read_file(folder.path()).diagnostic().code == Code::cannot_read);
}

TEST_CASE("the limit on size holds for files and for devices without a size") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  REQUIRE(write_file(path, "12345").ok());
  CHECK(read_file(path, 5).value() == "12345");
  CHECK(read_file(path, 4).diagnostic().code == Code::too_large);
  CHECK(read_file("/dev/zero", 100'000).diagnostic().code == Code::too_large);
  CHECK(read_file("/dev/null", 0).value().empty());
}

TEST_CASE("a failed write leaves the old file and nothing else") {
  const TemporaryFolder folder;
  CHECK(write_file(folder.file("no/such/a"), "x").diagnostic().code == Code::cannot_write);
  CHECK(write_file(folder.path(), "x").diagnostic().code == Code::cannot_write);
  CHECK(write_file("/dev/full", "x").diagnostic().code == Code::cannot_write);
  CHECK(folder.count() == 0);
}

TEST_CASE("writing keeps links and permissions") {
  const TemporaryFolder folder;
  REQUIRE(write_file(folder.file("real"), "old").ok());
  REQUIRE(chmod(folder.file("real").c_str(), 0640) == 0);
  REQUIRE(symlink("real", folder.file("link").c_str()) == 0);
  REQUIRE(write_file(folder.file("link"), "new").ok());
  CHECK(std::filesystem::is_symlink(folder.file("link")));
  CHECK(read_file(folder.file("real")).value() == "new");
  struct stat info{};
  REQUIRE(stat(folder.file("real").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
}

TEST_CASE("devices are written in place") {
  CHECK(write_file("/dev/null", "x").ok());
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("a mapped file shows its bytes and moves") {
  const TemporaryFolder folder;
  REQUIRE(write_file(folder.file("a"), "abc").ok());
  MappedFile first = MappedFile::open(folder.file("a")).value();
  MappedFile second = std::move(first);
  REQUIRE(second.bytes().size() == 3);
  CHECK(second.bytes()[2] == std::byte{'c'});
  REQUIRE(write_file(folder.file("empty"), "").ok());
  second = MappedFile::open(folder.file("empty")).value();
  CHECK(second.bytes().empty());
  CHECK(MappedFile::open(folder.path()).diagnostic().code == Code::cannot_read);
  CHECK(MappedFile::open(folder.file("none")).diagnostic().code == Code::cannot_read);
  CHECK(MappedFile::open("/dev/zero").diagnostic().code == Code::cannot_read);
}

TEST_CASE("names inside a folder are joined, names that leave it are rejected") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("in"));
  std::filesystem::create_directory(folder.file("in/sub"));
  REQUIRE(write_file(folder.file("secret"), "x").ok());
  REQUIRE(symlink("../secret", folder.file("in/link").c_str()) == 0);
  REQUIRE(symlink("sub", folder.file("in/good").c_str()) == 0);
  const std::string in = folder.file("in");
  CHECK(path_inside(in, "a.npy").value() == in + "/a.npy");
  CHECK(path_inside(in, "sub/a.npy").value() == in + "/sub/a.npy");
  CHECK(path_inside(in + "/", "good/a.npy").ok());
  CHECK(path_inside("", "a.npy").ok());
  for (const std::string name : {"", "/etc/passwd", "..", "../secret", "sub/../../secret", "link"}) {
    INFO(name);
    const Result<std::string> joined = path_inside(in, name);
    REQUIRE_FALSE(joined.ok());
    CHECK(joined.diagnostic().code == Code::path_outside);
  }
  CHECK(path_inside(in, std::string("a\0b", 3)).diagnostic().code == Code::path_outside);
}

TEST_CASE("several files are written together or not at all") {
  const TemporaryFolder folder;
  REQUIRE(write_file(folder.file("old"), "old").ok());
  std::filesystem::create_directory(folder.file("folder"));
  for (const std::string& bad : {folder.file("folder"), folder.file("no/such"), std::string("/dev/full")}) {
    const std::pair<std::string, std::string> files[] = {
        {folder.file("new"), "1"}, {folder.file("old"), "2"}, {bad, "3"}};
    CHECK(write_files(files).diagnostic().code == Code::cannot_write);
    CHECK(folder.count() == 1);
    CHECK(read_file(folder.file("old")).value() == "old");
  }
  const std::pair<std::string, std::string> files[] = {{folder.file("new"), "1"}, {folder.file("old"), "2"}};
  REQUIRE(write_files(files).ok());
  CHECK(read_file(folder.file("new")).value() == "1");
  CHECK(read_file(folder.file("old")).value() == "2");
}

TEST_CASE("it can be told beforehand where no file can be written") {
  const TemporaryFolder folder;
  for (const std::string& good : {folder.file("a"), std::string("-"), std::string("/dev/null"), std::string("a")})
    CHECK(check_writable(good).ok());
  for (const std::string& bad : {folder.path(), folder.file("no/such"), std::string("/dev/null/a")})
    CHECK(check_writable(bad).diagnostic().code == Code::cannot_write);
}

TEST_CASE("a streamed file is there when it is committed, and not before") {
  const TemporaryFolder folder;
  const std::string path = folder.file("f");
  {
    Result<StreamedFile> lost = StreamedFile::create(path);
    REQUIRE(lost.ok());
    REQUIRE(lost->append("half").ok());
  }
  CHECK(folder.count() == 0);
  Result<StreamedFile> kept = StreamedFile::create(path);
  REQUIRE(kept.ok());
  REQUIRE(kept->append("one ").ok());
  REQUIRE(kept->append("two").ok());
  CHECK_FALSE(std::filesystem::exists(path));
  REQUIRE(kept->commit().ok());
  CHECK(read_file(path).value() == "one two");
  CHECK(StreamedFile::create(folder.path()).diagnostic().code == Code::cannot_write);
  Result<StreamedFile> full = StreamedFile::create("/dev/full");
  REQUIRE(full.ok());
  CHECK(full->append("x").diagnostic().code == Code::cannot_write);
}
