// SPDX-License-Identifier: Apache-2.0
// The runtime's C functions on their own.
#include <catch2/catch.hpp>

#include <cstring>

#include "base/random.h"
#include "tests/host/echo_image.h"

namespace psmc::host::test {
namespace {

struct Device {
  psmc_rt_device* device = nullptr;
  int32_t status;
  explicit Device(const std::string& image, const psmc_rt_options* options = nullptr)
      : status(psmc_rt_open_image(image.data(), image.size(), options, &device)) {}
  ~Device() { psmc_rt_close(device); }
};

int32_t number(Code code) { return static_cast<int32_t>(code); }

}  // namespace

SCENARIO("a device is opened, written, launched, read and closed") {
  const Device it(arch::serialize(echo_image({})).value());
  REQUIRE(it.status == 0);
  CHECK(psmc_rt_version() == PSMC_RT_VERSION);
  const uint32_t out = 0x12345678;
  uint32_t in = 0;
  CHECK(psmc_rt_write(it.device, 0x80, &out, 4) == 0);
  psmc_rt_stats stats{sizeof(psmc_rt_stats), 0, 0, 0};
  CHECK(psmc_rt_launch(it.device, 0, &stats) == 0);
  CHECK(stats.cycles > 0);
  CHECK(stats.clock_hz >= 1'000'000);
  CHECK(psmc_rt_read(it.device, 0x80, &in, 4) == 0);
  CHECK(in == out);
  CHECK(std::string(psmc_rt_last_error(it.device)).empty());
}

SCENARIO("what a caller does wrong is an error with a code") {
  const std::string image = arch::serialize(echo_image({})).value();
  const Device it(image);
  psmc_rt_options options{4, 0, 0, nullptr, nullptr};
  CHECK(Device(image, &options).status == number(Code::host_struct));
  CHECK(psmc_rt_open_image(nullptr, 5, nullptr, nullptr) == number(Code::host_argument));
  CHECK(psmc_rt_launch(it.device, 7, nullptr) == number(Code::bad_launch));
  psmc_rt_stats stats{3, 0, 0, 0};
  CHECK(psmc_rt_launch(it.device, 0, &stats) == number(Code::host_struct));
  CHECK(psmc_rt_write(it.device, UINT64_MAX - 1, &stats, 8) == number(Code::bad_launch));
  CHECK(psmc_rt_write(it.device, 0, nullptr, 8) == number(Code::host_argument));
  CHECK(psmc_rt_read(nullptr, 0, &stats, 8) == number(Code::host_argument));
  CHECK(std::string(psmc_rt_last_error(nullptr)) == "no device was given");
  psmc_rt_close(nullptr);
}

SCENARIO("a launch with an input outside of its range is refused") {
  const Device it(
      arch::serialize(echo_image({{arch::SymbolKind::input, "pos", DType::i64, {}, 0x80, {}, true, 0, 255}})).value());
  REQUIRE(it.status == 0);
  for (const int64_t value : {0, 255, -1, 256}) {
    CHECK(psmc_rt_write(it.device, 0x80, &value, 8) == 0);
    const bool fits = value >= 0 && value <= 255;
    CHECK(psmc_rt_launch(it.device, 0, nullptr) == (fits ? 0 : number(Code::bad_launch)));
    CHECK((std::string(psmc_rt_last_error(it.device)).find("'pos'") != std::string::npos) == !fits);
  }
}

SCENARIO("options hold for each launch, and callers of the first version leave the later ones out") {
  const std::string endless = arch::serialize(echo_image({}, "jmp .+0\nnop\nnop\nhalt")).value();
  std::vector<uint64_t> seen;
  psmc_rt_options options{sizeof(psmc_rt_options), 0, 3 << 20, nullptr, &seen};
  options.progress = [](void* user, uint64_t cycles) { static_cast<std::vector<uint64_t>*>(user)->push_back(cycles); };
  const Device it(endless, &options);
  REQUIRE(it.status == 0);
  CHECK(psmc_rt_launch(it.device, 0, nullptr) == number(Code::trap_cycle_limit));
  REQUIRE(seen.size() >= 2);
  CHECK(seen[0] < seen[1]);
  CHECK(std::string(psmc_rt_last_error(it.device)).find("PSM0812") != std::string::npos);
  options.struct_size = 16;
  const Device older(endless, &options);
  REQUIRE(older.status == 0);
  seen.clear();
  CHECK(psmc_rt_launch(older.device, 0, nullptr) == number(Code::trap_cycle_limit));
  CHECK(seen.empty());
}

SCENARIO("staging memory grows; what cannot be had is an error") {
  const Device it(arch::serialize(echo_image({})).value());
  void* small = psmc_rt_staging(it.device, 0);
  REQUIRE(small != nullptr);
  void* large = psmc_rt_staging(it.device, 1 << 20);
  REQUIRE(large != nullptr);
  std::memset(large, 1, 1 << 20);
  CHECK(psmc_rt_staging(it.device, uint64_t{1} << 62) == nullptr);
  CHECK(std::string(psmc_rt_last_error(it.device)).find(code_name(Code::runtime_memory)) != std::string::npos);
}

SCENARIO("broken images are refused, and the handle tells why") {
  const std::string good = arch::serialize(echo_image({})).value();
  Random random(3);
  for (int round = 0; round < 60; ++round) {
    std::string bad = good;
    if (round % 3 == 0)
      bad.resize(random.below(bad.size()));
    else
      bad[random.below(bad.size())] ^= static_cast<char>(1 + random.below(255));
    const Device it(bad);
    CHECK(it.device != nullptr);
    if (it.status == 0) continue;
    CHECK(std::string(psmc_rt_last_error(it.device)).find("PSM") != std::string::npos);
    CHECK(psmc_rt_launch(it.device, 0, nullptr) == number(Code::host_argument));
  }
}

}  // namespace psmc::host::test
