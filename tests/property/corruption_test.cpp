// SPDX-License-Identifier: Apache-2.0
// Damaged checkpoints, images, IR, tokenizers, machine files, assembly and tensors: each is refused with a code, traps
// with a code, or is taken and used to the end; none crashes, hangs or asks for gigabytes.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "arch/asm.h"
#include "base/file.h"
#include "ir/external/npy.h"
#include "ir/json/json_ir.h"
#include "ir/text/parser.h"
#include "tests/arch/reseal.h"
#include "tests/base/temporary_folder.h"
#include "tests/property/corruption.h"
#include "tools/driver/compile.h"
#include "tools/driver/device.h"
#include "tools/driver/load.h"
#include "tools/driver/session.h"

using namespace psmc;
namespace fs = std::filesystem;

namespace {

constexpr const char* kNet = R"(func @main(%x: tensor<6x20xf32>, %w: tensor<20x9xf32>) -> (%r: tensor<6x9xf32>) {
  %a = contract %x, %w {dtype = f32, spec = "mk,kn->mn"}
  %b = call @softmax(%a) {axis = 1}
  %c = tanh %b
  %d = transpose %c {permutation = [1, 0]}
  %e = reduce %d {axes = [1], keep = true, monoid = "sum"}
  %f = add %d, %e
  %g = transpose %f {permutation = [1, 0]}
  return %g
}
)";

constexpr uint64_t kMaxCycles = 200'000;

Status simulate(const arch::Image& image) {
  sim::Options options;
  options.max_cycles = kMaxCycles;
  PSMC_ASSIGN(const std::unique_ptr<tools::Device> device, tools::Device::open(image, options));
  for (size_t e = 0; e < image.entries.size(); ++e) {
    for (const arch::Symbol& s : image.entries[e].symbols)
      if (s.kind != arch::SymbolKind::output)
        PSMC_TRY(device->write(e, s.name, std::vector<std::byte>(tools::dense_bytes_of(s))));
    PSMC_ASSIGN(const sim::RunStats stats, device->launch(e));
  }
  return {};
}

Status compile_and_simulate(ir::Module& module, const arch::Machine& machine) {
  tools::CompileReport report;
  PSMC_ASSIGN(const arch::Image image, tools::compile(module, machine, {}, report));
  return simulate(image);
}

Status use_model(const std::string& path) {
  frontend::LlamaOptions options;
  options.chunk = 4;
  PSMC_ASSIGN(const tools::LoadedModel model, tools::load_model(path, options));
  PSMC_ASSIGN(const std::unique_ptr<tools::Session> session, tools::interpreter_session(model.module));
  PSMC_ASSIGN(const std::vector<float> logits, session->decode(1, 0));
  return {};
}

Status use_image(const std::string& path) {
  PSMC_ASSIGN(const arch::Image image, arch::open_image(path));
  return simulate(image);
}

Status use_ir(const std::string& path) {
  PSMC_ASSIGN(ir::Module module, tools::load_ir(path));
  return compile_and_simulate(module, *arch::preset("lab4"));
}

Status use_tokenizer(const std::string& path) {
  PSMC_ASSIGN(const std::unique_ptr<frontend::Tokenizer> tokenizer, frontend::open_tokenizer(path));
  PSMC_ASSIGN(const std::vector<int32_t> ids, tokenizer->encode("Once upon a time <s> 狐狸 it's 1984\n\n \xff\xfe"));
  (void)tokenizer->decode(ids);
  return {};
}

Status use_machine(const std::string& path) {
  PSMC_ASSIGN(const arch::Machine machine, arch::load_machine(path));
  PSMC_ASSIGN(ir::Module module, ir::parse_text("net.psm", kNet));
  return compile_and_simulate(module, machine);
}

Status use_assembly(const std::string& path) {
  PSMC_ASSIGN(const std::string text, read_file(path));
  PSMC_ASSIGN(const arch::Image image, arch::assemble(path, text));
  return simulate(image);
}

Status use_tensor(const std::string& path) {
  PSMC_ASSIGN(const ir::NpyFile file, ir::NpyFile::open(path));
  return {};
}

struct Subject {
  const char* kind;
  std::string file;  ///< that is damaged
  std::string used;  ///< what is opened: the file or its folder
  Status (*use)(const std::string& path);
};

void make_model(const std::string& out, const std::string& more) {
  const std::string command = fmt::format(
      "/usr/bin/python3 {}/tests/reference/make_model.py {} --dim 16 --heads 2 --kv-heads 1 --head-dim 8 --hidden 24 "
      "--layers 1 --vocab 32 --seq 16 {} > /dev/null",
      PSMC_SOURCE_DIR, out, more);
  REQUIRE(std::system(command.c_str()) == 0);
}

/// One small file of each kind that psmc reads.
std::vector<Subject> make_subjects(const psmc::test::TemporaryFolder& folder) {
  const auto file = [&](const std::string& name) { return folder.file(name); };
  make_model(file("model.bin"), "");
  make_model(file("hf"), "--dtype BF16 --tied");
  make_model(file("sharded"), "--shards 2 --scaling llama3");
  REQUIRE(write_file(file("net.psm"), kNet).ok());
  Result<ir::Module> module = ir::parse_text("net.psm", kNet);
  REQUIRE(module.ok());
  REQUIRE(write_file(file("net.json"), ir::write_json(*module)).ok());
  tools::CompileReport report;
  const arch::Machine machine = *arch::preset("lab4");
  const auto image = tools::compile(*module, machine, {}, report);
  REQUIRE(image.ok());
  REQUIRE(arch::write_image(file("net.psmx"), *image).ok());
  REQUIRE(write_file(file("net.psma"), arch::print_psma(*image)).ok());
  REQUIRE(write_file(file("machine.json"), machine.json()).ok());
  std::string npy =
      std::string("\x93NUMPY\x01\x00\x76\x00", 10) + "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }";
  npy.resize(127, ' ');
  REQUIRE(write_file(file("x.npy"), npy + "\n" + std::string(48, 'a')).ok());
  for (const char* name : {"llama3", "sentencepiece"})
    fs::copy_file(fmt::format("{}/tests/frontend/tokenizers/{}.json", PSMC_SOURCE_DIR, name),
                  file(fmt::format("{}.json", name)));
  std::string bin("\6\0\0\0", 4);
  const auto token = [&](const std::string& text) {
    bin += std::string(4, '\0') + static_cast<char>(text.size()) + std::string(3, '\0') + text;
  };
  for (const char* text : {"<unk>", "\n<s>\n", "\n</s>\n"}) token(text);
  for (int i = 0; i < 256; ++i) token(fmt::format("<0x{:02X}>", i));
  REQUIRE(write_file(file("tokenizer.bin"), bin).ok());
  std::vector<Subject> subjects = {
      {"checkpoint", file("model.bin"), file("model.bin"), use_model},
      {"checkpoint", file("hf/config.json"), file("hf"), use_model},
      {"checkpoint", file("hf/model.safetensors"), file("hf"), use_model},
      {"checkpoint", file("sharded/config.json"), file("sharded"), use_model},
      {"checkpoint", file("sharded/model.safetensors.index.json"), file("sharded"), use_model},
      {"checkpoint", file("sharded/model-00001-of-00002.safetensors"), file("sharded"), use_model},
      {"image", file("net.psmx"), file("net.psmx"), use_image},
      {"resealed image", file("net.psmx"), file("net.psmx"), use_image},
      {"resealed image", file("net.psmx"), file("net.psmx"), use_image},
      {"assembly", file("net.psma"), file("net.psma"), use_assembly},
      {"JSON-IR", file("net.json"), file("net.json"), use_ir},
      {"JSON-IR", file("net.json"), file("net.json"), use_ir},
      {"text IR", file("net.psm"), file("net.psm"), use_ir},
      {"text IR", file("net.psm"), file("net.psm"), use_ir},
      {"tokenizer", file("tokenizer.bin"), file("tokenizer.bin"), use_tokenizer},
      {"tokenizer", file("llama3.json"), file("llama3.json"), use_tokenizer},
      {"tokenizer", file("sentencepiece.json"), file("sentencepiece.json"), use_tokenizer},
      {"machine", file("machine.json"), file("machine.json"), use_machine},
      {"machine", file("machine.json"), file("machine.json"), use_machine},
      {"tensor", file("x.npy"), file("x.npy"), use_tensor},
  };
  for (const char* name :
       {"text/random0", "text/random1", "text/random2", "text/random3", "interp/graph", "interp/attention"}) {
    const std::string copy = file(fmt::format("seed{}.psm", subjects.size()));
    fs::copy_file(fmt::format("{}/tests/fuzz/seeds/{}.psm", PSMC_SOURCE_DIR, name), copy);
    subjects.push_back({"text IR", copy, copy, use_ir});
  }
  return subjects;
}

}  // namespace

SCENARIO(
    "the harness sees a crash, a failed internal check, an endless loop, too much memory and an error without a code") {
  const psmc::test::TemporaryFolder folder;
  const std::string log = folder.file("log");
  const auto fate = [&](Status (*read)()) { return test::fate_of(read, log, 1); };
  CHECK(fate([]() -> Status { return {}; }) == test::Fate::accepted);
  CHECK(fate([]() -> Status { return error(Code::bad_image, "no"); }) == test::Fate::refused);
  CHECK(fate([]() -> Status { std::abort(); }) == test::Fate::failed);
  CHECK(fate([]() -> Status { PSMC_CHECK(false, "a bug"); }) == test::Fate::failed);
  CHECK(fate([]() -> Status {
          const volatile bool on = true;
          while (on) {
          }
          return {};
        }) == test::Fate::failed);
  if (test::kSanitized) return;  // which needs terabytes of address space
  CHECK(fate([]() -> Status {
          const std::vector<char> large(size_t{3} << 30);
          return large.empty() ? Status{} : Status{};
        }) == test::Fate::failed);
}

SCENARIO("damaged files are refused with a code or used to the end") {
  const psmc::test::TemporaryFolder folder;
  const std::vector<Subject> subjects = make_subjects(folder);
  const std::string log = folder.file("log");
  for (const Subject& s : subjects) {
    INFO(s.file);
    REQUIRE(test::fate_of([&] { return s.use(s.used); }, log) == test::Fate::accepted);
  }
  const char* only = std::getenv("PSMC_SEED");
  const uint64_t count = std::getenv("SLOW") != nullptr ? (std::getenv("N") ? atoll(std::getenv("N")) : 2000) : 400;
  const uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 0;
  std::map<std::string, std::array<uint64_t, 3>> fates;
  for (uint64_t seed = first; seed < (only != nullptr ? first + 1 : count); ++seed) {
    const Subject& s = subjects[seed % subjects.size()];
    Random random(seed);
    const std::string good = *read_file(s.file);
    std::string bad = test::damaged(good, random);
    if (std::string_view(s.kind) == "resealed image") test::reseal(bad);
    REQUIRE(write_file(s.file, bad).ok());
    const test::Fate fate = test::fate_of([&] { return s.use(s.used); }, log);
    REQUIRE(write_file(s.file, good).ok());
    ++fates[s.kind][static_cast<size_t>(fate)];
    INFO("seed " << seed << ", " << s.file << ":\n" << read_file(log).value().substr(0, 4000));
    CHECK(fate != test::Fate::failed);
  }
  for (const auto& [kind, n] : fates)
    fmt::print("{}: {} refused or trapped with a code, {} used to the end\n", kind, n[1], n[0]);
  if (only == nullptr) fmt::print("RESULT corruptions.tried {} files\n", count);
}
