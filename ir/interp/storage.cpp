// SPDX-License-Identifier: Apache-2.0
#include "ir/interp/storage.h"

#include <algorithm>

#include <fmt/format.h>

#include "ir/interp/interpreter.h"
#include "ir/ops/shape_eval.h"
#include "ir/ops/strided.h"
#include "ir/text/print_type.h"

namespace psmc::ir {
namespace {

constexpr int64_t kLineBytes = 64;

std::vector<int64_t> strides_of(const Type& buffer) {
  return buffer.strides.empty() ? row_major(buffer.bounds()) : buffer.strides;
}

std::vector<int64_t> limits_of(const Type& buffer) {
  const std::vector<int64_t> strides = strides_of(buffer);
  std::vector<int64_t> limits = buffer.bounds();
  if (limits.size() == 1 && strides[0] == 1) {
    const int64_t line = kLineBytes / static_cast<int64_t>(dtype_bytes(buffer.dtype));
    limits[0] = (limits[0] + line - 1) / line * line;
  }
  for (size_t d = 1; d < limits.size(); ++d) {
    if (strides[d] > 0) limits[d] = std::max(limits[d], strides[d - 1] / strides[d]);
  }
  return limits;
}

bool is_tensor_of(const Type& buffer, const Array& array) { return array.shape == buffer.bounds(); }

}  // namespace

int64_t buffer_storage(const Type& buffer) {
  const std::vector<int64_t> strides = strides_of(buffer), limits = limits_of(buffer);
  __int128 last = 0;
  for (size_t d = 0; d < limits.size(); ++d) {
    if (limits[d] == 0) return 0;
    if (strides[d] < 0) return INT64_MAX;  // no buffer has that; too large for any limit
    last += static_cast<__int128>(limits[d] - 1) * strides[d];
  }
  return last >= INT64_MAX ? INT64_MAX : static_cast<int64_t>(last) + 1;
}

Storage make_storage(const Type& buffer) {
  Storage storage;
  storage.dtype = buffer.dtype;
  storage.strides = strides_of(buffer);
  storage.limits = limits_of(buffer);
  storage.data = Array(buffer.dtype, {buffer_storage(buffer)});
  return storage;
}

Status fill_storage(Storage& storage, const Type& buffer, const Array& from) {
  if (from.dtype == buffer.dtype && is_tensor_of(buffer, from)) {
    copy_strided(from, 0, row_major(from.shape), storage.data, 0, storage.strides, from.shape);
    return {};
  }
  if (from.dtype == buffer.dtype && from.shape.size() == 1 && from.shape[0] >= storage.data.shape[0]) {
    std::copy_n(from.bytes.begin(), storage.data.bytes.size(), storage.data.bytes.begin());
    return {};
  }
  return error(Code::interp_arguments, fmt::format("an array of {} of shape [{}] is not a {}", dtype_name(from.dtype),
                                                   fmt::join(from.shape, ", "), dtype_name(buffer.dtype)) +
                                           fmt::format(" buffer of shape [{}]", fmt::join(buffer.bounds(), ", ")));
}

void read_storage(const Storage& storage, const Type& buffer, Array& to) {
  if (is_tensor_of(buffer, to)) {
    copy_strided(storage.data, 0, storage.strides, to, 0, row_major(to.shape), to.shape);
  } else {
    std::copy_n(storage.data.bytes.begin(), storage.data.bytes.size(), to.bytes.begin());
  }
}

}  // namespace psmc::ir
