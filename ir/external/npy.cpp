// SPDX-License-Identifier: Apache-2.0
#include "ir/external/npy.h"

#include <charconv>
#include <optional>

#include "base/check.h"

#include <fmt/format.h>

namespace psmc::ir {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kMagic = "\x93NUMPY"sv;
constexpr size_t kMaxRank = 32;

std::optional<DType> dtype_of(std::string_view descr) {
  if (descr == "<f8") return DType::f64;
  if (descr == "<f4") return DType::f32;
  if (descr == "<f2") return DType::f16;
  if (descr == "|V2" || descr == "<V2" || descr == "<u2") return DType::bf16;
  if (descr == "|i1") return DType::i8;
  if (descr == "<i4") return DType::i32;
  if (descr == "<i8") return DType::i64;
  if (descr == "|b1") return DType::boolean;
  return std::nullopt;
}

std::string_view descr_of(DType dtype) {
  switch (dtype) {
    case DType::f64: return "<f8";
    case DType::f32: return "<f4";
    case DType::f16: return "<f2";
    case DType::bf16: return "|V2";
    case DType::i8: return "|i1";
    case DType::i32: return "<i4";
    case DType::i64:
    case DType::index: return "<i8";
    case DType::boolean: return "|b1";
  }
  PSMC_CHECK(false, "unknown dtype");
}

/// Reads the header: a Python dict literal of the three known keys, in any order.
class HeaderParser {
 public:
  HeaderParser(std::string_view file, std::string_view text) : file_(file), text_(text) {}

  Result<TensorView> parse() {
    if (!eat('{')) return bad("the header is not a dict");
    while (!eat('}')) {
      PSMC_ASSIGN(const std::string_view key, string());
      if (!eat(':')) return bad("expected ':' in the header");
      PSMC_TRY(member(key));
      if (!eat(',') && !peek('}')) return bad("expected ',' or '}' in the header");
    }
    skip_space();
    if (at_ != text_.size()) return bad("something follows the header's dict");
    if (seen_ != 7) return bad("the header needs 'descr', 'fortran_order' and 'shape'");
    if (fortran_ && tensor_.shape.size() > 1)
      return bad("the array is in Fortran order; write it with numpy.ascontiguousarray");
    return std::move(tensor_);
  }

 private:
  Status member(std::string_view key) {
    if (key == "descr") return once(1) ? descr() : bad("'descr' stands twice in the header");
    if (key == "shape") return once(2) ? shape() : bad("'shape' stands twice in the header");
    if (key == "fortran_order") return once(4) ? order() : bad("'fortran_order' stands twice in the header");
    return bad(fmt::format("unknown key '{}' in the header", key));
  }

  bool once(unsigned bit) { return !(seen_ & bit) && (seen_ |= bit); }

  Status descr() {
    if (peek('[')) return unsupported("a structured dtype");
    PSMC_ASSIGN(const std::string_view text, string());
    const std::optional<DType> dtype = dtype_of(text);
    if (!dtype) return unsupported(fmt::format("dtype '{}'", text));
    tensor_.dtype = *dtype;
    return {};
  }

  Status shape() {
    if (!eat('(')) return bad("the shape is not a tuple");
    while (!eat(')')) {
      skip_space();
      int64_t extent = 0;
      const char* begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), extent);
      if (error != std::errc() || extent < 0) return bad("an extent of the shape is not a natural number");
      at_ += static_cast<size_t>(end - begin);
      tensor_.shape.push_back(extent);
      if (tensor_.shape.size() > kMaxRank) return bad(fmt::format("more than {} dimensions", kMaxRank));
      if (!eat(',') && !peek(')')) return bad("expected ',' or ')' in the shape");
    }
    return {};
  }

  Status order() {
    skip_space();
    fortran_ = text_.substr(at_).starts_with("True");
    if (!fortran_ && !text_.substr(at_).starts_with("False")) return bad("'fortran_order' is neither True nor False");
    at_ += fortran_ ? 4 : 5;
    return {};
  }

  Result<std::string_view> string() {
    skip_space();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return bad("expected a string in the header");
    const size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) return bad("a string in the header does not end");
    const std::string_view value = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return value;
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool peek(char c) {
    skip_space();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool eat(char c) {
    const bool found = peek(c);
    at_ += found;
    return found;
  }
  Diagnostic bad(std::string message) const { return file_error(Code::bad_npy, file_, std::move(message)); }
  Diagnostic unsupported(std::string what) const {
    return file_error(Code::unsupported_dtype, file_, what + " is not one that psmc reads",
                      {"psmc reads <f8 <f4 <f2 |i1 <i4 <i8 |b1, and bf16 as |V2 or <u2"});
  }

  std::string_view file_;
  std::string_view text_;
  size_t at_ = 0;
  unsigned seen_ = 0;
  bool fortran_ = false;
  TensorView tensor_;
};

}  // namespace

Result<TensorView> parse_npy(std::string_view file, std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic) || text.size() < 10) return file_error(Code::bad_npy, file, "not a .npy file");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(text[i])); };
  const size_t version = byte(6);
  const size_t begin = version == 1 ? 10 : 12;
  if (version < 1 || version > 3 || text.size() < begin)
    return file_error(Code::bad_npy, file, fmt::format("version {} of the format, psmc reads 1 to 3", version));
  const size_t length =
      version == 1 ? byte(8) | byte(9) << 8 : byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
  if (length > text.size() - begin) return file_error(Code::bad_npy, file, "the file ends within the header");
  PSMC_ASSIGN(TensorView tensor, HeaderParser(file, text.substr(begin, length)).parse());
  tensor.bytes = bytes.subspan(begin + length);
  if (dense_bytes(tensor.shape, tensor.dtype) != tensor.bytes.size())
    return file_error(Code::bad_npy, file,
                      fmt::format("an array of {} {} has {} bytes", shape_text(tensor.shape), dtype_name(tensor.dtype),
                                  tensor.bytes.size()));
  return tensor;
}

Result<NpyFile> NpyFile::open(const std::string& path) {
  PSMC_ASSIGN(MappedFile file, MappedFile::open(path));
  PSMC_ASSIGN(TensorView tensor, parse_npy(path, file.bytes()));
  return NpyFile(std::move(file), std::move(tensor));
}

std::string npy_bytes(const TensorView& tensor) {
  PSMC_CHECK(tensor.shape.size() <= kMaxRank, "too many dimensions for .npy");
  PSMC_CHECK(dense_bytes(tensor.shape, tensor.dtype) == tensor.bytes.size(), "bytes do not fit the shape");
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", descr_of(tensor.dtype),
                  fmt::join(tensor.shape, ", "), tensor.shape.size() == 1 ? "," : "");
  header.append(63 - (10 + header.size()) % 64, ' ');  // the data begins at a multiple of 64
  header += '\n';
  std::string out(kMagic);
  out += {1, 0, static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  out += header;
  out.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  return out;
}

Status write_npy(const std::string& path, const TensorView& tensor) { return write_file(path, npy_bytes(tensor)); }

}  // namespace psmc::ir
