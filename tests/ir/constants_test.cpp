// SPDX-License-Identifier: Apache-2.0
// Constants that stand in other files, and saving modules with large ones.
#include "ir/constants.h"
#include "ir/clone.h"
#include "tests/base/temporary_folder.h"
#include "tests/ir/sources.h"

#include "base/file.h"
#include "ir/external/npy.h"
#include "ir/external/safetensors.h"
#include "ir/json/json_ir.h"
#include "ir/sha256.h"

#include <algorithm>
#include <filesystem>

using namespace psmc;
using namespace psmc::ir;
using psmc::test::TemporaryFolder;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

const std::vector<float> kNumbers = {1, 2, 3, 4, 5, 6};

TensorView view(const std::string& name, std::vector<int64_t> shape) {
  return {name, DType::f32, std::move(shape), std::as_bytes(std::span(kNumbers))};
}

Module module_in(const std::string& folder, const std::string& constant) {
  Module module = read_text("const @w : " + constant + "\n");
  module.folder = folder;
  return module;
}

}  // namespace

SCENARIO("SHA-256 of known texts") {
  CHECK(sha256_hex(bytes_of("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex(bytes_of("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex(bytes_of(std::string(1000000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

SCENARIO("constants are mapped from .safetensors and .npy") {
  const TemporaryFolder folder;
  const std::vector<TensorView> tensors = {view("a", {2, 3}), view("b", {6})};
  REQUIRE(write_file(folder.path() + "/m.safetensors", safetensors_bytes(tensors)).ok());
  REQUIRE(write_npy(folder.path() + "/m.npy", tensors[0]).ok());
  for (const char* constant :
       {"tensor<2x3xf32> = file(\"m.safetensors\", \"a\")", "tensor<6xf32> = file(\"m.safetensors\", \"b\")",
        "tensor<2x3xf32> = file(\"m.npy\", \"\")"}) {
    Module module = module_in(folder.path(), constant);
    REQUIRE(load_constants(module).ok());
    CHECK(std::ranges::equal(module.constant(ConstId(0)).bytes(), tensors[0].bytes));
    const Module copy = clone_module(module);
    module = Module();
    CHECK(std::ranges::equal(copy.constant(ConstId(0)).bytes(), tensors[0].bytes));
  }
}

SCENARIO("what does not fit is refused") {
  const TemporaryFolder folder;
  const std::vector<TensorView> tensors = {view("a", {2, 3})};
  REQUIRE(write_file(folder.path() + "/m.safetensors", safetensors_bytes(tensors)).ok());
  REQUIRE(write_file(folder.path() + "/m.txt", "hello").ok());
  std::filesystem::create_directory(folder.path() + "/in");
  std::filesystem::create_symlink("m.safetensors", folder.path() + "/link.safetensors");
  std::filesystem::create_symlink("../m.safetensors", folder.path() + "/in/link.safetensors");
  std::filesystem::create_directory_symlink("in", folder.path() + "/out");
  REQUIRE(write_file(folder.path() + "/in/m.safetensors", safetensors_bytes(tensors)).ok());
  const std::string hash = sha256_hex(tensors[0].bytes);
  const std::string other = std::string(64, '0');
  const std::pair<std::string, Code> wrong[] = {
      {"tensor<2x3xf32> = file(\"m.safetensors\", \"b\")", Code::constant_missing},
      {"tensor<3x2xf32> = file(\"m.safetensors\", \"a\")", Code::constant_differs},
      {"tensor<2x3xi32> = file(\"m.safetensors\", \"a\")", Code::constant_differs},
      {"tensor<2x3xf32> = file(\"m.safetensors\", \"a\", \"" + other + "\")", Code::constant_differs},
      {"tensor<2x3xf32> = file(\"n.safetensors\", \"a\")", Code::cannot_read},
      {"tensor<2x3xf32> = file(\"../m.safetensors\", \"a\")", Code::path_outside},
      {"tensor<2x3xf32> = file(\"/etc/passwd\", \"a\")", Code::path_outside},
      {"tensor<2x3xf32> = file(\"in/../m.safetensors\", \"a\")", Code::path_outside},
      {"tensor<2x3xf32> = file(\"link.safetensors\", \"a\")", Code::path_outside},
      {"tensor<2x3xf32> = file(\"in/link.safetensors\", \"a\")", Code::path_outside},
      {"tensor<2x3xf32> = file(\"out/m.safetensors\", \"a\")", Code::path_outside},
      {"tensor<1048576x1048576xf32> = file(\"m.safetensors\", \"a\")", Code::constant_differs},
      {"tensor<2x3xf32> = file(\"m.txt\", \"a\")", Code::unknown_format},
  };
  for (const auto& [constant, code] : wrong) {
    INFO(constant);
    Module module = module_in(folder.path(), constant);
    const Status status = load_constants(module);
    REQUIRE(!status.ok());
    CHECK(code_name(status.diagnostic().code) == code_name(code));
    Result<Module> from_json = read_json(folder.path() + "/m.json", write_json(module));
    REQUIRE(from_json.ok());
    const Status again = load_constants(*from_json);
    REQUIRE(!again.ok());
    CHECK(code_name(again.diagnostic().code) == code_name(code));
  }
  Module inside = module_in(folder.path(), "tensor<2x3xf32> = file(\"in/m.safetensors\", \"a\")");
  CHECK(load_constants(inside).ok());
  Module good = module_in(folder.path(), "tensor<2x3xf32> = file(\"m.safetensors\", \"a\", \"" + hash + "\")");
  CHECK(load_constants(good).ok());
}

SCENARIO("all constants that do not fit are told where the module names their files") {
  const TemporaryFolder folder;
  REQUIRE(write_file(folder.path() + "/m.safetensors", safetensors_bytes({{view("a", {2, 3})}})).ok());
  REQUIRE(
      write_file(folder.path() + "/broken.safetensors", std::string("\x10\0\0\0\0\0\0\0{\"a\": 1}       ", 24)).ok());
  Module module = read_text(
      "const @good : tensor<2x3xf32> = file(\"m.safetensors\", \"a\")\n"
      "func @file[file: 0..1](%x: f32) {\n  %y = neg %x {a.b = \"const @b : file(}\"}\n  return\n}\n"
      "const @\"b c\" : tensor<2xf32> =\n  file(\"m.safetensors\", \"a\")\n"
      "const @d : tensor<2x3xf32> = file(\"none.npy\", \"\")\n"
      "const @e : tensor<2x3xf32> = file(\"none.npy\", \"\")\n"
      "const @f : tensor<2x3xf32> = file(\"broken.safetensors\", \"a\")\n");
  for (const std::string name : {"m.psm", "m.json"}) {
    const std::string path = folder.path() + "/" + name, text = module_bytes(module, path);
    REQUIRE(write_file(path, text).ok());
    INFO(text);
    std::vector<Diagnostic> errors;
    CHECK(!load_module(path, errors));
    REQUIRE(errors.size() == 3);  // none.npy is told once
    const std::string_view at[] = {"\"m.safetensors\"", "\"none.npy\"", "\"broken.safetensors\""};
    for (size_t i = 0; i < 3; ++i) {
      const SourcePlace& place = i < 2 ? errors[i].place : errors[i].related.at(0).place;
      CHECK(place.file == path);
      const size_t begin = i == 0 ? text.rfind(at[0]) : text.find(at[i]);
      CHECK(place.line == static_cast<uint32_t>(std::count(text.begin(), text.begin() + long(begin), '\n')) + 1);
      CHECK(place.column == begin - text.rfind('\n', begin));
    }
    CHECK(errors[0].code == Code::constant_differs);
    CHECK(errors[1].message.find("none.npy: cannot read") != std::string::npos);
    CHECK(errors[2].place.file.ends_with("broken.safetensors"));  // where in the file it is wrong
    errors.clear();
    CHECK(!load_module(path, errors, {.max_errors = 2}));
    CHECK(errors.size() == 2);
  }
  Status unplaced = load_constants(module);
  REQUIRE(!unplaced.ok());
  CHECK(unplaced.diagnostic().notes.back().starts_with("constant @good of "));
}

SCENARIO("large constants are saved beside the module, and read back from any form") {
  const TemporaryFolder folder;
  std::string numbers;
  for (int i = 0; i < 100; ++i) numbers += (i > 0 ? ", " : "") + std::to_string(i);
  const std::string text = "const @large : tensor<100xi32> = dense[" + numbers +
                           "]\n"
                           "const @small : tensor<2xi32> = dense[1, 2]\nconst @same : tensor<100xi32> = splat[7]\n";
  for (const std::string name : {"/out.psm", "/out.json"}) {
    Module module = read_valid(text);
    const std::vector<std::byte> bytes = module.constant(ConstId(0)).owned;
    REQUIRE(save_module(module, folder.path() + name).ok());
    std::vector<Diagnostic> errors;
    const auto again = load_module(folder.path() + name, errors);
    REQUIRE(again.has_value());
    CHECK(again->constant(ConstId(0)).file == "out.safetensors");
    CHECK(again->constant(ConstId(0)).owned.empty());
    CHECK(std::ranges::equal(again->constant(ConstId(0)).bytes(), bytes));
    CHECK(again->constant(ConstId(1)).file.empty());
    CHECK(again->constant(ConstId(2)).file.empty());
    CHECK(print_module(*again) == print_module(module));
  }
}

SCENARIO("a module saved elsewhere takes its constants along") {
  const TemporaryFolder from, to;
  const std::vector<TensorView> tensors = {view("a", {2, 3})};
  REQUIRE(write_file(from.path() + "/m.safetensors", safetensors_bytes(tensors)).ok());
  REQUIRE(write_file(from.path() + "/m.psm", "const @w : tensor<2x3xf32> = file(\"m.safetensors\", \"a\")\n").ok());
  std::vector<Diagnostic> errors;
  auto module = load_module(from.path() + "/m.psm", errors);
  REQUIRE(module.has_value());
  REQUIRE(save_module(*module, to.path() + "/n.psm").ok());
  const auto moved = load_module(to.path() + "/n.psm", errors);
  REQUIRE(moved.has_value());
  CHECK(std::ranges::equal(moved->constant(ConstId(0)).bytes(), tensors[0].bytes));
  Module unloaded = module_in(from.path() + "/", "tensor<2x3xf32> = file(\"m.safetensors\", \"a\")");
  CHECK(save_module(unloaded, to.path() + "/o.psm").diagnostic().code == Code::constant_missing);
}

SCENARIO("a file that constants are read from is not replaced by a save beside it") {
  const TemporaryFolder folder;
  const std::vector<TensorView> tensors = {view("a", {2, 3})};
  const std::string source = safetensors_bytes(tensors);
  REQUIRE(write_file(folder.path() + "/m.safetensors", source).ok());
  std::string numbers;
  for (int i = 0; i < 100; ++i) numbers += (i > 0 ? ", " : "") + std::to_string(i);
  REQUIRE(write_file(folder.path() + "/v.psm",
                     "const @w : tensor<2x3xf32> = file(\"m.safetensors\", \"a\")\n"
                     "const @large : tensor<100xi32> = dense[" +
                         numbers + "]\n")
              .ok());
  for (const std::string name : {"/m.psm", "/m.safetensors.psm", "/x.safetensors"}) {
    std::vector<Diagnostic> errors;
    auto module = load_module(folder.path() + "/v.psm", errors);
    REQUIRE(module.has_value());
    REQUIRE(save_module(*module, folder.path() + name).ok());
    const auto again = load_module(folder.path() + name, errors);
    REQUIRE(again.has_value());
    CHECK(print_module(*again) == print_module(*module));
    CHECK(read_file(folder.path() + "/m.safetensors").value() == source);
  }
}

SCENARIO("a module that cannot be read says why") {
  std::vector<Diagnostic> errors;
  CHECK(!load_module("/nonexistent/m.psm", errors));
  CHECK(errors.at(0).code == Code::cannot_read);
}
