#include "tools/commands/bench_command.h"
namespace psmc::tools {
Result<int> bench_gemm(const BenchGemm&) { return 0; }
Result<int> bench_llm(const BenchLlm&) { return 0; }
}
