// SPDX-License-Identifier: Apache-2.0
#include "arch/manual.h"

#include "arch/asm.h"
#include "arch/check.h"
#include "sim/chip.h"

#include <catch2/catch.hpp>

#include <cstdlib>

#include "base/file.h"

namespace psmc::arch {
namespace {

const std::string kDocs = std::string(PSMC_SOURCE_DIR) + "/docs/";

// PSMC_UPDATE=1 in the environment writes the page anew.
TEST_CASE("docs/isa.md is the manual of psm1") {
  const std::string manual = isa_manual(preset("psm1").value());
  if (std::getenv("PSMC_UPDATE") != nullptr) REQUIRE(write_file(kDocs + "isa.md", manual).ok());
  CHECK(read_file(kDocs + "isa.md").value() == manual);
}

TEST_CASE("the programs in docs/psma.md assemble, print and keep the contract") {
  const std::string page = read_file(kDocs + "psma.md").value();
  size_t programs = 0;
  for (size_t at = page.find("```psma\n"); at != std::string::npos; at = page.find("```psma\n", at)) {
    at += 8;
    const std::string text = page.substr(at, page.find("```", at) - at);
    const Result<Image> image = assemble("psma.md", text);
    if (!image) FAIL(image.diagnostic().render());
    const Status checked = check_image(*image);
    if (!checked) FAIL(checked.diagnostic().render());
    const std::string printed = print_psma(*image);
    CHECK(print_psma(assemble("again", printed).value()) == printed);
    ++programs;
  }
  CHECK(programs >= 1);
}

TEST_CASE("the program in docs/psma.md does what the page says") {
  const std::string page = read_file(kDocs + "psma.md").value();
  const size_t at = page.find("```psma\n") + 8;
  const Image image = assemble("psma.md", page.substr(at, page.find("```", at) - at)).value();
  const auto chip = sim::Chip::open(image).value();
  const auto run = chip->launch(0);
  if (!run) FAIL(run.diagnostic().render());
  float y[16];
  REQUIRE(chip->read_memory(0x1000, std::as_writable_bytes(std::span(y))).ok());
  for (int i = 0; i < 16; ++i) CHECK(y[i] == 2.0f * static_cast<float>(i + 1));
}

}  // namespace
}  // namespace psmc::arch
