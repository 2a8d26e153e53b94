// SPDX-License-Identifier: Apache-2.0
// Runs one loop-level function as a compiled kernel on one tile: a scratchpad with its buffers, a record for the
// kernel, a record that halts. `compare` runs it in the reference interpreter too and looks at every element.
#pragma once

#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "arch/check.h"
#include "backend/abi.h"
#include "backend/kernel.h"
#include "base/random.h"
#include "ir/interp/interpreter.h"
#include "ir/text/parser.h"
#include "ir/verify.h"
#include "sim/chip.h"

namespace psmc::backend::test {

/// psm1's core in a chip of 2x2 tiles, which opens quickly.
inline arch::Machine test_machine() {
  arch::Machine machine = arch::preset("lab4").value();
  const arch::Machine psm1 = arch::preset("psm1").value();
  machine.core = psm1.core;
  machine.core.code_bytes *= 8;  // kernels here may be longer than a program could afford
  machine.latency = psm1.latency;
  machine.matrix = psm1.matrix;
  machine.scratchpad = psm1.scratchpad;
  return machine;
}

struct TileRun {
  KernelCode code;
  sim::RunStats stats;
  uint64_t cycles = 0;  ///< of the kernel, without the record that halts
};

/// Buffers are flat storage, changed in place.
inline Result<TileRun> run_on_tile(const ir::Module& module, ir::FuncId func, const arch::Machine& machine,
                                   std::span<ir::Array* const> buffers, const std::vector<int64_t>& symbols = {},
                                   KernelOptions options = {}) {
  options.verify = true;
  TileRun run;
  PSMC_ASSIGN(run.code, compile_kernel(module, func, machine, options));
  arch::Image image;
  image.machine = machine;
  arch::CodeBlob blob;
  blob.name = "test";
  blob.words = run.code.words;
  const auto halt = static_cast<uint32_t>(blob.words.size());
  arch::Word stop;
  stop[arch::Slot::S].op = arch::Opcode::halt;
  blob.words.push_back(stop);
  blob.kernels = {{"kernel", 0, halt}, {"halt", halt, 1}};
  image.blobs.push_back(blob);
  arch::TileImage tile;
  tile.code = arch::BlobId(0);
  uint64_t at = 0;
  std::vector<uint64_t> record{0};
  std::vector<uint64_t> addresses;
  for (const ir::Array* buffer : buffers) {
    addresses.push_back(at);
    record.push_back(at);
    tile.segments.push_back({at, buffer->bytes.size(), image.own(buffer->bytes)});
    at = (at + buffer->bytes.size() + 63) / 64 * 64;
  }
  record.push_back(at);  // the spill area; never written before, so that reading too early traps
  at = (at + run.code.spill_bytes + 63) / 64 * 64;
  record.push_back(halt);
  std::vector<std::byte> bytes(record.size() * 8);
  std::memcpy(bytes.data(), record.data(), bytes.size());
  tile.segments.push_back({at, bytes.size(), image.own(bytes)});
  image.tiles.push_back(tile);
  arch::Entry entry;
  entry.name = "go";
  arch::TileStart start;
  start.scalars = {{kRecordRegister, static_cast<int64_t>(at)}};
  for (size_t i = 0; i < symbols.size(); ++i) start.scalars.emplace_back(kFirstSymbolRegister + i, symbols[i]);
  entry.tiles.push_back(start);
  image.entries.push_back(entry);
  PSMC_ASSIGN(const std::unique_ptr<sim::Chip> chip, sim::Chip::open(image, {}));
  PSMC_ASSIGN(run.stats, chip->launch(0));
  const auto& classes = run.stats.tiles[0];
  for (size_t c = 0; c < static_cast<size_t>(sim::CycleClass::finished); ++c) run.cycles += classes[c];
  run.cycles -= 1;
  for (size_t i = 0; i < buffers.size(); ++i)
    std::memcpy(buffers[i]->bytes.data(), chip->scratchpad(0).at(addresses[i]), buffers[i]->bytes.size());
  return run;
}

/// Random numbers in the whole storage of a buffer, padding too.
inline ir::Array random_buffer(const ir::Type& type, Random& random, float low = -1, float high = 1) {
  const int64_t count = (ir::buffer_storage(type) / 64 + 1) * 64;
  ir::Array array(type.dtype, {count});
  for (int64_t i = 0; i < count; ++i) {
    if (is_float(type.dtype))
      array.set(i, random.uniform(low, high));
    else
      array.set_int(i, type.dtype == DType::boolean
                           ? random.range(0, 1)
                           : random.range(static_cast<int64_t>(low * 100), static_cast<int64_t>(high * 100)));
  }
  return array;
}

struct Compared {
  TileRun run;
  double worst = 0;  ///< largest difference over max(1, size of the number)
};

struct CompareOptions {
  double tolerance = 1e-5;
  float low = -1, high = 1;
  uint64_t seed = 1;
  KernelOptions kernel;
};

inline ir::Module parse_kernel(const std::string& text) {
  Result<ir::Module> module = ir::parse_text("test.psm", text);
  if (!module.ok()) FAIL(module.diagnostic().render() + "\n" + text);
  const Status good = ir::verify_status(*module);
  if (!good.ok()) FAIL(good.diagnostic().render() + "\n" + text);
  return std::move(module).value();
}

/// The only function of `text`, on random data, compiled and interpreted; fails the test where they differ.
inline Compared compare(const std::string& text, const std::vector<int64_t>& symbols = {},
                        const CompareOptions& options = {}, const arch::Machine& machine = test_machine()) {
  INFO(text);
  const ir::Module module = parse_kernel(text);
  const ir::FuncId func(0);
  const ir::BlockData& body = module.block_data(module.func(func).body);
  Random random(options.seed);
  std::vector<ir::Array> compiled, reference;
  for (uint32_t i = 0; i < body.num_args; ++i)
    compiled.push_back(random_buffer(module.value_type(module.block_arg(module.func(func).body, i)), random,
                                     options.low, options.high));
  reference = compiled;
  std::vector<ir::Array*> compiled_pointers, reference_pointers;
  for (auto& array : compiled) compiled_pointers.push_back(&array);
  for (auto& array : reference) reference_pointers.push_back(&array);
  ir::SymbolValues values;
  for (size_t i = 0; i < symbols.size(); ++i) values.emplace_back(module.func(func).symbols[i].name, symbols[i]);
  const Status interpreted = ir::interpret_loops(module, func, reference_pointers, values);
  if (!interpreted.ok()) FAIL(interpreted.diagnostic().render());
  Result<TileRun> run = run_on_tile(module, func, machine, compiled_pointers, symbols, options.kernel);
  if (!run.ok()) FAIL(run.diagnostic().render());
  Compared result;
  result.run = std::move(run).value();
  for (size_t b = 0; b < compiled.size(); ++b) {
    for (int64_t i = 0; i < compiled[b].elements(); ++i) {
      const double got = compiled[b].get(i), wanted = reference[b].get(i);
      if (got == wanted || (std::isnan(got) && std::isnan(wanted))) continue;
      const double difference = std::fabs(got - wanted) / std::max(1.0, std::fabs(wanted));
      result.worst = std::max(result.worst, difference);
      if (!(difference <= options.tolerance))
        FAIL("buffer " << b << " element " << i << ": " << got << " instead of " << wanted);
    }
  }
  return result;
}

}  // namespace psmc::backend::test
