// SPDX-License-Identifier: Apache-2.0
#include "arch/machine.h"

#include "arch/description.h"
#include "arch/hash.h"

namespace psmc::arch {

std::string_view latency_class_name(LatencyClass c) {
  constexpr std::string_view kNames[kLatencyClasses] = {"none",
                                                        "scalar",
                                                        "scalar_multiply",
                                                        "mask",
                                                        "mask_to_scalar",
                                                        "load",
                                                        "vector_alu",
                                                        "vector_fma",
                                                        "vector_convert",
                                                        "vector_special",
                                                        "vector_reduce",
                                                        "vector_permute",
                                                        "vector_to_scalar",
                                                        "accumulator_read",
                                                        "accumulator_write",
                                                        "mma_bf16",
                                                        "mma_i8",
                                                        "mma_f32"};
  return kNames[static_cast<size_t>(c)];
}

std::string Machine::json() const { return describe(*this).json(); }

uint64_t Machine::hash() const { return hash64(json()); }

}  // namespace psmc::arch
