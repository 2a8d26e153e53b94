// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/packets.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

namespace psmc::tools {
namespace {

constexpr uint64_t kMaxCycle = uint64_t{1} << 32;
constexpr size_t kMaxColumns = 64;
constexpr sim::Cycle kUncertain = 60;  ///< cycles before the last packet

enum Column : size_t { kCreate, kSource, kDestination, kFlits, kArrive, kColumns };
constexpr std::array<std::string_view, kColumns> kNames = {"create", "src", "dst", "flits", "arrive"};

/// The lines of a table, one after the other.
class Table {
 public:
  Table(std::string_view file, std::string_view text, uint32_t nodes)
      : file_(file), text_(text), limits_{kMaxCycle, nodes - 1u, nodes - 1u, 255, kMaxCycle} {}

  Status read(GoldenPackets& golden) {
    next_line();
    PSMC_TRY(read_names());
    while (next_line()) {
      if (line_.empty()) continue;
      std::array<uint64_t, kColumns> row{};
      PSMC_TRY(read_row(row));
      golden.packets.push_back({row[kCreate], static_cast<uint32_t>(row[kSource]),
                                static_cast<uint32_t>(row[kDestination]), static_cast<uint8_t>(row[kFlits])});
      golden.arrive.push_back(row[kArrive]);
    }
    return {};
  }

 private:
  bool next_line() {
    if (at_ >= text_.size()) return false;
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    line_ = text_.substr(at_, end - at_);
    begin_ = at_;
    at_ = end + 1;
    if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
    fields_.clear();
    for (size_t from = 0; from <= line_.size() && fields_.size() < kMaxColumns;) {
      const size_t tab = std::min(line_.find('\t', from), line_.size());
      fields_.push_back(line_.substr(from, tab - from));
      from = tab + 1;
    }
    return true;
  }

  Status read_names() {
    for (size_t c = 0; c < kColumns; ++c) {
      const auto found = std::find(fields_.begin(), fields_.end(), kNames[c]);
      if (found == fields_.end())
        return file_error(Code::unknown_format, file_, fmt::format("the table has no column `{}`", kNames[c]),
                          {"its first line names the columns, with tabs between them"});
      place_[c] = static_cast<size_t>(found - fields_.begin());
    }
    return {};
  }

  Status read_row(std::array<uint64_t, kColumns>& row) {
    for (size_t c = 0; c < kColumns; ++c) {
      if (place_[c] >= fields_.size())
        return text_error(Code::unknown_format, file_, text_, begin_,
                          fmt::format("the row ends before `{}`", kNames[c]));
      const std::string_view field = fields_[place_[c]];
      const uint64_t least = c == kFlits ? 1 : 0;
      const auto [end, wrong] = std::from_chars(field.data(), field.data() + field.size(), row[c]);
      const bool number = wrong == std::errc() && end == field.data() + field.size();
      if (!number || row[c] < least || row[c] > limits_[c])
        return text_error(Code::unknown_format, file_, text_, static_cast<size_t>(field.data() - text_.data()),
                          fmt::format("`{}` is a number from {} to {}", kNames[c], least, limits_[c]));
    }
    return {};
  }

  std::string_view file_, text_, line_;
  std::array<uint64_t, kColumns> limits_;
  std::array<size_t, kColumns> place_{};
  std::vector<std::string_view> fields_;
  size_t at_ = 0, begin_ = 0;
};

void count(Agreement& a, size_t index, bool equal) {
  ++a.counted;
  if (equal) {
    ++a.equal;
  } else if (!a.first_different) {
    a.first_different = index;
  }
}

}  // namespace

Result<GoldenPackets> parse_packets(std::string_view file, std::string_view text, uint32_t nodes) {
  GoldenPackets read, sorted;
  PSMC_TRY(Table(file, text, nodes).read(read));
  std::vector<size_t> order(read.packets.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return read.packets[a].create < read.packets[b].create; });
  for (const size_t i : order) {
    sorted.packets.push_back(read.packets[i]);
    sorted.arrive.push_back(read.arrive[i]);
  }
  return sorted;
}

TraceAgreement agreement(const GoldenPackets& golden, const std::vector<sim::Cycle>& arrive) {
  TraceAgreement result;
  for (size_t i = 0; i < golden.packets.size(); ++i) {
    const sim::Cycle last = golden.packets.back().create;
    if (golden.packets[i].create + kUncertain >= last) break;
    const bool equal = golden.arrive[i] == arrive[i];
    count(result.all, i, equal);
    if (golden.arrive[i] < last) count(result.settled, i, equal);
  }
  return result;
}

Agreement zero_load_agreement(const sim::NetworkSpec& spec) {
  const uint32_t nodes = static_cast<uint32_t>(spec.endpoints.size());
  std::vector<sim::TracePacket> packets;
  std::vector<sim::Cycle> latencies;
  sim::Cycle now = 0;
  for (uint32_t from = 0; from < nodes; ++from) {
    for (uint32_t to = 0; to < nodes; ++to) {
      for (const uint8_t flits : {1, 2, 8, 9}) {
        packets.push_back({now, from, to, flits});
        latencies.push_back(sim::zero_load_latency(spec, packets.back()));
        now += 2 * latencies.back() + 100;  // so that it finds the network empty
      }
    }
  }
  const std::vector<sim::Cycle> arrive = sim::replay(spec, packets).arrive;
  Agreement a;
  for (size_t i = 0; i < packets.size(); ++i) count(a, i, arrive[i] == packets[i].create + latencies[i]);
  return a;
}

}  // namespace psmc::tools
