// SPDX-License-Identifier: Apache-2.0
// States that contradict each other. Only two things make them: a bug, and a checkpoint whose parts do not fit together
// although each is in range. Whoever would leave its memory because of one says so here; the chip ends the run with an
// error if it was resumed, and with a failed check if not.
#pragma once

namespace psmc::sim {

struct Contradiction {
  const char* what;
};

inline void check_state(bool holds, const char* what) {
  if (!holds) [[unlikely]]
    throw Contradiction{what};
}

}  // namespace psmc::sim
