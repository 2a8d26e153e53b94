// SPDX-License-Identifier: Apache-2.0
// What a debugger shows, as text; the same state gives the same text.
#pragma once

#include <optional>
#include <string>

#include "base/dtype.h"
#include "tools/debug/target.h"

namespace psmc::tools::debug {

/// "double (model.py:3:1)", an op as in TraceEvent.
std::string op_text(const arch::Image& image, uint32_t op);
/// A line for each tile that the entry starts.
std::string where_text(Target& target);
std::string where_text(Target& target, uint32_t tile);
/// Scalars and masks that are not 0.
std::string registers_text(Target& target, uint32_t tile);
/// A register: "s3", "m1", "v4", "t2", "a0". Nothing if there is none of that name.
std::optional<std::string> register_text(Target& target, uint32_t tile, std::string_view name, DType dtype);
/// `bytes` that begin at `address`, eight elements a line.
std::string bytes_text(std::span<const std::byte> bytes, uint64_t address, DType dtype);
/// Engines, posts and semaphores of a tile.
std::string queues_text(Target& target, uint32_t tile);
/// Who waits on whom, and which transfers will post what is awaited.
std::string waits_text(Target& target);
/// Words of a tile's code.
std::string list_text(Target& target, uint32_t tile, uint32_t first, uint32_t count);
/// Cycles by class of each tile, until now.
std::string stats_text(Target& target);

}  // namespace psmc::tools::debug
