// SPDX-License-Identifier: Apache-2.0
#include "frontend/checkpoint/hf_folder.h"

#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "frontend/checkpoint/hf_config.h"

#include "base/json.h"

#include <fmt/format.h>

namespace psmc::frontend {
namespace {

constexpr size_t kMaxText = size_t{16} << 20;

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// Opens each shard once, then sees that every name of the map stands in the shard that the map says.
Status open_shards(const std::string& folder, const std::string& index_path, Checkpoint& out) {
  PSMC_ASSIGN(std::string text, read_file(index_path, kMaxText));
  PSMC_ASSIGN(const json::Document index, json::parse(index_path, std::move(text)));
  const json::Value* names = index.root.find("weight_map");
  if (!names || !names->is_object())
    return index.error_at(Code::json_type, index.root, "the index has no object 'weight_map'");
  std::map<std::string, std::string> opened;  // shard name as written -> path
  for (const auto& [weight, shard] : names->members) {
    if (!shard.is_string()) return index.error_at(Code::json_type, shard, "the name of a shard must be a string");
    if (!opened.contains(shard.string)) {
      PSMC_ASSIGN(const std::string path, path_inside(folder, shard.string));
      PSMC_ASSIGN(ir::SafetensorsFile file, ir::SafetensorsFile::open(path));
      PSMC_TRY(out.add_safetensors(path, std::move(file)));
      opened.emplace(shard.string, path);
    }
  }
  for (const auto& [weight, shard] : names->members) {
    const Weight* found = out.find(weight);
    if (!found || found->file != opened.at(shard.string))
      return index.error_at(Code::bad_weights, shard, fmt::format("no weight '{}' in '{}'", weight, shard.string));
  }
  return {};
}

}  // namespace

Result<Checkpoint> open_hf_folder(const std::string& folder) {
  const std::string base = folder.ends_with('/') ? folder : folder + "/";
  Checkpoint checkpoint;
  PSMC_ASSIGN(std::string text, read_file(base + "config.json", kMaxText));
  PSMC_ASSIGN(LlamaConfig config, parse_hf_config(base + "config.json", std::move(text)));
  checkpoint.set_config(std::move(config));
  const std::string index = base + "model.safetensors.index.json";
  if (exists(index)) {
    PSMC_TRY(open_shards(folder, index, checkpoint));
  } else {
    const std::string path = base + "model.safetensors";
    PSMC_ASSIGN(ir::SafetensorsFile file, ir::SafetensorsFile::open(path));
    PSMC_TRY(checkpoint.add_safetensors(path, std::move(file)));
  }
  PSMC_TRY(check_weights(checkpoint, folder));
  return checkpoint;
}

}  // namespace psmc::frontend
