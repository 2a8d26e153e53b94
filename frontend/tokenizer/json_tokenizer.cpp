// SPDX-License-Identifier: Apache-2.0
#include "frontend/tokenizer/json_tokenizer.h"

#include <algorithm>
#include <utility>

#include "frontend/tokenizer/added_tokens.h"
#include "frontend/tokenizer/bpe_model.h"
#include "frontend/tokenizer/json_decoder.h"
#include "frontend/tokenizer/normalizer.h"
#include "frontend/tokenizer/pre_tokenizer.h"

#include "base/json.h"

#include <fmt/format.h>

namespace psmc::frontend {
namespace {

/// The ids that a template puts before and after the text.
struct Frame {
  std::vector<int32_t> before;
  std::vector<int32_t> after;
};

class FrameReader {
 public:
  explicit FrameReader(const json::Document& document) : document_(document) {}

  Result<Frame> read() {
    const json::Value* value = document_.root.find("post_processor");
    if (value && value->kind != json::Kind::null) PSMC_TRY(read_step(*value));
    return std::move(frame_);
  }

 private:
  Status read_step(const json::Value& value) {
    PSMC_ASSIGN(const std::string type, document_.get_string(value, "type"));
    if (type == "ByteLevel") return {};
    if (type == "TemplateProcessing") return read_template(value);
    const json::Value* steps = value.find("processors");
    if (type != "Sequence" || !steps || !steps->is_array())
      return document_.error_at(Code::unsupported_tokenizer, value,
                                fmt::format("the post-processor '{}' is not supported", type),
                                {"psmc has TemplateProcessing, ByteLevel and Sequence"});
    for (const json::Value& step : steps->items) PSMC_TRY(read_step(step));
    return {};
  }

  Status read_template(const json::Value& value) {
    const json::Value* single = value.find("single");
    const json::Value* tokens = value.find("special_tokens");
    if (!single || !single->is_array() || !tokens)
      return document_.error_at(Code::json_type, value, "a template needs 'single' and 'special_tokens'");
    bool text_seen = false;
    for (const json::Value& item : single->items) {
      if (item.find("Sequence")) {
        if (std::exchange(text_seen, true))
          return document_.error_at(Code::unsupported_tokenizer, item,
                                    "a template with the text twice is not supported");
        continue;
      }
      const json::Value* special = item.find("SpecialToken");
      if (!special) return document_.error_at(Code::json_type, item, "expected SpecialToken or Sequence");
      PSMC_ASSIGN(const std::string name, document_.get_string(*special, "id"));
      PSMC_TRY(add_ids(tokens->find(name), *special, text_seen ? frame_.after : frame_.before));
    }
    return {};
  }

  Status add_ids(const json::Value* token, const json::Value& use, std::vector<int32_t>& out) {
    const json::Value* ids = token ? token->find("ids") : nullptr;
    if (!ids || !ids->is_array())
      return document_.error_at(Code::bad_tokenizer, use, "this special token is not among 'special_tokens'");
    for (const json::Value& id : ids->items) {
      if (id.kind != json::Kind::integer || id.integer < 0 || id.integer >= (1 << 22))
        return document_.error_at(Code::bad_tokenizer, id, "not a token's id");
      out.push_back(static_cast<int32_t>(id.integer));
    }
    return {};
  }

  const json::Document& document_;
  Frame frame_;
};

/// Everything that tokenizer.json says.
struct Parts {
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  BpeModel model;
  Frame frame;
  TokenFinder raw_tokens;
  TokenFinder normalized_tokens;
  std::vector<std::string> bytes;    ///< what a token stands for, by id
  std::vector<std::string> special;  ///< by id: the name of a special token, else empty
  size_t strip = 0;
};

class JsonTokenizer final : public Tokenizer {
 public:
  explicit JsonTokenizer(Parts parts) : parts_(std::move(parts)) {}

  Result<std::vector<int32_t>> encode(std::string_view text, const EncodeOptions& options) const override {
    if (text.size() > kMaxTextBytes) return error(Code::too_large, fmt::format("a text of {} bytes", text.size()));
    std::vector<int32_t> ids;
    if (options.add_special) ids = parts_.frame.before;
    bool at_start = true;
    for (const auto& raw : parts_.raw_tokens.split(text, !options.parse_special)) {
      if (raw.id >= 0) {
        ids.push_back(raw.id);
      } else {
        PSMC_ASSIGN(const std::string normalized, parts_.normalizer.apply(std::string(raw.text)));
        PSMC_TRY(encode_normalized(normalized, at_start, !options.parse_special, ids));
      }
      at_start = false;
    }
    if (options.add_special) ids.insert(ids.end(), parts_.frame.after.begin(), parts_.frame.after.end());
    return ids;
  }

  DecodeState start() const override { return {parts_.strip, false}; }

  void decode_next(int32_t id, DecodeState& state, std::string& out) const override {
    if (id < 0 || id >= size()) return;
    const auto index = static_cast<size_t>(id);
    if (!parts_.special[index].empty()) {
      if (state.raw) out += parts_.special[index];
      return;
    }
    std::string_view bytes = parts_.bytes[index];
    for (; state.strip > 0 && bytes.starts_with(' '); --state.strip) bytes.remove_prefix(1);
    if (!bytes.empty()) state.strip = 0;
    out += bytes;
  }

  int32_t size() const override { return static_cast<int32_t>(parts_.bytes.size()); }
  std::optional<int32_t> bos() const override {
    if (!parts_.frame.before.empty()) return parts_.frame.before[0];
    return special_named({"<s>", "<|begin_of_text|>"});
  }
  std::optional<int32_t> eos() const override {
    if (!parts_.frame.after.empty()) return parts_.frame.after[0];
    return special_named({"</s>", "<|end_of_text|>", "<|endoftext|>"});
  }

 private:
  Status encode_normalized(std::string_view text, bool at_start, bool skip_special, std::vector<int32_t>& ids) const {
    for (const auto& segment : parts_.normalized_tokens.split(text, skip_special)) {
      if (segment.id >= 0) {
        ids.push_back(segment.id);
      } else {
        std::vector<Piece> pieces = {{std::string(segment.text), at_start}};
        PSMC_TRY(parts_.pre_tokenizer.apply(pieces));
        for (const Piece& piece : pieces) PSMC_TRY(parts_.model.encode_word(piece.text, ids));
      }
      at_start = false;
    }
    return {};
  }

  std::optional<int32_t> special_named(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
      const auto at = std::find(parts_.special.begin(), parts_.special.end(), name);
      if (at != parts_.special.end()) return static_cast<int32_t>(at - parts_.special.begin());
    }
    return std::nullopt;
  }

  Parts parts_;
};

Result<Parts> read_parts(const json::Document& document) {
  if (!document.root.is_object()) return document.error_at(Code::json_type, document.root, "a tokenizer is an object");
  PSMC_ASSIGN(Normalizer normalizer, Normalizer::read(document, document.root.find("normalizer")));
  PSMC_ASSIGN(PreTokenizer pre_tokenizer, PreTokenizer::read(document, document.root.find("pre_tokenizer")));
  PSMC_ASSIGN(BpeModel model, BpeModel::read(document, pre_tokenizer.byte_level()));
  PSMC_ASSIGN(Frame frame, FrameReader(document).read());
  PSMC_ASSIGN(const JsonDecoder decoder, JsonDecoder::read(document));
  PSMC_ASSIGN(const std::vector<AddedToken> added, read_added_tokens(document));
  std::vector<std::string> names = model.tokens();
  std::vector<std::string> special(names.size());
  std::vector<AddedToken> raw, normalized;
  for (const AddedToken& token : added) {
    const auto id = static_cast<size_t>(token.id);
    if (names.size() <= id) names.resize(id + 1), special.resize(id + 1);
    names[id] = token.content;
    if (token.special) special[id] = token.content;
    AddedToken sought = token;
    if (token.normalized) {
      PSMC_ASSIGN(sought.content, normalizer.apply(token.content));
    }
    (token.normalized ? normalized : raw).push_back(std::move(sought));
  }
  for (const auto* list : {&frame.before, &frame.after})
    for (const int32_t id : *list)
      if (static_cast<size_t>(id) >= names.size())
        return document.error_at(Code::bad_tokenizer, document.root,
                                 fmt::format("the template's token {} does not exist", id));
  std::vector<std::string> bytes;
  for (const std::string& name : names) bytes.push_back(decoder.bytes_of(name));
  return Parts{std::move(normalizer), std::move(pre_tokenizer),    std::move(model),
               std::move(frame),      TokenFinder(std::move(raw)), TokenFinder(std::move(normalized)),
               std::move(bytes),      std::move(special),          decoder.strip()};
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> parse_json_tokenizer(std::string file, std::string text) {
  PSMC_ASSIGN(const json::Document document, json::parse(std::move(file), std::move(text)));
  PSMC_ASSIGN(Parts parts, read_parts(document));
  return std::unique_ptr<Tokenizer>(std::make_unique<JsonTokenizer>(std::move(parts)));
}

}  // namespace psmc::frontend
