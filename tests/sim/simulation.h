// SPDX-License-Identifier: Apache-2.0
// For tests of the simulator: an assembled program on a chip.
#pragma once

#include <catch2/catch.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "arch/asm.h"
#include "sim/chip.h"

namespace psmc::sim::test {

/// A program in assembly, opened; launch() must be called before anything is looked at.
struct Simulation {
  std::unique_ptr<arch::Image> image;
  std::unique_ptr<Chip> chip;

  explicit Simulation(const std::string& text, Options options = {}) {
    Result<arch::Image> assembled = arch::assemble("test.psma", text);
    if (!assembled.ok()) FAIL(assembled.diagnostic().render());
    image = std::make_unique<arch::Image>(std::move(assembled).value());
    Result<std::unique_ptr<Chip>> opened = Chip::open(*image, std::move(options));
    if (!opened.ok()) FAIL(opened.diagnostic().render());
    chip = std::move(opened).value();
  }
  RunStats run(size_t entry = 0) {
    Result<RunStats> stats = chip->launch(entry);
    if (!stats.ok()) FAIL(stats.diagnostic().render());
    return *stats;
  }
  /// The trap that the launch must end with.
  Trap trap(size_t entry = 0) {
    Result<RunStats> stats = chip->launch(entry);
    REQUIRE(!stats.ok());
    REQUIRE(chip->trap().has_value());
    return *chip->trap();
  }
  template <typename T>
  T at(uint32_t tile, uint64_t address) {
    T value;
    std::memcpy(&value, chip->scratchpad(tile).at(address), sizeof value);
    return value;
  }
  template <typename T>
  T memory_at(uint64_t address) {
    T value;
    REQUIRE(chip->read_memory(address, std::as_writable_bytes(std::span(&value, 1))).ok());
    return value;
  }
  template <typename T>
  void put_memory(uint64_t address, const std::vector<T>& values) {
    REQUIRE(chip->write_memory(address, std::as_bytes(std::span(values))).ok());
  }
};

/// One tile of lab4 that runs `code` from word 0, with `data` directives.
inline std::string one_tile(const std::string& code, const std::string& data = "", const std::string& start = "") {
  return ".machine \"lab4\"\n.code \"main\"\n" + code + "\n.end\n.tile 0 \"main\"\n" + data +
         ".end\n.entry \"go\"\n.start 0 0 " + start + "\n.end\n";
}

inline uint64_t cycles_in(const RunStats& stats, uint32_t tile, CycleClass c) {
  return stats.tiles[tile][static_cast<size_t>(c)];
}

}  // namespace psmc::sim::test
