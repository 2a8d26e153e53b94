// SPDX-License-Identifier: Apache-2.0
// A module written anywhere as text that can be read there, though a module refers only to files in its own folder.
#pragma once

#include <string>
#include <string_view>

#include "ir/module.h"

namespace psmc::ir {

/// Writes `head` and the module to `path`. Data that do not stand in the text go to the folder `data` beside `path`:
/// files of constants as hard links; if that cannot be, and constants of more than 64 elements that no file holds, as
/// .npy files named by their hash. So several dumps share their data, and a file that is there is never replaced. The
/// module is as before when this returns. Errors: cannot_write, constant_missing (bytes that were never loaded).
Status write_dump(Module& module, const std::string& path, std::string_view data, std::string_view head = {});

}  // namespace psmc::ir
