// SPDX-License-Identifier: Apache-2.0
// Where a packet goes next: X before Y; a multicast along X in its sender's row, from there into columns.
#pragma once

#include <array>
#include <cstdint>

#include "sim/network/spec.h"

namespace psmc::sim {

/// The port by which a packet for `to` leaves the router at (x, y).
inline uint32_t unicast_port(const Endpoint& to, uint32_t x, uint32_t y) {
  // Signs and a table in place of comparisons, because nobody can guess them: bits east, west, south, north of here.
  constexpr uint8_t e = kEast, w = kWest, s = kSouth, n = kNorth;
  static constexpr uint8_t kNext[kPorts][11] = {{e, e, w, 0, s, e, w, 0, n, e, w},
                                                {w, e, w, 0, s, e, w, 0, n, e, w},
                                                {s, e, w, 0, s, e, w, 0, n, e, w},
                                                {n, e, w, 0, s, e, w, 0, n, e, w},
                                                {kLocal, e, w, 0, s, e, w, 0, n, e, w}};
  const uint32_t where = (x - to.x) >> 31 | (to.x - x) >> 31 << 1 | (y - to.y) >> 31 << 2 | (to.y - y) >> 31 << 3;
  return kNext[to.port][where];
}

/// The ports, a bit each, by which a multicast to the tiles of `area` that came in by `in_port` leaves (x, y).
inline uint32_t multicast_ports(const Rect& area, uint32_t x, uint32_t y, uint32_t in_port) {
  uint32_t mask = area.contains(x, y) ? 1u << kLocal : 0;
  const uint32_t south = in_port != kSouth && y < area.y1 ? 1u << kSouth : 0;
  const uint32_t north = in_port != kNorth && y > area.y0 ? 1u << kNorth : 0;
  if (in_port == kNorth) return mask | south;
  if (in_port == kSouth) return mask | north;
  if (in_port != kEast && x < area.x1) mask |= 1u << kEast;
  if (in_port != kWest && x > area.x0) mask |= 1u << kWest;
  if (x < area.x0 || x > area.x1) return mask;
  return mask | south | north;
}

}  // namespace psmc::sim
