// SPDX-License-Identifier: Apache-2.0
// model.h, and the JSON description that the library itself hands out.
#include <fmt/format.h>

#include "backend/host/interface.h"

namespace psmc::host {
namespace {

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::string_view c_type(DType user) {
  switch (user) {
    case DType::f64: return "double";
    case DType::i32: return "int32_t";
    case DType::i64: return "int64_t";
    default: return "float";
  }
}

std::string shape_text(const std::vector<int64_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

std::string fields_of(const Function& function) {
  std::string out;
  for (const Argument& a : function.arguments) {
    if (a.by_value) {
      out += fmt::format("  int64_t {};\n", a.name);
      continue;
    }
    out += fmt::format("  {}{}* {}; /* {} {}, {} on the device */\n", a.input ? "const " : "", c_type(a.user), a.name,
                       a.input ? "input" : "output", shape_text(a.shape), dtype_name(a.device));
    out += fmt::format("  uint64_t {}_count; /* {}{} */\n", a.name,
                       a.may_be_short() ? "at most "
                       : a.input        ? ""
                                        : "at least ",
                       a.elements);
  }
  return out;
}

std::string function_text(const std::string& prefix, const Function& function) {
  std::string out = fmt::format(
      "typedef struct {0}_{1}_args {{\n  uint32_t struct_size; /* set to sizeof({0}_{1}_args) */\n"
      "  uint32_t version; /* set to {2}_ABI_VERSION */\n  uint64_t cycles; /* set by the call: what it took */\n",
      prefix, function.name, upper(prefix));
  out += fields_of(function);
  out += fmt::format("}} {0}_{1}_args;\n", prefix, function.name);
  for (const Argument& a : function.arguments)
    if (!a.by_value)
      out +=
          fmt::format("#define {}_{}_{}_COUNT {}u\n", upper(prefix), upper(function.name), upper(a.name), a.elements);
  out += fmt::format("int32_t {0}_{1}({0}_model* model, {0}_{1}_args* args);\n\n", prefix, function.name);
  return out;
}

constexpr std::string_view kHead =
    R"(/* Made by psmc. The C interface of a compiled model, to be linked with libpsmc_rt.so.
 *
 * An int32_t result is 0 or the number of a diagnostic, whose text {0}_last_error gives. A model is used by one thread
 * at a time. An input with fewer elements than "at most" says is filled up with zeros.
 */
#ifndef PSMC_MODEL_{1}_H
#define PSMC_MODEL_{1}_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

#define {1}_ABI_VERSION {2}u

typedef struct psmc_rt_device {0}_model;

typedef struct {0}_options {{
  uint32_t struct_size; /* set to sizeof({0}_options) */
  uint32_t skip_races;  /* 1: do not look for races, which is faster */
  uint64_t max_cycles;  /* of one call; 0: the runtime's own limit */
  /* called now and then during a call with the cycles so far; null: never */
  void (*progress)(void* progress_user, uint64_t cycles);
  void* progress_user;
}} {0}_options;

/* options may be null. *model is set also on failure, to be asked for the error and closed. */
int32_t {0}_open(const {0}_options* options, {0}_model** model);
void {0}_close({0}_model* model);
/* Never null; valid until the next call with the model. */
const char* {0}_last_error(const {0}_model* model);
/* The functions below as JSON. */
const char* {0}_interface(void);

)";

constexpr std::string_view kTail = "#ifdef __cplusplus\n}\n#endif\n#endif\n";

}  // namespace

std::string header_of(const Interface& interface) {
  std::string out = fmt::format(kHead, interface.prefix, upper(interface.prefix), kAbiVersion);
  for (const Function& function : interface.functions) out += function_text(interface.prefix, function);
  out += kTail;
  return out;
}

std::string describe(const Interface& interface) {
  std::string functions;
  for (const Function& function : interface.functions) {
    std::string arguments;
    for (const Argument& a : function.arguments)
      arguments += fmt::format(
          R"({}{{"name":"{}","kind":"{}","by_value":{},"type":"{}","device":"{}","shape":{},"count":{},"offset":{}}})",
          arguments.empty() ? "" : ",", a.name, a.input ? "input" : "output", a.by_value,
          c_type(a.by_value ? DType::i64 : a.user), dtype_name(a.device), shape_text(a.shape), a.elements, a.offset);
    functions += fmt::format(R"({}{{"name":"{}","struct_size":{},"arguments":[{}]}})", functions.empty() ? "" : ",",
                             function.name, function.args_bytes, arguments);
  }
  return fmt::format(R"({{"abi_version":{},"prefix":"{}","functions":[{}]}})", kAbiVersion, interface.prefix,
                     functions);
}

}  // namespace psmc::host
