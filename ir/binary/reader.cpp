// SPDX-License-Identifier: Apache-2.0
#include "ir/binary/reader.h"

#include <fmt/format.h>

#include <sys/mman.h>
#include <unistd.h>

#include <limits>

#include "ir/binary/binary.h"
#include "ir/binary/format.h"
#include "ir/limits.h"

namespace psmc::ir {
namespace {

constexpr uint32_t kAhead = 1u << 14;  ///< ops whose pages are asked for together

/// Asks for the pages of the next `count` elements at once: a page fault each takes longer. Where the kernel cannot, or
/// there is no memory, nothing has changed.
template <typename T>
void get_pages(const std::vector<T>& array, size_t count) {
  static const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(array.data() + array.size());
  const uintptr_t end = begin + std::min(count, array.capacity() - array.size()) * sizeof(T);
  const uintptr_t first = (begin + page - 1) / page * page, last = end / page * page;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_POPULATE_WRITE);
}

}  // namespace

void BinaryReader::fail(std::string_view why) {
  if (why_.empty()) why_ = fmt::format("{}, before byte {}", why, kBinaryHeader + in_.position());
  in_.fail();
}

uint32_t BinaryReader::read_name_form() {
  const uint64_t form = in_.number();
  if (form >= kNameStem + stems_.size()) return fail("a name has a stem that is not there"), kNameNone;
  return static_cast<uint32_t>(form);
}

// `form` as it was read before.
StrId BinaryReader::read_name(uint32_t form) {
  if (form >= kNameStem) return read_numbered_name(in_, form);
  if (form == kNameString) return at(strings_, in_.number(), "a name is none of the strings");
  if (in_.integer() != 0) fail("there is a number for a value without a name");
  return {};
}

inline StrId BinaryReader::read_numbered_name(ByteReader& in, uint32_t form) {
  constexpr int64_t kMost = 999'999'999;
  Stem& stem = stems_[form - kNameStem];
  const int64_t step = in.integer(), number = step >= -kMost - 1 && step <= kMost ? stem.last + step + 1 : -1;
  if (number < 0 || number > kMost) return in_full(in, [&] { fail("the number of a name is too large"); }), StrId();
  stem.last = number;
  name_bytes_ += stem.bytes;
  if (name_bytes_ > kMaxInlineBytes) return in_full(in, [&] { fail("the names of values are too long"); }), StrId();
  return StrId(module_.strings_.intern(stem.id, static_cast<uint32_t>(number)));
}

// Of an argument.
void BinaryReader::read_value(uint32_t owner) {
  ValueData value(at(types_, in_.number(), "a type is not in the table"), owner);
  value.name = read_name(read_name_form());
  module_.values_.push_back(value);
}

// The arguments of the body get their values here: those of all functions come before all results.
void BinaryReader::read_signature() {
  const StrId name = at(strings_, in_.number(), "a function has no name");
  const FuncId id = module_.create_func(module_.text(name), {});
  Func& func = module_.func(id);
  for (size_t i = in_.number(kMaxSymbols); i > 0; --i) {
    const StrId symbol = at(strings_, in_.number(), "a symbol has no name");
    const int64_t low = in_.integer(), high = in_.integer();
    func.symbols.push_back({symbol, low, high});
  }
  BlockData& body = module_.blocks_[func.body.index];
  body.first_arg = ValueId(module_.num_values());
  body.num_args = static_cast<uint32_t>(in_.count(4));
  for (uint32_t i = 0; i < body.num_args; ++i) {
    read_value(ValueData::kIsArg | func.body.index);
    func.arg_state.push_back(read_optional_string());
  }
  for (size_t i = in_.count(3); i > 0; --i) {
    func.results.push_back(at(types_, in_.number(), "a type is not in the table"));
    func.result_state.push_back(read_optional_string());
    func.result_names.push_back(read_optional_string());
  }
  func.attrs = read_optional_attrs();
  const uint64_t form = in_.number(kPlaceTable);
  if (form == kPlaceTable) func.loc = at(locs_, in_.number(), "a location is not in the table");
  if (form != kPlaceOwn) return;
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  const auto line = static_cast<uint32_t>(in_.number(kMost)), column = static_cast<uint32_t>(in_.number(kMost));
  func.loc = module_.own_place(line, column);
}

inline LocId BinaryReader::read_place(ByteReader& in, uint8_t form) {
  if (form == kPlaceNone) return {};
  if (form == kPlaceTable)
    return in_full(in, [&] { return at(locs_, in_.number(), "a location is not in the table"); });
  constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
  const int64_t lines = form == kPlaceNextLine ? 1 : in.integer();
  if (lines < -kMost || lines > kMost || line_ + lines < 0 || line_ + lines > kMost)
    return in_full(in, [&] { fail("an op stands on a line that no text has"); }), LocId();
  line_ = static_cast<uint32_t>(line_ + lines);
  if (form == kPlaceOwn) column_ = static_cast<uint32_t>(in.number(kMost));
  return module_.own_place(line_, column_);
}

void BinaryReader::read_operands(uint32_t count) {
  const uint32_t next = module_.num_values();
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t back = in_.number();
    if (back == 0 || back > next) return fail("an operand is none of the values before it");
    module_.operand_pool_.emplace_back(next - static_cast<uint32_t>(back));
  }
}

// None, one or two, as most ops have: which of these nobody can guess, so there is no branch on it. What is written
// beyond `count` is taken back.
inline void BinaryReader::read_few_operands(ByteReader& in, uint32_t count) {
  const uint32_t next = module_.num_values();
  uint32_t first, second;
  if (count > 2 || !in.two_short_numbers(count, first, second)) return in_full(in, [&] { read_operands(count); });
  if (((first - 1 >= next) & (count > 0)) | ((second - 1 >= next) & (count > 1)))
    return in_full(in, [&] { fail("an operand is none of the values before it"); });
  std::vector<ValueId>& pool = module_.operand_pool_;
  const size_t begin = pool.size();
  pool.emplace_back(next - first);
  pool.emplace_back(next - second);
  pool.emplace_back();  // so that there always is something to be taken back
  pool.resize(begin + count);
}

// Without its blocks.
inline OpId BinaryReader::read_op(ByteReader& in, BlockId block, OpId prev) {
  const OpId id(module_.num_ops());
  const uint64_t number = in.number();
  if (number >= forms_.size()) return in_full(in, [&] { fail("an op has a form that is not there"); }), id;
  const OpForm& form = forms_[number];
  OpData& op = module_.ops_.emplace_back(form.op);
  op.parent = block;
  op.prev = prev;
  op.first_operand = static_cast<uint32_t>(module_.operand_pool_.size());
  if (form.op.num_results > 0) op.first_result = ValueId(module_.num_values());
  read_few_operands(in, form.op.num_operands);
  for (uint32_t i = 0; i < form.op.num_results && !in.failed(); ++i) {
    const ResultForm& result = results_[form.first_result + i];
    ValueData value(result.type, id.index);
    value.name = result.name >= kNameStem ? read_numbered_name(in, result.name)
                                          : in_full(in, [&] { return read_name(result.name); });
    module_.values_.push_back(value);
  }
  op.loc = read_place(in, form.place);
  return id;
}

void BinaryReader::read_blocks(OpId op, uint32_t nesting) {
  const uint32_t count = module_.op(op).num_blocks;
  const BlockId first(module_.num_blocks());
  if (count > in_.left() / 2) return fail("an op has more blocks than fit into the file");
  module_.op_blocks_.emplace_back(op, first);
  for (uint32_t i = 0; i < count; ++i) module_.blocks_[module_.create_block().index].parent_op = op;
  if (nesting >= kMaxNesting) return fail("blocks are nested too deeply");
  for (uint32_t i = 0; i < count && !in_.failed(); ++i) {
    const BlockId block(first.index + i);
    const auto args = static_cast<uint32_t>(in_.count(3));
    module_.blocks_[block.index].first_arg = ValueId(module_.num_values());
    module_.blocks_[block.index].num_args = args;
    for (uint32_t arg = 0; arg < args; ++arg) read_value(ValueData::kIsArg | block.index);
    read_ops(block, nesting + 1);
  }
}

/// What most modules need of each array for the next ops.
void BinaryReader::get_pages_ahead() {
  get_pages(module_.ops_, kAhead);
  get_pages(module_.values_, kAhead);
  get_pages(module_.operand_pool_, 2 * kAhead);
}

void BinaryReader::read_ops(BlockId block, uint32_t nesting) {
  OpId prev;
  ByteReader in = in_;
  for (size_t count = in.count(1); count > 0 && !in.failed(); --count) {
    const OpId op = read_op(in, block, prev);
    if (in.failed()) break;
    if (op.index % kAhead == 0) get_pages_ahead();
    (prev.valid() ? module_.ops_[prev.index].next : module_.blocks_[block.index].first) = op;
    prev = op;
    if (module_.op(op).num_blocks > 0) in_full(in, [&] { read_blocks(op, nesting); });
  }
  in_ = in;
  module_.blocks_[block.index].last = prev;
}

Result<Module> BinaryReader::read() {
  read_tables();
  for (size_t i = in_.count(5); i > 0 && !in_.failed(); --i) read_signature();
  if (in_.left() > std::numeric_limits<int32_t>::max()) fail("there are more ops than can be numbered");
  const size_t ops = in_.count(1), values = in_.number();
  // Most ops and values take two bytes or more; a file that is nothing but shorter ones is read all the same.
  const size_t usual = in_.left() / 2;
  module_.reserve(std::min(ops, usual));
  const size_t room = std::min(values, module_.num_values() + usual);
  module_.values_.reserve(room);
  module_.strings_.reserve(room);
  for (uint32_t i = 0; i < module_.num_funcs() && !in_.failed(); ++i) read_ops(module_.func(FuncId(i)).body, 0);
  if (!in_.failed() && (in_.left() > 0 || module_.num_ops() != ops || module_.num_values() != values))
    fail("the counts of ops and values are wrong");
  if (in_.failed()) {
    return file_error(Code::bad_binary, file_, why_.empty() ? "the module ends early, or a number is too large" : why_,
                      {"the file has a right checksum, so what wrote it is wrong"});
  }
  return std::move(module_);
}

bool is_binary(std::string_view bytes) { return bytes.starts_with(kBinaryMagic); }

Result<Module> read_binary(const std::string& file, std::string_view bytes) {
  const auto word = [&](size_t at) {
    uint64_t value = 0;
    for (size_t i = 8; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
  };
  if (!is_binary(bytes) || bytes.size() < kBinaryHeader)
    return file_error(Code::bad_binary, file, "this is no binary module, or only the beginning of one");
  const auto major = static_cast<uint8_t>(bytes[kVersionAt]), minor = static_cast<uint8_t>(bytes[kVersionAt + 1]);
  if (major != kBinaryMajor || minor > kBinaryMinor) {
    return file_error(
        Code::binary_version, file,
        fmt::format("the file has version {}.{}, and this psmc reads {}.{}", major, minor, kBinaryMajor, kBinaryMinor),
        {"write the module again with this psmc, from its text or JSON-IR"});
  }
  const std::string_view payload = bytes.substr(kBinaryHeader);
  if (word(kSizeAt) != payload.size() || word(kChecksumAt) != binary_checksum(payload)) {
    return file_error(Code::binary_checksum, file, "the contents do not match their checksum",
                      {"the file was changed or cut off after it had been written"});
  }
  return BinaryReader(file, payload, minor).read();
}

}  // namespace psmc::ir
