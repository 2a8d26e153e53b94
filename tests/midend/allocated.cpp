// SPDX-License-Identifier: Apache-2.0
#include "tests/midend/allocated.h"

#include <atomic>
#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PSMC_SANITIZED  // it has operators of its own, which must stay together
#endif
#endif

#ifdef PSMC_SANITIZED

uint64_t psmc::allocated_bytes() { return 0; }

#else

namespace psmc {
namespace {

std::atomic<uint64_t> total{0};

void* counted(size_t size) {
  total.fetch_add(size, std::memory_order_relaxed);
  void* block = std::malloc(size == 0 ? 1 : size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

uint64_t allocated_bytes() { return total.load(); }

}  // namespace psmc

void* operator new(size_t size) { return psmc::counted(size); }
void* operator new[](size_t size) { return psmc::counted(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, size_t) noexcept { std::free(block); }
void operator delete[](void* block, size_t) noexcept { std::free(block); }

#endif
