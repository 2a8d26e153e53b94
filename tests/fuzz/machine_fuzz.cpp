// SPDX-License-Identifier: Apache-2.0
// Any bytes as a machine file: no crash, no large memory; what is accepted is drawn and summed up, and reads back from
// its canonical form as the same; a machine does too.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "arch/summary.h"

namespace {

using namespace psmc;
using namespace psmc::arch;

void require(bool condition, const std::string& text, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n%s\n", what, text.c_str());
  std::abort();
}

void use(const MachineFile& file) {
  const Description& d = file.description;
  (void)summarize(d);
  (void)numbers_of(d);
  (void)draw_grid(d);
  const std::string text = d.json();
  const Result<MachineFile> again = read_machine_file("again.json", text);
  require(again.ok() && again->description == d, text, "the canonical form is another machine");
  require(again->unusable.size() == file.unusable.size(), text, "the canonical form is of another use");
  if (!file.unusable.empty()) return;
  const Machine machine = machine_of(d);
  const Result<Machine> same = read_machine("machine.json", machine.json());
  require(same.ok() && *same == machine, text, "a machine changes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 1 << 16) return 0;
  const Result<MachineFile> file = read_machine_file("fuzz", std::string(reinterpret_cast<const char*>(data), size));
  if (file.ok())
    use(*file);
  else
    (void)file.diagnostic().render();
  return 0;
}
