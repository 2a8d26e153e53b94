// SPDX-License-Identifier: Apache-2.0
// Every error of a machine file with its code, its message and what it points at.
#include "tests/arch/machine_text.h"

#include <fmt/format.h>

#include <algorithm>

using namespace psmc;
using namespace psmc::arch;
using test::Change;

namespace {

struct Row {
  std::vector<Change> changes;  ///< of lab4
  Code code;
  std::string_view message;
  std::string_view marked;  ///< where the text of the place begins
  std::string_view note = {};
};

void check(const std::string& text, const Row& row) {
  INFO(row.message);
  const Result<MachineFile> file = read_machine_file("m.json", text);
  REQUIRE(!file.ok());
  const std::vector<Diagnostic> errors = test::all_of(file.diagnostic());
  std::string shown;
  for (const Diagnostic& e : errors) shown += e.render();
  INFO(shown);
  const auto found = std::ranges::find(errors, row.message, &Diagnostic::message);
  REQUIRE(found != errors.end());
  CHECK(found->code == row.code);
  REQUIRE(found->place.line > 0);
  CHECK(found->place.text.substr(found->place.column - 1).starts_with(row.marked));
  if (!row.note.empty()) CHECK(std::ranges::find(found->notes, row.note) != found->notes.end());
}

void check_all(const std::string& text, const std::vector<Row>& rows) {
  for (const Row& row : rows) check(test::changed(text, row.changes), row);
}

/// `n` times `text`, with commas.
std::string times(size_t n, std::string_view text) {
  std::string out;
  for (size_t i = 0; i < n; ++i) out += fmt::format("{}{}", i == 0 ? "" : ", ", fmt::format(fmt::runtime(text), i));
  return out;
}

}  // namespace

SCENARIO("what is no machine file at all is one error") {
  check("[1]", {{}, Code::json_type, "a machine is an object", "["});
  check("{\"name\": \"x\"}", {{},
                              Code::json_type,
                              "this object has no key \"psmc_machine\"",
                              "{",
                              "a machine file says its version: \"psmc_machine\": 2"});
  check("{\"psmc_machine\": 1}",
        {{}, Code::machine_range, "\"psmc_machine\" must be 2, the version that is read", "1"});
  check("{\"psmc_machine\": \"2\"}",
        {{}, Code::machine_range, "\"psmc_machine\" must be 2, the version that is read", "\"2\""});
  CHECK(read_machine_file("m.json", "{\"psmc_machine\": 2,,}").diagnostic().code == Code::bad_json);
  CHECK(read_machine_file("m.json", "{\"psmc_machine\": 2, \"psmc_machine\": 2}").diagnostic().code == Code::bad_json);
}

SCENARIO("keys that no machine has are marked, with the one that was meant") {
  check_all(std::string(preset_json("lab4")), {{{{"\"clock_mhz\"", "\"clock_mhs\""}},
                                                Code::machine_unknown_key,
                                                "a machine has no \"clock_mhs\"",
                                                "\"clock_mhs\": 1000",
                                                "did you mean `clock_mhz`?"},
                                               {{{"\"columns\": 2", "\"columns\": 2, \"planes\": 1"}},
                                                Code::machine_unknown_key,
                                                "\"grid\" of a machine has no \"planes\"",
                                                "\"planes\": 1"},
                                               {{{"\"loop_depth\": 4", "\"loop_depth\": 4, \"a\\\" \\\\b\": 2"}},
                                                Code::machine_unknown_key,
                                                "\"core\" of node \"tile\" has no \"a\\\" \\\\b\"",
                                                "\"a\\\" \\\\b\""},
                                               {{{"\"dma\": {", "\"dmy\": {"}},
                                                Code::machine_unknown_key,
                                                "node \"tile\" has no \"dmy\"",
                                                "\"dmy\"",
                                                "did you mean `dma`?"},
                                               {{{"\"fill\": 30", "\"fill\": 30, \"rows\": 16"}},
                                                Code::machine_unknown_key,
                                                "\"matrix\" of node \"tile\" has no \"rows\"",
                                                "\"rows\""},
                                               {{{"\"multicast\": true", "\"multicast\": true, \"colour\": 1"}},
                                                Code::machine_unknown_key,
                                                "a network has no \"colour\"",
                                                "\"colour\""},
                                               {{{"\"side\": \"west\"", "\"side\": \"west\", \"z\": 1"}},
                                                Code::machine_unknown_key,
                                                "a channel has no \"z\"",
                                                "\"z\""},
                                               {{{"\"interleave\"", "\"interleav\""}},
                                                Code::machine_unknown_key,
                                                "\"memory\" of a machine has no \"interleav\"",
                                                "\"interleav\"",
                                                "did you mean `interleave`?"},
                                               {{{"\"count\": 4", "\"count\": 4, \"counts\": 4"}},
                                                Code::machine_unknown_key,
                                                "\"chip_links\" of a machine has no \"counts\"",
                                                "\"counts\""},
                                               {{{"\"port\": {", "\"portal\": {"}},
                                                Code::machine_unknown_key,
                                                "\"host\" of a machine has no \"portal\"",
                                                "\"portal\""},
                                               {{{"\"side\": \"north\"", "\"side\": \"north\", \"z\": 1"}},
                                                Code::machine_unknown_key,
                                                "a host's port has no \"z\"",
                                                "\"z\""}});
  check_all(test::with_memory_tiles(), {{{{"\"columns\": 2, \"node\"", "\"columns\": 2, \"nodes\": 1, \"node\""}},
                                         Code::machine_unknown_key,
                                         "an exception of the grid has no \"nodes\"",
                                         "\"nodes\""}});
}

SCENARIO("values of the wrong type, and what is missing") {
  const std::vector<Row> rows{
      {{{"\"columns\": 2", "\"columns\": \"2\""}},
       Code::json_type,
       "\"columns\" must be an integer, not a string",
       "\"2\""},
      {{{"\"columns\": 2", "\"columns\": 2.5"}},
       Code::json_type,
       "\"columns\" must be an integer, not a number",
       "2.5"},
      {{{"\"columns\": 2,", ""}}, Code::json_type, "this object has no key \"columns\"", "{"},
      {{{"\"multicast\": true", "\"multicast\": 1"}},
       Code::json_type,
       "\"multicast\" must be true or false, not an integer",
       "1"},
      {{{"\"name\": \"lab4\"", "\"name\": 4"}}, Code::json_type, "\"name\" must be a string, not an integer", "4"},
      {{{"\"dataflow\": \"output\"", "\"dataflow\": 1"}},
       Code::json_type,
       "\"dataflow\" must be a string, not an integer",
       "1"},
      {{{"\"grid\": {", "\"gird\": {"}}, Code::json_type, "a machine needs an object \"grid\"", "{"},
      {{{"\"nodes\": {", "\"noodles\": {"}}, Code::json_type, "a machine needs an object \"nodes\"", "{"},
      {{{"\"networks\": [", "\"netwoks\": ["}}, Code::json_type, "a machine needs an array \"networks\"", "{"},
      {{{"\"memory\": {", "\"memory\": 1, \"memoir\": {"}}, Code::json_type, "\"memory\" must be an object", "1"},
      {{{"\"core\": {", "\"core\": [], \"cores\": {"}}, Code::json_type, "\"core\" must be an object", "[]"},
      {{{"\"channels\": [", "\"canals\": ["}}, Code::json_type, "\"memory\" needs an array \"channels\"", "{"},
      {{{"\"channels\": [", "\"channels\": 3, \"canals\": ["}},
       Code::json_type,
       "\"memory\" needs an array \"channels\"",
       "3"},
      {{{"\"channels\": [", "\"channels\": [7, "}}, Code::json_type, "a channel is an object with x, y and side", "7"},
      {{{"\"port\": {", "\"port\": 7, \"portal\": {"}},
       Code::json_type,
       "a host's port is an object with x, y and side",
       "7"},
      {{{"\"networks\": [", "\"networks\": [7, "}}, Code::json_type, "a network is an object", "7"},
      {{{"\"nodes\": {", "\"nodes\": {\"a\": 7, "}}, Code::json_type, "node \"a\" must be an object", "7"},
      {{{"\"node\": \"tile\"", "\"node\": \"tile\", \"except\": 7"}},
       Code::json_type,
       "\"except\" must be an array",
       "7"},
      {{{"\"node\": \"tile\"", "\"node\": \"tile\", \"except\": [7]"}},
       Code::json_type,
       "an exception of the grid is an object with x, y and node",
       "7"},
      {{{"\"sources\": {", "\"sources\": {\"name\": 1, "}},
       Code::json_type,
       "the source of \"name\" must be a text",
       "1"},
      {{{"\"sources\": {", "\"sources\": {\"name\": \"\", "}},
       Code::json_type,
       "the source of \"name\" must be a text",
       "\"\""},
  };
  check_all(std::string(preset_json("lab4")), rows);
}

SCENARIO("numbers and names out of range") {
  const std::string nodes = "\"nodes\": {" + times(64, "\"k{}\": {{}}") + ", ";
  const std::string networks = "\"networks\": [" + times(8, "{{}}") + ", ";
  const std::string channels = "\"channels\": [" + times(256, "{{}}") + ", ";
  const std::string areas = "\"node\": \"tile\", \"except\": [" + times(257, "{{}}") + "]";
  const std::string sources = "\"sources\": {" + times(1024, "\"k{}\": \"\"") + ", ";
  constexpr std::string_view kName = "a name has 1 to 64 letters, digits, '-', '_' or '.'";
  const std::vector<Row> rows{
      {{{"\"vector_registers\": 32", "\"vector_registers\": 33"}},
       Code::machine_range,
       "\"vector_registers\" is 33; it must be from 8 to 32",
       "33"},
      {{{"\"vector_registers\": 32", "\"vector_registers\": -1"}},
       Code::machine_range,
       "\"vector_registers\" is -1; it must be from 8 to 32",
       "-1"},
      {{{"\"columns\": 2", "\"columns\": 0"}}, Code::machine_range, "\"columns\" is 0; it must be from 1 to 64", "0"},
      {{{"\"clock_mhz\": 1000", "\"clock_mhz\": 0"}},
       Code::machine_range,
       "\"clock_mhz\" is 0; it must be from 1 to 100000",
       "0"},
      {{{"\"x\": 1, \"y\": 1", "\"x\": 2, \"y\": 1"}}, Code::machine_range, "\"x\" is 2; it must be from 0 to 1", "2"},
      {{{"\"name\": \"lab4\"", "\"name\": \"lab 4\""}}, Code::machine_range, kName, "\"lab 4\""},
      {{{"\"name\": \"lab4\"", "\"name\": \"\""}}, Code::machine_range, kName, "\"\""},
      {{{"\"tile\": {", "\"a tile\": {"}}, Code::machine_range, kName, "{"},
      {{{"\"name\": \"mesh\"", "\"name\": \"a/b\""}}, Code::machine_range, kName, "\"a/b\""},
      {{{"\"side\": \"west\"", "\"side\": \"up\""}},
       Code::machine_range,
       "\"side\" cannot be \"up\"",
       "\"up\"",
       "there are: west, east, north, south"},
      {{{"\"topology\": \"mesh\"", "\"topology\": \"torsu\""}},
       Code::machine_range,
       "\"topology\" cannot be \"torsu\"",
       "\"torsu\"",
       "did you mean `torus`?"},
      {{{"\"dataflow\": \"output\"", "\"dataflow\": \"input\""}},
       Code::machine_range,
       "\"dataflow\" cannot be \"input\"",
       "\"input\""},
      {{{"\"nodes\": {", "\"nodes\": {}, \"noodles\": {"}},
       Code::machine_range,
       "0 kinds of nodes; there must be 1 to 64",
       "{}"},
      {{{"\"nodes\": {", nodes}}, Code::machine_range, "65 kinds of nodes; there must be 1 to 64", "{"},
      {{{"\"networks\": [", networks}}, Code::machine_range, "9 networks; there must be at most 8", "["},
      {{{"\"channels\": [", "\"channels\": [], \"canals\": ["}},
       Code::machine_range,
       "0 memory channels; there must be 1 to 256",
       "[]"},
      {{{"\"channels\": [", channels}}, Code::machine_range, "258 memory channels; there must be 1 to 256", "["},
      {{{"\"node\": \"tile\"", areas}},
       Code::machine_range,
       "257 exceptions of the grid; there must be at most 256",
       "["},
      {{{"\"sources\": {", sources}}, Code::machine_range, "1025 sources; there must be at most 1024", "{"},
  };
  check_all(std::string(preset_json("lab4")), rows);
  check_all(test::with_memory_tiles(), {{{{"\"columns\": 2, \"node\"", "\"columns\": 3, \"node\""}},
                                         Code::machine_range,
                                         "\"columns\" is 3; it must be from 1 to 2",
                                         "3"}});
}

SCENARIO("values that contradict each other") {
  const std::vector<Row> rows{
      {{{"\"banks\": 16,\n        \"port", "\"banks\": 12,\n        \"port"}},
       Code::machine_shape,
       "\"banks\" is 12; it must be a power of two",
       "12"},
      {{{"\"port_bytes\": 64", "\"port_bytes\": 48"}},
       Code::machine_shape,
       "\"port_bytes\" is 48; it must be a power of two",
       "48"},
      {{{"\"link_bytes\": 64", "\"link_bytes\": 48"}},
       Code::machine_shape,
       "\"link_bytes\" is 48; it must be a power of two",
       "48"},
      {{{"\"interleave\": 512", "\"interleave\": 500"}},
       Code::machine_shape,
       "\"interleave\" is 500; it must be a power of two",
       "500"},
      {{{"\"burst_bytes\": 64", "\"burst_bytes\": 48"}},
       Code::machine_shape,
       "\"burst_bytes\" is 48; it must be a power of two",
       "48"},
      {{{"\"banks\": 16,\n    \"row", "\"banks\": 12,\n    \"row"}},
       Code::machine_shape,
       "\"banks\" is 12; it must be a power of two",
       "12"},
      {{{"\"row_bytes\": 2048", "\"row_bytes\": 2000"}},
       Code::machine_shape,
       "\"row_bytes\" is 2000; it must be a power of two",
       "2000"},
      {{{"\"bytes\": 262144", "\"bytes\": 262145"}},
       Code::machine_shape,
       "the scratchpad must be a whole number of 64-byte lines in each bank",
       "262145"},
      {{{"\"access_stage\": 2", "\"access_stage\": 4"}},
       Code::machine_shape,
       "a load must reach the scratchpad before its result is there",
       "4"},
      {{{"\"code_bytes\": 131072", "\"code_bytes\": 131073"}},
       Code::machine_shape,
       "code memory must be a multiple of 4096 bytes",
       "131073"},
      {{{"\"request_bytes\": 512", "\"request_bytes\": 500"}},
       Code::machine_shape,
       "a request must be whole 64-byte lines",
       "500"},
      {{{"\"buffer_flits\": 18", "\"buffer_flits\": 8"}},
       Code::machine_shape,
       "a router's buffer must hold a whole packet and its header",
       "8"},
      {{{"\"bytes\": 268435456", "\"bytes\": 268435457"}},
       Code::machine_shape,
       "memory must be a multiple of interleave x channels = 1024 bytes",
       "268435457"},
      {{{"\"hit_cycles\": 17", "\"hit_cycles\": 40"}},
       Code::machine_shape,
       "a row hit takes cl + 2 (a burst on the bus) + 1 cycles, cl is at least 1",
       "40"},
      {{{"\"cl\": 14", "\"cl\": 13"}},
       Code::machine_shape,
       "a row hit takes cl + 2 (a burst on the bus) + 1 cycles, cl is at least 1",
       "17"},
      {{{"\"t_rcd\": 14", "\"t_rcd\": 13"}},
       Code::machine_shape,
       "a miss takes t_rcd cycles more than a hit, at least 1",
       "31"},
      {{{"\"conflict_cycles\": 45", "\"conflict_cycles\": 46"}},
       Code::machine_shape,
       "a row conflict takes t_rp cycles more than a miss, at least 1",
       "46"},
      {{{"\"bank_groups\": 4", "\"bank_groups\": 32"}},
       Code::machine_shape,
       "16 banks in 32 groups; groups must be a power of two and no more than banks",
       "16"},
      {{{"\"t_rrd_s\": 4", "\"t_rrd_s\": 7"}},
       Code::machine_shape,
       "t_ccd_s, t_rrd_s and t_wtr_s must not be longer than t_ccd_l, t_rrd_l and turnaround_cycles (tWTR_L)",
       "8"},
      {{{"\"t_rtw\": 14", "\"t_rtw\": 11"}},
       Code::machine_shape,
       "a write 11 cycles (t_rtw) after a read would meet its data on the bus",
       "17"},
      {{{"\"refresh_interval\": 256", "\"refresh_interval\": 80"}},
       Code::machine_shape,
       "a refresh may have to wait 84 cycles for its banks; the next one is due before",
       "80"},
      {{{"\"refresh_cycles\": 60", "\"refresh_cycles\": 256"}},
       Code::machine_shape,
       "a refresh must be over before the next one begins",
       "256"},
      {{{"\"side\": \"west\"", "\"side\": \"east\""}},
       Code::machine_shape,
       "node (0, 0) is not at the east edge of the grid",
       "{\"x\": 0"},
      {{{"\"x\": 1, \"y\": 1, \"side\": \"east\"", "\"x\": 0, \"y\": 0, \"side\": \"west\""}},
       Code::machine_shape,
       "two things at the west side of node (0, 0)",
       "{\"x\": 0"},
      {{{"\"side\": \"north\"", "\"side\": \"west\""}},
       Code::machine_shape,
       "two things at the west side of node (0, 0)",
       "{\"x\": 0"},
      {{{", \"side\": \"west\"", ""}},
       Code::machine_shape,
       "node (0, 0) has a scratchpad at its own port; name a side",
       "{\"x\": 0"},
      {{{"\"node\": \"tile\"", "\"node\": \"tiel\""}},
       Code::machine_shape,
       "\"nodes\" has no \"tiel\"",
       "\"tiel\"",
       "did you mean `tile`?"},
      {{{"\"latency\": {", "\"latecy\": {"}},
       Code::machine_unknown_key,
       "node \"tile\" has no \"latecy\"",
       "\"latecy\""},
      {{{"\"networks\": [", "\"networks\": [{\"name\": \"mesh\"}, "}},
       Code::machine_shape,
       "two networks are called \"mesh\"",
       "\"mesh\""},
      {{{"\"sources\": {", "\"sources\": {\"nodes.tile.wings\": \"x\", "}},
       Code::machine_shape,
       "nothing in this file is called \"nodes.tile.wings\"",
       "\"x\"",
       "keys with points between them, as memory.bytes or nodes.tile.core; \"\" is the whole machine"},
      {{{"\"sources\": {", "\"sources\": {\"nodes.tile.\": \"x\", "}},
       Code::machine_shape,
       "nothing in this file is called \"nodes.tile.\"",
       "\"x\"",
       "keys with points between them, as memory.bytes or nodes.tile.core; \"\" is the whole machine"},
      {{{"\"nodes\": {", "\"nodes\": {\"hole\": {}, "}},
       Code::machine_shape,
       "no place of the grid is a \"hole\"",
       "{}"},
      {{{"\"nodes\": {", "\"nodes\": {\"hole\": {}, "}, {"\"node\": \"tile\"", "\"node\": \"hole\""}},
       Code::machine_shape,
       "no node of the grid has a core or a matrix unit",
       "{"},
  };
  check_all(std::string(preset_json("lab4")), rows);
  check_all(test::with_memory_tiles(),
            {{{{"\"columns\": 2, \"node\": \"memory_tile\"}",
                "\"columns\": 2, \"node\": \"memory_tile\"}, {\"x\": 1, \"y\": 1, \"node\": \"tile\"}"}},
              Code::machine_shape,
              "two exceptions of the grid overlap",
              "{\"x\": 1"},
             {{{"\"dma\": {\"in", "\"core\": {}, \"dma\": {\"in"}},
              Code::json_type,
              "this object has no key \"scalar_registers\"",
              "{}"},
             {{{"\"scratchpad\": {\"bytes\": 524288, \"banks\": 16, \"port_bytes\": 64},", ""}},
              Code::machine_shape,
              "node \"memory_tile\" has \"dma\" but no \"scratchpad\"",
              "{\"in_engines\""}});
  const std::string tpu(preset_json("tpu-like"));
  check_all(
      tpu,
      {{{{"\"i8_macs\": 65536", "\"i8_macs\": 0"}}, Code::machine_shape, "a matrix unit must multiply some dtype", "{"},
       {{{"\"rows\": 1,", "\"rows\": 2,"}}, Code::machine_shape, "2 nodes need a network", "[]"},
       {{{"\"scratchpad\"", "\"scratchpat\""}},
        Code::machine_unknown_key,
        "node \"tpu\" has no \"scratchpat\"",
        "\"scratchpat\""}});
}

SCENARIO("a core and its latencies go together") {
  const std::string lab4(preset_json("lab4"));
  const size_t begin = lab4.find("      \"latency\": {"), end = lab4.find("      \"matrix\": {");
  check(std::string(lab4).erase(begin, end - begin),
        {{}, Code::machine_shape, "node \"tile\" has \"core\" but no \"latency\"", "{"});
  const size_t core = lab4.find("      \"core\": {");
  check(std::string(lab4).erase(core, begin - core),
        {{}, Code::machine_shape, "node \"tile\" has \"latency\" but no \"core\"", "{"});
}

SCENARIO("two things inside one node") {
  const std::string tpu(preset_json("tpu-like"));
  const size_t begin = tpu.find(",\n      \"scratchpad\": {"), end = tpu.find("    }\n  },\n  \"networks\"");
  std::string text = std::string(tpu).erase(begin, end - begin);
  for (const std::string_view side : {", \"side\": \"west\"", ", \"side\": \"east\""})
    text.erase(text.find(side), side.size());
  text.resize(text.find(",\n  \"sources\""));
  check(text + "}", {{}, Code::machine_shape, "two things in node (0, 0)", "{\"x\": 0"});
}
