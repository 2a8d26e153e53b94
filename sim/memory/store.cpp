// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/store.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace psmc::sim {
namespace {

/// Calls f(word, mask) for each 64-bit word that [first, first + count) touches.
template <typename F>
void for_words(uint64_t first, uint64_t count, const F& f) {
  while (count > 0) {
    const uint64_t bit = first % 64, n = std::min<uint64_t>(64 - bit, count);
    f(first / 64, (n == 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1) << bit);
    first += n;
    count -= n;
  }
}

/// 64 bits from bit `at`; bits beyond the array are 0.
uint64_t window(std::span<const uint64_t> words, uint64_t at) {
  const uint64_t w = at / 64, shift = at % 64;
  uint64_t bits = w < words.size() ? words[w] >> shift : 0;
  if (shift != 0 && w + 1 < words.size()) bits |= words[w + 1] << (64 - shift);
  return bits;
}

}  // namespace

void set_bits(std::span<uint64_t> words, uint64_t first, uint64_t count, bool value) {
  for_words(first, count, [&](uint64_t w, uint64_t mask) { words[w] = value ? words[w] | mask : words[w] & ~mask; });
}

bool all_bits(std::span<const uint64_t> words, uint64_t first, uint64_t count) {
  bool all = true;
  for_words(first, count, [&](uint64_t w, uint64_t mask) { all &= (words[w] & mask) == mask; });
  return all;
}

void copy_bits(std::span<const uint64_t> from, uint64_t from_at, std::span<uint64_t> to, uint64_t to_at,
               uint64_t count) {
  for_words(to_at, count, [&](uint64_t w, uint64_t mask) {
    const uint64_t low = std::max(w * 64, to_at);  // first bit of `to` in this word
    const uint64_t bits = window(from, from_at + (low - to_at)) << (low % 64);
    to[w] = (to[w] & ~mask) | (bits & mask);
  });
}

DeviceMemory::DeviceMemory(uint64_t bytes) : bytes_(bytes) { groups_.resize((bytes / kPageBytes + kGroup) / kGroup); }

const DeviceMemory::Page* DeviceMemory::find(uint64_t page) const {
  const auto& group = groups_[page / kGroup];
  return group == nullptr ? nullptr : &(*group)[page % kGroup];
}

DeviceMemory::Page& DeviceMemory::page(uint64_t page) {
  auto& group = groups_[page / kGroup];
  if (group == nullptr) group = std::make_unique<PageGroup>();
  return (*group)[page % kGroup];
}

DeviceMemory::Page& DeviceMemory::writable(uint64_t index) {
  Page& p = page(index);
  if (p.own != nullptr) return p;
  p.own = std::make_unique<std::byte[]>(kPageBytes);
  if (p.data != nullptr) {
    std::memcpy(p.own.get(), p.data, kPageBytes);
  } else {
    p.mask = std::make_unique<std::array<uint64_t, kPageBytes / 64>>();
  }
  p.data = p.own.get();
  return p;
}

void DeviceMemory::map(uint64_t address, uint64_t size, std::span<const std::byte> bytes) {
  PSMC_CHECK(address <= bytes_ && size <= bytes_ - address, "initial memory outside the device");
  for (uint64_t done = 0; done < size;) {
    const uint64_t at = address + done, index = at / kPageBytes;
    const uint64_t n = std::min(kPageBytes - at % kPageBytes, size - done);
    if (n == kPageBytes && page(index).own == nullptr) {
      page(index).data = bytes.empty() ? zeros_.data() : bytes.data() + done;
    } else {
      Page& p = writable(index);
      std::byte* to = p.own.get() + at % kPageBytes;
      if (bytes.empty()) {
        std::memset(to, 0, n);
      } else {
        std::memcpy(to, bytes.data() + done, n);
      }
      if (p.mask != nullptr) set_bits(*p.mask, at % kPageBytes, n, true);
    }
    done += n;
  }
}

void DeviceMemory::read(uint64_t address, std::span<std::byte> out, std::span<uint64_t> written) const {
  for (uint64_t done = 0; done < out.size();) {
    const uint64_t at = address + done, offset = at % kPageBytes;
    const uint64_t n = std::min<uint64_t>(kPageBytes - offset, out.size() - done);
    const Page* p = find(at / kPageBytes);
    if (p == nullptr || p->data == nullptr) {
      std::memset(out.data() + done, 0, n);
      if (!written.empty()) set_bits(written, done, n, false);
    } else {
      std::memcpy(out.data() + done, p->data + offset, n);
      if (!written.empty()) {
        if (p->mask == nullptr) {
          set_bits(written, done, n, true);
        } else {
          copy_bits(*p->mask, offset, written, done, n);
        }
      }
    }
    done += n;
  }
}

void DeviceMemory::read(uint64_t address, std::span<std::byte> out) const { read(address, out, {}); }

void DeviceMemory::write(uint64_t address, std::span<const std::byte> in, std::span<const uint64_t> written) {
  for (uint64_t done = 0; done < in.size();) {
    const uint64_t at = address + done, offset = at % kPageBytes;
    const uint64_t n = std::min<uint64_t>(kPageBytes - offset, in.size() - done);
    Page& p = writable(at / kPageBytes);
    std::memcpy(p.own.get() + offset, in.data() + done, n);
    if (written.empty()) {
      if (p.mask != nullptr) set_bits(*p.mask, offset, n, true);
    } else if (p.mask != nullptr || !all_bits(written, done, n)) {
      if (p.mask == nullptr) {
        p.mask = std::make_unique<std::array<uint64_t, kPageBytes / 64>>();
        p.mask->fill(~uint64_t{0});
      }
      copy_bits(written, done, *p.mask, offset, n);
    }
    done += n;
  }
}

}  // namespace psmc::sim
