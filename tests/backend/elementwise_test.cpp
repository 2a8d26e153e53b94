// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/harness.h"

#include <fmt/format.h>

using namespace psmc;
using namespace psmc::backend::test;

SCENARIO("a vector loop copies, adds and keeps its hands off what lies beyond its last element") {
  for (const int n : {1, 2, 15, 16, 17, 31, 32, 33, 40, 64, 65, 100, 128, 200}) {
    for (const int jam : {0, 1, 2, 4}) {
      const std::string attr = jam > 0 ? fmt::format(", jam = {}", jam) : "";
      compare(fmt::format(R"(
func @k(%x: buffer<{0}xf32, scratchpad>, %y: buffer<{0}xf32, scratchpad>, %z: buffer<{0}xf32, scratchpad>) {{
  for %i = 0 to {0} step 1 {{unit = "vector"{1}}} {{
    %a = load %x[%i]
    %b = load %y[%i]
    %c = add %a, %b
    store %c, %z[%i]
  }}
  return
}}
)",
                          n, attr));
    }
  }
}
