// SPDX-License-Identifier: Apache-2.0
// How a chip is put together from its machine, and how an image gets into it.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/tile.h"

namespace psmc::sim {
namespace {

constexpr uint64_t kHostLimit = uint64_t{24} << 30;  // bytes of host memory for one chip
constexpr uint32_t kVcsPerClass = 2;

Port port_of(arch::Side side) {
  switch (side) {
    case arch::Side::west: return kWest;
    case arch::Side::east: return kEast;
    case arch::Side::north: return kNorth;
    case arch::Side::south: break;
  }
  return kSouth;
}

/// The largest piece of a transfer that one packet carries, in whole flits; a multicast must fit the buffer of a
/// router.
uint32_t piece_bytes(const arch::Machine& m) {
  const uint32_t flits = std::min({m.network.packet_flits, m.network.buffer_flits - 1, 64u});
  return std::min(m.dma.request_bytes / m.network.link_bytes, flits) * m.network.link_bytes;
}

NetworkSpec network_spec(const arch::Machine& m) {
  NetworkSpec s;
  s.width = static_cast<uint16_t>(m.grid.columns);
  s.height = static_cast<uint16_t>(m.grid.rows);
  s.vcs = 2 * kVcsPerClass;
  s.classes = {VcRange{0, kVcsPerClass}, VcRange{kVcsPerClass, kVcsPerClass}};
  s.vc_depth = static_cast<uint16_t>(m.network.buffer_flits);
  s.flit_bytes = static_cast<uint16_t>(m.network.link_bytes);
  s.payload_bytes = piece_bytes(m);
  s.traverse_latency = static_cast<uint8_t>(m.network.hop_cycles);
  for (uint32_t t = 0; t < m.tiles(); ++t) s.endpoints.push_back({m.grid.coord(t).x, m.grid.coord(t).y, kLocal});
  for (const arch::Channel& c : m.memory.channels) s.endpoints.push_back({c.at.x, c.at.y, port_of(c.side)});
  return s;
}

ControllerSpec controller_spec(const arch::Machine& m, uint32_t channel) {
  ControllerSpec s;
  s.endpoint = m.tiles() + channel;
  s.channels = static_cast<uint32_t>(m.memory.channels.size());
  s.interleave = m.memory.interleave;
  s.burst_bytes = m.memory.burst_bytes;
  s.channel = channel_spec(m.memory);
  return s;
}

DmaSpec dma_spec(const arch::Machine& m, uint32_t tile) {
  DmaSpec s;
  s.tile = tile;
  s.in_engines = m.dma.in_engines;
  s.out_engines = m.dma.out_engines;
  s.queue = s.post_queue = m.dma.queue;
  s.start_cycles = m.dma.start_cycles;
  s.outstanding = m.dma.outstanding;
  s.piece_bytes = piece_bytes(m);
  return s;
}

bool at_edge(const arch::Machine& m, const arch::Channel& c) {
  switch (c.side) {
    case arch::Side::west: return c.at.x == 0;
    case arch::Side::east: return c.at.x + 1u == m.grid.columns;
    case arch::Side::north: return c.at.y == 0;
    case arch::Side::south: break;
  }
  return c.at.y + 1u == m.grid.rows;
}

}  // namespace

/// What the checks of machine files and images leave open: the host's memory, and that channels have free ports.
Status Chip::fits(const arch::Image& image) {
  const arch::Machine& m = image.machine;
  const uint64_t tile =
      m.scratchpad.bytes * 2ull + m.core.code_bytes * 2ull + m.network.buffer_flits * 400ull + 400'000;
  if (tile * m.tiles() > kHostLimit)
    return error(Code::too_large,
                 fmt::format("simulating {} tiles of {} bytes of scratchpad takes more than {} bytes of memory",
                             m.tiles(), m.scratchpad.bytes, kHostLimit));
  std::set<std::pair<arch::TileCoord, arch::Side>> used;
  for (const arch::Channel& c : m.memory.channels) {
    if (c.at.x >= m.grid.columns || c.at.y >= m.grid.rows || !at_edge(m, c) || !used.insert({c.at, c.side}).second)
      return error(Code::bad_image,
                   fmt::format("the memory channel at tile ({}, {}) has no free port of the grid", c.at.x, c.at.y));
  }
  if (m.memory.channels.empty()) return error(Code::bad_image, "the machine has no memory channel");
  return arch::validate(image);
}

Result<std::unique_ptr<Chip>> Chip::open(const arch::Image& image, Options options) {
  PSMC_TRY(fits(image));
  std::unique_ptr<Chip> chip(new Chip(image, std::move(options)));
  chip->build();
  chip->load_image();
  if (chip->options_.boot) {
    PSMC_TRY(chip->boot());
  } else {
    chip->label_code();
    chip->load_scratchpads();
  }
  return chip;
}

Chip::Chip(const arch::Image& image, Options options) : image_(image), options_(std::move(options)) {}
Chip::~Chip() = default;

void Chip::build() {
  const arch::Machine& m = image_.machine;
  if (options_.races && options_.numbers) {
    races_ = std::make_unique<RaceDetector>(
        RaceSpec{m.tiles(), m.semaphores.count, m.dma.in_engines, m.dma.out_engines, m.scratchpad.bytes});
  }
  memory_ = std::make_unique<DeviceMemory>(m.memory.bytes);
  network_ = std::make_unique<Network>(network_spec(m));
  semaphores_ = std::make_unique<Semaphores>(m.tiles(), m.semaphores.count, m.semaphores.maximum, races_.get(),
                                             static_cast<WaitObserver&>(*this));
  code_ = std::make_unique<CodeStore>(image_);
  channels_.reserve(m.memory.channels.size());
  for (uint32_t c = 0; c < m.memory.channels.size(); ++c)
    channels_.emplace_back(controller_spec(m, c), *network_, *memory_, races_.get());
  running_.resize((m.tiles() + 63) / 64);
  banks_.resize(m.tiles());
  dma_wake_ = WakeTimes(m.tiles());
  channel_wake_ = WakeTimes(channels_.size());
  const DmaContext dma{m,
                       *network_,
                       *semaphores_,
                       transfers_,
                       races_.get(),
                       dma_wake_,
                       options_.transfers ? &options_.transfers : nullptr,
                       options_.writes ? &options_.writes : nullptr};
  for (uint32_t t = 0; t < m.tiles(); ++t) {
    const arch::TileImage* tile = image_.find_tile(t);
    const StepTable steps{image_.step_register, tile ? std::span(tile->steps) : std::span<const arch::StepRange>()};
    tiles_.push_back(std::make_unique<Tile>(dma_spec(m, t), dma, *code_, stats_, options_, steps));
  }
}

void Chip::load_image() {
  for (const arch::Segment& s : image_.memory) memory_->map(s.address, s.size, s.bytes);
  overlay_bytes_.reserve(image_.blobs.size());
  for (const arch::CodeBlob& b : image_.blobs) {
    if (!b.overlay) continue;
    overlay_bytes_.push_back(arch::encode_code(b.words));
    memory_->map(b.memory_address, overlay_bytes_.back().size(), overlay_bytes_.back());
  }
}

/// The words of each tile's code with their ops.
void Chip::label_code() {
  for (const arch::TileImage& t : image_.tiles)
    if (t.code.valid()) load_code(*tiles_[t.tile], t.code);
}

void Chip::load_scratchpads() {
  for (const arch::TileImage& t : image_.tiles) {
    Tile& tile = *tiles_[t.tile];
    for (const arch::Segment& s : t.segments) {
      const std::vector<std::byte> zeros(s.bytes.empty() ? s.size : 0);
      tile.scratchpad.fill(s.address, s.bytes.empty() ? std::span<const std::byte>(zeros) : s.bytes);
    }
  }
}

void Chip::load_code(Tile& tile, arch::BlobId blob) {
  const arch::CodeBlob& b = image_.blobs[blob.index];
  size_t range = 0;  // debug ranges are sorted
  for (uint32_t w = 0; w < b.words.size(); ++w) {
    while (range < b.lines.size() && b.lines[range].first + b.lines[range].words <= w) ++range;
    const bool known = range < b.lines.size() && b.lines[range].first <= w && b.lines[range].op.valid();
    tile.code.put(w, {code_->intern(b.words[w]), known ? b.lines[range].op.index : code_->no_op()});
  }
}

const Core& Chip::core(uint32_t tile) const { return tiles_[tile]->core; }
const DmaUnit& Chip::dma(uint32_t tile) const { return tiles_[tile]->dma; }
const CodeMemory& Chip::code(uint32_t tile) const { return tiles_[tile]->code; }
Scratchpad& Chip::scratchpad(uint32_t tile) { return tiles_[tile]->scratchpad; }
Registers& Chip::registers(uint32_t tile) { return tiles_[tile]->core.registers(); }
uint32_t Chip::semaphore(uint32_t tile, uint32_t s) const { return semaphores_->value(tile, s); }

}  // namespace psmc::sim
