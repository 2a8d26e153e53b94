// SPDX-License-Identifier: Apache-2.0
// Pieces of work become ready on several threads in any order, and go on in their own order, one at a time, on the
// thread that made the one ready that was waited for. So what they share needs no lock and comes out the same for any
// number of threads, while other pieces are still being made ready.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "base/result.h"

namespace psmc::midend {

class InOrder {
 public:
  InOrder(size_t count, std::function<Status(size_t)> work) : work_(std::move(work)), is_ready_(count, false) {}

  /// Piece `i` may go on. On any thread, once for each piece.
  void ready(size_t i) {
    std::unique_lock lock(mutex_);
    is_ready_[i] = true;
    if (is_busy_) return;  // who works will see it
    is_busy_ = true;
    for (; next_ < is_ready_.size() && is_ready_[next_] && status_.ok(); ++next_) {
      const size_t piece = next_;
      lock.unlock();
      Status done = work_(piece);
      lock.lock();
      status_ = std::move(done);
    }
    is_busy_ = false;
  }

  /// The first error in order; nothing behind it was done. Needs: all calls of `ready` have returned.
  Status take_status() { return std::move(status_); }

 private:
  std::function<Status(size_t)> work_;
  std::mutex mutex_;
  std::vector<bool> is_ready_;
  size_t next_ = 0;
  bool is_busy_ = false;
  Status status_;
};

}  // namespace psmc::midend
