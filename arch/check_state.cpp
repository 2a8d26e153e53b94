// SPDX-License-Identifier: Apache-2.0
#include "arch/check_state.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace psmc::arch {
namespace {

template <size_t N>
bool join_row(std::array<uint16_t, N>& mine, std::array<Origin, N>& origin, const std::array<uint16_t, N>& theirs,
              const std::array<Origin, N>& their_origin) {
  bool grew = false;
  for (size_t i = 0; i < N; ++i) {
    if (theirs[i] <= mine[i]) continue;
    mine[i] = theirs[i];
    origin[i] = their_origin[i];
    grew = true;
  }
  return grew;
}

template <size_t N>
void decrement(std::array<uint16_t, N>& row) {
  for (uint16_t& cycles : row) cycles = static_cast<uint16_t>(cycles - (cycles > 0));
}

}  // namespace

size_t flight_place(RegFile file, uint8_t index) {
  constexpr size_t kBase[] = {0, 0, 32, 64, 72, 88};
  return kBase[static_cast<size_t>(file)] + (file == RegFile::a ? index * 4u : index);
}

size_t accumulator_kind(LatencyClass c) {
  if (c < LatencyClass::mma_bf16) return 3;
  return static_cast<size_t>(c) - static_cast<size_t>(LatencyClass::mma_bf16);
}

FlightState::FlightState(uint32_t horizon) : bits_(horizon / 64 + 1), ports_(kWritePorts * bits_, 0) {
  PSMC_CHECK(horizon < 65535, "latencies do not fit the checker's counters");
}

bool FlightState::join(const FlightState& other) {
  bool grew = join_row(flight_, flight_origin_, other.flight_, other.flight_origin_);
  grew = join_row(reading_, reading_origin_, other.reading_, other.reading_origin_) || grew;
  grew = join_row(busy_, busy_origin_, other.busy_, other.busy_origin_) || grew;
  for (size_t i = 0; i < ports_.size(); ++i) {
    const uint64_t joined = ports_[i] | other.ports_[i];
    grew = grew || joined != ports_[i];
    ports_[i] = joined;
  }
  return grew;
}

void FlightState::advance() {
  decrement(flight_);
  decrement(reading_);
  decrement(busy_);
  for (size_t i = 0; i < ports_.size(); ++i) {
    const bool last = (i + 1) % bits_ == 0;
    ports_[i] = (ports_[i] >> 1) | (last ? 0 : ports_[i + 1] << 63);
  }
}

void FlightState::stall() {
  for (size_t port = 0; port < kWritePorts; ++port) {
    bool later = false;  // a reservation in a higher word
    for (size_t i = bits_; i-- > 0;) {
      uint64_t& word = ports_[port * bits_ + i];
      if (later)
        word = ~uint64_t{0};
      else if (word != 0)
        word = ~uint64_t{0} >> std::countl_zero(word);
      later = later || word != 0;
    }
  }
}

bool FlightState::port_used(uint8_t port, uint32_t begin, uint32_t end) const {
  for (uint32_t c = begin; c <= end; ++c) {
    if ((ports_[port * bits_ + c / 64] >> (c % 64)) & 1) return true;
  }
  return false;
}

void FlightState::use_port(uint8_t port, uint32_t begin, uint32_t end) {
  for (uint32_t c = begin; c <= end; ++c) ports_[port * bits_ + c / 64] |= uint64_t{1} << (c % 64);
}

void FlightState::fly(size_t place, uint32_t cycles, Origin origin) {
  if (cycles < flight_[place]) return;
  flight_[place] = static_cast<uint16_t>(cycles);
  flight_origin_[place] = origin;
}

void FlightState::read(size_t place, uint32_t cycles, Origin origin) {
  if (cycles < reading_[place]) return;
  reading_[place] = static_cast<uint16_t>(cycles);
  reading_origin_[place] = origin;
}

void FlightState::occupy(Unit unit, uint32_t cycles, Origin origin) {
  const size_t i = static_cast<size_t>(unit);
  if (cycles < busy_[i]) return;
  busy_[i] = static_cast<uint16_t>(cycles);
  busy_origin_[i] = origin;
}

}  // namespace psmc::arch
