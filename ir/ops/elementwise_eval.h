// SPDX-License-Identifier: Apache-2.0
// Reference evaluation of every elementwise op.
#pragma once

#include "ir/op.h"

namespace psmc::ir {

Result<Array> eval_elementwise(const EvalInput& in);

}  // namespace psmc::ir
