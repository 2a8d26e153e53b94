// SPDX-License-Identifier: Apache-2.0
// The host library as LLVM IR text: the C functions of the interface and the loops that bring tensors into shape.
//
// Written as text, not through LLVM's builder: what is made can be read here as it is, and LLVM stays behind llvm.h.
//
//   put.decode.tokens(model, user, count)     staging = psmc_rt_staging(span); for i: staging[layout(i)] =
//   convert(user[i])
//                                             psmc_rt_write(address, staging, span)
//   story_decode(model, args)                 check the struct; put inputs; psmc_rt_launch; get outputs
//
// Dense tensors that need no conversion go straight between the user's array and the device. Tensors with gaps are read
// first, so that what stands in the gaps stays. The image is the global `<prefix>.image`, declared here and defined
// when the object is made.
#pragma once

#include <string>

#include "backend/host/interface.h"

namespace psmc::host {

/// `image_bytes`: size of the serialised image.
std::string ir_of(const Interface& interface, uint64_t image_bytes);

/// Name of the global that holds the image.
std::string image_symbol(const Interface& interface);

}  // namespace psmc::host
