// SPDX-License-Identifier: Apache-2.0
#include "backend/link/link.h"

#include <fmt/format.h>

#include <cstring>

#include "backend/abi.h"
#include "backend/link/runtime_kernels.h"

namespace psmc::backend {
namespace {

using arch::Command;
using arch::CommandKind;

class Linker {
 public:
  Linker(arch::Plan plan, const std::vector<KernelCode>& kernels) : plan_(std::move(plan)), kernels_(kernels) {}

  Result<arch::Image> run() {
    image_.machine = plan_.machine;
    image_.ops = plan_.ops;
    image_.step_register = kRecordRegister;
    for (auto& bytes : plan_.owned) image_.owned.push_back(std::move(bytes));
    image_.memory = plan_.memory;
    image_.tiles = plan_.tiles;
    PSMC_TRY(check_spills());
    PSMC_TRY(lay_out_code());
    std::vector<uint64_t> next(plan_.machine.tiles(), plan_.table_address);
    for (arch::EntryPlan& entry : plan_.entries) PSMC_TRY(add_entry(entry, next));
    return std::move(image_);
  }

 private:
  Status check_spills() const {
    for (size_t i = 0; i < kernels_.size(); ++i)
      if (kernels_[i].spill_bytes > plan_.spill_bytes)
        return error(Code::scratchpad_full,
                     fmt::format("kernel '{}' needs {} bytes for spilled registers and local buffers, {} are reserved",
                                 plan_.kernels[i], kernels_[i].spill_bytes, plan_.spill_bytes));
    return {};
  }

  Status lay_out_code() {
    arch::CodeBlob blob;
    blob.name = "program";
    const auto append = [&](std::string name, const std::vector<arch::Word>& words) {
      const auto first = static_cast<uint32_t>(blob.words.size());
      blob.kernels.push_back({std::move(name), first, static_cast<uint32_t>(words.size())});
      blob.words.insert(blob.words.end(), words.begin(), words.end());
      return first;
    };
    uint32_t number = 0;
    for (const RuntimeKernel& kernel : runtime_kernels(plan_.machine))
      runtime_.push_back(append(fmt::format("{}.{}", kernel.name, number++), kernel.words));
    for (size_t i = 0; i < kernels_.size(); ++i) compiled_.push_back(append(plan_.kernels[i], kernels_[i].words));
    if (blob.words.size() > plan_.machine.code_words())
      return error(Code::code_too_large,
                   fmt::format("the program has {} words of code, a tile holds {}", blob.words.size(),
                               plan_.machine.code_words()),
                   {"the model has too many different kernels for this machine's code memory"});
    add_lines(blob);
    image_.blobs.push_back(std::move(blob));
    for (arch::TileImage& tile : image_.tiles) tile.code = arch::BlobId(0);
    return {};
  }

  /// Words of a kernel that serves one op alone are that op's. Cycles are counted by step, not by word (add_steps).
  void add_lines(arch::CodeBlob& blob) {
    std::vector<arch::OpId> owner(compiled_.size());
    std::vector<bool> shared(compiled_.size());
    for (const arch::EntryPlan& entry : plan_.entries)
      for (const arch::TileProgram& tile : entry.tiles)
        for (const Command& c : tile.commands) {
          if (c.kind != CommandKind::run) continue;
          shared[c.index] = shared[c.index] || (owner[c.index].valid() && owner[c.index] != c.op);
          owner[c.index] = c.op;
        }
    for (size_t i = 0; i < compiled_.size(); ++i)
      if (owner[i] && !shared[i])
        blob.lines.push_back({compiled_[i], static_cast<uint32_t>(kernels_[i].words.size()), owner[i]});
  }

  /// Which op each record of a table at `base` is for.
  static void add_steps(const arch::TileProgram& tile, uint64_t base, std::vector<arch::StepRange>& steps) {
    uint64_t at = base;
    for (const Command& c : tile.commands) {
      if (at == base || steps.back().op != c.op) steps.push_back({at, c.op});
      at += record_size(c);
    }
  }

  Status add_entry(arch::EntryPlan& plan, std::vector<uint64_t>& next) {
    arch::Entry entry;
    entry.name = plan.name;
    entry.symbols = plan.symbols;
    for (const arch::TileProgram& tile : plan.tiles) {
      const uint64_t base = next[tile.tile];
      std::vector<std::byte> table = build_table(tile, base);
      next[tile.tile] = (base + table.size() + 127) / 128 * 128;
      if (next[tile.tile] > plan_.machine.scratchpad.bytes)
        return error(Code::scratchpad_full,
                     fmt::format("the step tables of tile {} do not fit its scratchpad", tile.tile));
      arch::TileStart start{
          .tile = tile.tile, .word = first_word(tile), .scalars = {{kRecordRegister, static_cast<int64_t>(base)}}};
      entry.tiles.push_back(std::move(start));
      const auto bytes = image_.own(std::move(table));
      image_tile(tile.tile).segments.push_back({base, bytes.size(), bytes});
      add_steps(tile, base, image_tile(tile.tile).steps);
    }
    image_.entries.push_back(std::move(entry));
    return {};
  }

  arch::TileImage& image_tile(uint32_t tile) {
    for (arch::TileImage& t : image_.tiles)
      if (t.tile == tile) return t;
    PSMC_CHECK(false, "a plan runs a tile that it gives no data");
    return image_.tiles[0];
  }

  static uint32_t record_size(const Command& c) {
    switch (c.kind) {
      case CommandKind::run: return record_bytes(c.num_args);
      case CommandKind::wait: return kWaitRecord;
      case CommandKind::start: return kStartRecord;
      case CommandKind::fetch: return kFetchRecord;
      case CommandKind::symbols: return kSymbolsRecord;
      case CommandKind::halt: return kHaltRecord;
    }
    return 0;
  }

  uint32_t code_of(const arch::TileProgram& tile, const Command& c) const {
    switch (c.kind) {
      case CommandKind::run: return compiled_[c.index];
      case CommandKind::wait: return runtime_[kWaitKernel];
      case CommandKind::halt: return runtime_[kHaltKernel];
      case CommandKind::fetch: return runtime_[kFetchKernel];
      case CommandKind::symbols: return runtime_[kSymbolsKernel];
      case CommandKind::start: {
        const auto engine = static_cast<uint32_t>(tile.args[c.first_arg]);
        return runtime_[kFirstStartKernel + (engine & 7) + (engine & 8 ? plan_.machine.dma.in_engines : 0)];
      }
    }
    return 0;
  }
  uint32_t first_word(const arch::TileProgram& tile) const { return code_of(tile, tile.commands[0]); }

  std::vector<std::byte> build_table(const arch::TileProgram& tile, uint64_t base) const {
    uint64_t records = 0;
    for (const Command& c : tile.commands) records += record_size(c);
    const uint64_t descriptors =
        (base + records + arch::kDescriptorBytes - 1) / arch::kDescriptorBytes * arch::kDescriptorBytes;
    std::vector<std::byte> table(descriptors - base + tile.descriptors.size() * arch::kDescriptorBytes);
    uint64_t at = 0;
    const auto put = [&](int64_t value) {
      std::memcpy(table.data() + at, &value, 8);
      at += 8;
    };
    for (const Command& c : tile.commands) {
      put(code_of(tile, c));
      if (c.kind == CommandKind::start || c.kind == CommandKind::fetch)
        put(static_cast<int64_t>(descriptors + uint64_t{c.index} * arch::kDescriptorBytes));
      if (c.kind != CommandKind::start)
        for (uint32_t i = 0; i < c.num_args; ++i) put(tile.args[c.first_arg + i]);
      if (c.kind == CommandKind::run) put(plan_.spill_address);
    }
    for (size_t i = 0; i < tile.descriptors.size(); ++i) {
      const arch::DescriptorBytes bytes = arch::encode(tile.descriptors[i]);
      std::memcpy(table.data() + (descriptors - base) + i * arch::kDescriptorBytes, bytes.data(), bytes.size());
    }
    return table;
  }

  arch::Plan plan_;
  const std::vector<KernelCode>& kernels_;
  arch::Image image_;
  std::vector<uint32_t> runtime_, compiled_;  ///< first words
};

}  // namespace

Result<arch::Image> link(arch::Plan plan, const std::vector<KernelCode>& kernels) {
  return Linker(std::move(plan), kernels).run();
}

}  // namespace psmc::backend
