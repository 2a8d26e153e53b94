// SPDX-License-Identifier: Apache-2.0
// The spec of a contraction, "bmk,bnk->bmn", taken apart. One letter is one dimension of the iteration space: the
// output's letters in their order, then the summed ones in the order of the first operand.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace psmc::ir {

struct ContractSpec {
  std::string a, b, out;
  std::string summed;  ///< letters of both operands that are not in the output

  /// out + summed: position = dimension of the iteration space.
  std::string space() const { return out + summed; }
};

/// Errors (bad_attribute): not of the form letters,letters->letters; a letter twice in one part; an output letter that
/// no operand has; a letter of one operand alone that is not in the output (reduce it first).
Result<ContractSpec> parse_contract_spec(std::string_view text);

}  // namespace psmc::ir
