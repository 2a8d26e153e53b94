// SPDX-License-Identifier: Apache-2.0
// For each constant that does not stand in the text, in order:
//   keep     its file is in the folder of `path` already
//   link     <folder>/<data>/<its file>, a hard link: nothing is copied, and later changes are caught by the hash
//   by_hash  <folder>/<data>/<first half of the hash>.npy
// Only the references of the module are changed for the time of printing, never its bytes.
#include "ir/write_dump.h"

#include <filesystem>
#include <map>

#include "base/file.h"
#include "base/staged_file.h"
#include "ir/external/npy.h"
#include "ir/sha256.h"
#include "ir/text/elements.h"
#include "ir/text/printer.h"

namespace psmc::ir {
namespace {

namespace fs = std::filesystem;

class Dump {
 public:
  Dump(Module& module, const fs::path& path, std::string_view data)
      : module_(module), folder_(path.parent_path().empty() ? fs::path(".") : path.parent_path()), data_(data) {
    std::error_code ignored;
    at_home_ = fs::equivalent(folder_, module.folder.empty() ? fs::path(".") : fs::path(module.folder), ignored);
  }
  ~Dump() {
    for (auto& [id, reference] : before_) refer(module_.constant(id), reference);
  }
  Dump(const Dump&) = delete;
  Dump& operator=(const Dump&) = delete;

  Status place(ConstId id) {
    Constant& constant = module_.constant(id);
    const bool of_file = !constant.file.empty();
    const DType dtype = module_.type(constant.type).dtype;
    if (of_file ? at_home_ : data_form(dtype, constant.bytes()) != DataForm::hex) return {};
    before_.emplace(id, Reference{constant.file, constant.entry, constant.hash});
    if (of_file && link(constant.file)) {
      constant.file = data_ + "/" + constant.file;
      return {};
    }
    return by_hash(constant);
  }

 private:
  struct Reference {
    std::string file, entry, hash;
  };
  static void refer(Constant& constant, Reference& to) {
    constant.file = std::move(to.file);
    constant.entry = std::move(to.entry);
    constant.hash = std::move(to.hash);
  }

  bool link(const std::string& file) const {
    const fs::path source = fs::path(module_.folder) / file, target = folder_ / data_ / file;
    std::error_code failed;
    if (fs::equivalent(source, target, failed)) return true;
    fs::create_directories(target.parent_path(), failed);
    if (fs::is_symlink(source, failed)) return false;  // a link to a link would lead out of the folder
    fs::create_hard_link(source, target, failed);
    return !failed;
  }

  Status by_hash(Constant& constant) const {
    const Type& type = module_.type(constant.type);
    if (constant.bytes().empty() && type.max_elements() > 0)
      return file_error(Code::constant_missing, constant.file,
                        "a constant cannot be written: its bytes were never loaded");
    const std::string hash = sha256_hex(constant.bytes());
    const std::string name = hash.substr(0, hash.size() / 2) + ".npy";
    const fs::path target = folder_ / data_ / name;
    std::error_code failed;
    fs::create_directories(target.parent_path(), failed);
    if (!fs::exists(target, failed)) {
      const DType dtype = type.dtype == DType::index ? DType::i64 : type.dtype;
      PSMC_TRY(write_npy(target.string(), {"", dtype, type.bounds(), constant.bytes()}));
    }
    Reference reference{data_ + "/" + name, "", hash};
    refer(constant, reference);
    return {};
  }

  Module& module_;
  fs::path folder_;
  std::string data_;
  bool at_home_ = false;
  std::map<ConstId, Reference> before_;
};

}  // namespace

Status write_dump(Module& module, const std::string& path, std::string_view data, std::string_view head) {
  PSMC_TRY(check_writable(path));
  Dump dump(module, path, data);
  for (uint32_t i = 0; i < module.num_constants(); ++i) PSMC_TRY(dump.place(ConstId(i)));
  return write_file(path, std::string(head) + print_module(module));
}

}  // namespace psmc::ir
