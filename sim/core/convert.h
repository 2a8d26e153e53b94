// SPDX-License-Identifier: Apache-2.0
// Elements of vector accesses: from memory to a 32-bit lane and back. Conversions to floats are exact; back they round
// to nearest even. f8: e4m3 without infinities (0x7f and 0xff are NaN, saturating at 448), e5m2 like a short f16
// (overflow to infinity).
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/isa.h"

namespace psmc::sim {

uint32_t element_bytes(arch::Element element);
/// One element to the bits of a lane.
uint32_t load_element(arch::Element element, const std::byte* from);
/// The bits of a lane to one element.
void store_element(arch::Element element, uint32_t lane, std::byte* to);

float e4m3_to_f32(uint8_t bits);
float e5m2_to_f32(uint8_t bits);
uint8_t f32_to_e4m3(float value);
uint8_t f32_to_e5m2(float value);
/// Nearest even, saturating, NaN to 0.
int8_t f32_to_i8(float value);
/// Towards zero, saturating, NaN to 0.
int32_t f32_to_i32(float value);

}  // namespace psmc::sim
