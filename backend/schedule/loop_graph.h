// SPDX-License-Identifier: Apache-2.0
// The dependences of a loop of one block, within an iteration and from one to a later one: instruction `to` of
// iteration i + omega issues at least `distance` cycles after `from` of iteration i.
//
// What the pipeline may change, and so is no dependence:
//   local registers    written before they are read in every iteration and not alive at its borders; each iteration in
//                      flight gets a copy of its own
//   pointers           stepped once an iteration by a constant and otherwise only bases of accesses; the distance that
//   an
//                      access is moved over steps is added to its offset
#pragma once

#include <vector>

#include "backend/mir/liveness.h"
#include "backend/schedule/model.h"

namespace psmc::backend {

struct LoopEdge {
  uint32_t from = 0, to = 0;
  uint32_t distance = 0;
  uint32_t omega = 0;
};

struct Pointer {
  Reg reg = kNoReg;
  uint32_t step_inst = 0;  ///< addi reg,reg,step
  int64_t step = 0;
};

struct LoopGraph {
  uint32_t nodes = 0;
  std::vector<LoopEdge> edges;
  std::vector<Pointer> pointers;
  std::vector<uint32_t> pointer_of;  ///< by instruction: the pointer that its address is relative to, or kNone
  std::vector<bool> local;           ///< by register
};

LoopGraph build_loop_graph(const Model& model, const MFunc& func, uint32_t block, const BlockLive& live);

}  // namespace psmc::backend
