// SPDX-License-Identifier: Apache-2.0
// The bytes of a .psmk, little-endian: a header, then the sections one after the other, each behind its row.
//
//   header   "PSMK", u32 version, u64 bytes of the file, u64 hash64 of the two fields that follow, u64 image,
//            u64 sections
//   row      u64 number from 0, u64 bytes, u64 hash64 of the section
//
// `image` identifies the program image (image_hash). What is in the sections: Chip::visit.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "arch/image.h"
#include "base/result.h"

namespace psmc::sim {

inline constexpr uint32_t kCheckpointVersion = 1;

/// A hash of what a run of the image depends on: machine, code, initial contents, entries.
uint64_t image_hash(const arch::Image& image);

std::string write_sections(uint64_t image, std::span<const std::string> sections);

/// The sections, checked against their checksums; views into `bytes`. `file` is named in errors: bad_checkpoint,
/// checkpoint_differs if it is of another image.
Result<std::vector<std::span<const std::byte>>> read_sections(const std::string& file, std::span<const std::byte> bytes,
                                                              uint64_t image, uint32_t count);

}  // namespace psmc::sim
