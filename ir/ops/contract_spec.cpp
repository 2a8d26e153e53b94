// SPDX-License-Identifier: Apache-2.0
#include "ir/ops/contract_spec.h"

#include <fmt/format.h>

namespace psmc::ir {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Diagnostic bad(std::string_view text, std::string_view why) {
  return error(
      Code::bad_attribute, fmt::format("the contraction \"{}\" {}", text, why),
      {"write it like \"mk,kn->mn\": one letter a dimension, shared letters that the result lacks are summed"});
}

bool has(std::string_view part, char c) { return part.find(c) != std::string_view::npos; }

Status check_part(std::string_view text, std::string_view part) {
  for (size_t i = 0; i < part.size(); ++i) {
    if (!is_letter(part[i])) return bad(text, "may only have letters, one comma and one ->");
    if (has(part.substr(0, i), part[i])) return bad(text, fmt::format("has '{}' twice in one part", part[i]));
  }
  return {};
}

}  // namespace

Result<ContractSpec> parse_contract_spec(std::string_view text) {
  const size_t comma = text.find(','), arrow = text.find("->");
  if (text.size() > 200 || comma == std::string_view::npos || arrow == std::string_view::npos || arrow < comma) {
    return bad(text.substr(0, 200), "is malformed");
  }
  ContractSpec spec;
  spec.a = text.substr(0, comma);
  spec.b = text.substr(comma + 1, arrow - comma - 1);
  spec.out = text.substr(arrow + 2);
  for (const std::string* part : {&spec.a, &spec.b, &spec.out}) PSMC_TRY(check_part(text, *part));
  for (const char c : spec.out) {
    if (!has(spec.a, c) && !has(spec.b, c)) return bad(text, fmt::format("has '{}' in the result alone", c));
  }
  for (const char c : spec.a) {
    if (has(spec.out, c)) continue;
    if (!has(spec.b, c)) return bad(text, fmt::format("sums '{}' of one operand alone: reduce it first", c));
    spec.summed += c;
  }
  for (const char c : spec.b) {
    if (!has(spec.out, c) && !has(spec.a, c))
      return bad(text, fmt::format("sums '{}' of one operand alone: reduce it first", c));
  }
  return spec;
}

}  // namespace psmc::ir
