// SPDX-License-Identifier: Apache-2.0
// load_constants: maps the files that constants are in, and says where the module names one that does not fit. All
// constants are looked at; a file that cannot be read is told once.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "ir/constant_places.h"
#include "ir/constants.h"
#include "ir/external/npy.h"
#include "ir/external/safetensors.h"
#include "ir/sha256.h"
#include "ir/text/print_type.h"

namespace psmc::ir {
namespace {

/// The files of one module, each mapped once.
class ConstantLoader {
 public:
  ConstantLoader(Module& module, const LoadOptions& options) : module_(module), options_(options) {}
  Status load(ConstId id);

 private:
  struct File {
    std::vector<TensorView> tensors;  ///< by name
    bool is_broken = false;           ///< and told to be
  };
  Status open(const std::string& name, File& file);
  Status take(Constant& constant, const TensorView& tensor);
  bool has_other_hash(const Constant& constant, const TensorView& tensor) const {
    return options_.check_hashes && !constant.hash.empty() && sha256_hex(tensor.bytes) != constant.hash;
  }
  std::string folder() const { return module_.folder.empty() ? "." : module_.folder; }

  Module& module_;
  LoadOptions options_;
  std::map<std::string, File> files_;
};

/// A module is moved and shared with the files that it names, so they are files and not links to others.
Status check_no_links(const std::string& folder, const std::string& file) {
  namespace fs = std::filesystem;
  fs::path path(folder);
  for (const fs::path& part : fs::path(file)) {
    path /= part;
    std::error_code ignored;
    if (!fs::is_symlink(path, ignored)) continue;
    return error(Code::path_outside, fmt::format("\"{}\" is a symbolic link", path.string()),
                 {"constants are read from files in the module's folder; put the file itself there"});
  }
  return {};
}

bool is_npy(const std::string& file) { return file.ends_with(".npy"); }

Status ConstantLoader::open(const std::string& name, File& file) {
  PSMC_ASSIGN(const std::string path, path_inside(folder(), name));
  PSMC_TRY(check_no_links(folder(), name));
  if (!is_npy(name) && !name.ends_with(".safetensors"))
    return file_error(Code::unknown_format, path, "constants are read from .safetensors and .npy files only");
  PSMC_ASSIGN(MappedFile mapped, MappedFile::open(path));
  const auto bytes = module_.keep(std::move(mapped));
  if (is_npy(name)) {
    PSMC_ASSIGN(TensorView tensor, parse_npy(path, bytes));
    file.tensors.push_back(std::move(tensor));
  } else {
    PSMC_ASSIGN(file.tensors, parse_safetensors(path, bytes));
  }
  return {};
}

Status ConstantLoader::load(ConstId id) {
  Constant& constant = module_.constant(id);
  const auto [known, is_new] = files_.try_emplace(constant.file);
  File& file = known->second;
  if (is_new) {
    const Status opened = open(constant.file, file);
    file.is_broken = !opened.ok();
    PSMC_TRY(opened);
  }
  if (file.is_broken) return {};
  const std::string_view entry = is_npy(constant.file) ? std::string_view() : constant.entry;
  const auto found = std::ranges::lower_bound(file.tensors, entry, {}, &TensorView::name);
  if (found == file.tensors.end() || found->name != entry)
    return file_error(Code::constant_missing, constant.file, fmt::format("there is no tensor \"{}\" in it", entry));
  return take(constant, *found);
}

Status ConstantLoader::take(Constant& constant, const TensorView& tensor) {
  const Type& type = module_.type(constant.type);
  const bool same_dtype = tensor.dtype == type.dtype || (type.dtype == DType::index && tensor.dtype == DType::i64);
  const std::string what = is_npy(constant.file) ? "the array" : fmt::format("\"{}\"", constant.entry);
  if (!same_dtype || tensor.shape != type.bounds()) {
    return file_error(Code::constant_differs, constant.file,
                      fmt::format("{} is {} of {}, but the constant is {}", what, shape_text(tensor.shape),
                                  dtype_name(tensor.dtype), print_type(module_, type)));
  }
  if (has_other_hash(constant, tensor)) {
    return file_error(Code::constant_differs, constant.file,
                      fmt::format("the bytes of {} are not those that the module was written with", what));
  }
  constant.view = tensor.bytes;
  const auto not_boolean = [](std::byte b) { return static_cast<uint8_t>(b) > 1; };
  if (type.dtype == DType::boolean && std::any_of(tensor.bytes.begin(), tensor.bytes.end(), not_boolean)) {
    constant.owned.assign(tensor.bytes.begin(), tensor.bytes.end());
    for (std::byte& b : constant.owned) b = static_cast<std::byte>(b != std::byte{0});
  }
  return {};
}

/// In terms of the module, if its place in there is known: an error within the file itself keeps its own place.
Diagnostic in_module(const Module& module, ConstId id, const SourcePlace& place, Diagnostic wrong) {
  const std::string name = constant_title(module, id);
  if (place.line == 0) {
    wrong.notes.push_back(fmt::format("{} of {} asks for it", name, module.source));
  } else if (wrong.place.line != 0) {
    wrong.related.push_back({fmt::format("{} asks for this file", name), place});
  } else {
    if (!wrong.place.file.empty()) wrong.message = fmt::format("{}: {}", wrong.place.file, wrong.message);
    wrong.place = place;
  }
  return wrong;
}

}  // namespace

Status load_constants(Module& module, const LoadOptions& options) {
  ConstantLoader loader(module, options);
  std::vector<ConstId> ids;
  std::vector<Diagnostic> errors;
  for (uint32_t i = 0; i < module.num_constants() && errors.size() < options.max_errors; ++i) {
    const Constant& constant = module.constant(ConstId(i));
    if (constant.file.empty() || !constant.bytes().empty()) continue;
    const Status loaded = loader.load(ConstId(i));
    if (loaded.ok()) continue;
    ids.push_back(ConstId(i));
    errors.push_back(loaded.diagnostic());
  }
  if (errors.empty()) return {};
  const std::vector<SourcePlace> places = places_of_files(module, ids, options.source);
  for (size_t i = 0; i < ids.size(); ++i) errors[i] = in_module(module, ids[i], places[i], std::move(errors[i]));
  return combined(std::move(errors));
}

}  // namespace psmc::ir
