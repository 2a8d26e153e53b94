// SPDX-License-Identifier: Apache-2.0
// The presets of arch/presets/*.json as text in the binary, which must work without files. The two are the same byte
// for byte: tests/arch/machine_test.cpp compares them. After changing a file run `python3 arch/presets/embed.py`.
#include "arch/machine.h"

namespace psmc::arch {
namespace {

struct Preset {
  std::string_view name;
  std::string_view json;
};

constexpr Preset kPresets[] = {
    {"psm1", R"json({
  "name": "psm1",
  "clock_mhz": 1000,
  "grid": {
    "columns": 8,
    "rows": 8
  },
  "core": {
    "scalar_registers": 32,
    "vector_registers": 32,
    "mask_registers": 8,
    "tile_registers": 16,
    "accumulators": 8,
    "code_bytes": 131072,
    "loop_depth": 4
  },
  "latency": {
    "scalar": 1,
    "scalar_multiply": 3,
    "mask": 1,
    "mask_to_scalar": 2,
    "load": 4,
    "vector_alu": 2,
    "vector_fma": 4,
    "vector_convert": 4,
    "vector_special": 8,
    "vector_reduce": 8,
    "vector_permute": 4,
    "vector_to_scalar": 2,
    "accumulator_read": 4,
    "accumulator_write": 1,
    "special_occupancy": 2,
    "access_stage": 2
  },
  "matrix": {
    "bf16_occupancy": 16,
    "i8_occupancy": 16,
    "f32_occupancy": 32,
    "fill": 30
  },
  "scratchpad": {
    "bytes": 1048576,
    "banks": 16,
    "port_bytes": 64
  },
  "dma": {
    "in_engines": 2,
    "out_engines": 2,
    "queue": 4,
    "start_cycles": 16,
    "outstanding": 16,
    "request_bytes": 512
  },
  "network": {
    "link_bytes": 64,
    "hop_cycles": 3,
    "packet_flits": 8,
    "buffer_flits": 18,
    "multicast": true
  },
  "memory": {
    "bytes": 8589934592,
    "channels": [
      {"x": 0, "y": 0, "side": "west"},
      {"x": 7, "y": 1, "side": "east"},
      {"x": 0, "y": 2, "side": "west"},
      {"x": 7, "y": 3, "side": "east"},
      {"x": 0, "y": 4, "side": "west"},
      {"x": 7, "y": 5, "side": "east"},
      {"x": 0, "y": 6, "side": "west"},
      {"x": 7, "y": 7, "side": "east"}
    ],
    "channel_bytes_per_cycle": 32,
    "interleave": 512,
    "burst_bytes": 64,
    "queue_bursts": 32,
    "banks": 16,
    "row_bytes": 2048,
    "hit_cycles": 17,
    "miss_cycles": 31,
    "conflict_cycles": 45,
    "refresh_interval": 256,
    "refresh_cycles": 60,
    "turnaround_cycles": 8
  },
  "chip_links": {
    "count": 4,
    "bytes_per_cycle": 32,
    "latency_cycles": 200
  },
  "host": {
    "bytes_per_cycle": 32,
    "latency_cycles": 1000
  },
  "semaphores": {
    "count": 64,
    "maximum": 65535
  }
}
)json"},
    {"psm1-lean", R"json({
  "name": "psm1-lean",
  "clock_mhz": 1000,
  "grid": {
    "columns": 8,
    "rows": 8
  },
  "core": {
    "scalar_registers": 32,
    "vector_registers": 32,
    "mask_registers": 8,
    "tile_registers": 16,
    "accumulators": 8,
    "code_bytes": 131072,
    "loop_depth": 4
  },
  "latency": {
    "scalar": 1,
    "scalar_multiply": 3,
    "mask": 1,
    "mask_to_scalar": 2,
    "load": 4,
    "vector_alu": 2,
    "vector_fma": 4,
    "vector_convert": 4,
    "vector_special": 8,
    "vector_reduce": 8,
    "vector_permute": 4,
    "vector_to_scalar": 2,
    "accumulator_read": 4,
    "accumulator_write": 1,
    "special_occupancy": 2,
    "access_stage": 2
  },
  "matrix": {
    "bf16_occupancy": 16,
    "i8_occupancy": 16,
    "f32_occupancy": 32,
    "fill": 30
  },
  "scratchpad": {
    "bytes": 1048576,
    "banks": 16,
    "port_bytes": 32
  },
  "dma": {
    "in_engines": 2,
    "out_engines": 2,
    "queue": 4,
    "start_cycles": 16,
    "outstanding": 16,
    "request_bytes": 512
  },
  "network": {
    "link_bytes": 64,
    "hop_cycles": 3,
    "packet_flits": 8,
    "buffer_flits": 18,
    "multicast": true
  },
  "memory": {
    "bytes": 8589934592,
    "channels": [
      {"x": 0, "y": 0, "side": "west"},
      {"x": 7, "y": 1, "side": "east"},
      {"x": 0, "y": 2, "side": "west"},
      {"x": 7, "y": 3, "side": "east"},
      {"x": 0, "y": 4, "side": "west"},
      {"x": 7, "y": 5, "side": "east"},
      {"x": 0, "y": 6, "side": "west"},
      {"x": 7, "y": 7, "side": "east"}
    ],
    "channel_bytes_per_cycle": 16,
    "interleave": 512,
    "burst_bytes": 64,
    "queue_bursts": 32,
    "banks": 16,
    "row_bytes": 2048,
    "hit_cycles": 17,
    "miss_cycles": 31,
    "conflict_cycles": 45,
    "refresh_interval": 256,
    "refresh_cycles": 60,
    "turnaround_cycles": 8
  },
  "chip_links": {
    "count": 4,
    "bytes_per_cycle": 32,
    "latency_cycles": 200
  },
  "host": {
    "bytes_per_cycle": 32,
    "latency_cycles": 1000
  },
  "semaphores": {
    "count": 64,
    "maximum": 65535
  }
}
)json"},
    {"lab4", R"json({
  "name": "lab4",
  "clock_mhz": 1000,
  "grid": {
    "columns": 2,
    "rows": 2
  },
  "core": {
    "scalar_registers": 32,
    "vector_registers": 32,
    "mask_registers": 8,
    "tile_registers": 16,
    "accumulators": 8,
    "code_bytes": 131072,
    "loop_depth": 4
  },
  "latency": {
    "scalar": 1,
    "scalar_multiply": 3,
    "mask": 1,
    "mask_to_scalar": 2,
    "load": 4,
    "vector_alu": 2,
    "vector_fma": 4,
    "vector_convert": 4,
    "vector_special": 8,
    "vector_reduce": 8,
    "vector_permute": 4,
    "vector_to_scalar": 2,
    "accumulator_read": 4,
    "accumulator_write": 1,
    "special_occupancy": 2,
    "access_stage": 2
  },
  "matrix": {
    "bf16_occupancy": 16,
    "i8_occupancy": 16,
    "f32_occupancy": 32,
    "fill": 30
  },
  "scratchpad": {
    "bytes": 262144,
    "banks": 16,
    "port_bytes": 64
  },
  "dma": {
    "in_engines": 2,
    "out_engines": 2,
    "queue": 4,
    "start_cycles": 16,
    "outstanding": 16,
    "request_bytes": 512
  },
  "network": {
    "link_bytes": 64,
    "hop_cycles": 3,
    "packet_flits": 8,
    "buffer_flits": 18,
    "multicast": true
  },
  "memory": {
    "bytes": 268435456,
    "channels": [
      {"x": 0, "y": 0, "side": "west"},
      {"x": 1, "y": 1, "side": "east"}
    ],
    "channel_bytes_per_cycle": 32,
    "interleave": 512,
    "burst_bytes": 64,
    "queue_bursts": 32,
    "banks": 16,
    "row_bytes": 2048,
    "hit_cycles": 17,
    "miss_cycles": 31,
    "conflict_cycles": 45,
    "refresh_interval": 256,
    "refresh_cycles": 60,
    "turnaround_cycles": 8
  },
  "chip_links": {
    "count": 4,
    "bytes_per_cycle": 32,
    "latency_cycles": 200
  },
  "host": {
    "bytes_per_cycle": 32,
    "latency_cycles": 1000
  },
  "semaphores": {
    "count": 64,
    "maximum": 65535
  }
}
)json"},
    {"grid3x5", R"json({
  "name": "grid3x5",
  "clock_mhz": 1000,
  "grid": {
    "columns": 5,
    "rows": 3
  },
  "core": {
    "scalar_registers": 32,
    "vector_registers": 32,
    "mask_registers": 8,
    "tile_registers": 16,
    "accumulators": 8,
    "code_bytes": 131072,
    "loop_depth": 4
  },
  "latency": {
    "scalar": 1,
    "scalar_multiply": 3,
    "mask": 1,
    "mask_to_scalar": 2,
    "load": 4,
    "vector_alu": 2,
    "vector_fma": 4,
    "vector_convert": 4,
    "vector_special": 8,
    "vector_reduce": 8,
    "vector_permute": 4,
    "vector_to_scalar": 2,
    "accumulator_read": 4,
    "accumulator_write": 1,
    "special_occupancy": 2,
    "access_stage": 2
  },
  "matrix": {
    "bf16_occupancy": 16,
    "i8_occupancy": 16,
    "f32_occupancy": 32,
    "fill": 30
  },
  "scratchpad": {
    "bytes": 1048576,
    "banks": 16,
    "port_bytes": 64
  },
  "dma": {
    "in_engines": 2,
    "out_engines": 2,
    "queue": 4,
    "start_cycles": 16,
    "outstanding": 16,
    "request_bytes": 512
  },
  "network": {
    "link_bytes": 64,
    "hop_cycles": 3,
    "packet_flits": 8,
    "buffer_flits": 18,
    "multicast": true
  },
  "memory": {
    "bytes": 3221225472,
    "channels": [
      {"x": 0, "y": 0, "side": "west"},
      {"x": 4, "y": 1, "side": "east"},
      {"x": 0, "y": 2, "side": "west"}
    ],
    "channel_bytes_per_cycle": 32,
    "interleave": 512,
    "burst_bytes": 64,
    "queue_bursts": 32,
    "banks": 16,
    "row_bytes": 2048,
    "hit_cycles": 17,
    "miss_cycles": 31,
    "conflict_cycles": 45,
    "refresh_interval": 256,
    "refresh_cycles": 60,
    "turnaround_cycles": 8
  },
  "chip_links": {
    "count": 4,
    "bytes_per_cycle": 32,
    "latency_cycles": 200
  },
  "host": {
    "bytes_per_cycle": 32,
    "latency_cycles": 1000
  },
  "semaphores": {
    "count": 64,
    "maximum": 65535
  }
}
)json"},
};

}  // namespace

std::vector<std::string_view> preset_names() {
  std::vector<std::string_view> names;
  for (const Preset& preset : kPresets) names.push_back(preset.name);
  return names;
}

std::string_view preset_json(std::string_view name) {
  for (const Preset& preset : kPresets) {
    if (preset.name == name) return preset.json;
  }
  return {};
}

}  // namespace psmc::arch
