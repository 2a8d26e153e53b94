// SPDX-License-Identifier: Apache-2.0
#include "frontend/tokenizer/pre_tokenizer.h"

#include <algorithm>
#include <utility>

#include "frontend/tokenizer/normalizer.h"
#include "frontend/tokenizer/unicode.h"

#include <fmt/format.h>

namespace psmc::frontend {
namespace {

constexpr size_t kMaxSteps = 64;
constexpr uint64_t kStepsPerByte = 1024;  // of the pattern's machine; real patterns need about 30
constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// A boolean member, `otherwise` if it is not there.
Result<bool> flag(const json::Document& document, const json::Value& value, std::string_view key, bool otherwise) {
  if (!value.find(key)) return otherwise;
  return document.get_bool(value, key);
}

}  // namespace

Result<PreTokenizer> PreTokenizer::read(const json::Document& document, const json::Value* value) {
  PreTokenizer result;
  if (value && value->kind != json::Kind::null) PSMC_TRY(result.read_step(document, *value));
  return result;
}

Status PreTokenizer::read_step(const json::Document& document, const json::Value& value) {
  PSMC_ASSIGN(const std::string type, document.get_string(value, "type"));
  if (byte_level_)
    return document.error_at(Code::unsupported_tokenizer, value,
                             fmt::format("{} after ByteLevel is not supported", type));
  if (steps_.size() > kMaxSteps)
    return document.error_at(Code::unsupported_tokenizer, value, "so many pre-tokenizers are not supported");
  if (type == "Sequence") {
    const json::Value* steps = value.find("pretokenizers");
    if (!steps || !steps->is_array())
      return document.error_at(Code::json_type, value, "a Sequence needs an array 'pretokenizers'");
    for (const json::Value& step : steps->items) PSMC_TRY(read_step(document, step));
    return {};
  }
  if (type == "Split") return read_split(document, value);
  if (type == "ByteLevel") return read_byte_level(document, value);
  if (type == "Metaspace") return read_metaspace(document, value);
  if (type == "Digits") {
    PSMC_ASSIGN(const bool alone, flag(document, value, "individual_digits", false));
    return add_regex(alone ? "\\p{N}" : "\\p{N}+", Behavior::isolated, false);
  }
  return document.error_at(Code::unsupported_tokenizer, value,
                           fmt::format("the pre-tokenizer '{}' is not supported", type),
                           {"psmc has Split, Digits, ByteLevel, Metaspace and Sequence"});
}

Status PreTokenizer::read_split(const json::Document& document, const json::Value& value) {
  PSMC_ASSIGN(const std::string name, document.get_string(value, "behavior"));
  constexpr std::string_view kNames[] = {"Isolated", "Removed", "Contiguous", "MergedWithPrevious", "MergedWithNext"};
  const auto* found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames))
    return document.error_at(Code::unsupported_tokenizer, value,
                             fmt::format("the behavior '{}' is not supported", name));
  const auto behavior = static_cast<Behavior>(found - std::begin(kNames));
  PSMC_ASSIGN(const bool invert, flag(document, value, "invert", false));
  const json::Value* pattern = value.find("pattern");
  if (!pattern) return document.error_at(Code::json_type, value, "a Split needs a 'pattern'");
  if (const json::Value* regex = pattern->find("Regex"); regex && regex->is_string()) {
    const Status added = add_regex(regex->string, behavior, invert);
    return added.ok() ? added : document.error_at(added.diagnostic().code, *regex, added.diagnostic().message);
  }
  Step step{Step::Kind::split_string, behavior, invert, std::nullopt, {}, Prefix::never};
  PSMC_ASSIGN(step.string, document.get_string(*pattern, "String"));
  if (step.string.empty())
    return document.error_at(Code::unsupported_tokenizer, value, "a Split at an empty String is not supported");
  steps_.push_back(std::move(step));
  return {};
}

Status PreTokenizer::read_byte_level(const json::Document& document, const json::Value& value) {
  PSMC_ASSIGN(const bool prefix, flag(document, value, "add_prefix_space", true));
  PSMC_ASSIGN(const bool use_regex, flag(document, value, "use_regex", true));
  if (prefix) steps_.push_back({Step::Kind::replace, Behavior::isolated, false, std::nullopt, " ", Prefix::always});
  if (use_regex) PSMC_TRY(add_regex(kGpt2Pattern, Behavior::isolated, false));
  byte_level_ = true;
  return {};
}

Status PreTokenizer::read_metaspace(const json::Document& document, const json::Value& value) {
  Step step{Step::Kind::replace, Behavior::isolated, false, std::nullopt, {}, Prefix::always};
  PSMC_ASSIGN(step.string, document.get_string(value, "replacement"));
  if (step.string.empty() || character_at(step.string, 0).length != step.string.size())
    return document.error_at(Code::bad_tokenizer, value, "the replacement must be one character");
  PSMC_ASSIGN(const bool split, flag(document, value, "split", true));
  PSMC_ASSIGN(const bool prefix, flag(document, value, "add_prefix_space", true));
  std::string scheme = prefix ? "always" : "never";
  if (value.find("prepend_scheme")) {
    PSMC_ASSIGN(scheme, document.get_string(value, "prepend_scheme"));
  }
  if (scheme != "always" && scheme != "first" && scheme != "never")
    return document.error_at(Code::unsupported_tokenizer, value,
                             fmt::format("prepend_scheme '{}' is not supported", scheme));
  step.prefix = scheme == "always" ? Prefix::always : scheme == "first" ? Prefix::first : Prefix::never;
  const std::string replacement = step.string;
  steps_.push_back(std::move(step));
  if (split)
    steps_.push_back(
        {Step::Kind::split_string, Behavior::merged_with_next, false, std::nullopt, replacement, Prefix::never});
  return {};
}

Status PreTokenizer::add_regex(std::string_view pattern, Behavior behavior, bool invert) {
  PSMC_ASSIGN(Regex regex, Regex::compile(pattern));
  steps_.push_back({Step::Kind::split_regex, behavior, invert, std::move(regex), {}, Prefix::never});
  return {};
}

Status PreTokenizer::apply(std::vector<Piece>& pieces) const {
  for (const Step& step : steps_) {
    if (step.kind == Step::Kind::replace)
      replace(step, pieces);
    else
      PSMC_TRY(split(step, pieces));
  }
  std::erase_if(pieces, [](const Piece& piece) { return piece.text.empty(); });
  return {};
}

void PreTokenizer::replace(const Step& step, std::vector<Piece>& pieces) {
  for (Piece& piece : pieces) {
    if (step.string != " ") piece.text = replace_all(piece.text, {" ", step.string});
    const bool wanted = step.prefix == Prefix::always || (step.prefix == Prefix::first && piece.at_start);
    if (wanted && !piece.text.empty() && !piece.text.starts_with(step.string)) piece.text.insert(0, step.string);
  }
}

Status PreTokenizer::split(const Step& step, std::vector<Piece>& pieces) {
  Regex::Scratch scratch;
  std::vector<Piece> out;
  for (const Piece& piece : pieces) {
    PSMC_ASSIGN(std::vector<Span> spans, find_matches(step, piece.text, scratch));
    for (const Span& span : arrange(std::move(spans), step.behavior))
      out.push_back({piece.text.substr(span.begin, span.end - span.begin), piece.at_start && span.begin == 0});
  }
  pieces = std::move(out);
  return {};
}

/// The matches and what stands between them, in order, none empty.
Result<std::vector<PreTokenizer::Span>> PreTokenizer::find_matches(const Step& step, const std::string& text,
                                                                   Regex::Scratch& scratch) {
  std::vector<Span> spans;
  size_t done = 0;
  const auto add_match = [&](size_t begin, size_t end) {
    if (begin > done) spans.push_back({done, begin, step.invert});
    spans.push_back({begin, end, !step.invert});
    done = end;
  };
  if (step.kind == Step::Kind::split_string) {
    for (size_t at = text.find(step.string); at != std::string::npos; at = text.find(step.string, done))
      add_match(at, at + step.string.size());
  } else {
    scratch.steps_left = (text.size() + 1024) * kStepsPerByte;
    for (size_t at = 0; at < text.size();) {
      const std::optional<size_t> end = step.regex->match_at(text, at, scratch);
      if (scratch.steps_left == 0)
        return error(Code::cannot_tokenize, "the tokenizer's pattern takes too long for this text");
      if (end && *end > at) add_match(at, *end);
      at = end && *end > at ? *end : at + character_at(text, at).length;
    }
  }
  if (done < text.size()) spans.push_back({done, text.size(), step.invert});
  return spans;
}

std::vector<PreTokenizer::Span> PreTokenizer::arrange(std::vector<Span> spans, Behavior behavior) {
  if (behavior == Behavior::isolated) return spans;
  if (behavior == Behavior::removed) {
    std::erase_if(spans, [](const Span& span) { return span.match; });
    return spans;
  }
  const auto joins = [&](const Span& left, const Span& right) {
    if (behavior == Behavior::contiguous) return left.match == right.match;
    if (behavior == Behavior::merged_with_previous) return right.match && !left.match;
    return left.match && !right.match;
  };
  std::vector<Span> out;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && joins(spans[i - 1], spans[i]))
      out.back().end = spans[i].end;
    else
      out.push_back(spans[i]);
  }
  return out;
}

}  // namespace psmc::frontend
