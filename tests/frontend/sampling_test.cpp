// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <array>
#include <cmath>
#include <limits>

#include "frontend/sampling.h"

using namespace psmc;
using namespace psmc::frontend;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// How often each of four tokens is drawn in 20000.
std::array<int, 4> histogram(const SamplingOptions& options, const std::vector<float>& logits) {
  auto sampler = Sampler::create(options);
  REQUIRE(sampler.ok());
  std::array<int, 4> counts{};
  for (int i = 0; i < 20000; ++i) ++counts[static_cast<size_t>(sampler->next(logits))];
  return counts;
}

}  // namespace

TEST_CASE("argmax takes the lowest of equals and never NaN") {
  CHECK(argmax(std::vector<float>{1, 3, 3, 2}) == 1);
  CHECK(argmax(std::vector<float>{kNan, -5, kNan}) == 1);
  CHECK(argmax(std::vector<float>{-kInf, -kInf}) == 0);
  CHECK(argmax(std::vector<float>{0, kInf, kInf}) == 1);
  CHECK(argmax(std::vector<float>{-0.0f, 0.0f}) == 0);
}

TEST_CASE("frequencies follow the softmax") {
  const std::vector<float> logits = {std::log(4.0f), std::log(3.0f), std::log(2.0f), std::log(1.0f)};
  const auto counts = histogram({1, 1, 42}, logits);
  for (size_t i = 0; i < 4; ++i) CHECK(counts[i] == Approx(2000 * static_cast<double>(4 - i)).margin(300));
  const auto colder = histogram({0.5, 1, 42}, logits);  // weights squared: 16, 9, 4, 1
  CHECK(colder[0] == Approx(20000 * 16.0 / 30).margin(300));
  CHECK(colder[3] == Approx(20000 * 1.0 / 30).margin(150));
}

TEST_CASE("top-p keeps the smallest set that reaches p") {
  const std::vector<float> logits = {std::log(1.0f), std::log(4.0f), std::log(2.0f), std::log(3.0f)};
  const auto counts = histogram({1, 0.65, 1}, logits);  // 4 + 3 of 10 reach it
  CHECK(counts[0] == 0);
  CHECK(counts[2] == 0);
  CHECK(counts[1] == Approx(20000 * 4.0 / 7).margin(300));
  CHECK(histogram({1, 1e-9, 1}, logits)[1] == 20000);
}

TEST_CASE("greedy, odd logits, equal seeds") {
  auto greedy = Sampler::create({});
  CHECK(greedy->next(std::vector<float>{0, 2, 1}) == 1);
  auto warm = Sampler::create({1, 1, 3});
  CHECK(warm->next(std::vector<float>{kNan, -kInf, -3, kNan}) == 2);
  CHECK(warm->next(std::vector<float>{-kInf, -kInf}) == 0);
  CHECK(warm->next(std::vector<float>{1, kInf}) == 1);
  auto a = Sampler::create({0.9, 0.95, 5});
  auto b = Sampler::create({0.9, 0.95, 5});
  const std::vector<float> logits(1000, 0.25f);
  std::vector<int32_t> drawn;
  for (int i = 0; i < 6; ++i) {
    drawn.push_back(a->next(logits));
    CHECK(drawn.back() == b->next(logits));
  }
  auto c = Sampler::create({0.9, 0.95, 6});
  CHECK(std::any_of(drawn.begin(), drawn.end(), [&](int32_t id) { return c->next(logits) != id; }));
}

TEST_CASE("options that make no sense") {
  for (const SamplingOptions& options :
       {SamplingOptions{-1, 1, 0}, {kNan, 1, 0}, {kInf, 1, 0}, {1, 0, 0}, {1, 1.5, 0}, {1, kNan, 0}}) {
    const auto sampler = Sampler::create(options);
    REQUIRE(!sampler.ok());
    CHECK(sampler.diagnostic().code == Code::bad_option);
  }
}
