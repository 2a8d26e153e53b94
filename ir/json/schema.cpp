// SPDX-License-Identifier: Apache-2.0
// The schema: what is the same for all ops as text, then a rule for each op.
#include "ir/json/schema.h"

#include <fmt/format.h>

#include "base/json.h"
#include "ir/json/json_ir.h"
#include "ir/limits.h"
#include "ir/op.h"

namespace psmc::ir {
namespace {

constexpr std::string_view kDocument = R"(
  "type": "object",
  "required": ["psmc_ir", "functions"],
  "additionalProperties": false,
  "patternProperties": {"^x-[A-Za-z0-9_-]+$": true},
  "properties": {
    "psmc_ir": {
      "type": "object",
      "required": ["version"],
      "additionalProperties": false,
      "properties": {
        "version": {"type": "string", "pattern": "^1\\.[0-9]+$"},
        "requires": {"type": "array", "items": {"enum": ["extensions"]}}
      }
    },
    "constants": {"type": "array", "items": {"$ref": "#/$defs/constant"}},
    "functions": {"type": "array", "items": {"$ref": "#/$defs/function"}}
  },
)";

constexpr std::string_view kTypes = R"(
    "integer": {"type": "integer", "minimum": -9223372036854775808, "maximum": 9223372036854775807},
    "index": {"type": "integer", "minimum": 0, "maximum": 9223372036854775807},
    "dtype": {"enum": ["f32", "f16", "bf16", "i8", "i32", "i64", "bool", "f64", "index"]},
    "expr": {
      "description": "an integer, or factors by symbol; the key \"\" is the constant",
      "anyOf": [{"type": "integer"}, {"type": "object", "additionalProperties": {"type": "integer"}}]
    },
    "extent": {"type": "integer", "minimum": 0, "maximum": 1099511627776},
    "dim": {
      "anyOf": [
        {"$ref": "#/$defs/extent"},
        {
          "type": "object",
          "required": ["size", "bound"],
          "additionalProperties": false,
          "properties": {"size": {"$ref": "#/$defs/expr"}, "bound": {"$ref": "#/$defs/extent"}}
        }
      ]
    },
    "type": {
      "type": "object",
      "required": ["kind"],
      "additionalProperties": false,
      "properties": {
        "kind": {"enum": ["tensor", "scalar", "buffer", "token", "vreg", "mreg", "treg", "areg", "sreg"]},
        "dtype": {"$ref": "#/$defs/dtype"},
        "shape": {"type": "array", "maxItems": 16, "items": {"$ref": "#/$defs/dim"}},
        "space": {"enum": ["scratchpad", "memory", "accumulator"]},
        "strides": {"type": "array", "maxItems": 16, "items": {"type": "integer", "minimum": 0}}
      },
      "allOf": [
        {"if": {"properties": {"kind": {"enum": ["tensor", "buffer"]}}}, "then": {"required": ["dtype", "shape"]}},
        {"if": {"properties": {"kind": {"const": "scalar"}}}, "then": {"required": ["dtype"]}}
      ]
    },
    "element": {"anyOf": [{"type": "number"}, {"type": "boolean"}, {"enum": ["nan", "inf", "-inf"]}]},
    "data": {
      "oneOf": [
        {
          "type": "object",
          "required": ["dense"],
          "additionalProperties": false,
          "properties": {"dense": {"type": "array", "items": {"$ref": "#/$defs/element"}}}
        },
        {
          "type": "object",
          "required": ["splat"],
          "additionalProperties": false,
          "properties": {"splat": {"$ref": "#/$defs/element"}}
        },
        {
          "type": "object",
          "required": ["hex"],
          "additionalProperties": false,
          "properties": {"hex": {"type": "string", "pattern": "^([0-9a-fA-F]{2})*$"}}
        },
        {
          "type": "object",
          "required": ["file", "entry"],
          "additionalProperties": false,
          "properties": {
            "file": {"type": "string", "minLength": 1},
            "entry": {"type": "string"},
            "sha256": {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"}
          }
        }
      ]
    },
    "constant": {
      "type": "object",
      "required": ["id", "type", "data"],
      "additionalProperties": false,
      "patternProperties": {"^x-[A-Za-z0-9_-]+$": true},
      "properties": {
        "id": {"$ref": "#/$defs/index"},
        "name": {"type": "string"},
        "type": {"$ref": "#/$defs/type"},
        "data": {"$ref": "#/$defs/data"}
      }
    },
)";

constexpr std::string_view kFunctions = R"(
    "tagged_dtype": {
      "type": "object",
      "required": ["dtype"],
      "additionalProperties": false,
      "properties": {"dtype": {"$ref": "#/$defs/dtype"}}
    },
    "tagged_syms": {
      "type": "object",
      "required": ["syms"],
      "additionalProperties": false,
      "properties": {"syms": {"type": "array", "items": {"$ref": "#/$defs/expr"}}}
    },
    "tagged_number": {
      "type": "object",
      "required": ["number"],
      "additionalProperties": false,
      "properties": {"number": {"anyOf": [{"type": "number"}, {"enum": ["nan", "inf", "-inf"]}]}}
    },
    "integers": {"type": "array", "items": {"$ref": "#/$defs/integer"}},
    "attribute": {
      "anyOf": [
        {"type": ["number", "boolean", "string"]},
        {"$ref": "#/$defs/integers"},
        {"$ref": "#/$defs/tagged_dtype"},
        {"$ref": "#/$defs/tagged_syms"},
        {"$ref": "#/$defs/tagged_number"}
      ]
    },
    "value": {
      "type": "object",
      "required": ["id"],
      "additionalProperties": false,
      "patternProperties": {"^x-[A-Za-z0-9_-]+$": true},
      "properties": {"id": {"$ref": "#/$defs/index"}, "name": {"type": "string"}, "type": {"$ref": "#/$defs/type"}}
    },
    "block_argument": {"$ref": "#/$defs/value", "required": ["type"]},
    "argument": {
      "type": "object",
      "required": ["id", "type"],
      "additionalProperties": false,
      "patternProperties": {"^x-[A-Za-z0-9_-]+$": true},
      "properties": {
        "id": {"$ref": "#/$defs/index"},
        "name": {"type": "string"},
        "type": {"$ref": "#/$defs/type"},
        "state": {"type": "string"}
      }
    },
    "result": {
      "type": "object",
      "required": ["type"],
      "additionalProperties": false,
      "patternProperties": {"^x-[A-Za-z0-9_-]+$": true},
      "properties": {"name": {"type": "string"}, "type": {"$ref": "#/$defs/type"}, "state": {"type": "string"}}
    },
    "symbol": {
      "type": "object",
      "required": ["name", "low", "high"],
      "additionalProperties": false,
      "properties": {"name": {"type": "string", "minLength": 1}, "low": {"type": "integer"}, "high": {"type": "integer"}}
    },
    "location": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "label": {"type": "string"},
        "file": {"type": "string"},
        "line": {"type": "integer", "minimum": 0, "maximum": 4294967295},
        "column": {"type": "integer", "minimum": 0, "maximum": 4294967295}
      },
      "dependentRequired": {"file": ["line", "column"]}
    },
    "block": {
      "type": "object",
      "required": ["body"],
      "additionalProperties": false,
      "patternProperties": {"^x-[A-Za-z0-9_-]+$": true},
      "properties": {
        "args": {"type": "array", "items": {"$ref": "#/$defs/block_argument"}},
        "body": {"$ref": "#/$defs/body"}
      }
    },
    "body": {"type": "array", "items": {"$ref": "#/$defs/op"}},
    "function": {
      "type": "object",
      "required": ["name", "args", "results", "body"],
      "additionalProperties": false,
      "patternProperties": {"^x-[A-Za-z0-9_-]+$": true},
      "properties": {
        "name": {"type": "string"},
        "symbols": {"type": "array", "maxItems": 64, "items": {"$ref": "#/$defs/symbol"}},
        "args": {"type": "array", "items": {"$ref": "#/$defs/argument"}},
        "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
        "attrs": {"type": "object", "additionalProperties": {"$ref": "#/$defs/attribute"}},
        "body": {"$ref": "#/$defs/body"}
      }
    },
)";

std::string_view kind_schema(AttrKind kind) {
  switch (kind) {
    case AttrKind::integer: return R"({"$ref": "#/$defs/integer"})";
    case AttrKind::number: return R"({"anyOf": [{"type": "number"}, {"$ref": "#/$defs/tagged_number"}]})";
    case AttrKind::boolean: return R"({"type": "boolean"})";
    case AttrKind::string: return R"({"type": "string"})";
    case AttrKind::dtype: return R"({"$ref": "#/$defs/tagged_dtype"})";
    case AttrKind::ints: return R"({"$ref": "#/$defs/integers"})";
    case AttrKind::syms: break;
  }
  return R"({"anyOf": [{"$ref": "#/$defs/integers"}, {"$ref": "#/$defs/tagged_syms"}]})";
}

/// `call` takes parameters of its callee and `inst` those of its instruction; other ops only annotations besides.
bool takes_any_attr(const OpDef& def) { return def.kind == OpKind::call || def.kind == OpKind::inst; }

std::string attrs_schema(const OpDef& def) {
  std::string properties, required;
  for (const AttrSpec& spec : def.attrs) {
    properties += fmt::format("{}\n            {}: {}", properties.empty() ? "" : ",", json::quote(spec.name),
                              kind_schema(spec.kind));
    if (spec.required) required += (required.empty() ? "" : ", ") + json::quote(spec.name);
  }
  std::string out = "{\n          \"type\": \"object\",\n";
  if (!required.empty()) out += fmt::format("          \"required\": [{}],\n", required);
  if (!properties.empty()) out += fmt::format("          \"properties\": {{{}\n          }},\n", properties);
  if (takes_any_attr(def))
    return out + "          \"additionalProperties\": {\"$ref\": \"#/$defs/attribute\"}\n        }";
  return out +
         "          \"patternProperties\": {\"\\\\.\": {\"$ref\": \"#/$defs/attribute\"}},\n"
         "          \"additionalProperties\": false\n        }";
}

std::string op_schema(const OpDef& def) {
  const bool has_block = def.kind == OpKind::for_ || def.kind == OpKind::group;
  std::string required;
  if (def.min_operands > 0) required += ", \"operands\"";
  for (const AttrSpec& spec : def.attrs)
    if (spec.required && required.find("attrs") == std::string::npos) required += ", \"attrs\"";
  if (has_block) required += ", \"blocks\"";
  const std::string most = def.max_operands < 0 ? std::to_string(kMaxOperands) : std::to_string(def.max_operands);
  std::string out = fmt::format("    \"op_{}\": {{\n      \"description\": {},\n", def.name, json::quote(def.manual));
  if (!required.empty()) out += fmt::format("      \"required\": [{}],\n", required.substr(2));
  return out + fmt::format(
                   "      \"properties\": {{\n"
                   "        \"operands\": {{\"minItems\": {}, \"maxItems\": {}}},\n"
                   "        \"blocks\": {{\"minItems\": {}, \"maxItems\": {}}},\n"
                   "        \"attrs\": {}\n      }}\n    }}",
                   def.min_operands, most, has_block ? 1 : 0, has_block ? 1 : 0, attrs_schema(def));
}

std::string op_rules() {
  std::string names, rules, defs;
  for (const OpDef& def : all_op_defs()) {
    const std::string_view comma = names.empty() ? "" : ",";
    names += fmt::format("{}{}", names.empty() ? "" : ", ", json::quote(def.name));
    rules += fmt::format(
        "{}\n        {{\"if\": {{\"properties\": {{\"op\": {{\"const\": {}}}}}}}, \"then\": {{\"$ref\": {}}}}}", comma,
        json::quote(def.name), json::quote(fmt::format("#/$defs/op_{}", def.name)));
    defs += ",\n" + op_schema(def);
  }
  return fmt::format(R"(    "op": {{
      "type": "object",
      "required": ["op"],
      "additionalProperties": false,
      "patternProperties": {{"^x-[A-Za-z0-9_-]+$": true}},
      "properties": {{
        "op": {{"enum": [{}]}},
        "operands": {{"type": "array", "items": {{"$ref": "#/$defs/index"}}}},
        "results": {{"type": "array", "maxItems": {}, "items": {{"$ref": "#/$defs/value"}}}},
        "attrs": {{"type": "object"}},
        "blocks": {{"type": "array", "items": {{"$ref": "#/$defs/block"}}}},
        "loc": {{"$ref": "#/$defs/location"}}
      }},
      "allOf": [{}
      ]
    }}{}
)",
                     names, kMaxOperands, rules, defs);
}

/// Without the line feed that begins it.
std::string_view text_of(std::string_view raw) { return raw.substr(1); }

}  // namespace

std::string json_ir_schema() {
  std::string out = "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n";
  out += fmt::format("  \"title\": \"psmc JSON-IR {}\",\n", kJsonIrVersion);
  out += "  \"description\": \"written by `psmc schema`; see json-ir.md\",\n";
  out += text_of(kDocument);
  out += "  \"$defs\": {\n";
  out += text_of(kTypes);
  out += text_of(kFunctions);
  return out + op_rules() + "  }\n}\n";
}

}  // namespace psmc::ir
