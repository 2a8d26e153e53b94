// SPDX-License-Identifier: Apache-2.0
#include "ir/constants.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/staged_file.h"
#include "base/utf8.h"
#include "ir/binary/binary.h"
#include "ir/external/safetensors.h"
#include "ir/json/json_ir.h"
#include "ir/sha256.h"
#include "ir/text/elements.h"
#include "ir/text/names.h"
#include "ir/text/parser.h"
#include "ir/text/printer.h"

namespace psmc::ir {

namespace {

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string stem_of(const std::string& path) {
  const std::string name = path.substr(folder_of(path).size());
  const size_t dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

/// Whether a constant must move into the file beside the module when it is saved as `path`.
bool goes_aside(const Module& module, const Constant& constant, const std::string& path) {
  if (!constant.file.empty()) return folder_of(path) != module.folder;
  if (path.ends_with(".psmb")) return false;
  const Type& type = module.type(constant.type);
  return data_form(type.dtype, constant.bytes()) == DataForm::hex;
}

}  // namespace

bool is_json_ir(const std::string& path, std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return path.ends_with(".json") || (first != std::string_view::npos && text[first] == '{');
}

namespace {

/// A diagnostic and those that it carries, one after the other.
void add_all(Diagnostic first, std::vector<Diagnostic>& errors) {
  std::vector<Diagnostic> more = std::move(first.more);
  first.more.clear();
  errors.push_back(std::move(first));
  errors.insert(errors.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::optional<Module> parse_module(const std::string& path, std::string_view text, std::vector<Diagnostic>& errors,
                                   size_t max_errors) {
  if (is_binary(text)) {
    auto read = read_binary(path, text);
    if (read.ok()) return std::move(*read);
    errors.push_back(read.diagnostic());
    return std::nullopt;
  }
  if (!is_utf8(text) || text.find('\0') != std::string::npos) {
    errors.push_back(file_error(Code::unknown_format, path, "this file is not text, so it holds no module",
                                {"a module is the text form (.psm), JSON-IR (.json) or the binary form (.psmb)"}));
    return std::nullopt;
  }
  if (!is_json_ir(path, text)) return parse_text(path, text, errors, max_errors);
  auto read = read_json(path, text, max_errors);
  if (read.ok()) return std::move(*read);
  add_all(read.diagnostic(), errors);
  return std::nullopt;
}

namespace {

/// The bytes of a module's file. Large ones are mapped: to copy 37 MB takes 20 ms, to look at them where they are 10.
class FileText {
 public:
  static Result<FileText> open(const std::string& path) {
    constexpr size_t kLarge = size_t{1} << 20, kMost = size_t{1} << 32;
    FileText file;
    if (path != "-") {
      Result<MappedFile> mapped = MappedFile::open(path);
      if (mapped.ok() && mapped->bytes().size() >= kLarge && mapped->bytes().size() <= kMost) {
        file.mapped_.emplace(std::move(*mapped));
        return file;
      }
    }
    PSMC_ASSIGN(file.read_, read_file(path, kMost));
    return file;
  }
  std::string_view text() const {
    if (!mapped_) return read_;
    return {reinterpret_cast<const char*>(mapped_->bytes().data()), mapped_->bytes().size()};
  }

 private:
  std::string read_;
  std::optional<MappedFile> mapped_;
};

}  // namespace

std::optional<Module> load_module(const std::string& path, std::vector<Diagnostic>& errors,
                                  const LoadOptions& options) {
  const auto file = FileText::open(path);
  if (!file.ok()) {
    errors.push_back(file.diagnostic());
    return std::nullopt;
  }
  if (options.text != nullptr) *options.text = file->text();
  std::optional<Module> module = parse_module(path, file->text(), errors, options.max_errors);
  if (!module) return std::nullopt;
  LoadOptions with_source = options;
  with_source.source = file->text();
  if (const Status loaded = load_constants(*module, with_source); !loaded.ok()) {
    add_all(loaded.diagnostic(), errors);
    return std::nullopt;
  }
  return module;
}

namespace {

/// Whether a constant of the module stands in the file, or the file is to be `path` itself: nothing may replace it.
bool is_taken(const Module& module, const std::string& file, const std::string& path) {
  namespace fs = std::filesystem;
  if (file == path) return true;
  std::error_code ignored;
  for (uint32_t i = 0; i < module.num_constants(); ++i) {
    const std::string& source = module.constant(ConstId(i)).file;
    if (!source.empty() && fs::equivalent(module.folder + source, file, ignored)) return true;
  }
  return false;
}

/// The file for constants beside `path`: its stem with .safetensors, and a number before that where one is needed.
std::string aside_of(const Module& module, const std::string& path) {
  const std::string stem = stem_of(path);
  std::string name = stem + ".safetensors";
  for (int number = 1; is_taken(module, folder_of(path) + name, path); ++number)
    name = fmt::format("{}.{}.safetensors", stem, number);
  return name;
}

}  // namespace

std::string module_bytes(const Module& module, std::string_view path, const PrintOptions& options) {
  if (path.ends_with(".json")) return write_json(module);
  return path.ends_with(".psmb") ? write_binary(module) : print_module(module, options);
}

Result<std::vector<std::pair<std::string, std::string>>> module_files(Module& module, const std::string& path,
                                                                      const PrintOptions& options) {
  const std::string folder = folder_of(path);
  const std::string aside = aside_of(module, path);
  std::vector<TensorView> tensors;
  std::vector<ConstId> moved;
  UniqueNames names;
  for (uint32_t i = 0; i < module.num_constants(); ++i) {
    const Constant& constant = module.constant(ConstId(i));
    if (!goes_aside(module, constant, path)) continue;
    const Type& type = module.type(constant.type);
    if (constant.bytes().empty() && type.max_elements() > 0) {
      return file_error(Code::constant_missing, constant.file,
                        "a constant cannot be written: its bytes were never loaded");
    }
    const std::string wanted =
        constant.name.valid() ? std::string(module.text(constant.name)) : fmt::format("const{}", i);
    const DType dtype = type.dtype == DType::index ? DType::i64 : type.dtype;
    tensors.push_back({names.take(wanted), dtype, type.bounds(), constant.bytes()});
    moved.push_back(ConstId(i));
  }
  std::vector<std::pair<std::string, std::string>> files;
  if (!tensors.empty()) files.emplace_back(folder + aside, safetensors_bytes(tensors));
  for (size_t i = 0; i < moved.size(); ++i) {
    Constant& constant = module.constant(moved[i]);
    constant.file = aside;
    constant.entry = tensors[i].name;
    constant.hash = sha256_hex(tensors[i].bytes);
  }
  module.folder = folder;
  files.emplace_back(path, module_bytes(module, path, options));
  return files;
}

Status save_module(Module& module, const std::string& path) {
  PSMC_ASSIGN(const auto files, module_files(module, path));
  return write_files(files);
}

}  // namespace psmc::ir
