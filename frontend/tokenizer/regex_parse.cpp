// SPDX-License-Identifier: Apache-2.0
// Compiles a pattern by recursive descent, straight into steps:
//
//   alternatives: a|b    => split a, L; a; jump END; L: b; END:
//   repeated:     a*     => L: split a, END; a; jump L; END:       (lazy: the split prefers END)
//                 a+     => L: a; split L, END; END:
//                 a{2,3} => a; a; split a, END; a; END:            (the steps of a are copied)
// A piece is compiled, cut out again and laid down as often as it is needed, with its jumps moved along.
#include "frontend/tokenizer/regex.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace psmc::frontend {
namespace {

constexpr size_t kMaxPattern = 16384;
constexpr size_t kMaxSteps = 4096;
constexpr size_t kMaxItems = 512;
constexpr size_t kMaxDepth = 100;
constexpr uint32_t kMaxCode = 0x10ffff;
constexpr uint32_t kUnbounded = 0xffffffffu;

struct Repeat {
  uint32_t least = 1;
  uint32_t most = 1;
  bool lazy = false;
};

}  // namespace

class RegexParser {
 public:
  explicit RegexParser(std::string_view text) : text_(text) {}

  Result<Regex> parse() {
    if (text_.size() > kMaxPattern) return error(Code::unsupported_tokenizer, "a pattern this long is not supported");
    PSMC_TRY(alternatives());
    if (at_ != text_.size()) return malformed("')' without '('");
    emit({RegexStep::Kind::match, 0, 0});
    for (CharacterClass& c : regex_.classes_) c.finish();
    return std::move(regex_);
  }

 private:
  using Steps = std::vector<RegexStep>;
  using Item = CharacterClass::Item;

  Status alternatives() {
    if (++depth_ > kMaxDepth) return refused("groups nested this deep");
    std::vector<Steps> parts;
    do {
      const size_t begin = here();
      PSMC_TRY(sequence());
      parts.push_back(cut(begin));
    } while (eat('|'));
    std::vector<uint32_t> jumps;
    for (size_t i = 0; i < parts.size(); ++i) {
      const bool last = i + 1 == parts.size();
      const uint32_t split = here();
      if (!last) emit({RegexStep::Kind::split, split + 1, 0});
      paste(parts[i]);
      if (last) break;
      jumps.push_back(here());
      emit({RegexStep::Kind::jump, 0, 0});
      regex_.steps_[split].second = here();
    }
    for (const uint32_t jump : jumps) regex_.steps_[jump].first = here();
    --depth_;
    return check_size();
  }

  Status sequence() {
    while (at_ < text_.size() && text_[at_] != '|' && text_[at_] != ')') {
      const size_t begin = here();
      PSMC_TRY(atom());
      PSMC_ASSIGN(const Repeat repeat, quantifier());
      if (repeat.least != 1 || repeat.most != 1) PSMC_TRY(lay_down(cut(begin), repeat));
      PSMC_TRY(check_size());
    }
    return {};
  }

  Status lay_down(const Steps& piece, Repeat repeat) {
    const auto split = [&](uint32_t preferred, uint32_t other) {
      emit(repeat.lazy ? RegexStep{RegexStep::Kind::split, other, preferred}
                       : RegexStep{RegexStep::Kind::split, preferred, other});
    };
    const uint64_t copies = repeat.most == kUnbounded ? repeat.least + uint64_t{1} : repeat.most;
    if (copies * (piece.size() + 1) > kMaxSteps) return refused("a pattern this large");
    const uint32_t length = static_cast<uint32_t>(piece.size());
    for (uint32_t i = 0; i < repeat.least; ++i) paste(piece);
    if (repeat.most == kUnbounded && repeat.least > 0) {
      split(here() - length, here() + 1);
    } else if (repeat.most == kUnbounded) {
      const uint32_t begin = here();
      split(begin + 1, begin + length + 2);
      paste(piece);
      emit({RegexStep::Kind::jump, begin, 0});
    } else {
      const uint32_t end = here() + (repeat.most - repeat.least) * (length + 1);
      for (uint32_t i = repeat.least; i < repeat.most; ++i) {
        split(here() + 1, end);
        paste(piece);
      }
    }
    return {};
  }

  Result<Repeat> quantifier() {
    Repeat repeat;
    if (eat('*'))
      repeat = {0, kUnbounded, false};
    else if (eat('+'))
      repeat = {1, kUnbounded, false};
    else if (eat('?'))
      repeat = {0, 1, false};
    else if (peek('{')) {
      PSMC_ASSIGN(repeat, bounds());
    } else
      return repeat;
    repeat.lazy = eat('?');
    if (peek('+')) return refused("a possessive quantifier");
    if (peek('*') || peek('?') || peek('{')) return refused("a quantifier after a quantifier");
    return repeat;
  }

  Result<Repeat> bounds() {
    ++at_;
    Repeat repeat;
    PSMC_ASSIGN(repeat.least, number());
    repeat.most = repeat.least;
    if (eat(',')) {
      repeat.most = kUnbounded;
      if (!peek('}')) {
        PSMC_ASSIGN(repeat.most, number());
      }
    }
    if (!eat('}') || repeat.most < repeat.least) return malformed("a bad {..} quantifier");
    return repeat;
  }

  Result<uint32_t> number() {
    uint32_t value = 0;
    const size_t begin = at_;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
      value = std::min<uint32_t>(value * 10 + static_cast<uint32_t>(text_[at_] - '0'), 100000);
    if (at_ == begin) return malformed("a number is missing in {..}");
    return value;
  }

  Status atom() {
    if (eat('(')) return group();
    if (eat('[')) {
      PSMC_ASSIGN(CharacterClass c, bracket());
      return character(std::move(c));
    }
    if (eat('.')) return character({{{'\n', '\n', 0, false, false}}, true, {}});
    if (peek('^') || peek('$')) return refused("an anchor");
    if (peek('*') || peek('+') || peek('?') || peek('{')) return malformed("a quantifier without anything to repeat");
    PSMC_ASSIGN(const Item item, peek('\\') ? escape() : Result<Item>(literal()));
    return character({folded(item), false, {}});
  }

  Status character(CharacterClass c) {
    emit({RegexStep::Kind::character, static_cast<uint32_t>(regex_.classes_.size()), 0});
    regex_.classes_.push_back(std::move(c));
    return {};
  }

  Status group() {
    const bool outer_fold = fold_;
    std::optional<RegexStep::Kind> look;
    if (eat('?')) {
      if (eat('='))
        look = RegexStep::Kind::look_ahead;
      else if (eat('!'))
        look = RegexStep::Kind::look_ahead_not;
      else if (text_.substr(at_).starts_with("i:"))
        fold_ = true, ++at_;
      if (!look && !eat(':')) return refused("a group of this kind");
    }
    const size_t begin = here();
    PSMC_TRY(alternatives());
    if (!eat(')')) return malformed("'(' without ')'");
    fold_ = outer_fold;
    if (!look) return {};
    if (here() != begin + 1 || regex_.steps_[begin].kind != RegexStep::Kind::character)
      return refused("look-ahead for more than one character or class");
    regex_.steps_[begin].kind = *look;
    return {};
  }

  Result<CharacterClass> bracket() {
    CharacterClass c;
    c.negated = eat('^');
    for (bool first = true; first || !peek(']'); first = false) {
      if (at_ >= text_.size()) return malformed("'[' without ']'");
      if (peek('[') || text_.substr(at_).starts_with("&&")) return refused("a class within a class");
      PSMC_ASSIGN(Item item, peek('\\') ? escape() : Result<Item>(literal()));
      if (peek('-') && text_.substr(at_ + 1, 1) != "]" && item.low == item.high) {
        ++at_;
        if (at_ >= text_.size()) return malformed("'[' without ']'");
        PSMC_ASSIGN(const Item last, peek('\\') ? escape() : Result<Item>(literal()));
        if (last.low != last.high || last.low < item.low) return malformed("a bad range in a class");
        item.high = last.high;
      }
      for (const Item& one : folded(item)) c.items.push_back(one);
      if (c.items.size() > kMaxItems) return refused("a class of so many parts");
    }
    ++at_;
    return c;
  }

  Item literal() {
    const Character c = character_at(text_, at_);
    at_ += c.length;
    return {c.code, c.code, 0, false, false};
  }

  Result<Item> escape() {
    if (++at_ >= text_.size()) return malformed("a backslash at the end");
    const char c = text_[at_++];
    const auto one = [](uint32_t code) { return Item{code, code, 0, false, false}; };
    switch (c) {
      case 'r': return one('\r');
      case 'n': return one('\n');
      case 't': return one('\t');
      case 'f': return one('\f');
      case 'v': return one('\v');
      case 's': return Item{1, 0, 0, true, false};
      case 'S': return Item{1, 0, 0, true, true};
      case 'd': return Item{1, 0, *categories_named("Nd"), false, false};
      case 'D': return Item{1, 0, *categories_named("Nd"), false, true};
      case 'w':
      case 'W': return Item{1, 0, word_categories(), false, c == 'W'};
      case 'p':
      case 'P': return property(c == 'P');
      case 'x':
      case 'u': return code_escape(c == 'u' ? 4 : 2);
      default: break;
    }
    const auto code = static_cast<unsigned char>(c);
    const CategorySet letters_and_digits = *categories_named("L") | *categories_named("N");
    if (code < 0x80 && (category_of(code) & letters_and_digits) == 0) return one(code);
    return refused(fmt::format("the escape '\\{}'", c));
  }

  static CategorySet word_categories() {
    return *categories_named("L") | *categories_named("M") | *categories_named("Nd") | *categories_named("Pc");
  }

  Result<Item> property(bool negated) {
    const size_t end = text_.find('}', at_);
    if (!eat('{') || end == std::string_view::npos) return refused("\\p without braces");
    if (eat('^')) negated = !negated;
    const std::string_view name = text_.substr(at_, end - at_);
    at_ = end + 1;
    const std::optional<CategorySet> categories = categories_named(name);
    if (!categories) return refused(fmt::format("the property '{}'", name));
    return Item{1, 0, *categories, false, negated};
  }

  /// \xHH, \uHHHH, \x{H..}.
  Result<Item> code_escape(size_t digits) {
    size_t end = at_ + digits;
    const bool braces = eat('{');
    if (braces) end = text_.find('}', at_);
    if (end == std::string_view::npos || end > text_.size() || end - at_ > 6 || end == at_)
      return malformed("a bad code point");
    uint32_t code = 0;
    for (; at_ < end; ++at_) {
      const size_t digit = std::string_view("0123456789abcdef0123456789ABCDEF").find(text_[at_]);
      if (digit == std::string_view::npos) return malformed("a bad code point");
      code = code << 4 | static_cast<uint32_t>(digit % 16);
    }
    at_ += braces;
    if (code > kMaxCode) return malformed("a bad code point");
    return Item{code, code, 0, false, false};
  }

  /// The item, and with (?i:) what folds to the same letters.
  std::vector<Item> folded(const Item& item) const {
    std::vector<Item> items = {item};
    if (!fold_ || item.low > item.high) return items;
    for (uint32_t low = 'a'; low <= 'z'; ++low) {
      const uint32_t high = low - 'a' + 'A';
      const auto in = [&](uint32_t code) { return code >= item.low && code <= item.high; };
      const uint32_t odd = low == 's' ? 0x17f : low == 'k' ? 0x212a : high;
      if (!in(low) && !in(high) && !in(odd)) continue;
      for (const uint32_t code : {low, high, odd}) items.push_back({code, code, 0, false, false});
    }
    return items;
  }

  uint32_t here() const { return static_cast<uint32_t>(regex_.steps_.size()); }
  void emit(RegexStep step) { regex_.steps_.push_back(step); }

  static bool jumps(const RegexStep& step) {
    return step.kind == RegexStep::Kind::split || step.kind == RegexStep::Kind::jump;
  }
  /// Takes out the steps from `begin` on, their jumps counted from their first step.
  Steps cut(size_t begin) {
    Steps piece(regex_.steps_.begin() + static_cast<ptrdiff_t>(begin), regex_.steps_.end());
    regex_.steps_.resize(begin);
    shift(piece, -static_cast<uint32_t>(begin));
    return piece;
  }
  void paste(Steps piece) {
    shift(piece, here());
    regex_.steps_.insert(regex_.steps_.end(), piece.begin(), piece.end());
  }
  static void shift(Steps& piece, uint32_t by) {
    for (RegexStep& step : piece) {
      if (!jumps(step)) continue;
      step.first += by;
      step.second += by;
    }
  }

  Status check_size() const {
    if (regex_.steps_.size() > kMaxSteps || regex_.classes_.size() > kMaxSteps) return refused("a pattern this large");
    return {};
  }
  bool peek(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool eat(char c) {
    const bool found = peek(c);
    at_ += found;
    return found;
  }
  Diagnostic malformed(std::string_view what) const {
    return error(Code::bad_tokenizer, fmt::format("{} in the pattern '{}'", what, text_));
  }
  Diagnostic refused(std::string_view what) const {
    return error(Code::unsupported_tokenizer, fmt::format("{} is not supported (pattern '{}')", what, text_));
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t depth_ = 0;
  bool fold_ = false;
  Regex regex_;
};

Result<Regex> Regex::compile(std::string_view pattern) { return RegexParser(pattern).parse(); }

}  // namespace psmc::frontend
