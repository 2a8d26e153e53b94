// SPDX-License-Identifier: Apache-2.0
// The arrays of a large module are blocks of many megabytes, each filled once. With pages of 4 KiB a tenth of the time
// goes into the kernel's handing out of pages, so large blocks ask for huge ones (2 MiB on x86), where there are any.
// All else goes to malloc. Part of the executable only: a library does not change its host's allocator.
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PSMC_SANITIZED
#endif
#endif

#ifndef PSMC_SANITIZED

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20, kLarge = 2 * kHugePage;

void* allocate(std::size_t size) {
  if (size < kLarge) return std::malloc(size > 0 ? size : 1);
  if (size > SIZE_MAX - kHugePage) return nullptr;
  const std::size_t whole = (size + kHugePage - 1) / kHugePage * kHugePage;
  void* const block = std::aligned_alloc(kHugePage, whole);
  if (block) ::madvise(block, size / kHugePage * kHugePage, MADV_HUGEPAGE);
  return block;
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* const block = allocate(size)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }

#endif
