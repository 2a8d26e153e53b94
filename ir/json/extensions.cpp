// SPDX-License-Identifier: Apache-2.0
#include "ir/json/extensions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_cursor.h"

namespace psmc::ir {

bool is_extension_name(std::string_view key) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return key.size() > 2 && std::all_of(key.begin() + 2, key.end(), good);
}

std::string extension_attr(std::string_view place, std::string_view key) {
  return std::string("x.").append(place).append(key.substr(2));
}

std::optional<Extension> extension_of(std::string_view name, const AttrValue& value) {
  if (!name.starts_with("x.")) return std::nullopt;
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || json::canonical_json(*text) != *text) return std::nullopt;
  const size_t dot = name.rfind('.');
  Extension extension{std::string(name.substr(2, dot + 1 - 2)), std::string("x-").append(name.substr(dot + 1))};
  if (!is_extension_name(extension.key)) return std::nullopt;
  return extension;
}

std::string_view first_ordinary(const Module& module, const AttrDict& attrs) {
  for (const Attr& attr : attrs) {
    const auto extension = extension_of(module.text(attr.name), attr.value);
    if (!extension || !extension->place.empty()) return module.text(attr.name);
  }
  return {};
}

std::string ordinary_message(std::string_view name) {
  return fmt::format("`{}` is no extension, and nothing else may stand here: x.NAME = \"JSON text\"", name);
}

}  // namespace psmc::ir
