// SPDX-License-Identifier: Apache-2.0
#include "arch/asm.h"

#include "arch/dma.h"
#include "tests/arch/sample_image.h"

#include <catch2/catch.hpp>

#include <cstring>

namespace psmc::arch {
namespace {

const std::string kHead = ".machine \"lab4\"\n";

Diagnostic failure(const std::string& text) {
  const Result<Image> image = assemble("t.psma", text);
  INFO(text);
  REQUIRE(!image.ok());
  return image.diagnostic();
}

/// The code of an error in a line of code, and where it is.
Diagnostic line_failure(const std::string& line) { return failure(kHead + ".code \"c\"\n" + line + "\n.end\n"); }

TEST_CASE("printing and assembling reach a fixpoint, and the image stays the same") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    Image image = test::sample_image(seed, seed % 2 ? "lab4" : "grid3x5");
    if (seed % 3 == 0) image.machine.name = "custom";  // no preset: the text holds the whole machine
    const std::string text = print_psma(image);
    const Result<Image> back = assemble("t.psma", text);
    if (!back) UNSCOPED_INFO(back.diagnostic().render());
    REQUIRE(back.ok());
    CHECK(print_psma(*back) == text);
    CHECK(serialize(*back).value() == serialize(image).value());
    const std::string bytes = serialize(*back).value();
    const Result<Image> again = parse_image("t.psmx", std::as_bytes(std::span(bytes)));
    CHECK(print_psma(again.value()) == text);
  }
}

TEST_CASE("a program written by hand") {
  const std::string text = R"(; a comment
.machine "lab4"
.op "scale" "lab.md:3"
.code "main"
.kernel "scale"
.line 0
start:  ld.v.f32 v1,[s1+=64] | li s3,4
        loop s3,done           ; four times
        nop | vli v2,1.5
        vmul v1,v1,v2
done:   bnz s4,start
        nop
        nop
.line none
        halt
.endkernel
.end
.tile 2 "main"
.data 0x100
f32 1.0, 2.5 -3
i32 1 -1 0xffffffff
bf16 1.0
u8 255 -1
i64 -5
hex 00ff aa
space 4
.data 0x200
dma to_tiles run=64 count=2,1,1 source=0x100 destination=0x400 source_stride=64,0,0 tiles=0,0,1,1 local=3,1 remote=4,2
.zero 0x1000 64
.end
.entry "go"
.start 2 start s1=256 s4=-1
.symbol input "x" f32 [4,16] at 0x0 strides [64,4] control
.end
)";
  const Result<Image> result = assemble("t.psma", text);
  if (!result) FAIL(result.diagnostic().render());
  const Image& image = *result;
  CHECK(image.blobs[0].words.size() == 8);
  CHECK(image.blobs[0].words[1][Slot::S].imm == 2);
  CHECK(image.blobs[0].words[4][Slot::S].imm == -4);
  CHECK(image.op_at(BlobId(0), 6) == OpId(0));
  CHECK(!image.op_at(BlobId(0), 7).valid());
  CHECK(image.tiles[0].segments[0].size == 12 + 12 + 2 + 2 + 8 + 3 + 4);
  const auto bytes = image.tiles[0].segments[1].bytes;
  const Descriptor d = decode_descriptor(std::span<const std::byte, 128>(bytes.data(), 128)).value();
  CHECK(problem(image.machine, d, false) == "");
  CHECK(d.remote_amount == 2);
  CHECK(image.entries[0].tiles[0].scalars[1].second == -1);
  CHECK(print_psma(assemble("p", print_psma(image)).value()) == print_psma(image));
}

TEST_CASE("errors of a line have code, line and column") {
  struct Case {
    const char* line;
    Code code;
    uint32_t column;
  };
  const Case cases[] = {
      {"add s1,s2", Code::asm_syntax, 10},
      {"add s1,s2,s3,s4", Code::asm_syntax, 13},
      {"add s1,s2,v3", Code::asm_operand, 11},
      {"add s1,s2,s32", Code::asm_operand, 11},
      {"mma.bf16 a8,t0,t1", Code::asm_operand, 10},
      {"frob s1", Code::asm_opcode, 1},
      {"add s1,s2,s3 | sub s1,s2,s3", Code::asm_opcode, 16},
      {"ld.t t1,[s1] | ld.t t2,[s2] | ld.t t3,[s3]", Code::asm_opcode, 31},
      {"ld.t t1,[s1] | -", Code::asm_opcode, 16},
      {"ld.t t1,[s1+2097152]", Code::asm_operand, 12},
      {"ld.t t1,[s1", Code::asm_operand, 12},
      {"li s1,4294967296", Code::asm_operand, 7},
      {"li s1,99999999999999999999", Code::asm_operand, 7},
      {"li s1,x", Code::asm_operand, 7},
      {"vli v1,1.5.5", Code::asm_operand, 8},
      {"wait #64,1", Code::asm_operand, 7},
      {"wait 5,1", Code::asm_syntax, 6},
      {"post s1,#2,1024", Code::asm_operand, 12},
      {"dma.start in8,s1", Code::asm_operand, 11},
      {"acc.rd v1,a1,16", Code::asm_operand, 14},
      {"jmp nowhere", Code::asm_label, 5},
      {"here: here: halt", Code::asm_label, 7},
      {"back: loop s1,back", Code::asm_operand, 15},
      {"loop s1,.+1", Code::asm_operand, 10},
      {"halt halt", Code::asm_syntax, 6},
      {".wings 3", Code::asm_directive, 1},
      {".kernel x", Code::asm_syntax, 9},
      {".endkernel", Code::asm_directive, 1},
  };
  for (const Case& c : cases) {
    const Diagnostic d = line_failure(c.line);
    INFO(c.line << "\n" << d.render());
    CHECK(d.code == c.code);
    CHECK(d.place.line == 3);
    CHECK(d.place.column == c.column);
    CHECK(d.place.text == c.line);
  }
}

TEST_CASE("errors of directives") {
  CHECK(failure("").code == Code::asm_directive);
  CHECK(failure(".code \"x\"\n.end\n").code == Code::asm_directive);
  CHECK(failure(".machine \"nope\"\n").code == Code::machine_unknown);
  CHECK(failure(".machine\n{\n").code == Code::asm_directive);
  CHECK(failure(".machine\n{\n}\n").code == Code::json_type);
  CHECK(failure(kHead + kHead).code == Code::asm_directive);
  CHECK(failure(kHead + ".code \"x\"\nhalt\n").code == Code::asm_directive);
  CHECK(failure(kHead + ".code \"x\"\n.end\n").code == Code::bad_image);
  CHECK(failure(kHead + ".code \"x\nhalt\n.end\n").code == Code::asm_syntax);
  CHECK(failure(kHead + ".code \"\\q\"\nhalt\n.end\n").code == Code::asm_syntax);
  CHECK(failure(kHead + ".tile 0 \"x\"\n.end\n").code == Code::asm_directive);
  CHECK(failure(kHead + ".tile 9\n.end\n").code == Code::bad_image);
  CHECK(failure(kHead + ".tile 0\nhex 00\n.end\n").code == Code::asm_directive);
  CHECK(failure(kHead + ".tile 0\n.data 0\nhex 0\n.end\n").code == Code::asm_operand);
  CHECK(failure(kHead + ".tile 0\n.data 0\nwords 0\n.end\n").code == Code::asm_directive);
  CHECK(failure(kHead + ".tile 0\n.data 0\ndma sideways\n.end\n").code == Code::asm_operand);
  CHECK(failure(kHead + ".tile 0\n.data 0\nspace 99999999999\n.end\n").code == Code::asm_operand);
  CHECK(failure(kHead + ".tile 0\n.data 0\n.end\n").code == Code::bad_image);
  CHECK(failure(kHead + ".entry \"x\"\n.start 0 nowhere\n.end\n").code == Code::asm_label);
  CHECK(failure(kHead + ".entry \"x\"\n.symbol both \"x\" f32 [] at 0 strides []\n.end\n").code == Code::asm_operand);
  CHECK(failure(kHead + ".entry \"x\"\n.symbol input \"x\" f99 [] at 0 strides []\n.end\n").code == Code::asm_operand);
  CHECK(failure(kHead + ".meta \"x\" \"{\"\n").code == Code::bad_image);
  CHECK(failure(kHead + ".code \"x\"\n.kernel \"k\"\nhalt\n.end\n").code == Code::asm_directive);
}

TEST_CASE("damaged assembly is an error or an image that prints, never a crash") {
  const std::string good = print_psma(test::sample_image(4));
  Random random(21);
  for (int n = 0; n < 4000; ++n) {
    std::string text = good;
    for (uint64_t k = random.below(3) + 1; k > 0; --k) {
      const size_t at = random.below(text.size());
      if (random.chance(0.3))
        text.erase(at, random.below(30));
      else if (random.chance(0.3))
        text.insert(at, text.substr(random.below(text.size()), random.below(40)));
      else
        text[at] = static_cast<char>(random.below(256));
    }
    const Result<Image> image = assemble("t.psma", text);
    if (image)
      CHECK(print_psma(assemble("again", print_psma(*image)).value()) == print_psma(*image));
    else
      CHECK(!image.diagnostic().render().empty());
  }
}

TEST_CASE("one word") {
  CHECK(assemble_word("halt\nhalt").diagnostic().code == Code::asm_syntax);
  CHECK(assemble_words("a: jmp a\n nop\n nop").value().size() == 3);
}

SCENARIO("an error in assembly does not hide the others") {
  const std::string text =
      ".machine \"lab4\"\n.code \"main\"\n  frob s1\n  addi s1,s1,s2\n  jmp nowhere\n  halt\n.tile 0 \"main\"\n"
      ".zero 0x0 q\n.end\n.kode\n  frob\n.entry \"go\"\n.stop\n.end\n";
  const Result<Image> image = assemble("m.psma", text);
  REQUIRE(!image.ok());
  std::vector<uint32_t> lines = {image.diagnostic().place.line};
  for (const Diagnostic& next : image.diagnostic().more) lines.push_back(next.place.line);
  CHECK(lines == std::vector<uint32_t>{3, 4, 5, 7, 8, 10, 13});
  CHECK(assemble("m.psma", text, 3).diagnostic().more.size() == 2);
  CHECK(assemble("m.psma", text, 1).diagnostic().more.empty());
  CHECK(assemble("m.psma", ".machine \"lab44\"\n.kode\n").diagnostic().more.empty());
}

}  // namespace
}  // namespace psmc::arch
