// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace psmc::tools {
namespace {

constexpr uint32_t kRuns = 10;
constexpr double kStudent = 2.262;  ///< 97.5 % of Student's t, 9 degrees of freedom
constexpr sim::Cycle kCycles = 45'000, kWarmUp = 4'000, kEnd = 1'000;
constexpr double kOfSaturation = 0.8;
constexpr double kLeastLoad = 1e-3;  ///< below, there are no packets
constexpr size_t kMaxColumns = 64;

using Fields = std::vector<std::string_view>;

Fields fields_of(std::string_view line) {
  Fields fields;
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  for (size_t from = 0; from <= line.size() && fields.size() < kMaxColumns;) {
    const size_t tab = std::min(line.find('\t', from), line.size());
    fields.push_back(line.substr(from, tab - from));
    from = tab + 1;
  }
  return fields;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value < 0)
    return std::nullopt;
  return value;
}

/// A line under the line of names.
class Row {
 public:
  Row(const Fields& names, const Fields& values) : names_(names), values_(values) {}

  std::string_view operator[](std::string_view name) const {
    const size_t at = static_cast<size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
    return at < values_.size() ? values_[at] : std::string_view();
  }

  bool of(std::string_view router) const {
    const std::string_view traffic = (*this)["traffic"];
    return (*this)["router"] == router && (*this)["vcs"] == "4" && (*this)["buf"] == "8" &&
           (traffic == "uniform" || traffic == "transpose");
  }

  std::optional<Curve> curve() const {
    const std::optional<double> flits = number((*this)["pkt_flits"]),
                                stable = number((*this)["max_stable_rate_tested"]);
    if (!flits || *flits < 1 || *flits > 255 || *flits != std::floor(*flits) || !stable || *stable > 1)
      return std::nullopt;
    Curve c;
    c.pattern = (*this)["traffic"] == "uniform" ? sim::Pattern::uniform : sim::Pattern::transpose;
    c.flits = static_cast<uint8_t>(*flits);
    c.throughput = number((*this)["throughput@inj1.0(avg)"]);
    for (size_t i = 0; i < names_.size() && i < values_.size(); ++i) {
      if (!names_[i].starts_with("lat@") || values_[i].empty()) continue;
      const std::optional<double> load = number(names_[i].substr(4)), latency = number(values_[i]);
      if (!load || *load < kLeastLoad || !latency || *latency < 1) return std::nullopt;
      if (*load <= kOfSaturation * *stable) c.points.push_back({*load, *latency});
    }
    return c;
  }

 private:
  const Fields& names_;
  const Fields& values_;
};

}  // namespace

Result<std::vector<Curve>> parse_curves(std::string_view file, std::string_view text, std::string_view router) {
  std::vector<Curve> curves;
  Fields names;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const Fields fields = fields_of(text.substr(begin, end - begin));
    if (begin == 0) {
      names = fields;
    } else if (const Row row(names, fields); row.of(router)) {
      const std::optional<Curve> curve = row.curve();
      if (!curve)
        return text_error(Code::unknown_format, file, text, begin,
                          "pkt_flits, max_stable_rate_tested and each lat@LOAD that is there are numbers in range");
      curves.push_back(*curve);
    }
    begin = end + 1;
  }
  if (curves.empty())
    return file_error(Code::unknown_format, file,
                      fmt::format("no row is of {} with 4 VCs of 8 flits, uniform or transpose", router),
                      {"the columns are router, vcs, buf, traffic, pkt_flits, max_stable_rate_tested, lat@LOAD"});
  return curves;
}

Estimate latency_at(const sim::NetworkSpec& spec, const Curve& curve, double load) {
  double sum = 0, squares = 0;
  for (uint32_t run = 1; run <= kRuns; ++run) {
    const std::vector<sim::TracePacket> packets =
        sim::random_traffic(spec, curve.pattern, load, curve.flits, kCycles, run);
    const std::vector<sim::Cycle> arrive = sim::replay(spec, packets).arrive;
    uint64_t latencies = 0, count = 0;
    for (size_t i = 0; i < packets.size(); ++i) {
      if (packets[i].create < kWarmUp || packets[i].create >= kCycles - kEnd) continue;
      latencies += arrive[i] - packets[i].create;
      ++count;
    }
    const double mean = static_cast<double>(latencies) / static_cast<double>(std::max<uint64_t>(count, 1));
    sum += mean;
    squares += mean * mean;
  }
  const double mean = sum / kRuns, variance = std::max(0.0, squares - sum * mean) / (kRuns - 1);
  return {mean, kStudent * std::sqrt(variance / kRuns)};
}

double throughput(const sim::NetworkSpec& spec, const Curve& curve) {
  constexpr sim::Cycle kFrom = 5'000, kTo = 15'000;
  const std::vector<sim::TracePacket> packets = sim::random_traffic(spec, curve.pattern, 1, curve.flits, kTo, 1);
  const std::vector<sim::Cycle> arrive = sim::replay(spec, packets, 0).arrive;
  const auto here = std::count_if(arrive.begin(), arrive.end(), [](sim::Cycle at) { return at >= kFrom && at < kTo; });
  return static_cast<double>(here) * curve.flits / (static_cast<double>(kTo - kFrom) * spec.routers());
}

}  // namespace psmc::tools
