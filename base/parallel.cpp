// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/check_context.h"

namespace psmc {
namespace {

unsigned workers_for(size_t count, unsigned threads) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  return static_cast<unsigned>(std::min<size_t>(count, threads));
}

}  // namespace

void parallel_for(size_t count, unsigned threads, const std::function<void(size_t)>& work) {
  const unsigned workers = workers_for(count, threads);
  if (workers <= 1) {
    for (size_t i = 0; i < count; ++i) work(i);
    return;
  }
  std::atomic<size_t> next{0};
  std::vector<std::exception_ptr> thrown(count);
  const auto take_pieces = [&] {
    for (size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        thrown[i] = std::current_exception();
      }
    }
  };
  {
    const std::string doing = failed_context();
    std::vector<std::jthread> pool;
    for (unsigned w = 1; w < workers; ++w)
      pool.emplace_back([&] {
        const CheckContext same(doing);
        take_pieces();
      });
    take_pieces();
  }
  for (const std::exception_ptr& exception : thrown)
    if (exception) std::rethrow_exception(exception);
}

}  // namespace psmc
