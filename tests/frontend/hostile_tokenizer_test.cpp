// SPDX-License-Identifier: Apache-2.0
#include "tests/frontend/shared_data.h"

#include <map>

#include "frontend/tokenizer/json_tokenizer.h"
#include "frontend/tokenizer/llama2c_tokenizer.h"

#include "base/file.h"
#include "base/random.h"

using namespace psmc;
using namespace psmc::frontend;

namespace {

/// A tokenizer.json with some of its parts replaced.
std::string with(std::map<std::string, std::string> parts) {
  const std::map<std::string, std::string> defaults = {
      {"added_tokens", "[]"},
      {"normalizer", "null"},
      {"pre_tokenizer", "null"},
      {"post_processor", "null"},
      {"decoder", R"({"type": "Fuse"})"},
      {"model", R"({"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]})"}};
  parts.insert(defaults.begin(), defaults.end());
  std::string text;
  for (const auto& [key, value] : parts) text += (text.empty() ? "{\n" : ",\n") + ("\"" + key + "\": " + value);
  return text + "\n}";
}

void check_fails(const std::map<std::string, std::string>& parts, Code code, const std::string& part) {
  const auto result = parse_json_tokenizer("t.json", with(parts));
  REQUIRE(!result.ok());
  INFO(result.diagnostic().render());
  CHECK(code_name(result.diagnostic().code) == code_name(code));
  CHECK_THAT(result.diagnostic().message, Catch::Contains(part));
  CHECK(result.diagnostic().place.line > 0);
}

std::string split_of(const std::string& pattern) {
  return R"({"type": "Split", "behavior": "Isolated", "pattern": {"Regex": ")" + pattern + "\"}}";
}

std::string u32(uint32_t value) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

std::string token(const std::string& text, uint32_t score = 0) {
  return u32(score) + u32(static_cast<uint32_t>(text.size())) + text;
}

/// The smallest tokenizer.bin.
std::string small_bin() {
  std::string out = u32(6) + token("<unk>") + token("\n<s>\n") + token("\n</s>\n");
  for (int i = 0; i < 256; ++i) out += token(fmt::format("<0x{:02X}>", i));
  return out;
}

std::string damaged(Random& random, std::string bytes) {
  for (uint64_t n = random.below(4) + 1; n > 0; --n) {
    const size_t at = random.below(bytes.size());
    switch (random.below(3)) {
      case 0: bytes[at] ^= static_cast<char>(1u << random.below(8)); break;
      case 1: bytes.erase(at, random.below(8) + 1); break;
      default: bytes.insert(at, bytes.substr(random.below(bytes.size()), random.below(8) + 1)); break;
    }
    if (bytes.empty()) bytes = "x";
  }
  return bytes;
}

}  // namespace

TEST_CASE("components that psmc does not have are refused by name") {
  const Code code = Code::unsupported_tokenizer;
  check_fails({{"normalizer", R"({"type": "NFKC"})"}}, code, "NFKC");
  check_fails({{"normalizer", R"({"type": "Replace", "pattern": {"Regex": "a"}, "content": "b"})"}}, code, "Replace");
  check_fails({{"normalizer", R"({"type": "Replace", "pattern": {"String": ""}, "content": "b"})"}}, code, "empty");
  check_fails({{"normalizer", R"({"type": "Prepend", "prepend": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"})"}}, code,
              "length");
  check_fails({{"pre_tokenizer", R"({"type": "Whitespace"})"}}, code, "Whitespace");
  check_fails({{"pre_tokenizer", R"({"type": "Split", "behavior": "X", "pattern": {"String": "a"}})"}}, code, "'X'");
  check_fails(
      {{"pre_tokenizer", R"({"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "Digits"}]})"}},
      code, "after ByteLevel");
  check_fails({{"pre_tokenizer", R"({"type": "Metaspace", "replacement": "_", "prepend_scheme": "x"})"}}, code, "'x'");
  check_fails({{"decoder", "null"}}, code, "without a decoder");
  check_fails({{"decoder", R"({"type": "WordPiece"})"}}, code, "WordPiece");
  check_fails({{"decoder", R"({"type": "Strip", "content": " ", "start": 1, "stop": 0})"}}, code, "Strip");
  check_fails({{"post_processor", R"({"type": "BertProcessing"})"}}, code, "BertProcessing");
  check_fails({{"model", R"({"type": "Unigram"})"}}, code, "Unigram");
  check_fails({{"model", R"({"type": "BPE", "dropout": 0.1})"}}, code, "dropout");
  check_fails({{"model", R"({"type": "BPE", "end_of_word_suffix": "</w>"})"}}, code, "end_of_word_suffix");
  check_fails({{"added_tokens", R"([{"id": 3, "content": "x", "single_word": true}])"}}, code, "single_word");
  for (const char* pattern : {"^a", "a$", "a++", "(?<=a)b", "(?!ab)", "\\\\b", "\\\\p{Han}", "[[a]]", "[a&&b]",
                              "(a)\\\\1", "a{1000}{9}", "(?>a)", "((a{100}){100})"})
    check_fails({{"pre_tokenizer", split_of(pattern)}}, code, "not supported");
}

TEST_CASE("a tokenizer.json that makes no sense") {
  const Code bad = Code::bad_tokenizer;
  const auto model = [](const std::string& rest) { return R"({"type": "BPE", )" + rest + "}"; };
  CHECK(parse_json_tokenizer("t", "[]").diagnostic().code == Code::json_type);
  CHECK(parse_json_tokenizer("t", "{").diagnostic().code == Code::bad_json);
  check_fails({{"model", "null"}}, Code::json_type, "model");
  check_fails({{"model", model(R"("vocab": [], "merges": [])")}}, Code::json_type, "vocab");
  check_fails({{"model", model(R"("vocab": {})")}}, Code::json_type, "merges");
  check_fails({{"model", model(R"("vocab": {"a": -1}, "merges": [])")}}, bad, "id");
  check_fails({{"model", model(R"("vocab": {"a": 4194304}, "merges": [])")}}, bad, "id");
  check_fails({{"model", model(R"("vocab": {"a": 1, "b": 1}, "merges": [])")}}, bad, "two tokens");
  check_fails({{"model", model(R"("vocab": {"a": 1}, "merges": ["a b"])")}}, bad, "not in the vocabulary");
  check_fails({{"model", model(R"("vocab": {"a": 1, "aa": 2}, "merges": ["a a a"])")}}, bad, "two tokens with a space");
  check_fails({{"model", model(R"("vocab": {"a": 1, "aa": 2}, "merges": [["a"]])")}}, bad, "pair");
  check_fails({{"model", model(R"("vocab": {}, "merges": [], "unk_token": "u")")}}, bad, "unk_token");
  check_fails({{"added_tokens", "{}"}}, Code::json_type, "array");
  check_fails({{"added_tokens", R"([{"id": 3, "content": ""}])"}}, bad, "0 bytes");
  check_fails({{"added_tokens", R"([{"id": 4194304, "content": "x"}])"}}, Code::json_type, "id");
  check_fails({{"post_processor", R"({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x"}}],
                   "special_tokens": {}})"}},
              bad, "special");
  check_fails({{"post_processor", R"({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x"}}],
                   "special_tokens": {"x": {"ids": [77]}}})"}},
              bad, "77");
  check_fails({{"pre_tokenizer", R"({"type": "Metaspace", "replacement": "__"})"}}, bad, "one character");
  for (const char* pattern : {"(", ")", "[a", "[b-a]", "*", "a{2", "a{3,2}", "\\\\x{110000}", "a|(b", "\\\\u12"})
    check_fails({{"pre_tokenizer", split_of(pattern)}}, bad, "pattern");
  CHECK(!parse_json_tokenizer("t", with({{"pre_tokenizer", split_of(std::string(300, '(') + std::string(300, ')'))}}))
             .ok());
}

TEST_CASE("a text without tokens, a pattern without mercy") {
  const auto small = parse_json_tokenizer("t", with({}));
  REQUIRE(small.ok());
  CHECK(*(*small)->encode("abba") == std::vector<int32_t>{2, 1, 0});
  const auto unknown = (*small)->encode("abc");
  REQUIRE(!unknown.ok());
  CHECK(unknown.diagnostic().code == Code::cannot_tokenize);
  const auto slow = parse_json_tokenizer("t", with({{"pre_tokenizer", split_of("a+b")}}));
  REQUIRE(slow.ok());
  const auto result = (*slow)->encode(std::string(200000, 'a'));
  REQUIRE(!result.ok());
  CHECK(result.diagnostic().code == Code::cannot_tokenize);
}

TEST_CASE("a malformed tokenizer.bin is an error with a code") {
  const std::string good = small_bin();
  REQUIRE(parse_llama2c_tokenizer("t.bin", good).ok());
  const auto fails = [](const std::string& bytes, const std::string& part) {
    const auto result = parse_llama2c_tokenizer("t.bin", bytes);
    REQUIRE(!result.ok());
    CHECK(result.diagnostic().code == Code::bad_tokenizer);
    CHECK_THAT(result.diagnostic().message, Catch::Contains(part));
  };
  fails("", "shorter");
  fails(good.substr(0, good.size() - 1), "ends within");
  fails(good + "x", "ends within");
  fails(good.substr(0, 40), "ends within");
  fails(good + token(std::string(257, 'x')), "257 bytes");
  fails(good + token("x", 0x7fc00000), "not a number");
  fails(u32(6) + token("a"), "1 tokens");
  std::string wrong = good;
  wrong[wrong.size() - 2] = 'E';
  fails(wrong, "byte 0xff");
  const auto large = parse_llama2c_tokenizer("t.bin", std::string((16 << 20) + 1, '\0'));
  REQUIRE(!large.ok());
  CHECK(large.diagnostic().code == Code::too_large);
  CHECK(open_tokenizer("/dev/null").diagnostic().code == Code::unknown_format);
  CHECK(open_tokenizer("tokenizer.model").diagnostic().code == Code::cannot_read);
  CHECK(open_tokenizer("/nonexistent/tokenizer.json").diagnostic().code == Code::cannot_read);
}

TEST_CASE("damaged tokenizers never crash") {
  Random random(17);
  const std::string text = "Once upon a time <s> 狐狸 it's 1984\n\n \xff\xfe";
  for (int i = 0; i < 300; ++i) {
    const auto bin = parse_llama2c_tokenizer("t.bin", damaged(random, small_bin()));
    if (bin.ok()) (void)(*bin)->encode(text);
  }
  for (const char* name : {"llama3", "metaspace", "sentencepiece"}) {
    const auto file = read_file(PSMC_SOURCE_DIR "/tests/frontend/tokenizers/" + std::string(name) + ".json");
    REQUIRE(file.ok());
    for (int i = 0; i < 500; ++i) {
      const auto tokenizer = parse_json_tokenizer("t.json", damaged(random, *file));
      if (!tokenizer.ok()) continue;
      const auto ids = (*tokenizer)->encode(text);
      if (ids.ok()) (void)(*tokenizer)->decode(*ids);
    }
  }
}
