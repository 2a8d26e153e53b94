// SPDX-License-Identifier: Apache-2.0
// pipeline_loops: software pipelining of innermost loops.
//
//   loop n { body }   =>   prologue  loop p { kernel: k iterations overlapped }  epilogue
//
// An iteration starts every `period` cycles and is in flight for `stages` periods. A value that lives longer than a
// period gets several registers in turn, for which the kernel holds k iterations (modulo variable expansion: the
// machine has no rotating registers). The iterations that are no multiple of k start in the prologue if the count is
// known. Else they run in a plain loop before, and loops that run 0 or 1 times take the place of branches.
//
// Steps for each loop: build_loop_graph, modulo_schedule from the lower bound of the period upwards until registers
// suffice, comparison with the list schedule, expansion into blocks whose instructions have fixed places.
#pragma once

#include "backend/mir/mir.h"
#include "backend/schedule/schedule.h"

namespace psmc::backend {

/// True if a loop was pipelined. `pressure`: registers that there are, by file. `cycles_per_word`: what a run of the
/// loop must save for each word of code.
bool pipeline_loops(const Model& model, MFunc& func, const Pressure& pressure, double cycles_per_word);

}  // namespace psmc::backend
