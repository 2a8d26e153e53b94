// SPDX-License-Identifier: Apache-2.0
#include "arch/machine.h"

#include "arch/hash.h"
#include "arch/machine_fields.h"

#include <fmt/format.h>

#include <type_traits>

#include "base/check.h"

namespace psmc::arch {

std::string_view latency_class_name(LatencyClass c) {
  constexpr std::string_view kNames[kLatencyClasses] = {"none",
                                                        "scalar",
                                                        "scalar_multiply",
                                                        "mask",
                                                        "mask_to_scalar",
                                                        "load",
                                                        "vector_alu",
                                                        "vector_fma",
                                                        "vector_convert",
                                                        "vector_special",
                                                        "vector_reduce",
                                                        "vector_permute",
                                                        "vector_to_scalar",
                                                        "accumulator_read",
                                                        "accumulator_write",
                                                        "mma_bf16",
                                                        "mma_i8",
                                                        "mma_f32"};
  return kNames[static_cast<size_t>(c)];
}

namespace {

std::string_view side_name(Side side) {
  constexpr std::string_view kNames[] = {"west", "east", "north", "south"};
  return kNames[static_cast<size_t>(side)];
}

std::string channels_json(const Machine& machine) {
  std::string out = "    \"channels\": [";
  for (size_t i = 0; i < machine.memory.channels.size(); ++i) {
    const Channel& channel = machine.memory.channels[i];
    out += fmt::format("{}\n      {{\"x\": {}, \"y\": {}, \"side\": \"{}\"}}", i == 0 ? "" : ",", channel.at.x,
                       channel.at.y, side_name(channel.side));
  }
  return out + "\n    ]";
}

}  // namespace

std::string Machine::json() const {
  std::string out = fmt::format("{{\n  \"name\": {},\n  \"clock_mhz\": {}", json::quote(name), clock_mhz);
  std::string_view open;
  visit_fields(*this, [&](std::string_view section, std::string_view key, const auto& value, uint64_t, uint64_t,
                          std::string_view) {
    if (section != open)
      out += fmt::format("{},\n  \"{}\": {{\n", open.empty() ? "" : "\n  }", section);
    else
      out += ",\n";
    open = section;
    if (section == "memory" && key == "channel_bytes_per_cycle") out += channels_json(*this) + ",\n";
    out += fmt::format("    \"{}\": {}", key, value);
  });
  return out + "\n  }\n}\n";
}

uint64_t Machine::hash() const { return hash64(json()); }

std::string Machine::describe() const {
  std::string out =
      fmt::format("{}: {} x {} tiles at {} MHz, {:.0f} bf16 multiply-adds and {} B of device memory a cycle\n", name,
                  grid.columns, grid.rows, clock_mhz, bf16_macs_per_cycle(), memory_bytes_per_cycle());
  std::string_view open;
  visit_fields(*this, [&](std::string_view section, std::string_view key, const auto& value, uint64_t, uint64_t,
                          std::string_view unit) {
    out += fmt::format("  {:<11} {:<24} {} {}", section == open ? "" : section, key, value, unit);
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
    open = section;
  });
  out += "  channels   ";
  for (const Channel& c : memory.channels) out += fmt::format(" {} of ({}, {})", side_name(c.side), c.at.x, c.at.y);
  return out + "\n";
}

}  // namespace psmc::arch
