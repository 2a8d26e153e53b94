// SPDX-License-Identifier: Apache-2.0
// What stands behind each diagnostic code: what it means, an input that gives it, what to do. tests/e2e/explain_test.py
// runs the examples.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace psmc::tools {

/// What an example is.
enum class Example : uint8_t {
  none,
  psm,      ///< a module for `psmc opt`
  json,     ///< JSON-IR for `psmc opt`
  psma,     ///< assembly for `psmc as --check`
  command,  ///< a command line, as an illustration
};

struct Explanation {
  Code code{};
  std::string_view meaning, what_to_do;
  Example kind = Example::none;
  std::string_view example;
};

// By the subject of the codes: 01xx and 02xx, 03xx, 04xx to 06xx, 07xx to 09xx.
std::span<const Explanation> input_explanations();
std::span<const Explanation> ir_explanations();
std::span<const Explanation> model_explanations();
std::span<const Explanation> program_explanations();

/// All codes, by subject.
std::string codes_text();
/// The page of a code ("PSM0101", "101" or its name "cannot_read"). Errors: bad_option.
Result<std::string> explain_code(const std::string& wanted);

}  // namespace psmc::tools
