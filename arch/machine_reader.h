// SPDX-License-Identifier: Apache-2.0
// The steps of reading a machine file, for machine_read*.cpp, machine_check.cpp and machine_usable.cpp.
#pragma once

#include <vector>

#include "arch/description.h"
#include "arch/machine_errors.h"

namespace psmc::arch {

/// Where the parts of a description stand in the document; each list goes with the one of the same name.
struct Places {
  std::vector<const json::Value*> kinds, networks, channels, areas, host_ports;
};

/// What `value` holds at these keys, or as far as they lead.
const json::Value& value_at(const json::Value& value, std::initializer_list<std::string_view> keys);

/// "nodes", "grid" and "networks" of the root. The kinds must be known before the grid.
void read_kinds(ObjectReader& root, FileErrors& errors, Description& description, Places& places);
void read_grid(ObjectReader& root, FileErrors& errors, Description& description, Places& places);
void read_networks(ObjectReader& root, FileErrors& errors, Description& description, Places& places);
/// A port: x and y in the grid, and unless it is inside the node a side, at the edge of the grid. Needs: a grid.
bool read_port(const json::Value& item, std::string_view what, FileErrors& errors, const Grid& grid, Port& port);
/// The member of `parent` that must be an object; null and an error if it is none.
const json::Value* read_object(ObjectReader& parent, std::string_view key, FileErrors& errors, bool optional);

/// What several numbers must fulfil together. Needs: everything was read without an error.
void check_description(const Description& description, const Places& places, FileErrors& errors);
/// What compiler and simulator have no use for.
void find_unusable(const Description& description, const Places& places, FileErrors& errors);

}  // namespace psmc::arch
