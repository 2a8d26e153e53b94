// SPDX-License-Identifier: Apache-2.0
// A session over a host library gives the very numbers that driving the simulator directly gives.
#include <catch2/catch.hpp>

#include "tools/driver/compile_model.h"
#include "tools/driver/host_session.h"
#include "tools/driver/load.h"

namespace psmc::tools {
namespace {

struct Compiled {
  LoadedModel model;
  arch::Image image;
};

Compiled compiled() {
  frontend::LlamaOptions llama;
  llama.chunk = 16;
  llama.prefill = true;
  Compiled out;
  out.model = load_model("models/kjv", llama).value();
  CompileReport report;
  const arch::Machine machine = arch::load_machine("psm1").value();
  Result<arch::Image> image = compile_to_fit("models/kjv", llama, machine, {}, out.model, report);
  INFO((image.ok() ? std::string() : image.diagnostic().render()));
  REQUIRE(image.ok());
  out.image = std::move(image).value();
  return out;
}

arch::Image copy_of(const arch::Image& image) {
  const std::string bytes = arch::serialize(image).value();
  return arch::parse_image("copy", std::as_bytes(std::span(bytes))).value();
}

}  // namespace

SCENARIO("prefill and decode through the host library equal those on the simulator, cycles too") {
  const Compiled it = compiled();
  sim::Options options;
  options.races = false;
  std::vector<uint64_t> direct_cycles, host_cycles;
  std::vector<bool> prefills;
  const std::unique_ptr<Device> device = Device::open(it.image, options).value();
  const auto direct = simulator_session(it.model.module, *device, [&](const sim::RunStats& s, bool) {
                        direct_cycles.push_back(s.cycles);
                      }).value();
  Result<std::unique_ptr<HostSession>> made =
      host_session(it.model.module, copy_of(it.image), options, [&](const sim::RunStats& s, bool prefill) {
        host_cycles.push_back(s.cycles);
        prefills.push_back(prefill);
      });
  INFO((made.ok() ? std::string() : made.diagnostic().render()));
  REQUIRE(made.ok());
  HostSession& host = *made.value();
  CHECK(arch::serialize(host.image()).value() == arch::serialize(it.image).value());
  CHECK(host.context() == direct->context());
  CHECK(host.chunk() == direct->chunk());
  CHECK(host.last_prefill() == direct->last_prefill());
  const std::vector<int32_t> prompt = {1, 7, 30};
  CHECK(host.prefill(prompt, 0).value() == direct->prefill(prompt, 0).value());
  CHECK(host.decode(12, 3).value() == direct->decode(12, 3).value());
  CHECK(host_cycles == direct_cycles);
  CHECK(prefills == std::vector<bool>{true, false});
}

SCENARIO("a trap comes through the host library with its code and all of its text") {
  const Compiled it = compiled();
  sim::Options options;
  options.max_cycles = 3000;
  const std::unique_ptr<Device> device = Device::open(it.image, options).value();
  const auto direct = simulator_session(it.model.module, *device, nullptr).value()->decode(1, 0);
  const auto host = host_session(it.model.module, copy_of(it.image), options, nullptr).value()->decode(1, 0);
  REQUIRE(!direct.ok());
  REQUIRE(!host.ok());
  CHECK(host.diagnostic().code == Code::trap_cycle_limit);
  CHECK(host.diagnostic().render() == direct.diagnostic().render());
}

}  // namespace psmc::tools
