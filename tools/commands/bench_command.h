// SPDX-License-Identifier: Apache-2.0
// `psmc bench`: measured cycles beside the machine's lower bounds.
#pragma once

#include <cstdint>
#include <string>

#include "base/dtype.h"
#include "base/result.h"
#include "tools/driver/reporting.h"

namespace psmc::tools {

struct BenchGemm {
  std::string shapes, arch = "psm1", only;
  int64_t max_macs = 134217728;
  DType dtype = DType::bf16, result = DType::f32;
  uint64_t seed = 1;
  bool json = false, constant_weight = false;
  Reporting reporting;
};

/// Returns 0, or 3 if a result is wrong.
Result<int> bench_gemm(const BenchGemm& options);

struct BenchLlm {
  std::string config, model, phase = "decode", arch = "psm1";
  int64_t layers = 1, position = 0, vocab = 32, chunk = 16;
  DType dtype = DType::bf16;
  uint64_t seed = 1;
  bool json = false, check = false, stream_weights = false, timing_only = false;
  std::string report = {};  ///< run.json or report.html: each op with its cycles and bound
  std::string image = {};   ///< where to keep the program image, for `psmc sim`; empty: nowhere
};

/// Returns 0, or 3 if a checked result is wrong.
Result<int> bench_llm(const BenchLlm& options);

struct BenchAccuracy {
  std::string model, ids, prompt_ids, on = "sim", arch = "psm1";
  DType dtype = DType::bf16;
};

/// Agreement, logit error and mean negative log-likelihood of given ids against f32. Returns 0.
Result<int> bench_accuracy(const BenchAccuracy& options);

}  // namespace psmc::tools
