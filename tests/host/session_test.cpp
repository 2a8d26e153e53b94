// SPDX-License-Identifier: Apache-2.0
// A session over a host library gives the very numbers that driving the simulator directly gives.
#include <catch2/catch.hpp>

#include "tools/driver/compile_model.h"
#include "tools/driver/host_session.h"
#include "tools/driver/load.h"

namespace psmc::tools {

SCENARIO("prefill and decode through the host library equal those on the simulator, cycles too") {
  frontend::LlamaOptions llama;
  llama.chunk = 16;
  llama.prefill = true;
  Result<LoadedModel> model = load_model("models/kjv", llama);
  REQUIRE(model.ok());
  CompileReport report;
  const arch::Machine machine = arch::load_machine("psm1").value();
  Result<arch::Image> image = compile_to_fit("models/kjv", llama, machine, {}, model.value(), report);
  INFO((image.ok() ? std::string() : image.diagnostic().render()));
  REQUIRE(image.ok());
  sim::Options options;
  options.races = false;
  std::vector<uint64_t> direct_cycles, host_cycles;
  std::vector<bool> prefills;
  const std::unique_ptr<Device> device = Device::open(image.value(), options).value();
  const auto direct = simulator_session(model.value().module, *device, [&](const sim::RunStats& s, bool) {
                        direct_cycles.push_back(s.cycles);
                      }).value();
  Result<std::unique_ptr<Session>> made =
      host_session(model.value().module, image.value(), options, [&](const sim::RunStats& s, bool prefill) {
        host_cycles.push_back(s.cycles);
        prefills.push_back(prefill);
      });
  INFO((made.ok() ? std::string() : made.diagnostic().render()));
  REQUIRE(made.ok());
  Session& host = *made.value();
  CHECK(host.context() == direct->context());
  CHECK(host.chunk() == direct->chunk());
  const std::vector<int32_t> prompt = {1, 7, 30};
  CHECK(host.prefill(prompt, 0).value() == direct->prefill(prompt, 0).value());
  CHECK(host.decode(12, 3).value() == direct->decode(12, 3).value());
  CHECK(host_cycles == direct_cycles);
  CHECK(prefills == std::vector<bool>{true, false});
}

}  // namespace psmc::tools
