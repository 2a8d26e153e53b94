// SPDX-License-Identifier: Apache-2.0
// Independent pieces of work on several threads. What each piece makes goes to a place of its own, so that the outcome
// does not depend on the number of threads.
#pragma once

#include <cstddef>
#include <functional>

namespace psmc {

/// Calls `work(i)` for each i < count, each once, in any order, on `threads` threads (this one is one of them; 0: as
/// many as the machine has). Returns when all are done. What a failed check says that it was doing is what this thread
/// does. If pieces throw, the exception of the first one in order is thrown here.
void parallel_for(size_t count, unsigned threads, const std::function<void(size_t)>& work);

}  // namespace psmc
