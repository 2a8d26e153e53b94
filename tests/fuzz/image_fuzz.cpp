// SPDX-License-Identifier: Apache-2.0
// Any bytes as a program image with checksums that are right: no crash, no large memory; what is accepted is written
// and read back as the same bytes, and can be printed as assembly. Bytes that do not begin like an image are the
// sections behind a machine that is good, so that changes reach them.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "arch/asm.h"
#include "arch/image.h"
#include "tests/arch/reseal.h"

namespace {

using namespace psmc;
using namespace psmc::arch;

/// An image of lab4 whose other sections are `text`, each after its length in two bytes.
std::string with_header(std::string_view text) {
  static const std::string machine = preset("lab4").value().json();
  const auto put = [](std::string& to, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) to += static_cast<char>(value >> (8 * i));
  };
  std::string header(format::kMagic, 4), table, sections;
  const size_t head = format::kHeaderBytes + format::kSections * size_t{format::kRowBytes};
  for (uint32_t kind = 1; kind <= format::kSections; ++kind) {
    std::string_view section = machine;
    if (kind > 1) {
      size_t length = 0;
      if (text.size() >= 2) length = static_cast<uint8_t>(text[0]) + 256u * static_cast<uint8_t>(text[1]);
      text.remove_prefix(std::min<size_t>(text.size(), 2));
      section = text.substr(0, kind == format::kSections ? text.size() : length);
      text.remove_prefix(section.size());
    }
    sections.resize((head + sections.size() + 63) / 64 * 64 - head);
    put(table, kind, 8);
    put(table, head + sections.size(), 8);
    put(table, section.size(), 8);
    put(table, 0, 8);
    sections += section;
  }
  put(header, format::kVersion, 4);
  put(header, head + sections.size(), 8);
  put(header, format::kSections, 8);
  put(header, 0, 8);
  return header + table + sections;
}

void use(const Image& image) {
  (void)print_psma(image);
  const Result<std::string> bytes = serialize(image);
  if (bytes.ok()) {
    const Result<Image> again = parse_image("again.psmx", std::as_bytes(std::span(*bytes)));
    if (again.ok() && *serialize(*again) == *bytes) return;
  }
  std::fprintf(stderr, "an image that was accepted is not written and read as the same\n");
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 1 << 17) return 0;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (!bytes.starts_with("PSMX")) bytes = with_header(bytes);
  psmc::test::reseal(bytes);
  const Result<Image> image = parse_image("fuzz.psmx", std::as_bytes(std::span(bytes)));
  if (image.ok()) use(*image);
  return 0;
}
