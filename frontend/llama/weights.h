// SPDX-License-Identifier: Apache-2.0
// The weights of a checkpoint as constants of a module, converted to one dtype and to the row order of half-split RoPE.
#pragma once

#include <string>

#include "frontend/checkpoint/checkpoint.h"
#include "ir/module.h"

namespace psmc::frontend {

class WeightTable {
 public:
  WeightTable(ir::Module& module, const Checkpoint& checkpoint) : module_(module), checkpoint_(checkpoint) {}

  /// The weight of that Hugging Face name as `dtype`.
  ir::ConstId get(const std::string& name, DType dtype);
  /// The same with the rows of each of `heads` heads put from interleaved to half-split order if the checkpoint needs
  /// it.
  ir::ConstId get_rotated(const std::string& name, DType dtype, int64_t heads);
  /// A table of f32 [rows, columns] made here.
  ir::ConstId add_table(const std::string& name, int64_t rows, int64_t columns, std::vector<float> values);

 private:
  ir::Module& module_;
  const Checkpoint& checkpoint_;
};

}  // namespace psmc::frontend
