// SPDX-License-Identifier: Apache-2.0
#include "ir/external/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/json.h"

#include <fmt/format.h>

namespace psmc::ir {
namespace {

constexpr uint64_t kMaxHeader = uint64_t{8} << 20;
constexpr size_t kMaxRank = 16;

constexpr std::array<std::pair<std::string_view, DType>, 8> kDTypes = {{{"F64", DType::f64},
                                                                        {"F32", DType::f32},
                                                                        {"F16", DType::f16},
                                                                        {"BF16", DType::bf16},
                                                                        {"I8", DType::i8},
                                                                        {"I32", DType::i32},
                                                                        {"I64", DType::i64},
                                                                        {"BOOL", DType::boolean}}};

std::optional<DType> dtype_of(std::string_view name) {
  for (const auto& [text, dtype] : kDTypes)
    if (text == name) return dtype;
  return std::nullopt;
}

/// One header entry being read: where its bytes lie in the data section.
struct Extent {
  uint64_t begin = 0;
  uint64_t end = 0;
  size_t tensor = 0;
};

class HeaderReader {
 public:
  HeaderReader(const json::Document& header, std::span<const std::byte> data) : header_(header), data_(data) {}

  Result<std::vector<TensorView>> read() {
    if (!header_.root.is_object())
      return header_.error_at(Code::bad_safetensors, header_.root, "the header is not a JSON object");
    for (const auto& [name, entry] : header_.root.members)
      if (name != "__metadata__") PSMC_TRY(read_entry(name, entry));
    PSMC_TRY(check_tiling());
    std::sort(tensors_.begin(), tensors_.end(), [](auto& a, auto& b) { return a.name < b.name; });
    return std::move(tensors_);
  }

 private:
  Status read_entry(const std::string& name, const json::Value& entry) {
    PSMC_ASSIGN(const std::string dtype_text, header_.get_string(entry, "dtype"));
    const std::optional<DType> dtype = dtype_of(dtype_text);
    if (!dtype)
      return header_.error_at(Code::unsupported_dtype, entry,
                              fmt::format("tensor '{}' has dtype '{}', which psmc does not read", name, dtype_text),
                              {"psmc reads F64, F32, F16, BF16, I8, I32, I64 and BOOL"});
    TensorView tensor{name, *dtype, {}, {}};
    PSMC_TRY(read_shape(entry, tensor));
    PSMC_ASSIGN(const Extent extent, read_extent(entry, name));
    const std::optional<uint64_t> size = dense_bytes(tensor.shape, *dtype);
    if (!size || *size != extent.end - extent.begin)
      return bad(entry, fmt::format("tensor '{}' of {} {} has {} bytes", name, shape_text(tensor.shape), dtype_text,
                                    extent.end - extent.begin));
    tensor.bytes = data_.subspan(extent.begin, extent.end - extent.begin);
    extents_.push_back({extent.begin, extent.end, tensors_.size()});
    tensors_.push_back(std::move(tensor));
    return {};
  }

  Status read_shape(const json::Value& entry, TensorView& tensor) {
    const json::Value* shape = entry.find("shape");
    if (!shape || !shape->is_array() || shape->items.size() > kMaxRank)
      return bad(entry, fmt::format("tensor '{}' needs a 'shape' of at most {} extents", tensor.name, kMaxRank));
    for (const json::Value& extent : shape->items) {
      if (extent.kind != json::Kind::integer || extent.integer < 0)
        return bad(extent, fmt::format("an extent of tensor '{}' is not a natural number", tensor.name));
      tensor.shape.push_back(extent.integer);
    }
    return {};
  }

  Result<Extent> read_extent(const json::Value& entry, const std::string& name) {
    const json::Value* offsets = entry.find("data_offsets");
    const auto natural = [](const json::Value& v) { return v.kind == json::Kind::integer && v.integer >= 0; };
    if (!offsets || !offsets->is_array() || offsets->items.size() != 2 || !natural(offsets->items[0]) ||
        !natural(offsets->items[1]))
      return bad(entry, fmt::format("tensor '{}' needs 'data_offsets' of two natural numbers", name));
    const Extent extent{static_cast<uint64_t>(offsets->items[0].integer),
                        static_cast<uint64_t>(offsets->items[1].integer)};
    if (extent.begin > extent.end || extent.end > data_.size())
      return bad(*offsets, fmt::format("tensor '{}' has bytes {} to {}, but the file has {} bytes of data", name,
                                       extent.begin, extent.end, data_.size()));
    return extent;
  }

  /// Every byte of data belongs to exactly one tensor.
  Status check_tiling() {
    std::sort(extents_.begin(), extents_.end(),
              [](const Extent& a, const Extent& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    uint64_t at = 0;
    for (const Extent& extent : extents_) {
      if (extent.begin != at)
        return bad(header_.root, fmt::format("tensor '{}' begins at byte {} of the data, expected {}: tensors must "
                                             "neither overlap nor leave holes",
                                             tensors_[extent.tensor].name, extent.begin, at));
      at = extent.end;
    }
    if (at != data_.size())
      return bad(header_.root, fmt::format("the tensors end at byte {} of {} bytes of data", at, data_.size()));
    return {};
  }

  Diagnostic bad(const json::Value& at, std::string message) const {
    return header_.error_at(Code::bad_safetensors, at, std::move(message));
  }

  const json::Document& header_;
  std::span<const std::byte> data_;
  std::vector<TensorView> tensors_;
  std::vector<Extent> extents_;
};

uint64_t read_u64(std::span<const std::byte> bytes) {
  uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | std::to_integer<uint64_t>(bytes[static_cast<size_t>(i)]);
  return value;
}

}  // namespace

Result<std::vector<TensorView>> parse_safetensors(std::string_view file, std::span<const std::byte> bytes) {
  if (bytes.size() < 8) return file_error(Code::bad_safetensors, file, "the file is shorter than a header length");
  const uint64_t length = read_u64(bytes);
  if (length > bytes.size() - 8)
    return file_error(Code::bad_safetensors, file,
                      fmt::format("the header is said to have {} bytes, but the file has {}", length, bytes.size()));
  if (length > kMaxHeader)
    return file_error(Code::too_large, file, fmt::format("a header of {} bytes; the limit is {}", length, kMaxHeader));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 8, length);
  PSMC_ASSIGN(const json::Document header, json::parse(std::string(file), std::string(text)));
  return HeaderReader(header, bytes.subspan(8 + length)).read();
}

Result<SafetensorsFile> SafetensorsFile::open(const std::string& path) {
  PSMC_ASSIGN(MappedFile file, MappedFile::open(path));
  PSMC_ASSIGN(std::vector<TensorView> tensors, parse_safetensors(path, file.bytes()));
  return SafetensorsFile(std::move(file), std::move(tensors));
}

const TensorView* SafetensorsFile::find(std::string_view name) const {
  const auto at = std::lower_bound(tensors_.begin(), tensors_.end(), name,
                                   [](const TensorView& t, std::string_view n) { return t.name < n; });
  return at != tensors_.end() && at->name == name ? &*at : nullptr;
}

std::string safetensors_bytes(std::span<const TensorView> tensors) {
  std::string header = "{";
  uint64_t at = 0;
  for (const TensorView& tensor : tensors) {
    const auto known = std::find_if(kDTypes.begin(), kDTypes.end(), [&](auto& d) { return d.second == tensor.dtype; });
    PSMC_CHECK(known != kDTypes.end(), "a dtype that .safetensors does not have");
    PSMC_CHECK(dense_bytes(tensor.shape, tensor.dtype) == tensor.bytes.size(), "bytes do not fit the shape");
    header +=
        fmt::format("{}{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", header.size() > 1 ? "," : "",
                    json::quote(tensor.name), known->first, fmt::join(tensor.shape, ","), at, at + tensor.bytes.size());
    at += tensor.bytes.size();
  }
  header += "}";
  header.append((8 - header.size() % 8) % 8, ' ');
  std::string out;
  out.reserve(8 + header.size() + at);
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(header.size() >> (8 * i)));
  out += header;
  for (const TensorView& tensor : tensors)
    out.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  return out;
}

}  // namespace psmc::ir
