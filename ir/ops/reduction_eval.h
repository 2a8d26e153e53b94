// SPDX-License-Identifier: Apache-2.0
// Reference evaluation of reduce and contract. Floats accumulate in double and round once; integers wrap at the end.
#pragma once

#include "ir/op.h"

namespace psmc::ir {

Result<Array> eval_reduce(const EvalInput& in);
Result<Array> eval_contract(const EvalInput& in);

}  // namespace psmc::ir
