// SPDX-License-Identifier: Apache-2.0
// The host library of a compiled model: what a C, C++ or Python program links or loads to run it.
//
//   image => interface (interface.h) => header
//                                    => LLVM IR text (codegen.h) => object (llvm.h) => shared library (link.h)
#pragma once

#include <string>

#include "arch/image.h"
#include "backend/host/llvm.h"

namespace psmc::host {

/// Read-only after it was made; each function makes one artefact, the same bytes for the same image and processor.
class LibraryMaker {
 public:
  /// `name` becomes the prefix of all C names. Errors: host_unsupported, bad_image.
  static Result<LibraryMaker> create(const arch::Image& image, const std::string& name,
                                     const std::string& cpu = std::string(kDefaultCpu));

  const std::string& prefix() const { return prefix_; }
  const std::string& header() const { return header_; }
  /// Optimised, without the image's bytes. Errors: host_cpu.
  Result<std::string> ir() const { return compile_llvm(ir_, LlvmOutput::ir, cpu_, {}); }
  Result<std::string> assembly() const { return compile_llvm(ir_, LlvmOutput::assembly, cpu_, {}); }
  Result<std::string> object() const { return compile_llvm(ir_, LlvmOutput::object, cpu_, {image_symbol_, image_}); }
  /// The object for this process: without the image, which whoever loads it gives as image_symbol(). Errors: host_cpu.
  Result<std::string> code() const { return compile_llvm(ir_, LlvmOutput::object, cpu_, {}); }
  const std::string& image_symbol() const { return image_symbol_; }
  /// The serialised image.
  const std::string& image() const { return image_; }
  /// `path`: where to look for a linker, as in $PATH. Errors: host_cpu, no_linker, linker_failed.
  Result<std::string> shared(const std::string& path) const;

 private:
  LibraryMaker() = default;
  std::string name_, prefix_, cpu_, image_, image_symbol_, header_, ir_;
};

}  // namespace psmc::host
