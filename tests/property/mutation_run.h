// SPDX-License-Identifier: Apache-2.0
// Small compiled programs that are run whole, three launches in a row on random inputs and states. What a run gives is
// every output and state after every launch, or the trap.
//
// Shapes fill tiles and vectors, and the last position is decoded, so that little of what is computed is padding or
// masked out: what nobody uses, nobody can see change.
#pragma once

#include <cstring>

#include "frontend/llama/llama_graph.h"
#include "ir/text/parser.h"
#include "tests/property/mutation_draw.h"
#include "tools/bench/seeded.h"
#include "tools/driver/compile.h"
#include "tools/driver/device.h"
#include "tools/driver/load.h"

namespace psmc::test {

struct SmallProgram {
  arch::Image image;
  int64_t position = 0, tokens = 1;  ///< of a language model: what symbols hold, below what tokens are
  std::map<std::string, std::vector<std::byte>> states = {};  ///< before the first launch; those not here are random
  std::shared_ptr<const void> keeps = nullptr;                ///< what the image's segments point into
};

inline void put(std::span<std::byte> bytes, size_t index, DType dtype, float value) {
  const uint16_t half = f32_to_bf16(value);
  std::memcpy(&bytes[index * dtype_bytes(dtype)], dtype == DType::bf16 ? static_cast<const void*>(&half) : &value,
              dtype_bytes(dtype));
}

/// One layer; norms are random, since weights that are all 1 would hide that a wrong one was read.
inline Result<SmallProgram> small_llama(const arch::Machine& machine) {
  frontend::LlamaConfig config;
  config.dim = 64;
  config.layers = 1;
  config.heads = config.kv_heads = 4;
  config.head_dim = 16;
  config.hidden = 128;
  config.vocab = 128;
  config.seq = 64;
  tools::SeededCheckpoint seeded = tools::seeded_checkpoint(config, DType::f32, 7);
  Random random(8);
  for (const auto& [name, weight] : seeded.checkpoint.weights())
    for (auto& bytes : seeded.bytes)
      if (weight.tensor.shape.size() == 1 && bytes.data() == weight.tensor.bytes.data())
        for (size_t i = 0; i < bytes.size() / 4; ++i) put(bytes, i, DType::f32, random.uniform(0.5f, 1.5f));
  frontend::LlamaOptions llama;
  llama.prefill = false;
  PSMC_ASSIGN(ir::Module module, frontend::llama_module(seeded.checkpoint, llama));
  SmallProgram program;
  tools::CompileReport report;
  PSMC_ASSIGN(program.image, tools::compile(module, machine, {}, report));
  program.position = config.seq - 1;
  program.tokens = config.vocab;
  return program;
}

/// Fills the states with what the model itself says, the likeliest token after each other: of random keys one gets all
/// of the attention, and what the others are does not matter.
inline Status decode_until(int64_t position, SmallProgram& program) {
  sim::Options options;
  options.races = false;
  PSMC_ASSIGN(const std::unique_ptr<tools::Device> device, tools::Device::open(program.image, options));
  const auto& symbols = program.image.entries[0].symbols;
  int32_t token = 0;
  for (int64_t at = 0; at < position; ++at) {
    for (const arch::Symbol& s : symbols)
      if (s.kind == arch::SymbolKind::input)
        PSMC_TRY(device->write(
            0, s.name, s.dtype == DType::i64 ? std::as_bytes(std::span(&at, 1)) : std::as_bytes(std::span(&token, 1))));
    PSMC_TRY(device->launch(0));
    for (const arch::Symbol& s : symbols) {
      if (s.kind != arch::SymbolKind::output) continue;
      PSMC_ASSIGN(const std::vector<std::byte> bytes, device->read(0, s.name));
      std::vector<float> logits(bytes.size() / 4);
      std::memcpy(logits.data(), bytes.data(), bytes.size());
      token = static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    }
  }
  for (const arch::Symbol& s : symbols)
    if (s.kind == arch::SymbolKind::state) {
      PSMC_ASSIGN(program.states[s.name], device->read(0, s.name));
    }
  return {};
}

/// Decoding with the model that the demo runs.
inline Result<SmallProgram> embedded_model(const arch::Machine& machine) {
  frontend::LlamaOptions llama;
  llama.prefill = false;
  PSMC_ASSIGN(tools::LoadedModel model, tools::load_model(PSMC_SOURCE_DIR "/models/kjv", llama));
  auto kept = std::make_shared<tools::LoadedModel>(std::move(model));
  SmallProgram program;
  tools::CompileReport report;
  PSMC_ASSIGN(program.image, tools::compile(kept->module, machine, {}, report));
  program.position = 63;
  program.tokens = 1024;
  program.keeps = kept;
  PSMC_TRY(decode_until(program.position, program));
  return program;
}

inline constexpr const char* kMatrices =
    R"(func @main(%x: tensor<32x32xbf16>, %w: tensor<32x64xbf16>, %v: tensor<64x32xbf16>) -> (%r: tensor<32x32xf32>) {
  %a = contract %x, %w {dtype = f32, spec = "mk,kn->mn"}
  %b = tanh %a
  %c = cast %b {dtype = bf16}
  %d = contract %c, %v {dtype = f32, spec = "mk,kn->mn"}
  %e = call @softmax(%d) {axis = 1}
  return %e
}
)";

/// Products on the matrix units, and what stands between them.
inline Result<SmallProgram> small_matrices(const arch::Machine& machine) {
  PSMC_ASSIGN(ir::Module module, ir::parse_text("matrices.psm", kMatrices));
  SmallProgram program;
  tools::CompileReport report;
  PSMC_ASSIGN(program.image, tools::compile(module, machine, {}, report));
  return program;
}

struct Outcome {
  std::string trap;                            ///< empty: it ran to its end
  std::vector<std::vector<std::byte>> values;  ///< of every output and state after every launch
  uint64_t cycles = 0;                         ///< of the longest launch
  size_t left_semaphores = 0;                  ///< that were not zero at the end
};

class ProgramRun {
 public:
  /// `slice` may be null; the options' trace must feed it.
  ProgramRun(const SmallProgram& program, sim::Options options, Slice* slice = nullptr)
      : program_(program), options_(std::move(options)), slice_(slice) {}

  Outcome run() {
    const Status done = launches();
    if (!done.ok()) outcome_.trap = done.diagnostic().render();
    return std::move(outcome_);
  }

 private:
  Status launches() {
    PSMC_ASSIGN(device_, tools::Device::open(program_.image, options_));
    if (slice_ != nullptr) slice_->watch(device_->chip());
    Random random(9);
    for (int i = 0; i < 3; ++i) PSMC_TRY(launch(random, i == 0));
    if (slice_ != nullptr) slice_->finish(program_.image.entries[0]);
    return {};
  }

  /// States are set before the first launch only.
  Status fill(const arch::Symbol& s, Random& random) {
    if (const auto known = program_.states.find(s.name); known != program_.states.end())
      return device_->write(0, s.name, known->second);
    std::vector<std::byte> bytes(tools::dense_bytes_of(s));
    for (size_t i = 0; i < bytes.size() / dtype_bytes(s.dtype); ++i) {
      const int64_t integer = s.dtype == DType::i64
                                  ? program_.position
                                  : static_cast<int64_t>(random.below(static_cast<uint64_t>(program_.tokens)));
      if (is_float(s.dtype)) {
        put(bytes, i, s.dtype, random.uniform(-1, 1));
      } else {
        std::memcpy(&bytes[i * dtype_bytes(s.dtype)], &integer, dtype_bytes(s.dtype));
      }
    }
    return device_->write(0, s.name, bytes);
  }

  Status launch(Random& random, bool first) {
    for (const arch::Symbol& s : program_.image.entries[0].symbols)
      if (s.kind == arch::SymbolKind::input || (s.kind == arch::SymbolKind::state && first)) PSMC_TRY(fill(s, random));
    if (slice_ != nullptr) slice_->begin_launch(program_.image.entries[0]);
    PSMC_ASSIGN(const sim::RunStats stats, device_->launch(0));
    outcome_.cycles = std::max(outcome_.cycles, stats.cycles);
    outcome_.left_semaphores += stats.left_semaphores.size();
    for (const arch::Symbol& s : program_.image.entries[0].symbols) {
      if (s.kind == arch::SymbolKind::input) continue;
      PSMC_ASSIGN(std::vector<std::byte> bytes, device_->read(0, s.name));
      outcome_.values.push_back(std::move(bytes));
    }
    return {};
  }

  const SmallProgram& program_;
  sim::Options options_;
  Slice* slice_;
  std::unique_ptr<tools::Device> device_;
  Outcome outcome_;
};

/// Changes an image and puts it back.
class Mutated {
 public:
  Mutated(arch::Image& image, const Mutation& m) : image_(image), mutation_(m) {
    for (const auto& [w, word] : m.words) {
      old_words_.push_back(image.blobs[0].words[w]);
      image.blobs[0].words[w] = word;
    }
    if (!m.bytes.empty()) change_bytes();
  }
  ~Mutated() {
    for (size_t i = 0; i < old_words_.size(); ++i) image_.blobs[0].words[mutation_.words[i].first] = old_words_[i];
    if (segment_ != nullptr) segment_->bytes = old_bytes_;
  }
  Mutated(const Mutated&) = delete;
  Mutated& operator=(const Mutated&) = delete;

 private:
  void change_bytes() {
    const Mutation& m = mutation_;
    for (arch::TileImage& t : image_.tiles) {
      for (arch::Segment& s : t.segments) {
        if (t.tile != m.tile || m.address < s.address || m.address + m.bytes.size() > s.address + s.bytes.size())
          continue;
        segment_ = &s;
        old_bytes_ = s.bytes;
        bytes_.assign(s.bytes.begin(), s.bytes.end());
        std::copy(m.bytes.begin(), m.bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(m.address - s.address));
        s.bytes = bytes_;
      }
    }
  }

  arch::Image& image_;
  const Mutation& mutation_;
  std::vector<arch::Word> old_words_;
  arch::Segment* segment_ = nullptr;
  std::span<const std::byte> old_bytes_;
  std::vector<std::byte> bytes_;
};

}  // namespace psmc::test
