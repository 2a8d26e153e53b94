// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/entry_inputs.h"

#include "base/nearest.h"
#include "base/random.h"
#include "tools/commands/bindings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace psmc::tools {
namespace {

std::vector<std::string> names_of(const arch::Entry& entry, arch::SymbolKind but) {
  std::vector<std::string> names;
  for (const arch::Symbol& symbol : entry.symbols)
    if (symbol.kind != but) names.push_back(symbol.name);
  return names;
}

/// A value that the program is made for; zeros where it names no range, as for all inputs of several elements.
std::vector<std::byte> seeded_bytes(const arch::Symbol& symbol, Random& random) {
  std::vector<std::byte> bytes(dense_bytes_of(symbol));
  if (!symbol.has_range()) return bytes;
  const int64_t value = random.range(symbol.low, symbol.high);  // little-endian
  std::memcpy(bytes.data(), &value, std::min(bytes.size(), sizeof value));
  return bytes;
}

}  // namespace

Result<size_t> choose_entry(const arch::Image& image, const std::string& wanted) {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < image.entries.size(); ++i) {
    if (!wanted.empty() && image.entries[i].name == wanted) return i;
    names.emplace_back(image.entries[i].name);
  }
  if (wanted.empty() && names.size() == 1) return size_t{0};
  const std::vector<std::string> notes = names_there_are(wanted, names, "entries of the image");
  if (wanted.empty()) return error(Code::bad_option, "name the entry with --entry", notes);
  return error(Code::unknown_binding, fmt::format("the image has no entry '{}'", wanted), notes);
}

Result<Arrays> read_arrays(const arch::Entry& entry, const std::vector<std::string>& texts, std::string_view option,
                           arch::SymbolKind but) {
  PSMC_ASSIGN(const Bindings given, parse_bindings(texts, option));
  PSMC_TRY(check_names(given, option, names_of(entry, but),
                       but == arch::SymbolKind::input ? "outputs of the entry" : "inputs of the entry"));
  Arrays arrays;
  for (const arch::Symbol& symbol : entry.symbols) {
    arrays.emplace_back();
    const std::string* value = find_binding(given, symbol.name);
    if (!value) continue;
    const std::string what = fmt::format("{} '{}'", but == arch::SymbolKind::input ? "output" : "input", symbol.name);
    PSMC_ASSIGN(arrays.back(), bound_array(*value, {what, symbol.dtype, symbol.shape, Code::bad_launch}));
  }
  return arrays;
}

Status write_inputs(Device& device, size_t at, const Arrays& arrays, const InputRules& rules) {
  const arch::Entry& entry = device.image().entries[at];
  Random random(rules.seed.value_or(0));
  for (size_t i = 0; i < arrays.size(); ++i) {
    const arch::Symbol& symbol = entry.symbols[i];
    const bool needed = symbol.kind == arch::SymbolKind::input && (symbol.control || !rules.timing_only);
    if (!arrays[i] && needed && rules.seed) {
      PSMC_TRY(device.write(at, symbol.name, seeded_bytes(symbol, random)));
      continue;
    }
    if (!arrays[i] && needed)
      return error(
          Code::unknown_binding, fmt::format("input '{}' is not given", symbol.name),
          {fmt::format("--input {}=FILE.npy", symbol.name),
           fmt::format("inputs of the entry: {}", fmt::join(names_of(entry, arch::SymbolKind::output), ", "))});
    if (arrays[i]) PSMC_TRY(device.write(at, symbol.name, arrays[i]->bytes));
  }
  return {};
}

}  // namespace psmc::tools
