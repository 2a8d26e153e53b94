// SPDX-License-Identifier: Apache-2.0
// What can be in flight when a word issues, as remaining cycles: one number for each register, unit and write port
// cycle. Joining two paths takes the larger of each, which is exact: each hazard looks at one register, unit or port
// alone.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "arch/isa.h"

namespace psmc::arch {

/// Registers of all files in one row. An accumulator has four places: in flight from mma.bf16, mma.i8, mma.f32, others.
inline constexpr size_t kFlightPlaces = 32 + 32 + 8 + 16 + 8 * 4;
size_t flight_place(RegFile file, uint8_t index);
/// The place of an accumulator among its four for a result of that class.
size_t accumulator_kind(LatencyClass c);

/// Where something in flight came from, for messages.
struct Origin {
  uint32_t word = 0;
  Slot slot = Slot::S;
};

class FlightState {
 public:
  explicit FlightState(uint32_t horizon);

  /// Takes the larger of everything; true if anything grew.
  bool join(const FlightState& other);
  /// One cycle later.
  void advance();
  /// The word at hand may have stalled for any time: a port reserved in r cycles may be used in any cycle up to then.
  void stall();

  uint16_t flight(size_t place) const { return flight_[place]; }    ///< cycles until the register may be touched
  uint16_t reading(size_t place) const { return reading_[place]; }  ///< cycles until it may change
  uint16_t busy(Unit unit) const { return busy_[static_cast<size_t>(unit)]; }
  Origin flight_origin(size_t place) const { return flight_origin_[place]; }
  Origin reading_origin(size_t place) const { return reading_origin_[place]; }
  Origin busy_origin(Unit unit) const { return busy_origin_[static_cast<size_t>(unit)]; }
  bool port_used(uint8_t port, uint32_t begin, uint32_t end) const;

  void fly(size_t place, uint32_t cycles, Origin origin);
  void read(size_t place, uint32_t cycles, Origin origin);
  void occupy(Unit unit, uint32_t cycles, Origin origin);
  void use_port(uint8_t port, uint32_t begin, uint32_t end);

 private:
  size_t bits_;  ///< 64-cycle words of one port
  std::array<uint16_t, kFlightPlaces> flight_{};
  std::array<uint16_t, kFlightPlaces> reading_{};
  std::array<uint16_t, kUnits> busy_{};
  std::vector<uint64_t> ports_;  ///< port-major; bit c: the port is used c cycles from now
  std::array<Origin, kFlightPlaces> flight_origin_{};
  std::array<Origin, kFlightPlaces> reading_origin_{};
  std::array<Origin, kUnits> busy_origin_{};
};

}  // namespace psmc::arch
