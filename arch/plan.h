// SPDX-License-Identifier: Apache-2.0
// A plan: what every tile does, in order, before its kernels are machine code. The midend makes it (which kernel runs
// where, what is sent to whom, which address holds what); backend/link turns it and the compiled kernels into an Image.
// All addresses are final. See docs/decisions/0001.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arch/dma.h"
#include "arch/image.h"
#include "arch/machine.h"

namespace psmc::arch {

enum class CommandKind : uint8_t {
  run,      ///< kernel `index` with `args` (scratchpad byte addresses)
  wait,     ///< args: semaphore, amount
  start,    ///< args: engine (out engines have bit 3 set); descriptor `index` of this tile
  fetch,    ///< rows of a table in memory, chosen at run time: args: see FetchArgs; descriptor `index` is the pattern
  symbols,  ///< args: address of the function's symbols (8 bytes each), loaded to the ABI's registers
  halt,
};

/// Arguments of `fetch`, in order: for i < count: row = clamp(index[i], 0, rows - 1); the descriptor's source becomes
/// base + row * row_bytes, its destination the pattern's + i * step; start on engine in0, then wait on the semaphore.
struct FetchArgs {
  static constexpr uint32_t index_address = 0, count = 1, rows = 2, base = 3, row_bytes = 4, step = 5;
  static constexpr uint32_t size = 6;
};

/// Symbols of an entry: `symbols` loads as many registers.
inline constexpr uint32_t kMaxSymbols = 4;

struct Command {
  CommandKind kind = CommandKind::halt;
  uint32_t index = 0;
  uint32_t first_arg = 0;  ///< into TileProgram::args
  uint32_t num_args = 0;
  OpId op;  ///< the model's op that this serves
};

struct TileProgram {
  uint32_t tile = 0;
  std::vector<Command> commands;
  std::vector<int64_t> args;
  std::vector<Descriptor> descriptors;
};

struct EntryPlan {
  std::string name;
  std::vector<TileProgram> tiles;  ///< ascending
  std::vector<Symbol> symbols;
};

struct Plan {
  Machine machine;
  std::vector<std::string> kernels;  ///< names, by Command::index
  std::vector<EntryPlan> entries;
  std::vector<TileImage> tiles;               ///< initial scratchpad data; code is filled in by the linker
  std::vector<Segment> memory;                ///< initial device memory
  std::vector<std::vector<std::byte>> owned;  ///< bytes that the segments refer to
  std::vector<DebugOp> ops;
  uint32_t spill_address = 0;  ///< of a tile's spill area
  uint32_t spill_bytes = 0;
  uint32_t table_address = 0;  ///< from here on the scratchpad is the linker's, for step tables
};

/// Upper bound of the bytes that the linker needs for a tile's step table.
uint64_t table_bytes(const TileProgram& program);

}  // namespace psmc::arch
