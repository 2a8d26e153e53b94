// SPDX-License-Identifier: Apache-2.0
// Labels of ops that stand for several layers: what is "layer 0, key", "layer 1, key" ... in the layers is "layer *,
// key" in the function that all of them call, and the label of a call says what the * is: "* = 1". `inline` puts it
// back, so that reports speak of the model's layers.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace psmc::midend {

/// The label for all of `labels`, which are not all equal: a * in place of what is between their common beginning and
/// their common end.
std::string common_label(std::span<const std::string_view> labels);
/// What the * stands for in one of them.
std::string_view varying_part(std::string_view common, std::string_view label);
std::string call_label(std::string_view part);
/// A label of the function, for a call with this label.
std::string label_for_call(std::string_view label, std::string_view call_label);

}  // namespace psmc::midend
