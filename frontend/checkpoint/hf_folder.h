// SPDX-License-Identifier: Apache-2.0
// A Hugging Face folder: config.json, and model.safetensors or the shards named by model.safetensors.index.json.
#pragma once

#include <string>

#include "frontend/checkpoint/checkpoint.h"

namespace psmc::frontend {

/// Names in the index may not leave the folder. Errors: those of the config and of .safetensors, path_outside,
/// bad_weights.
Result<Checkpoint> open_hf_folder(const std::string& folder);

}  // namespace psmc::frontend
