// SPDX-License-Identifier: Apache-2.0
// The chip's state in a checkpoint, section by section, and chips that go on from one (docs/checkpoints.md).
#include <fmt/format.h>

#include "sim/checkpoint/archive.h"
#include "sim/checkpoint/sections.h"
#include "sim/tile.h"

namespace psmc::sim {
namespace {

/// What later sections refer to comes before them.
enum Section : uint32_t { kRun, kMemory, kTransfers, kTiles, kNetwork, kChannels, kRaces, kSections };

}  // namespace

void Chip::visit(Archive& archive, uint32_t section) {
  switch (section) {
    case kRun: return visit_run(archive);
    case kMemory: return memory_->visit(archive);
    case kTransfers: return transfers_.visit(archive, image_.machine, static_cast<uint32_t>(image_.ops.size()));
    case kTiles: return archive.each(tiles_, [&](auto& tile) { visit_tile(archive, *tile); });
    case kNetwork: return network_->visit(archive);
    case kChannels: return archive.each(channels_, [&](MemoryController& c) { c.visit(archive); });
    default: break;
  }
  if (races_ != nullptr) races_->visit(archive, transfers_.size());
}

void Chip::visit_run(Archive& archive) {
  archive(now_, over_, host_bytes_, running_, dma_wake_, channel_wake_);
  archive.require(!over_);
  for (size_t t = tiles_.size(); t < running_.size() * 64; ++t) archive.require((running_[t / 64] >> t % 64 & 1u) == 0);
  visit_stats(archive);
  semaphores_->visit(archive);
}

/// What finish() adds is not part of it.
void Chip::visit_stats(Archive& archive) {
  if (archive.reading()) {
    stats_ = {};
    stats_.tiles.resize(tiles_.size());
    stats_.ops.resize(image_.ops.size() + 1);
    stats_.burst_bytes = image_.machine.memory.burst_bytes;
  }
  for (ClassCounts& tile : stats_.tiles) archive(tile);
  for (ClassCounts& op : stats_.ops) archive(op);
  archive(stats_.macs, stats_.vector_ops, stats_.words, stats_.instructions, stats_.host_bytes, stats_.host_cycles);
}

void Chip::visit_tile(Archive& archive, Tile& tile) {
  tile.scratchpad.visit(archive);
  tile.code.visit(archive);
  tile.dma.visit(archive);
  tile.core.visit(archive);
}

std::string Chip::checkpoint() {
  std::vector<std::string> sections;
  Archive options;
  uint64_t entry = entry_;
  bool races = races_ != nullptr;
  options(entry, options_.numbers, races);
  sections.push_back(options.take());
  for (uint32_t s = 0; s < kSections; ++s) {
    Archive archive;
    visit(archive, s);
    sections.push_back(archive.take());
  }
  return write_sections(image_hash(image_), sections);
}

Result<std::unique_ptr<Chip>> Chip::resume(const arch::Image& image, Options options, const std::string& file,
                                           std::span<const std::byte> checkpoint) {
  PSMC_ASSIGN(std::unique_ptr<Chip> chip, open(image, std::move(options)));
  try {
    PSMC_TRY(chip->restore(file, checkpoint));
  } catch (const Contradiction& contradiction) {
    return file_error(Code::bad_checkpoint, file, fmt::format("the checkpoint is damaged: {}", contradiction.what));
  }
  return chip;
}

Status Chip::restore(const std::string& file, std::span<const std::byte> checkpoint) {
  PSMC_ASSIGN(const auto sections, read_sections(file, checkpoint, image_hash(image_), 1 + kSections));
  uint64_t entry = 0;
  bool numbers = true, races = true;
  Archive options(sections[0]);
  options(entry, numbers, races);
  options.require(entry < image_.entries.size());
  options.finish();
  if (numbers != options_.numbers || races != (races_ != nullptr))
    return file_error(Code::checkpoint_differs, file,
                      fmt::format("the checkpoint was written with numbers {} and races {}", numbers ? "on" : "off",
                                  races ? "on" : "off"),
                      {"give the options that it was written with: --timing-only, --no-races"});
  start_launch({});
  for (uint32_t s = 0; s < kSections; ++s) {
    Archive archive(sections[1 + s]);
    visit(archive, s);
    archive.finish();
  }
  if (now_ >= options_.max_cycles)
    return file_error(Code::checkpoint_differs, file,
                      fmt::format("the checkpoint is at cycle {}, a launch may take {}", now_, options_.max_cycles));
  for (uint32_t t = 0; t < tiles_.size(); ++t)
    options.require(tiles_[t]->core.active() == ((running_[t / 64] >> t % 64 & 1u) != 0));
  entry_ = entry;
  resumed_ = true;
  return {};
}

}  // namespace psmc::sim
