// SPDX-License-Identifier: Apache-2.0
// Dumps in any folder are modules that can be read there.
#include "ir/write_dump.h"
#include "tests/base/temporary_folder.h"
#include "tests/ir/sources.h"

#include "base/file.h"
#include "ir/clone.h"
#include "ir/constants.h"
#include "ir/external/npy.h"

#include <filesystem>

using namespace psmc;
using namespace psmc::ir;
using psmc::test::TemporaryFolder;

namespace {

const std::vector<float> kNumbers = {1, 2, 3, 4, 5, 6};

/// With a constant in a file of a sub-folder, one of 100 elements of its own, and a small one.
Module module_in(const std::string& folder) {
  const TensorView tensor{"", DType::f32, {2, 3}, std::as_bytes(std::span(kNumbers))};
  std::filesystem::create_directory(folder + "/w");
  REQUIRE(write_npy(folder + "/w/a.npy", tensor).ok());
  Module module = read_text(
      "const @a : tensor<2x3xf32> = file(\"w/a.npy\", \"\")\n"
      "const @b : tensor<100xi8> = hex \"" +
      std::string(198, '1') +
      "02\"\n"
      "const @c : tensor<f32> = dense[1.0]\n");
  module.folder = folder + "/";
  REQUIRE(load_constants(module).ok());
  return module;
}

Module loaded(const std::string& path) {
  std::vector<Diagnostic> errors;
  std::optional<Module> module = load_module(path, errors);
  for (const Diagnostic& diagnostic : errors) FAIL(diagnostic.render());
  return std::move(*module);
}

void check_same_constants(const Module& a, const Module& b) {
  REQUIRE(a.num_constants() == b.num_constants());
  for (uint32_t i = 0; i < a.num_constants(); ++i)
    CHECK(std::ranges::equal(a.constant(ConstId(i)).bytes(), b.constant(ConstId(i)).bytes()));
}

}  // namespace

SCENARIO("a dump in another folder has its data beside it, each once") {
  const TemporaryFolder here, there;
  Module module = module_in(here.path());
  const std::string before = print_module(module);
  REQUIRE(write_dump(module, there.file("1.psm"), "data", "// first\n").ok());
  REQUIRE(write_dump(module, there.file("2.psm"), "data").ok());
  CHECK(print_module(module) == before);
  CHECK(there.count() == 4);
  CHECK(read_file(there.file("1.psm"))->starts_with("// first\nconst @a"));
  CHECK(std::filesystem::equivalent(there.file("data/w/a.npy"), here.file("w/a.npy")));
  for (const char* name : {"1.psm", "2.psm"}) check_same_constants(loaded(there.file(name)), module);
}

SCENARIO("a dump in the module's folder refers to its files") {
  const TemporaryFolder here;
  Module module = module_in(here.path());
  REQUIRE(write_dump(module, here.file("1.psm"), "data").ok());
  CHECK(here.count() == 3);
  check_same_constants(loaded(here.file("1.psm")), module);
}

SCENARIO("what is in the folder already stays, and is not taken for what it is not") {
  const TemporaryFolder here, there;
  Module module = module_in(here.path());
  std::filesystem::create_directories(there.file("data/w"));
  REQUIRE(write_file(there.file("data/w/a.npy"), "somebody's").ok());
  REQUIRE(write_dump(module, there.file("1.psm"), "data").ok());
  CHECK(*read_file(there.file("data/w/a.npy")) == "somebody's");
  check_same_constants(loaded(there.file("1.psm")), module);
}

SCENARIO("data whose file is gone, or is a link, are written anew") {
  const TemporaryFolder here, there;
  Module module = module_in(here.path());
  std::filesystem::rename(here.file("w/a.npy"), here.file("w/b.npy"));
  if (GENERATE(true, false)) std::filesystem::create_symlink("b.npy", here.file("w/a.npy"));
  REQUIRE(write_dump(module, there.file("1.psm"), "data").ok());
  check_same_constants(loaded(there.file("1.psm")), module);
}

SCENARIO("a dump that cannot be written, or whose bytes were never read, is an error") {
  const TemporaryFolder here;
  Module module = module_in(here.path());
  CHECK(write_dump(module, "/nowhere/1.psm", "data").diagnostic().code == Code::cannot_write);
  Module unread = read_text("const @a : tensor<2x3xf32> = file(\"nothing.npy\", \"\")\n");
  unread.folder = here.path() + "/w/";
  const Status status = write_dump(unread, here.file("1.psm"), "data");
  REQUIRE(!status.ok());
  CHECK(status.diagnostic().code == Code::constant_missing);
}
