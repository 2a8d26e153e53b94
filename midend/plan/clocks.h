// SPDX-License-Identifier: Apache-2.0
// What a tile knows, at compile time, about how far the other tiles have come: vector clocks over the program's
// messages (Lamport 1978; Mattern 1989). All tiles walk through the same numbered moments; known(i, j) = t means: when
// tile i acts now, tile j has certainly finished its part of all moments up to t. A buffer or semaphore of tile j may
// be written by tile i now only if j's last use of what it held before lies at or before known(i, j).
#pragma once

#include <cstdint>
#include <vector>

namespace psmc::midend {

class Clocks {
 public:
  explicit Clocks(size_t tiles) : tiles_(tiles), known_(tiles * tiles, 0) {}
  int64_t known(size_t tile, size_t about) const { return known_[tile * tiles_ + about]; }
  /// Tile `tile` has finished its own part of moment `when`.
  void advance(size_t tile, int64_t when) { known_[tile * tiles_ + tile] = when; }
  /// Tile `to` has received what `from` sent with the knowledge in `sent` (a copy of row(from) when it was sent).
  void receive(size_t to, const int64_t* sent) {
    int64_t* row = &known_[to * tiles_];
    for (size_t t = 0; t < tiles_; ++t) row[t] = row[t] > sent[t] ? row[t] : sent[t];
  }
  const int64_t* row(size_t tile) const { return &known_[tile * tiles_]; }
  size_t tiles() const { return tiles_; }

 private:
  size_t tiles_;
  std::vector<int64_t> known_;
};

}  // namespace psmc::midend
