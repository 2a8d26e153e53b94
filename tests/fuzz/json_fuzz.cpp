// SPDX-License-Identifier: Apache-2.0
// Any bytes as JSON: no crash, and what is accepted reads back the same after it is written.
#include <cstdint>
#include <cstdlib>

#include "base/json.h"

namespace {

using psmc::json::Kind;
using psmc::json::Value;

std::string write(const Value& value) {
  switch (value.kind) {
    case Kind::null: return "null";
    case Kind::boolean: return value.boolean ? "true" : "false";
    case Kind::integer:
      return value.integer == 0 ? psmc::json::number_text(value.number) : std::to_string(value.integer);
    case Kind::number: return psmc::json::number_text(value.number);
    case Kind::string: return psmc::json::quote(value.string);
    default: break;
  }
  const bool object = value.kind == Kind::object;
  std::string out = object ? "{" : "[";
  for (const Value& item : value.items) out += (out.size() > 1 ? "," : "") + write(item);
  for (const auto& [key, item] : value.members) {
    out += (out.size() > 1 ? "," : "") + psmc::json::quote(key) + ":" + write(item);
  }
  return out + (object ? "}" : "]");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto document = psmc::json::parse("fuzz", std::string(reinterpret_cast<const char*>(data), size));
  if (!document.ok()) {
    (void)document.diagnostic().render();
    return 0;
  }
  const std::string once = write(document->root);
  const auto again = psmc::json::parse("again", once);
  if (!again.ok() || write(again->root) != once) std::abort();
  return 0;
}
