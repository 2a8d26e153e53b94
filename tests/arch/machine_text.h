// SPDX-License-Identifier: Apache-2.0
// Machine files for tests: presets with some of their text replaced.
#pragma once

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "arch/description.h"

namespace psmc::arch::test {

struct Change {
  std::string_view from, to;  ///< the first place where `from` stands, which must be there
};

inline std::string changed(std::string text, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    const size_t at = text.find(change.from);
    INFO(change.from);
    REQUIRE(at != std::string::npos);
    text.replace(at, change.from.size(), change.to);
  }
  return text;
}

/// All errors or warnings that a Result of a machine file carries.
inline std::vector<Diagnostic> all_of(const Diagnostic& first) {
  std::vector<Diagnostic> all{first};
  all.insert(all.end(), first.more.begin(), first.more.end());
  return all;
}

/// lab4 whose last row are memory tiles: no core, no matrix unit, a larger scratchpad.
inline std::string with_memory_tiles() {
  return changed(std::string(preset_json("lab4")),
                 {{"\"node\": \"tile\"\n",
                   "\"node\": \"tile\",\n    \"except\": [\n      {\"x\": 0, \"y\": 1, "
                   "\"columns\": 2, \"node\": \"memory_tile\"}\n    ]\n"},
                  {"  },\n  \"networks\"",
                   ",\n    \"memory_tile\": {\n      \"scratchpad\": {\"bytes\": 524288, \"banks\": 16, "
                   "\"port_bytes\": 64},\n      \"dma\": {\"in_engines\": 6, \"out_engines\": 6, \"queue\": 4, "
                   "\"start_cycles\": 16, \"outstanding\": 16, \"request_bytes\": 512}\n    }\n  },\n  \"networks\""}});
}

}  // namespace psmc::arch::test
