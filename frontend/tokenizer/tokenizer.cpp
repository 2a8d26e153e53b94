// SPDX-License-Identifier: Apache-2.0
#include "frontend/tokenizer/tokenizer.h"

#include <filesystem>
#include <utility>

#include "frontend/tokenizer/json_tokenizer.h"
#include "frontend/tokenizer/llama2c_tokenizer.h"

#include "base/file.h"

namespace psmc::frontend {
namespace {

constexpr size_t kMaxFile = size_t{128} << 20;

}  // namespace

std::string Tokenizer::decode(std::span<const int32_t> ids) const {
  std::string out;
  DecodeState state = start();
  for (const int32_t id : ids) decode_next(id, state, out);
  return out;
}

Result<std::unique_ptr<Tokenizer>> open_tokenizer(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return open_tokenizer(path + (path.ends_with('/') ? "tokenizer.json" : "/tokenizer.json"));
  if (!std::filesystem::exists(path, ignored)) return file_error(Code::cannot_read, path, "there is no such file");
  const bool json = path.ends_with(".json");
  if (!json && !path.ends_with(".bin"))
    return file_error(Code::unknown_format, path, "neither a tokenizer.json nor a tokenizer.bin of llama2.c");
  PSMC_ASSIGN(std::string bytes, read_file(path, kMaxFile));
  return json ? parse_json_tokenizer(path, std::move(bytes)) : parse_llama2c_tokenizer(path, bytes);
}

}  // namespace psmc::frontend
