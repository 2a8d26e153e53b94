// SPDX-License-Identifier: Apache-2.0
#include "tests/frontend/shared_data.h"

#include <algorithm>
#include <sstream>

#include "frontend/tokenizer/json_tokenizer.h"
#include "frontend/tokenizer/tokenizer.h"

#include "base/file.h"
#include "base/json.h"
#include "base/random.h"

using namespace psmc;
using namespace psmc::frontend;

namespace {

const std::string kFolder = PSMC_SOURCE_DIR "/tests/frontend/tokenizers/";

std::unique_ptr<Tokenizer> opened(const std::string& path) {
  auto tokenizer = open_tokenizer(path);
  if (!tokenizer.ok()) FAIL(tokenizer.diagnostic().render());
  return std::move(tokenizer).value();
}

json::Document parsed(const std::string& path) {
  auto text = read_file(path);
  REQUIRE(text.ok());
  auto document = json::parse(path, std::move(text).value());
  REQUIRE(document.ok());
  return std::move(document).value();
}

std::vector<int32_t> ids_of(const json::Value& array) {
  std::vector<int32_t> ids;
  for (const auto& item : array.items) ids.push_back(static_cast<int32_t>(item.integer));
  return ids;
}

/// Sees that every tokenizer named in `expected` does what it says there.
void check_against(const json::Document& expected) {
  const auto& texts = expected.root.members.at(0).value.items;
  for (size_t t = 1; t < expected.root.members.size(); ++t) {
    const auto& [name, results] = expected.root.members[t];
    INFO(name);
    const auto tokenizer = opened(kFolder + name + ".json");
    for (size_t i = 0; i < texts.size(); ++i) {
      INFO(texts[i].string);
      const auto ids = tokenizer->encode(texts[i].string);
      REQUIRE(ids.ok());
      CHECK(*ids == ids_of(results.find("ids")->items[i]));
      CHECK(tokenizer->decode(*ids) == results.find("decoded")->items[i].string);
    }
  }
}

std::string random_text(Random& random, size_t length) {
  static const std::vector<std::string> kParts = {" ",
                                                  "  ",
                                                  "\n",
                                                  "\r\n",
                                                  "\t",
                                                  "fox",
                                                  "The",
                                                  " dog",
                                                  "'s",
                                                  "'LL",
                                                  "1",
                                                  "42",
                                                  "12345",
                                                  "é",
                                                  "Ü",
                                                  "狐狸",
                                                  "ſ",
                                                  "собака",
                                                  "e\xcc\x81",
                                                  "\xe3\x80\x80",
                                                  "\xc2\xa0",
                                                  "😀",
                                                  "...",
                                                  "//",
                                                  "_x",
                                                  "<s>",
                                                  "</s>",
                                                  "<|endoftext|>",
                                                  "<|eot_id|>",
                                                  "▁",
                                                  " unmergeable",
                                                  "ǅ",
                                                  "ʰ",
                                                  "(",
                                                  "?!",
                                                  "once upon"};
  std::string text;
  for (size_t i = 0; i < length; ++i) text += kParts[random.below(kParts.size())];
  return text;
}

}  // namespace

TEST_CASE("every kind of tokenizer.json does what the library does") {
  check_against(parsed(kFolder + "expected.json"));
}

TEST_CASE("random texts against the library") {
  if (std::system("node -e 'require(\"@huggingface/tokenizers\")' 2>/dev/null") != 0) {
    WARN("skipped: no npm package @huggingface/tokenizers in NODE_PATH");
    return;
  }
  Random random(99);
  std::string texts = "[";
  for (int i = 0; i < 500; ++i) texts += (i ? ", " : "") + json::quote(random_text(random, random.below(12) + 1));
  const ScratchFolder folder;
  folder.write("texts.json", texts + "]");
  std::string command = "node " + kFolder + "npm_oracle.cjs " + (folder / "texts.json");
  for (const char* name :
       {"gpt2", "prefix", "llama3", "cl100k", "o200k", "digits", "sentencepiece", "metaspace", "metaspace_first"})
    command += " " + kFolder + name + ".json";
  REQUIRE(std::system((command + " > " + (folder / "out.json")).c_str()) == 0);
  check_against(parsed(folder / "out.json"));
}

TEST_CASE("byte-level tokenizers bring back any bytes") {
  Random random(3);
  for (const char* name : {"gpt2", "llama3", "cl100k", "o200k", "digits"}) {
    const auto tokenizer = opened(kFolder + name + ".json");
    for (int i = 0; i < 200; ++i) {
      std::string bytes;
      for (uint64_t n = random.below(40); n > 0; --n) bytes += static_cast<char>(random.below(256));
      const auto ids = tokenizer->encode(bytes, {true, false});
      REQUIRE(ids.ok());
      CHECK(tokenizer->decode(*ids) == bytes);
    }
  }
}

TEST_CASE("special tokens in a text, and in decoding") {
  const auto tokenizer = opened(kFolder + "llama3.json");
  const int32_t bos = *tokenizer->bos();
  CHECK(bos == tokenizer->size() - 3);
  CHECK(*tokenizer->eos() == bos + 1);
  CHECK(*tokenizer->encode("<|eot_id|>") == std::vector<int32_t>{bos, bos + 2});
  CHECK(*tokenizer->encode("<|eot_id|>", {false, true}) == std::vector<int32_t>{bos + 2});
  const auto plain = tokenizer->encode("<|eot_id|>", {false, false});
  CHECK(plain->size() > 1);
  CHECK(tokenizer->decode(*plain) == "<|eot_id|>");
  DecodeState state = tokenizer->start();
  state.raw = true;
  std::string out;
  for (const int32_t id : {bos, bos + 2, -1, 1 << 30}) tokenizer->decode_next(id, state, out);
  CHECK(out == "<|begin_of_text|><|eot_id|>");
}

TEST_CASE("the leading space is dropped once") {
  const auto tokenizer = opened(kFolder + "sentencepiece.json");
  const auto ids = tokenizer->encode("  fox  ");
  REQUIRE(ids.ok());
  CHECK(tokenizer->decode(*ids) == "  fox  ");
  CHECK(tokenizer->decode(std::vector<int32_t>(ids->begin() + 1, ids->end())) == "  fox  ");
}

TEST_CASE("a long text without breaks takes no quadratic time") {
  for (const char* name : {"gpt2", "sentencepiece", "metaspace_first", "o200k"}) {
    const auto tokenizer = opened(kFolder + name + ".json");
    for (const std::string& unit : {std::string("a"), std::string(" "), std::string("fox"), std::string("\xff")}) {
      std::string text;
      while (text.size() < 300000) text += unit;
      const auto ids = tokenizer->encode(text);
      REQUIRE(ids.ok());
      const bool loses_space = name == std::string("metaspace_first") && unit == " ";  // its prefix is not added twice
      CHECK(tokenizer->decode(*ids).size() + loses_space == text.size());
    }
  }
  const auto tokenizer = opened(kFolder + "gpt2.json");
  const auto refused = tokenizer->encode(std::string(kMaxTextBytes + 1, 'x'));
  REQUIRE(!refused.ok());
  CHECK(refused.diagnostic().code == Code::too_large);
}

TEST_CASE("the model and its two tokenizers agree") {
  const auto bin_path = shared_data("llm/tok512.bin");
  if (!bin_path) return;
  const auto bin = opened(*bin_path);
  const auto hf = opened(*shared_data("llm/stories260K-hf"));
  CHECK(bin->size() == 512);
  CHECK(bin->bos() == 1);
  CHECK(hf->bos() == 1);
  CHECK(hf->eos() == 2);
  Random random(11);
  for (int i = 0; i < 2000; ++i) {
    std::string text = random_text(random, random.below(12) + 1);
    if (text.find("s>") != std::string::npos || text.find("▁") != std::string::npos) continue;  // only one parses them
    INFO(text);
    const auto a = bin->encode(text);
    const auto b = hf->encode(text);
    REQUIRE(a.ok());
    REQUIRE(b.ok());
    CHECK(*a == *b);
    CHECK(bin->decode(*a) == text);
    CHECK(hf->decode(*b) == text);
  }
}

TEST_CASE("the text of the story model") {
  const auto path = shared_data("llm/stories260K.greedy200.txt");
  if (!path) return;
  std::ifstream in(*path);
  std::string numbers, text, number;
  std::getline(in, numbers);
  std::getline(in, text);
  for (size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n")) text.replace(at, 2, "\n");
  std::vector<int32_t> ids;
  for (std::istringstream list(numbers); std::getline(list, number, ',');) ids.push_back(std::stoi(number));
  const auto tokenizer = opened(*shared_data("llm/tok512.bin"));
  CHECK(tokenizer->decode(ids) == text);
  ids.insert(ids.begin(), 1);
  CHECK(tokenizer->decode(ids) == text.substr(1));
}
