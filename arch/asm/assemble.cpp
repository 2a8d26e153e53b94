// SPDX-License-Identifier: Apache-2.0
// Assembly of a whole image, directive by directive (docs/psma.md). A directive either stands on one line or opens a
// group that .end closes; groups do not nest.
#include "arch/asm.h"

#include "arch/asm/data.h"
#include "arch/asm/scanner.h"
#include "arch/asm/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/json.h"

namespace psmc::arch {
namespace {

/// Labels of a blob, kept for .start.
using Labels = std::map<std::string, uint32_t, std::less<>>;

class Assembler {
 public:
  Assembler(const std::string& file, std::string_view text, size_t max_errors)
      : in_(file, text), max_errors_(max_errors) {}

  Result<Image> run() {
    if (Status read = read_directives(); !read.ok()) errors_.push_back(read.diagnostic());
    std::stable_sort(errors_.begin(), errors_.end(),
                     [](const Diagnostic& a, const Diagnostic& b) { return a.place.line < b.place.line; });
    if (!errors_.empty()) return combined(std::move(errors_));
    if (!has_machine_) return in_.error(Code::asm_directive, "the text names no .machine");
    Status valid = validate(image_);
    if (valid.ok()) return std::move(image_);
    Diagnostic diagnostic = valid.diagnostic();
    diagnostic.place.file = in_.file();
    return diagnostic;
  }

 private:
  Status read_directives();
  Status recover(Status status);
  bool at_directive();
  Status read_directive();
  Status read_machine_directive();
  Status read_code();
  Status read_code_line(CodeBlob& blob, WordReader& words);
  Status begin_kernel(CodeBlob& blob, const WordReader& words);
  Status begin_range(CodeBlob& blob, const WordReader& words);
  Status read_tile();
  Status read_segments(std::vector<Segment>& segments, std::vector<StepRange>* steps);
  Status read_step(std::vector<StepRange>& steps);
  Status read_step_register();
  Status read_segment(Segment& segment, std::vector<std::byte>& bytes, bool& open);
  Status read_entry();
  Status read_entry_line(Entry& entry);
  Status read_start(Entry& entry);
  Status read_symbol(Entry& entry);
  Result<std::vector<int64_t>> read_list();
  Result<bool> next_in_group(std::string_view group);
  Diagnostic unknown(size_t begin, std::string_view name) const {
    return in_.error_at(Code::asm_directive, begin,
                        fmt::format("unknown or misplaced directive {}", json::quote(name)));
  }

  Scanner in_;
  Image image_;
  std::vector<Labels> labels_;  ///< by blob
  bool has_machine_ = false;
  bool pending_ = false;  ///< the line that we are at is a directive that is not read yet
  std::vector<Diagnostic> errors_;
  size_t max_errors_;
};

/// Keeps what is wrong, so that reading can go on; unless it is the last that is wanted, or nothing can be read without
/// what is wrong (the machine).
Status Assembler::recover(Status status) {
  const bool last = errors_.size() + 1 >= max_errors_ || !has_machine_;
  if (status.ok() || last) return status;
  errors_.push_back(status.diagnostic());
  return {};
}

bool Assembler::at_directive() {
  constexpr std::string_view kNames[] = {".code", ".tile", ".entry", ".memory", ".op", ".steps", ".meta", ".machine"};
  return in_.peek() == '.' && std::find(std::begin(kNames), std::end(kNames), in_.peek_word()) != std::end(kNames);
}

Status Assembler::read_directives() {
  bool skipping = false;  // to the next directive, after one that is wrong
  while (std::exchange(pending_, false) || in_.next_line()) {
    if (skipping && !at_directive()) continue;
    Status read = read_directive();
    skipping = !read.ok();
    PSMC_TRY(recover(std::move(read)));
  }
  return {};
}

Status Assembler::read_directive() {
  in_.peek();
  const size_t begin = in_.position();
  const std::string_view name = in_.word();
  if (name == ".machine") return read_machine_directive();
  if (!has_machine_) return in_.error_at(Code::asm_directive, begin, "the text must begin with .machine");
  if (name == ".code") return read_code();
  if (name == ".tile") return read_tile();
  if (name == ".entry") return read_entry();
  if (name == ".memory") {
    PSMC_TRY(in_.expect_end());
    return read_segments(image_.memory, nullptr);
  }
  if (name == ".op") {
    PSMC_ASSIGN(std::string op, in_.quoted());
    PSMC_ASSIGN(std::string location, in_.quoted());
    image_.ops.push_back({std::move(op), std::move(location)});
    return in_.expect_end();
  }
  if (name == ".steps") return read_step_register();
  if (name != ".meta") return unknown(begin, name);
  PSMC_ASSIGN(std::string key, in_.quoted());
  PSMC_ASSIGN(std::string text, in_.quoted());
  image_.metadata.emplace_back(std::move(key), std::move(text));
  return in_.expect_end();
}

/// `.machine "psm1"`, or `.machine` and the lines of a machine file up to a line that is "}".
Status Assembler::read_machine_directive() {
  if (has_machine_) return in_.error(Code::asm_directive, "a second .machine");
  if (!in_.at_end()) {
    const size_t begin = in_.position();
    PSMC_ASSIGN(const std::string name, in_.quoted());
    Result<Machine> machine = preset(name);
    if (!machine) return in_.error_at(machine.diagnostic().code, begin, machine.diagnostic().message);
    image_.machine = std::move(*machine);
    has_machine_ = true;
    return in_.expect_end();
  }
  const size_t begin = in_.position();
  std::string text;
  for (;;) {
    const std::optional<std::string_view> line = in_.raw_line();
    if (!line) return in_.error_at(Code::asm_directive, begin, "the machine's JSON does not end with a line \"}\"");
    text += *line;
    text += '\n';
    if (*line == "}") break;
  }
  PSMC_ASSIGN(image_.machine, read_machine(in_.file() + ":machine", std::move(text)));
  has_machine_ = true;
  return {};
}

/// Goes to the next line of a group; false at its .end. Error at the end of the text.
Result<bool> Assembler::next_in_group(std::string_view group) {
  if (!in_.next_line()) return in_.error(Code::asm_directive, fmt::format("{} has no .end", group));
  if (at_directive()) {
    pending_ = true;
    PSMC_TRY(recover(in_.error(Code::asm_directive, fmt::format("{} has no .end before this", group))));
    return false;
  }
  if (in_.peek_word() != ".end") return true;
  in_.word();
  PSMC_TRY(in_.expect_end());
  return false;
}

Status Assembler::read_code() {
  CodeBlob blob;
  PSMC_ASSIGN(blob.name, in_.quoted());
  if (!in_.at_end()) {
    PSMC_TRY(in_.expect("overlay"));
    blob.overlay = true;
    PSMC_ASSIGN(const int64_t address, in_.number(0, INT64_MAX));
    PSMC_TRY(in_.expect("link"));
    PSMC_ASSIGN(const int64_t link, in_.number(0, UINT32_MAX));
    blob.memory_address = static_cast<uint64_t>(address);
    blob.link_word = static_cast<uint32_t>(link);
    PSMC_TRY(in_.expect_end());
  }
  WordReader words;
  for (;;) {
    PSMC_ASSIGN(const bool more, next_in_group(".code"));
    if (!more) break;
    PSMC_TRY(recover(read_code_line(blob, words)));
  }
  if (!blob.kernels.empty() && blob.kernels.back().words == 0)
    return in_.error(Code::asm_directive, "a .kernel has no .endkernel");
  if (!blob.lines.empty() && blob.lines.back().words == 0)
    blob.lines.back().words = words.next_word() - blob.lines.back().first;
  if (!blob.lines.empty() && blob.lines.back().words == 0) blob.lines.pop_back();
  PSMC_TRY(recover(words.resolve(in_)));
  labels_.push_back(words.labels());
  blob.words = words.take();
  image_.blobs.push_back(std::move(blob));
  return {};
}

Status Assembler::read_code_line(CodeBlob& blob, WordReader& words) {
  if (in_.peek() != '.') return words.read_line(in_);
  const size_t begin = in_.position();
  const std::string_view name = in_.word();
  if (name == ".kernel") return begin_kernel(blob, words);
  if (name == ".line") return begin_range(blob, words);
  if (name != ".endkernel") return unknown(begin, name);
  if (blob.kernels.empty() || blob.kernels.back().words != 0)
    return in_.error_at(Code::asm_directive, begin, "there is no open .kernel");
  blob.kernels.back().words = words.next_word() - blob.kernels.back().first;
  if (blob.kernels.back().words == 0) return in_.error_at(Code::asm_directive, begin, "the kernel is empty");
  return in_.expect_end();
}

Status Assembler::begin_kernel(CodeBlob& blob, const WordReader& words) {
  if (!blob.kernels.empty() && blob.kernels.back().words == 0)
    return in_.error(Code::asm_directive, "the .kernel before has no .endkernel");
  Kernel kernel;
  PSMC_ASSIGN(kernel.name, in_.quoted());
  kernel.first = words.next_word();
  blob.kernels.push_back(std::move(kernel));
  return in_.expect_end();
}

/// `.line 3` or `.line none`: an open range ends here.
Status Assembler::begin_range(CodeBlob& blob, const WordReader& words) {
  if (!blob.lines.empty() && blob.lines.back().words == 0) {
    blob.lines.back().words = words.next_word() - blob.lines.back().first;
    if (blob.lines.back().words == 0) blob.lines.pop_back();
  }
  if (in_.eat("none")) return in_.expect_end();
  PSMC_ASSIGN(const int64_t op, in_.number(0, UINT32_MAX - 1));
  blob.lines.push_back({words.next_word(), 0, OpId(static_cast<uint32_t>(op))});
  return in_.expect_end();
}

Status Assembler::read_tile() {
  TileImage tile;
  PSMC_ASSIGN(const int64_t id, in_.number(0, UINT32_MAX));
  tile.tile = static_cast<uint32_t>(id);
  if (!in_.at_end()) {
    const size_t begin = in_.position();
    PSMC_ASSIGN(const std::string name, in_.quoted());
    for (uint32_t i = 0; i < image_.blobs.size() && !tile.code.valid(); ++i) {
      if (image_.blobs[i].name == name) tile.code = BlobId(i);
    }
    if (!tile.code.valid())
      return in_.error_at(Code::asm_directive, begin, fmt::format("there is no .code {}", json::quote(name)));
    PSMC_TRY(in_.expect_end());
  }
  PSMC_TRY(read_segments(tile.segments, &tile.steps));
  image_.tiles.push_back(std::move(tile));
  return {};
}

/// `.steps s1`: the register that holds the address of the current step.
Status Assembler::read_step_register() {
  PSMC_TRY(in_.expect("s"));
  PSMC_ASSIGN(const int64_t reg, in_.number(1, 31));
  image_.step_register = static_cast<uint8_t>(reg);
  return in_.expect_end();
}

/// The rest of `.step 0x1000 3` or `.step 0x1000 none`.
Status Assembler::read_step(std::vector<StepRange>& steps) {
  PSMC_ASSIGN(const int64_t address, in_.number(0, INT64_MAX));
  StepRange range{static_cast<uint64_t>(address), {}};
  if (!in_.eat("none")) {
    PSMC_ASSIGN(const int64_t op, in_.number(0, UINT32_MAX - 1));
    range.op = OpId(static_cast<uint32_t>(op));
  }
  steps.push_back(range);
  return in_.expect_end();
}

/// Segments, and in a tile (`steps` is not null) what its steps are for.
Status Assembler::read_segments(std::vector<Segment>& segments, std::vector<StepRange>* steps) {
  std::vector<std::byte> bytes;
  bool open = false;
  const auto close = [&] {
    if (!open) return;
    segments.back().size = bytes.size();
    segments.back().bytes = image_.own(std::move(bytes));
    bytes = {};
  };
  for (;;) {
    PSMC_ASSIGN(const bool more, next_in_group("a group of segments"));
    if (!more) break;
    if (in_.peek() != '.') {
      if (!open) return in_.error(Code::asm_directive, "data outside .data");
      PSMC_TRY(recover(read_data_line(in_, bytes)));
      continue;
    }
    close();
    if (steps != nullptr && in_.peek_word() == ".step") {
      open = false;
      in_.word();
      PSMC_TRY(recover(read_step(*steps)));
      continue;
    }
    PSMC_TRY(recover(read_segment(segments.emplace_back(), bytes, open)));
  }
  close();
  return {};
}

/// `.data address`, to be filled by the lines that follow, or `.zero address size`.
Status Assembler::read_segment(Segment& segment, std::vector<std::byte>& bytes, bool& open) {
  const size_t begin = in_.position();
  const std::string_view name = in_.word();
  open = name == ".data";
  if (!open && name != ".zero") return unknown(begin, name);
  PSMC_ASSIGN(const int64_t address, in_.number(0, INT64_MAX));
  segment.address = static_cast<uint64_t>(address);
  bytes.clear();
  if (!open) {
    PSMC_ASSIGN(const int64_t size, in_.number(1, INT64_MAX));
    segment.size = static_cast<uint64_t>(size);
  }
  return in_.expect_end();
}

Status Assembler::read_entry() {
  Entry entry;
  PSMC_ASSIGN(entry.name, in_.quoted());
  PSMC_TRY(in_.expect_end());
  for (;;) {
    PSMC_ASSIGN(const bool more, next_in_group(".entry"));
    if (!more) break;
    PSMC_TRY(recover(read_entry_line(entry)));
  }
  image_.entries.push_back(std::move(entry));
  return {};
}

Status Assembler::read_entry_line(Entry& entry) {
  in_.peek();
  const size_t begin = in_.position();
  const std::string_view name = in_.word();
  if (name == ".start") return read_start(entry);
  if (name == ".symbol") return read_symbol(entry);
  return unknown(begin, name);
}

/// `.start tile word s4=100 s5=-1`; the word is a number, or a label of the tile's code.
Status Assembler::read_start(Entry& entry) {
  TileStart start;
  PSMC_ASSIGN(const int64_t id, in_.number(0, UINT32_MAX));
  start.tile = static_cast<uint32_t>(id);
  const char first = in_.peek();
  if (first >= '0' && first <= '9') {
    PSMC_ASSIGN(const int64_t word, in_.number(0, UINT32_MAX));
    start.word = static_cast<uint32_t>(word);
  } else {
    const size_t begin = in_.position();
    const TileImage* tile = image_.find_tile(start.tile);
    const std::string_view label = in_.word();
    const Labels none;
    const Labels& labels = tile != nullptr && tile->code.valid() ? labels_[tile->code.index] : none;
    const auto found = labels.find(label);
    if (found == labels.end())
      return in_.error_at(Code::asm_label, begin, fmt::format("tile {} has no label {}", id, json::quote(label)));
    start.word = found->second;
  }
  while (!in_.at_end()) {
    PSMC_TRY(in_.expect("s"));
    const std::string_view digits = in_.word();
    const std::optional<int64_t> reg = parse_number(digits);
    if (!reg || *reg < 1 || *reg > 31) return in_.error(Code::asm_operand, "expected a register s1 to s31");
    PSMC_TRY(in_.expect("="));
    PSMC_ASSIGN(const int64_t value, in_.number(INT64_MIN, INT64_MAX));
    start.scalars.emplace_back(static_cast<uint8_t>(*reg), value);
  }
  entry.tiles.push_back(std::move(start));
  return {};
}

Result<std::vector<int64_t>> Assembler::read_list() {
  std::vector<int64_t> list;
  PSMC_TRY(in_.expect("["));
  while (!in_.eat("]")) {
    if (!list.empty()) PSMC_TRY(in_.expect(","));
    PSMC_ASSIGN(const int64_t value, in_.number(INT64_MIN, INT64_MAX));
    list.push_back(value);
  }
  return list;
}

/// `.symbol input "x" f32 [1,4] at 0x100 strides [16,4] control`; an integer without dimensions may have ` range [0,9]`
Status Assembler::read_symbol(Entry& entry) {
  Symbol symbol;
  in_.peek();
  size_t begin = in_.position();
  const std::string_view kind = in_.word();
  if (kind == "output")
    symbol.kind = SymbolKind::output;
  else if (kind == "state")
    symbol.kind = SymbolKind::state;
  else if (kind != "input")
    return in_.error_at(Code::asm_operand, begin, "a symbol is input, output or state");
  PSMC_ASSIGN(symbol.name, in_.quoted());
  in_.peek();
  begin = in_.position();
  const std::optional<DType> dtype = dtype_from_name(in_.word());
  if (!dtype) return in_.error_at(Code::asm_operand, begin, "expected an element type");
  symbol.dtype = *dtype;
  PSMC_ASSIGN(symbol.shape, read_list());
  PSMC_TRY(in_.expect("at"));
  PSMC_ASSIGN(const int64_t address, in_.number(0, INT64_MAX));
  symbol.address = static_cast<uint64_t>(address);
  PSMC_TRY(in_.expect("strides"));
  PSMC_ASSIGN(symbol.strides, read_list());
  symbol.control = in_.eat("control");
  if (in_.eat("range")) {
    PSMC_ASSIGN(const std::vector<int64_t> range, read_list());
    if (range.size() != 2) return in_.error(Code::asm_operand, "a range is [lowest,highest]");
    symbol.low = range[0];
    symbol.high = range[1];
  }
  entry.symbols.push_back(std::move(symbol));
  return in_.expect_end();
}

}  // namespace

Result<Image> assemble(const std::string& file, std::string_view text, size_t max_errors) {
  return Assembler(file, text, max_errors).run();
}

Result<std::vector<Word>> assemble_words(std::string_view text) {
  Scanner in("assembly", text);
  WordReader words;
  while (in.next_line()) PSMC_TRY(words.read_line(in));
  PSMC_TRY(words.resolve(in));
  return words.take();
}

Result<Word> assemble_word(std::string_view text) {
  PSMC_ASSIGN(const std::vector<Word> words, assemble_words(text));
  if (words.size() == 1) return words[0];
  return error(Code::asm_syntax, fmt::format("expected one word of assembly, found {}", words.size()));
}

}  // namespace psmc::arch
