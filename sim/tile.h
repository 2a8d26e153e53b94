// SPDX-License-Identifier: Apache-2.0
// What makes up a tile. Included by the chip's sources only.
#pragma once

#include "sim/chip.h"

namespace psmc::sim {

struct Chip::Tile {
  Tile(const DmaSpec& dma_spec, const DmaContext& dma_context, CodeStore& store, RunStats& stats,
       const Options& options, StepTable steps)
      : scratchpad(dma_context.machine.scratchpad.bytes, dma_context.machine.scratchpad.banks),
        code(store, dma_context.machine.code_words()),
        dma(dma_spec, dma_context, scratchpad, code),
        core(dma_spec.tile,
             {dma_context.machine, dma_context.semaphores, dma, scratchpad, code, dma_context.races, stats,
              options.trace ? &options.trace : nullptr, dma_context.writes, steps, options.numbers},
             store.timing().horizon()) {}

  Scratchpad scratchpad;
  CodeMemory code;
  DmaUnit dma;
  Core core;
};

}  // namespace psmc::sim
