// SPDX-License-Identifier: Apache-2.0
// What one launch measured, as JSON: `psmc sim --stats`.
#pragma once

#include <string>

#include "arch/image.h"
#include "sim/stats.h"

namespace psmc::tools {

/// {"entry", "machine", "cycles", "classes": [names], "tiles": [[count a class] a tile], "ops": [{name, location,
/// cycles: [...]}], "links", "channels", counters}. The same run gives the same bytes.
std::string stats_json(const arch::Image& image, const std::string& entry, const sim::RunStats& stats);

/// "[1, 2, 3]"
std::string counts_json(const sim::ClassCounts& counts);
/// The names of the classes, in the order of all counts.
std::string class_names_json();
std::string_view port_name(sim::Port port);

}  // namespace psmc::tools
