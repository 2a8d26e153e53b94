// SPDX-License-Identifier: Apache-2.0
// `psmc validate`: units of the simulator against independent references.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace psmc::tools {

struct ValidateNoc {
  std::string router = "R2", packets = {}, curves = {};
  uint16_t width = 8, height = 8;
};

/// Zero load for all pairs and, with `packets`, a golden trace; or, with `curves`, latency against load. Returns 0, or
/// 3 if a packet is late or early, or a latency more than 2 % off.
Result<int> validate_noc(const ValidateNoc& options);

struct ValidateSystolic {
  std::string table = {};
  uint64_t cases = 10'000, seed = 1;
};

/// The matrix unit and other systolic arrays, PE by PE: random products in each dataflow, chains of `mma`, and the rows
/// of `table`. Returns 0, or 3 if values or cycles differ anywhere.
Result<int> validate_systolic(const ValidateSystolic& options);

struct BenchNoc {
  std::string router = "R2";
  double load = 0.1;  ///< flits a node a cycle
  uint16_t width = 8, height = 8;
  uint32_t flits = 1;
  uint64_t cycles = 100'000, seed = 1;
};

/// Seeded uniform traffic: mean latency, and how fast the network is simulated. Returns 0.
Result<int> bench_noc(const BenchNoc& options);

struct ValidateDram {
  std::string preset = {};  ///< of arch/dram.h; none: DDR4-2400, HBM2 and psm1
  uint64_t commands = 1'000'000, seed = 1;
};

/// Latencies of lone reads, and an independent check of at least so many commands. Returns 0, or 3 if a latency is off
/// or a command breaks a rule. Errors: machine_unknown.
Result<int> validate_dram(const ValidateDram& options);

struct BenchDram {
  std::string preset = {};
  double load = 1;  ///< of what the data bus can carry
  uint64_t cycles = 10'000'000, seed = 1;
};

/// Seeded traffic on one channel: bandwidth, mean latency, and how fast the channel is simulated. Returns 0. Errors:
/// machine_unknown.
Result<int> bench_dram(const BenchDram& options);

}  // namespace psmc::tools
