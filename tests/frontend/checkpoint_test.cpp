// SPDX-License-Identifier: Apache-2.0
#include "tests/frontend/shared_data.h"

#include <array>
#include <climits>
#include <cmath>
#include <cstring>
#include <map>
#include <sstream>

#include "frontend/checkpoint/checkpoint.h"
#include "frontend/checkpoint/hf_config.h"
#include "frontend/checkpoint/llama2c.h"

#include "base/random.h"

using namespace psmc;
using namespace psmc::frontend;

namespace {

/// A config.json with some members replaced or added: later ones win.
std::string config_text(const std::vector<std::pair<std::string, std::string>>& changes) {
  std::map<std::string, std::string> members = {{"model_type", "\"llama\""},  {"hidden_size", "8"},
                                                {"intermediate_size", "12"},  {"num_hidden_layers", "1"},
                                                {"num_attention_heads", "2"}, {"vocab_size", "10"}};
  for (const auto& [key, value] : changes)
    if (value.empty())
      members.erase(key);
    else
      members[key] = value;
  std::string text;
  for (const auto& [key, value] : members) text += (text.empty() ? "{\n" : ",\n") + ("\"" + key + "\": " + value);
  return text + "\n}";
}

Result<LlamaConfig> config(const std::vector<std::pair<std::string, std::string>>& changes) {
  return parse_hf_config("config.json", config_text(changes));
}

void check_refused(const std::vector<std::pair<std::string, std::string>>& changes, Code code,
                   const std::string& part) {
  const auto result = config(changes);
  REQUIRE(!result.ok());
  CHECK(code_name(result.diagnostic().code) == code_name(code));
  CHECK_THAT(result.diagnostic().message, Catch::Contains(part));
  CHECK(result.diagnostic().place.line > 0);
}

std::string header(std::array<int32_t, 7> values) {
  std::string out(28, '\0');
  std::memcpy(out.data(), values.data(), 28);
  return out;
}

Status try_header(const std::string& file) {
  const auto result = parse_llama2c_header("m.bin", std::as_bytes(std::span(file)));
  if (result.ok()) return {};
  CHECK(result.diagnostic().code == Code::bad_llama2c);
  return result.diagnostic();
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("defaults of config.json") {
  const auto c = config({});
  REQUIRE(c.ok());
  CHECK(c->head_dim == 4);
  CHECK(c->kv_heads == 2);
  CHECK(c->seq == 2048);
  CHECK(c->eps == 1e-6);
  CHECK(c->rope_theta == 10000);
  CHECK(!c->tied);
  CHECK(!c->bos);
  CHECK(c->eos.empty());
  CHECK(c->rope_pairs == RopePairs::half_split);
}

TEST_CASE("config.json with everything given") {
  const auto c = config({{"num_key_value_heads", "1"},
                         {"head_dim", "6"},
                         {"eos_token_id", "[2, 3]"},
                         {"bos_token_id", "1"},
                         {"tie_word_embeddings", "true"},
                         {"rms_norm_eps", "1e-5"},
                         {"rope_scaling", R"({"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                             "high_freq_factor": 4.0, "original_max_position_embeddings": 8192})"},
                         {"rope_theta", "500000.0"},
                         {"attention_bias", "false"},
                         {"sliding_window", "null"}});
  REQUIRE(c.ok());
  CHECK(c->head_dim == 6);
  CHECK(c->kv_heads == 1);
  CHECK(c->eos == std::vector<int64_t>{2, 3});
  CHECK(c->bos == 1);
  CHECK(c->rope_scaling.kind == RopeScaling::Kind::llama3);
  CHECK(c->rope_scaling.original_context == 8192);
  const auto f = rope_frequencies(*c);
  REQUIRE(f.size() == 3);
  CHECK(f[0] == 1);  // turns often: kept
  CHECK(f[2] == Approx(std::pow(500000.0, -4.0 / 6.0) / 8).epsilon(1e-12));
}

TEST_CASE("rope_parameters hold theta and scaling") {
  const auto c = config({{"rope_parameters", R"({"rope_type": "linear", "factor": 2, "rope_theta": 5e4})"}});
  REQUIRE(c.ok());
  CHECK(c->rope_theta == 5e4);
  CHECK(rope_frequencies(*c)[1] == Approx(std::pow(5e4, -0.5) / 2));
}

TEST_CASE("what psmc does not have is refused by name") {
  check_refused({{"model_type", "\"qwen2\""}}, Code::unsupported_model, "qwen2");
  check_refused({{"hidden_act", "\"gelu\""}}, Code::unsupported_model, "hidden_act");
  check_refused({{"attention_bias", "true"}}, Code::unsupported_model, "attention_bias");
  check_refused({{"mlp_bias", "true"}}, Code::unsupported_model, "mlp_bias");
  check_refused({{"sliding_window", "4096"}}, Code::unsupported_model, "sliding_window");
  check_refused({{"quantization_config", "{}"}}, Code::unsupported_model, "quantization_config");
  check_refused({{"partial_rotary_factor", "0.5"}}, Code::unsupported_model, "partial_rotary_factor");
  check_refused({{"rope_scaling", R"({"type": "yarn"})"}}, Code::unsupported_model, "yarn");
}

TEST_CASE("a config.json that makes no sense") {
  check_refused({{"model_type", ""}}, Code::json_type, "model_type");
  check_refused({{"hidden_size", ""}}, Code::json_type, "hidden_size");
  check_refused({{"hidden_size", "0"}}, Code::json_type, "hidden_size");
  check_refused({{"hidden_size", "1e3"}}, Code::json_type, "hidden_size");
  check_refused({{"vocab_size", "99999999999"}}, Code::json_type, "vocab_size");
  check_refused({{"hidden_size", "9"}}, Code::bad_config, "multiple");
  check_refused({{"hidden_size", "6"}}, Code::bad_config, "even");
  check_refused({{"head_dim", "5"}}, Code::bad_config, "even");
  check_refused({{"num_key_value_heads", "3"}}, Code::bad_config, "multiple");
  check_refused({{"rms_norm_eps", "-1"}}, Code::bad_config, "rms_norm_eps");
  check_refused({{"rms_norm_eps", "\"nan\""}}, Code::bad_config, "rms_norm_eps");
  check_refused({{"rope_theta", "0"}}, Code::bad_config, "rope_theta");
  check_refused({{"eos_token_id", "10"}}, Code::bad_config, "token");
  check_refused({{"bos_token_id", "-1"}}, Code::json_type, "bos_token_id");
  check_refused({{"rope_scaling", "[]"}}, Code::json_type, "rope_scaling");
  check_refused({{"rope_scaling", R"({"type": "linear"})"}}, Code::json_type, "factor");
  check_refused({{"rope_scaling", R"({"type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 4,
                     "original_max_position_embeddings": 64})"}},
                Code::bad_config, "low_freq_factor");
  CHECK(!parse_hf_config("config.json", "[]").ok());
  CHECK(!parse_hf_config("config.json", "").ok());
}

TEST_CASE("the header of a llama2.c checkpoint is checked against the file") {
  const int64_t floats = 5 * 4 + 4 + 4 * 4 + 4 * 2 + 4 * 2 + 4 * 4 + 4 + 3 * 6 * 4 + 4 + 2 * 3 * 1;
  const std::string good = header({4, 6, 1, 2, 1, 5, 3}) + std::string(4 * floats, '\0');
  CHECK(try_header(good).ok());
  CHECK(try_header(header({4, 6, 1, 2, 1, -5, 3}) + std::string(4 * (floats + 5 * 4), '\0')).ok());
  CHECK(!try_header(good + "x").ok());
  for (size_t cut : {0, 1, 27, 28, 100}) CHECK(!try_header(good.substr(0, cut)).ok());
  for (size_t i = 0; i < 7; ++i)
    for (const int32_t value : {0, -1, 3, 0x7fffffff, INT32_MIN}) {
      std::array<int32_t, 7> h = {4, 6, 1, 2, 1, 5, 3};
      if (h[i] == value) continue;
      h[i] = value;
      CHECK(!try_header(header(h) + std::string(4 * floats, '\0')).ok());
    }
  const int32_t big = 1 << 24;
  CHECK_THAT(try_header(header({big, big, 4096, 1, 1, -big, big})).diagnostic().message, Catch::Contains("beyond"));
  CHECK_THAT(try_header(header({0x616b3432, 2, 0, 0, 0, 0, 0})).diagnostic().message, Catch::Contains("later version"));
}

TEST_CASE("both forms of one model agree") {
  const auto bin = shared_data("llm/stories260K.bin");
  if (!bin) return;
  const auto a = open_checkpoint(*bin);
  const auto b = open_checkpoint(*shared_data("llm/stories260K-hf"));
  REQUIRE(a.ok());
  REQUIRE(b.ok());
  CHECK(a->config().dim == 64);
  CHECK(a->config().tied);
  CHECK(a->config().seq == b->config().seq);
  CHECK(a->weights().size() == b->weights().size());
  const std::string file = slurp(*bin);
  for (const auto& [name, weight] : a->weights()) {
    const Weight* other = b->find(name);
    REQUIRE(other);
    CHECK(weight.tensor.shape == other->tensor.shape);
    CHECK(std::memcmp(file.data() + weight.offset, weight.tensor.bytes.data(), weight.tensor.bytes.size()) == 0);
    const bool rotated = name.find("q_proj") != std::string::npos || name.find("k_proj") != std::string::npos;
    const bool same =
        std::memcmp(weight.tensor.bytes.data(), other->tensor.bytes.data(), weight.tensor.bytes.size()) == 0;
    CHECK(same != rotated);
  }
}

TEST_CASE("a sharded folder, and indexes that lie") {
  const auto source = shared_data("llm/stories260K-hf");
  if (!source) return;
  const ScratchFolder folder;
  folder.write("config.json", slurp(*source + "/config.json"));
  const auto whole = ir::SafetensorsFile::open(*source + "/model.safetensors");
  REQUIRE(whole.ok());
  std::string map;
  std::vector<ir::TensorView> parts[2];
  for (const auto& tensor : whole->tensors()) {
    const size_t part = parts[0].size() > 20;
    parts[part].push_back(tensor);
    map += fmt::format("{}\"{}\": \"part{}.safetensors\"", map.empty() ? "" : ", ", tensor.name, part);
  }
  for (int i = 0; i < 2; ++i) folder.write(fmt::format("part{}.safetensors", i), ir::safetensors_bytes(parts[i]));
  const auto open_with = [&](const std::string& text) {
    folder.write("model.safetensors.index.json", "{\"weight_map\": {" + text + "}}");
    return open_checkpoint(folder.str());
  };
  const auto good = open_with(map);
  REQUIRE(good.ok());
  CHECK(good->weights().size() == 47);
  CHECK(good->find("model.norm.weight")->file == folder / "part1.safetensors");
  const auto fails = [&](const std::string& text, Code code) {
    const auto result = open_with(text);
    REQUIRE(!result.ok());
    CHECK(code_name(result.diagnostic().code) == code_name(code));
  };
  fails("\"a\": \"../part0.safetensors\"", Code::path_outside);
  fails("\"a\": \"/etc/passwd\"", Code::path_outside);
  fails("\"a\": \"nothing.safetensors\"", Code::cannot_read);
  fails("\"a\": 3", Code::json_type);
  fails("\"a\": \"part0.safetensors\"", Code::bad_weights);
  fails("\"model.embed_tokens.weight\": \"part0.safetensors\"", Code::bad_weights);
  fails("\"model.embed_tokens.weight\": \"part0.safetensors\", \"b\": \"./part0.safetensors\"", Code::bad_weights);
}

TEST_CASE("a weight of the wrong shape or type is named") {
  const ScratchFolder folder;
  folder.write("config.json", config_text({}));
  const std::string bytes(80 * 4, '\0');
  const auto open_with = [&](DType dtype, std::vector<int64_t> shape) {
    const size_t size = ir::dense_bytes(shape, dtype).value();
    const std::vector<ir::TensorView> one = {
        {"model.embed_tokens.weight", dtype, shape, std::as_bytes(std::span(bytes)).first(size)}};
    folder.write("model.safetensors", ir::safetensors_bytes(one));
    const auto result = open_checkpoint(folder.str());
    REQUIRE(!result.ok());
    CHECK(result.diagnostic().code == Code::bad_weights);
    return result.diagnostic().message;
  };
  CHECK_THAT(open_with(DType::f32, {8, 10}), Catch::Contains("8x10") && Catch::Contains("10x8"));
  CHECK_THAT(open_with(DType::i32, {10, 8}), Catch::Contains("i32"));
  CHECK_THAT(open_with(DType::bf16, {10, 8}), Catch::Contains("model.norm.weight"));
  CHECK(open_checkpoint(folder / "config.json").diagnostic().code == Code::unknown_format);
}
