// SPDX-License-Identifier: Apache-2.0
// The matrix unit: blocks of tiles, packed, by rows and transposed operands, zeroed and loaded accumulators.
#include "tests/backend/harness.h"

#include <fmt/format.h>

using namespace psmc;
using namespace psmc::backend::test;

namespace {

struct Shape {
  int64_t mb, nb, kb;
  std::string type = "bf16";
  int64_t per_tile() const { return type == "bf16" ? 16 : type == "f32" ? 8 : 32; }
};

/// C[M, N] = A[M, K] * B, B packed as [nb, kb, 16, kt]; one block of accumulators.
std::string matmul(const Shape& s, const std::string& k_attrs = "", int64_t blocks = 1) {
  const bool integer = s.type == "i8";
  const std::string sum = integer ? "%p = mul %a, %b1\n                %t = add %c, %p" : "%t = fma %a, %b1, %c";
  const std::string out = integer ? "i32" : "f32", zero = integer ? "0 : i32" : "0.0 : f32";
  return fmt::format(R"(
func @mm(%x: buffer<{rows}x{depth}x{type}, scratchpad>, %w: buffer<{nb}x{kb}x16x{kt}x{type}, scratchpad>, %y: buffer<{rows}x{columns}x{out}, scratchpad>) {{
  %z = constant {zero}
  for %b = 0 to {blocks} step 1 {{
    %acc = alloc : buffer<{mb}x{nb}x16x16x{out}, accumulator>
    for %mo = 0 to {mb} step 1 {{unit = "unroll"}} {{
      for %no = 0 to {nb} step 1 {{unit = "unroll"}} {{
        for %mi = 0 to 16 step 1 {{unit = "unroll"}} {{
          for %ni = 0 to 16 step 1 {{unit = "vector"}} {{
            store %z, %acc[%mo, %no, %mi, %ni]
          }}
        }}
      }}
    }}
    for %k = 0 to {kb} step 1 {{kind = "reduce"{k_attrs}}} {{
      for %mo = 0 to {mb} step 1 {{unit = "unroll"}} {{
        for %no = 0 to {nb} step 1 {{unit = "unroll"}} {{
          for %mi = 0 to 16 step 1 {{unit = "matrix"}} {{
            for %ni = 0 to 16 step 1 {{unit = "matrix"}} {{
              for %ki = 0 to {kt} step 1 {{unit = "matrix"}} {{
                %a = load %x[%b * {block_rows} + %mo * 16 + %mi, %k * {kt} + %ki]
                %b1 = load %w[%no, %k, %ni, %ki]
                %c = load %acc[%mo, %no, %mi, %ni]
                {sum}
                store %t, %acc[%mo, %no, %mi, %ni]
              }}
            }}
          }}
        }}
      }}
    }}
    for %mo = 0 to {mb} step 1 {{unit = "unroll"}} {{
      for %no = 0 to {nb} step 1 {{unit = "unroll"}} {{
        for %mi = 0 to 16 step 1 {{unit = "unroll"}} {{
          for %ni = 0 to 16 step 1 {{unit = "vector"}} {{
            %v = load %acc[%mo, %no, %mi, %ni]
            %v1 = add %v, %v
            store %v1, %y[%b * {block_rows} + %mo * 16 + %mi, %no * 16 + %ni]
          }}
        }}
      }}
    }}
  }}
  return
}}
)",
                     fmt::arg("rows", s.mb * 16 * blocks), fmt::arg("depth", s.kb * s.per_tile()),
                     fmt::arg("type", s.type), fmt::arg("nb", s.nb), fmt::arg("kb", s.kb), fmt::arg("kt", s.per_tile()),
                     fmt::arg("columns", s.nb * 16), fmt::arg("out", out), fmt::arg("zero", zero),
                     fmt::arg("blocks", blocks), fmt::arg("mb", s.mb), fmt::arg("k_attrs", k_attrs),
                     fmt::arg("block_rows", s.mb * 16), fmt::arg("sum", sum));
}

}  // namespace

SCENARIO("blocks of 16x16 tiles in bf16, f32 and i8 agree with the scalar loops") {
  for (const char* type : {"bf16", "f32", "i8"}) {
    for (const Shape& shape :
         {Shape{1, 1, 1}, Shape{1, 1, 5}, Shape{2, 1, 3}, Shape{1, 4, 2}, Shape{2, 4, 4}, Shape{8, 1, 3}}) {
      Shape s = shape;
      s.type = type;
      for (const char* attrs : {"", ", unroll = 2"}) compare(matmul(s, attrs));
    }
  }
}

SCENARIO("a block loop around the accumulators") {
  compare(matmul({2, 2, 3}, "", 3));
  compare(matmul({1, 1, 1}, "", 2));
}
